"""Formatting that all screens share: a time compared with its target, and a rep, its targets and its rest as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kicktimer.units import (
    format_duration,
    show_difference,
    show_distance,
    show_target,
    show_time,
    shown_difference_ms,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.plan import PlannedRep, Rest, Target
    from kicktimer.session.state import TimeSource

Verdict = Literal["on", "slow", "fast", "none"]

ON_TARGET_TOLERANCE_MS = 300
"""The error of hand timing: two people with stopwatches differ by up to this much, so a time inside it is on target."""

SYMBOLS: dict[Verdict, str] = {"on": "=", "slow": "▲", "fast": "▼", "none": " "}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A time and how it compares with its target.

    The sign and the symbol repeat what the colour of the verdict says, because colours are hard to see in the sun.
    """

    time: str  # as `format_time` returns it; of a mean, without `h`
    difference: str = ""  # such as "+0.2", "" without a target
    symbol: str = " "
    verdict: Verdict = "none"


def is_hand_time(source: TimeSource | None) -> bool:
    """Whether a time was taken by hand: by a key press, and not estimated (inserted later) or typed (corrected)."""
    return source in ("key", "order")


def format_time(ms: int, *, by_hand: bool) -> str:
    """Returns an athlete's time: `35.1h` if it was taken by hand, `~35.1` if it was estimated or typed."""
    return f"{show_time(ms)}h" if by_hand else f"~{show_time(ms)}"


def compare(ms: int, target: int | None, *, by_hand: bool) -> Comparison:
    """Compares an athlete's time with its target, both in ms. `by_hand` is false for an estimated or typed time."""
    time = format_time(ms, by_hand=by_hand)
    if target is None:
        return Comparison(time)
    difference = shown_difference_ms(ms, target)
    on_target = abs(difference) <= ON_TARGET_TOLERANCE_MS
    verdict: Verdict = "on" if on_target else "slow" if difference > 0 else "fast"
    return Comparison(time, show_difference(difference), SYMBOLS[verdict], verdict)


def format_target(target: Target | None) -> str:
    """Returns text like `1:03.5`, or `~1:03.5` for an estimated target; "" without a target."""
    return "" if target is None else f"{'~' if target.estimated else ''}{show_target(target.ms)}"


def format_rep_length(rep: PlannedRep) -> str:
    """Returns the rep's distance or duration, like `400 m` or `3min`."""
    if rep.distance_mm is not None:
        return show_distance(rep.distance_mm)
    return format_duration(rep.duration_ms or 0)


def format_target_range(rep: PlannedRep, names: Iterable[str]) -> str:
    """Returns the fastest and the slowest target among the athletes `names`, like `1:03.5 – 1:12.0`.

    Equal targets are shown once; without targets the text is "".
    """
    targets = sorted((rep.targets[name] for name in names if name in rep.targets), key=lambda target: target.ms)
    if not targets:
        return ""
    fastest, slowest = format_target(targets[0]), format_target(targets[-1])
    return fastest if fastest == slowest else f"{fastest} – {slowest}"


def format_rest(rest: Rest) -> str:
    """Returns what follows a rep: `recovery 30s`, `200 m jog in 1:15`, `on 1:35` (send-off) or `then GO is yours`."""
    if rest.kind == "ready":
        return "then GO is yours"
    if rest.kind == "send_off":
        return f"on {format_duration(rest.ms)}"
    if rest.percent:
        return f"recovery {rest.percent}% of the rep"
    if rest.jog_mm:
        return f"{show_distance(rest.jog_mm)} jog in {format_duration(rest.ms)}"
    return f"recovery {format_duration(rest.ms)}"


def format_rep(rep: PlannedRep, names: Iterable[str]) -> str:
    """Returns text like `400 m in 1:03.5 – 1:12.0 (1500m pace)`; the pace only if it gives the targets."""
    targets = format_target_range(rep, names)
    pace = "" if not targets or rep.target_ms is not None else f" ({rep.pace.text} pace)"
    return f"{format_rep_length(rep)}{f' in {targets}' if targets else ''}{pace}"
