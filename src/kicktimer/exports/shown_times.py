"""How the pages and the Markdown write times: as on the screen, or exact to the millisecond.

On the screen a time taken by hand is rounded up to the next tenth and has an `h`, as the rules of athletics have it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kicktimer.exports.rows import difference_ms
from kicktimer.review.charts.labels import STATUS_WORDS, difference_label
from kicktimer.units import round_up_hand_time, show_target
from kicktimer.view.comparison import format_time

if TYPE_CHECKING:
    from kicktimer.review.records import RepRecord, SessionRecord, SplitRecord


@dataclass(frozen=True, slots=True)
class ShownTimes:
    """Writes times and differences; `exact` ones have three decimals, and `~` where no key took them."""

    exact: bool = False

    def time(self, ms: int, *, by_hand: bool) -> str:
        """Returns a time: `1:03.5h`, or exact `1:03.482`; with `~` if it was estimated or typed."""
        if not self.exact:
            return format_time(ms, by_hand=by_hand)
        return f"{'' if by_hand else '~'}{_thousandths(ms)}"

    def rep(self, record: RepRecord) -> str:
        """Returns the time of a rep, with `?` if it was named by order; without a time, the word for that."""
        if record.time_ms is None:
            return STATUS_WORDS[record.status]
        return f"{self.time(record.time_ms, by_hand=record.by_hand)}{'?' if record.by == 'order' else ''}"

    def difference(self, record: RepRecord) -> str:
        """Returns the difference to the target, with the symbol of its verdict; "" without a time or a target.

        An exact one is that of the exact figures, and from a band to its nearer edge.
        """
        shown = difference_label(record)
        ms = difference_ms(record)
        return f"{ms / 1000:+.3f}{shown[-1]}" if self.exact and shown and ms is not None else shown

    def target(self, record: RepRecord) -> str:
        """Returns the target or its band; "" without one."""
        if record.band is not None:
            return "–".join(show_target(ms) for ms in record.band)
        return "" if record.target_ms is None else f"{'~' if record.estimated else ''}{show_target(record.target_ms)}"


def _thousandths(ms: int) -> str:
    minutes, rest = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 1000:02}.{rest % 1000:03}"
    if hours:
        return f"{hours}:{minutes:02}:{seconds}"
    return f"{minutes}:{seconds}" if minutes else f"{rest // 1000}.{rest % 1000:03}"


def round_hand_times(session: SessionRecord) -> SessionRecord:
    """Returns the session with every time that a key took rounded up to the tenth, as stopwatches by hand are read.

    Rests stay as they were taken, and so do times that were typed.
    """

    def split(each: SplitRecord) -> SplitRecord:
        return replace(each, time_ms=round_up_hand_time(each.time_ms)) if each.by_hand else each

    def rep(each: RepRecord) -> RepRecord:
        each = replace(each, splits=tuple(map(split, each.splits))) if each.splits else each
        if each.time_ms is None or not each.by_hand:
            return each
        return replace(each, time_ms=round_up_hand_time(each.time_ms))

    return replace(session, reps=tuple(map(rep, session.reps)))
