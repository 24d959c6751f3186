"""One coach times three groups of 10, 16 and 10 athletes, who come in within 8, 10 and 8 s, over 8 x 400 m.

In every rep of every group two athletes pass each other, the coach misses one arrival, and one press is false. The
coach presses space for each arrival and corrects the mistakes in the recovery. Every press is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, cast

import pytest

from harness.still_session import StillLive, still_session
from kicktimer import view
from kicktimer.results import results
from kicktimer.session import Phase, arrivals, next_deadline
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.tui.controls import Controls

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.live_session import LiveSession
    from kicktimer.session import Run

SIZES = {"A": (10, 8000), "B": (16, 10_000), "C": (10, 8000)}
FIRST_FINISH_MS = 64_000
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def squad() -> Squad:
    """Returns the squad. The targets of a group spread its finishes evenly over its span."""
    athletes: list[Athlete] = []
    for name, (size, span) in SIZES.items():
        for place in range(size):
            ms = FIRST_FINISH_MS + span * place // (size - 1)
            letter = LETTERS[len(athletes)]
            athletes.append(Athlete(f"{name}{place}", letter, name, {1_500_000: round(ms * 3.75)}))
    starts = {"A": 0, "B": 30_000, "C": 68_000}  # so that no two groups finish at the same time
    return Squad("three groups", tuple(athletes), tuple(Group(name, ms) for name, ms in starts.items()))


@dataclass
class Coach:
    live: StillLive
    controls: Controls
    presses: int = 0
    truth: dict[tuple[str, int, str], int] = field(default_factory=dict)
    guessed: dict[tuple[str, int, str], tuple[int, int]] = field(default_factory=dict)

    def press(self, key: Callable[[float], object], t: int) -> None:
        self.live.advance_to(t)
        key(t / 1000)
        self.presses += 1

    def focus(self, name: str) -> None:
        while self.controls.focus != name:
            self.controls.next_group()
            self.presses += 1

    def press_key_of(self, name: str, t: int, at: int) -> None:
        """Presses, at `t`, the key of the athlete as whose the arrival of moment `at` is shown."""
        n = next(each.n for each in arrivals.valid(self.run(name)) if each.t == at)
        who = next(each for each in self.run(name).present if view.newest_arrival_of(self.live.state, each) == n)
        self.press(lambda stamp: self.controls.press_athlete_key(self.live.state.athletes[who].key, stamp), t)

    def burst(self, name: str, random: Random) -> None:
        """Lets the group finish a rep: records the true times, and presses the keys of a coach who makes mistakes."""
        self.focus(name)
        run = self.run(name)
        assert run.started is not None
        order = sorted(run.present, key=lambda who: run.rep.targets[who].ms)
        passing, forgotten = random.sample(range(1, len(order) - 2), 2)
        while abs(passing - forgotten) < 3:
            passing, forgotten = random.sample(range(1, len(order) - 2), 2)
        order[passing], order[passing + 1] = order[passing + 1], order[passing]
        times = [run.rep.targets[who].ms + random.randint(-100, 100) for who in run.present]
        moments = sorted(run.started + ms for ms in times)
        came = dict(zip(order, moments, strict=True))
        for who, t in came.items():
            self.truth[name, run.rep.number, who] = t - run.started
        before, after = moments[forgotten - 1], moments[forgotten + 1]
        self.guessed[name, run.rep.number, order[forgotten]] = before - run.started, after - run.started
        false = moments[0] + 200
        for t in sorted([*(t for t in moments if t != moments[forgotten]), false]):
            self.press(self.controls.press_space, t)
        self.correct_mistakes(name, false=false, after=after, passing=came[order[passing]], now=moments[-1] + 4000)

    def correct_mistakes(self, name: str, *, false: int, after: int, passing: int, now: int) -> None:
        """Corrects the mistakes: deletes the false arrival, inserts the missed one, and swaps the two who passed."""
        self.press(self.controls.delete, now)
        self.press_key_of(name, now, false)
        self.press(self.controls.insert, now + 2000)
        self.press_key_of(name, now + 2000, after)
        self.press(lambda stamp: self.controls.await_athlete("swap", stamp), now + 4000)
        self.press_key_of(name, now + 4000, passing)

    def run(self, name: str) -> Run:
        run = self.live.state.groups[name].newest_run
        assert run is not None
        return run


@pytest.mark.parametrize("seed", range(3))
def test_results_equal_what_happened(seed: int) -> None:
    live = still_session("8x400 @1500 r30", squad())
    coach = Coach(live, Controls(cast("LiveSession", live)))
    random = Random(seed)
    coach.press(coach.controls.press_space, 0)
    while not live.state.finished:
        running = [group for group in live.state.groups.values() if group.phase is Phase.RUNNING]
        if running:
            coach.burst(min(running, key=lambda group: group.runs[-1].started or 0).name, random)
        else:
            live.advance_to(next_deadline(live.state) or live.t)
    coach.controls.end(live.t / 1000)
    found = {
        (rep.group, rep.rep.number, who): each for rep in results(live.state).reps for who, each in rep.athletes.items()
    }
    assert found.keys() == coach.truth.keys()
    for place, each in found.items():
        if place in coach.guessed:
            least, most = coach.guessed[place]
            assert each.by == "corrected"
            assert each.time is not None
            assert least < each.time < most
        else:
            assert each.time == coach.truth[place], place
    _check_gos(live)
    reps = len(found)
    print(f"\n{coach.presses} presses for {reps} athletes' reps: {coach.presses / reps:.2f} each, against 2")
    assert coach.presses < 2 * reps


def _check_gos(live: StillLive) -> None:
    """Checks that each GO came 30 s after the last finish, and waited for no name."""
    for group in live.state.groups.values():
        for before, run in zip(group.runs, group.runs[1:], strict=False):
            assert run.started == max(arrivals.counted_finishes(before)) + 30_000
