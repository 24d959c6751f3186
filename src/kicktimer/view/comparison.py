"""Formatting that all screens share: a time compared with its target, and a rep, its targets and its rest as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kicktimer.units import (
    format_duration,
    round_up_hand_time,
    show_difference,
    show_distance,
    show_target,
    show_time,
    shown_difference_ms,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.plan import PlannedLeg, PlannedRep, Rest, Target
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


def compare(ms: int, target: Target | None, *, by_hand: bool) -> Comparison:
    """Compares an athlete's time in ms with its target. `by_hand` is false for an estimated or typed time.

    All times inside a band are on target; the difference is from its middle.
    """
    time = format_time(ms, by_hand=by_hand)
    if target is None:
        return Comparison(time)
    difference = shown_difference_ms(ms, target.ms)
    on_target = abs(difference) <= ON_TARGET_TOLERANCE_MS
    if target.band is not None:
        on_target = target.band[0] <= round_up_hand_time(ms) <= target.band[1]
    verdict: Verdict = "on" if on_target else "slow" if difference > 0 else "fast"
    return Comparison(time, show_difference(difference), SYMBOLS[verdict], verdict)


def format_target(target: Target | None, *, with_band: bool = True) -> str:
    """Returns text like `1:03.5`, `~1:03.5` for an estimate, `1:02.0–1:04.0` for a band; "" without a target.

    Where there is no room for a band, its middle is shown.
    """
    if target is None:
        return ""
    text = (
        show_target(target.ms)
        if target.band is None or not with_band
        else "–".join(show_target(ms) for ms in target.band)
    )
    return f"{'~' if target.estimated else ''}{text}"


def format_rep_length(rep: PlannedRep) -> str:
    """Returns the rep's distance or duration, like `400 m` or `3min`."""
    return _format_length(rep.distance_mm, rep.duration_ms)


def _format_length(distance_mm: int | None, duration_ms: int | None) -> str:
    return format_duration(duration_ms or 0) if distance_mm is None else show_distance(distance_mm)


def format_pattern(rep: PlannedRep) -> str:
    """Returns the legs that are repeated to the rep's end, like `200 m at 33.0, 200 m float`; "" without a pattern."""
    words = [" ".join((_format_length(leg.distance_mm, leg.duration_ms), _format_leg_pace(leg))) for leg in rep.legs]
    period = next((n for n in range(1, len(words) - 1) if words[n:-1] == words[: len(words) - n - 1]), len(words))
    return ", ".join(words[:period])


def _format_leg_pace(leg: PlannedLeg) -> str:
    pace = leg.pace.text.partition(" per ")[0] if leg.pace.kind == "fixed" and leg.distance_mm else leg.pace.text
    words = leg.name or ("float" if leg.pace.kind == "free" else "")
    return words if leg.pace.kind == "free" else f"at {pace}{f' ({words})' if words else ''}"


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
    return f"recovery {format_rest_time(rest)}"


def format_rest_time(rest: Rest) -> str:
    """Returns the time of a rest, like `30s`, or `4min 30s (4min to 5min)` for one that was written as a range."""
    if rest.between is None:
        return format_duration(rest.ms)
    low, high = (format_duration(ms) for ms in rest.between)
    return f"{format_duration(rest.ms)} ({low} to {high})"


def format_rep(rep: PlannedRep, names: Iterable[str]) -> str:
    """Returns text like `400 m in 1:03.5 – 1:12.0 (1500m pace)`; the pace only if it gives the targets."""
    targets = format_target_range(rep, names)
    pace = "" if not targets or rep.target_ms is not None or rep.legs else f" ({rep.pace.text} pace)"
    if rep.legs:
        pace = f" ({format_pattern(rep)})"
    return f"{format_rep_length(rep)}{f' in {targets}' if targets else ''}{pace}"
