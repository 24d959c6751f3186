"""How fast a rep is to be run, and what that means for one athlete.

Distances are whole millimetres, times whole milliseconds; a speed is an exact `Fraction` of ms per mm, so that nothing is
rounded before it is shown or stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import log
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kicktimer.squad import Athlete

RIEGEL = 1.06  # P. Riegel, "Athletic Records and Human Endurance", American Scientist 69 (1981)
KICK_MM = 200_000


@dataclass(frozen=True, slots=True)
class Pace:
    """A pace as the coach writes it.

    kind `race`: even pace of a race over `race_mm`, at `percent_milli` thousandths of a percent of its *speed*, then
    `plus_ms` more (or less) for each 400 m. kind `fixed`: `fixed_ms` for `per_mm`. kind `kick`: the athlete's goal for the
    last 200 m. kind `free`: no target.
    """

    kind: Literal["race", "fixed", "kick", "free"]
    text: str
    race_mm: int = 0
    percent_milli: int = 100_000
    plus_ms: int = 0
    fixed_ms: int = 0
    per_mm: int = 0


@dataclass(frozen=True, slots=True)
class Speed:
    """`ms_per_mm` unrounded; `estimated` where it stands on a race that the athlete has not run."""

    ms_per_mm: Fraction
    estimated: bool = False


def race_time(athlete: Athlete, race_mm: int) -> tuple[Fraction, bool] | None:
    """The athlete's time over `race_mm` in ms, and whether it is an estimate; None where no race is known.

    Estimates follow Riegel, T2 = T1 x (D2 / D1)^1.06, from the nearest known distance (nearest in log distance).
    """
    if race_mm in athlete.races:
        return Fraction(athlete.races[race_mm]), False
    if not athlete.races:
        return None
    nearest = min(athlete.races, key=lambda mm: (abs(log(mm / race_mm)), mm))
    return Fraction(athlete.races[nearest] * (race_mm / nearest) ** RIEGEL), True


def speed(pace: Pace, athlete: Athlete) -> Speed | None:
    """What `pace` means for `athlete`; None where there is no target (free, or nothing known of the athlete)."""
    if pace.kind == "fixed":
        return Speed(Fraction(pace.fixed_ms, pace.per_mm))
    if pace.kind == "kick":
        goal = athlete.goal_last_200_ms
        return None if goal is None else Speed(Fraction(goal, KICK_MM))
    if pace.kind == "free":
        return None
    time = race_time(athlete, pace.race_mm)
    if time is None:
        return None
    per_mm = time[0] / pace.race_mm * 100_000 / pace.percent_milli + Fraction(pace.plus_ms, 400_000)
    return Speed(per_mm, time[1]) if per_mm > 0 else None
