"""HTML and SVG elements. A text becomes markup in one place only, `element`, which escapes it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kicktimer.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

EMPTY = frozenset({"meta", "br", "hr", "col"})
"""The elements that HTML writes without an end."""


class Markup(str):
    """Text that is HTML already: `element` takes it as it is, and escapes every other text."""

    __slots__ = ()


def element(tag: str, *children: str | None, **attributes: str | float | None) -> Markup:
    """Returns an element. A child or an attribute that is None is left out.

    An underscore in an attribute's name stands for a hyphen, and one at its end is dropped: `class_="on"`.
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(clean(_number(value)))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in EMPTY:
        return Markup(f"<{tag}{given}>")
    return Markup(f"<{tag}{given}>{join(children)}</{tag}>")


def join(children: Iterable[str | None]) -> Markup:
    """Returns the children one after the other, escaped where they are no markup."""
    return Markup("".join(each if isinstance(each, Markup) else escape(clean(each)) for each in children if each))


def user_text(text: str) -> Markup:
    """Returns a name or another text of a user, whose direction of writing does not change that of its surroundings."""
    return element("bdi", text)


def _number(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
