"""The words that all pages share: a time against its target, a rep in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kicktimer.units import format_duration, show_difference, show_distance, show_target, show_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kicktimer.plan import PlannedRep, Rest, Target

Verdict = Literal["on", "slow", "fast", "none"]

ON_TARGET_MS = 300
"""Two people with watches differ by so much: inside it nothing can be said against a time."""

SYMBOLS: dict[Verdict, str] = {"on": "=", "slow": "▲", "fast": "▼", "none": " "}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A time that was taken, against its target: said by sign and by symbol, for colour alone is lost in the sun."""

    time: str  # with the `h` of a hand time
    difference: str = ""  # "+0.2"; "" without a target
    symbol: str = " "
    verdict: Verdict = "none"


def compare(ms: int, target: int | None) -> Comparison:
    """A time taken by hand, against its target."""
    return _against(f"{show_time(ms)}h", ms, target)


def compare_means(times: Sequence[int], targets: Sequence[int]) -> Comparison:
    """The mean of times, against that of their targets where each has one. It is computed, not taken by hand."""
    mean = round(sum(times) / len(times))
    return _against(show_target(mean), mean, round(sum(targets) / len(targets)) if len(targets) == len(times) else None)


def _against(time: str, ms: int, target: int | None) -> Comparison:
    """The difference is computed unrounded. All that is shown as ±0.3 is on target: equal figures never differ."""
    if target is None:
        return Comparison(time)
    difference = ms - target
    tenths = (abs(difference) + 50) // 100 * 100
    verdict: Verdict = "on" if tenths <= ON_TARGET_MS else "slow" if difference > 0 else "fast"
    return Comparison(time, show_difference(difference), SYMBOLS[verdict], verdict)


def target_words(target: Target | None) -> str:
    """`1:03.5`, `~1:03.5` for an estimate, "" without a target."""
    return "" if target is None else f"{'~' if target.estimated else ''}{show_target(target.ms)}"


def length_words(rep: PlannedRep) -> str:
    """`400 m`, `3min`."""
    if rep.distance_mm is not None:
        return show_distance(rep.distance_mm)
    return format_duration(rep.duration_ms or 0)


def targets_words(rep: PlannedRep, names: Iterable[str]) -> str:
    """The targets of a rep, from the fastest athlete's to the slowest's: `1:03.5`, `1:03.5 – 1:12.0`; "" for none."""
    targets = sorted((rep.targets[name] for name in names if name in rep.targets), key=lambda target: target.ms)
    if not targets:
        return ""
    fastest, slowest = target_words(targets[0]), target_words(targets[-1])
    return fastest if fastest == slowest else f"{fastest} – {slowest}"


def rest_words(rest: Rest) -> str:
    """What comes after a rep: `recovery 30s`, `on 1:35`, `then GO is yours`."""
    if rest.kind == "ready":
        return "then GO is yours"
    if rest.kind == "send_off":
        return f"on {format_duration(rest.ms)}"
    return f"recovery {format_duration(rest.ms)}"


def rep_words(rep: PlannedRep, names: Iterable[str]) -> str:
    """`400 m in 1:03.5 (1500m)`."""
    targets = targets_words(rep, names)
    pace = "" if not targets or rep.target_ms is not None else f" ({rep.pace.text} pace)"
    return f"{length_words(rep)}{f' in {targets}' if targets else ''}{pace}"
