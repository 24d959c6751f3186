"""The HTML pages: complete in themselves, every text escaped, nobody else on an athlete's own page."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from harness.sample_season import NAMES, save_season
from kicktimer.cli import main
from kicktimer.exports.html.markup import Markup, element
from kicktimer.exports.html.season_page import season_page
from kicktimer.exports.html.session_page import session_page
from kicktimer.exports.shown_times import ShownTimes
from kicktimer.review.session_measures import on_target
from tests.exports.records import session_records

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.review.records import SessionRecord

ELEMENTS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "small",
        "div",
        "figure",
        "figcaption",
        "svg",
        "rect",
        "line",
        "circle",
        "text",
        "bdi",
        "footer",
        "blockquote",
        "ul",
        "li",
    ]
)
VOID = frozenset({"meta"})


class Page(HTMLParser):
    """The elements, attributes and texts of a page; it fails where an element is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.cells: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] != "style" and data.strip():
            self.texts.append(data)
            self.cells += [(style, data) for tag, style in self._open if tag == "td"]


def plain(session: SessionRecord) -> SessionRecord:
    """Returns the session with harmless texts: its page must have the same elements."""
    names = {name: f"N{at}" for at, name in enumerate(dict.fromkeys(rep.athlete for rep in session.reps))}
    groups = {group: f"G{at}" for at, group in enumerate(dict.fromkeys(rep.group for rep in session.reps))}
    return replace(
        session, workout="w", squad="s", notes=tuple("n" for _ in session.notes),
        reps=tuple(replace(rep, athlete=names[rep.athlete], group=groups[rep.group]) for rep in session.reps),
    )  # fmt: skip


@given(session_records())
def test_no_text_becomes_markup(session: SessionRecord) -> None:
    for times in (ShownTimes(), ShownTimes(exact=True)):
        page = Page(session_page(session, times))
        assert page.elements == Page(session_page(plain(session), times)).elements
        assert set(page.elements) <= ELEMENTS
        assert not page.links
        assert not {name for name in page.attributes if name.startswith("on")}
        texts = "".join(page.texts)
        assert all(rep.athlete in texts for rep in session.reps)
        assert session.workout in texts
    assert set(Page(season_page([session])).elements) <= ELEMENTS


@given(session_records())
def test_colour_and_sign_of_a_time_say_the_same(session: SessionRecord) -> None:
    page = Page(session_page(session, ShownTimes()))
    signs = {"=": "on", "▲": "slow", "▼": "fast"}
    marked = Counter(
        style.split()[0] for style, text in page.cells if style and text[-1:] in signs and text[:1] in "+-0"
    )
    said = Counter(signs[text[-1]] for style, text in page.cells if style and text[-1:] in signs and text[:1] in "+-0")
    assert marked == said
    judged = [on_target(rep) for rep in session.reps]
    assert marked["on"] == sum(each is True for each in judged)


def test_exact_times_have_three_decimals() -> None:
    times = ShownTimes(exact=True)
    assert [times.time(ms, by_hand=True) for ms in (31_808, 63_482, 3_723_004)] == ["31.808", "1:03.482", "1:02:03.004"]
    assert times.time(63_482, by_hand=False) == "~1:03.482"
    assert ShownTimes().time(63_482, by_hand=True) == "1:03.5h"


def test_attribute_values_and_numbers_are_escaped() -> None:
    assert element("p", "<b>", class_='"x"') == '<p class="&quot;x&quot;">&lt;b&gt;</p>'
    assert element("line", x1=1.0, y1=2.505, stroke_dasharray=None) == '<line x1="1" y1="2.5"></line>'
    assert element("p", None, Markup("<br>"), "") == "<p><br></p>"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    save_season(tmp_path / "logs", sessions=6, athletes=4)
    return tmp_path / "logs"


def exported(logs: Path, *arguments: str) -> str:
    file = logs.parent / "page"
    assert main(["export", *arguments, "-o", str(file), "--log-dir", str(logs)]) == 0
    assert file.stat().st_mode & 0o077 == 0, "readable by its owner alone"
    return file.read_text()


def test_page_of_an_athlete_has_nobody_else_on_it(logs: Path) -> None:
    others = [name for name in NAMES[:4] if name != "Dana K"]
    for arguments in (["--athlete", "dana k"], ["2026-04-06", "--athlete", "Dana K"]):
        text = "\n".join(Page(exported(logs, *arguments, "--to", "html")).texts)
        assert "Dana K" in text
        assert not [name for name in others if name in text]
        assert "wind" not in text, "a note may name others"
    text = "\n".join(Page(exported(logs, "2026-04-06", "--athlete", "Dana K", "--others", "--to", "html")).texts)
    assert all(name in text for name in NAMES[:4])


def test_page_of_a_season_has_every_session_and_athlete(logs: Path) -> None:
    page = Page(exported(logs, "--all", "--to", "html"))
    assert all(name in page.texts for name in NAMES[:4])
    assert [text for text in page.texts if text == "8x400 burner"] == ["8x400 burner"] * 2


@pytest.mark.parametrize("to", ["html", "md", "csv", "json"])
@pytest.mark.parametrize("style", ["--anonymous", "--initials"])
def test_anonymous_export_has_no_name(logs: Path, to: str, style: str) -> None:
    for what in (["--all"], ["2026-04-06"], ["--athlete", "Dana K"]):
        text = exported(logs, *what, "--to", to, style)
        assert not [name for name in ("Dana", "Matan", "Söhne", "SUM", "wind") if name in text]
        assert ("Athlete 1" if style == "--anonymous" else "D.K.") in text or (to == "md" and what == ["--all"])
