"""An immutable sequence that is cheap to extend: a log of 100,000 notes is replayed in linear time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


class AppendOnly(Sequence[T]):
    """A sequence to which `add` appends, without a copy, by returning a longer one. It equals a tuple of its items.

    Sequences that come from each other share one list. Each shows only its own first items of it, so adding to the
    longest one appends to the list, and adding to an older one copies its part.
    """

    __slots__ = ("_items", "_length")

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items = [*items]
        self._length = len(self._items)

    def add(self, item: T) -> AppendOnly[T]:
        """Returns this sequence with `item` at its end."""
        longer: AppendOnly[T] = AppendOnly.__new__(type(self))
        longer._items = self._items if len(self._items) == self._length else self._items[: self._length]
        longer._items.append(item)
        longer._length = self._length + 1
        return longer

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        return self._items[range(self._length)[index]]

    def __iter__(self) -> Iterator[T]:
        return iter(self._items[: self._length])

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, AppendOnly | tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"AppendOnly({self._items[: self._length]!r})"
