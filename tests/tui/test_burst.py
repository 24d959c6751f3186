"""One pair of hands: three groups of 10, 16 and 10 athletes come in within 8, 10 and 8 s, eight times 400 m.

In every rep of every group two athletes pass each other, one arrival is forgotten, and one press is false. The coach
presses space for each arrival, and puts right in the recovery what went wrong. Every press is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, cast

import pytest

from harness.still_session import StillLive, still
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
    """The athletes of a group finish evenly over its span, where everybody is on target."""
    athletes: list[Athlete] = []
    for name, (size, span) in SIZES.items():
        for place in range(size):
            ms = FIRST_FINISH_MS + span * place // (size - 1)
            letter = LETTERS[len(athletes)]
            athletes.append(Athlete(f"{name}{place}", letter, name, {1_500_000: round(ms * 3.75)}))
    starts = {"A": 0, "B": 30_000, "C": 68_000}  # the bursts of one pair of hands do not meet
    return Squad("three groups", tuple(athletes), tuple(Group(name, ms) for name, ms in starts.items()))


@dataclass
class Hands:
    live: StillLive
    controls: Controls
    presses: int = 0
    truth: dict[tuple[str, int, str], int] = field(default_factory=dict)
    guessed: dict[tuple[str, int, str], tuple[int, int]] = field(default_factory=dict)

    def press(self, key: Callable[[float], object], t: int) -> None:
        self.live.at(t)
        key(t / 1000)
        self.presses += 1

    def focus(self, name: str) -> None:
        while self.controls.focus != name:
            self.controls.next_group()
            self.presses += 1

    def key_of(self, name: str, t: int, at: int) -> None:
        """The key of the athlete that the arrival at `at` is shown as."""
        n = next(each.n for each in arrivals.valid(self.run(name)) if each.t == at)
        who = next(each for each in self.run(name).present if view.newest_arrival_of(self.live.state, each) == n)
        self.press(lambda stamp: self.controls.press_athlete_key(self.live.state.athletes[who].key, stamp), t)

    def burst(self, name: str, random: Random) -> None:
        """A rep of the group comes in: what is pressed, and what had happened in truth."""
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
        self.mend(name, false=false, after=after, passing=came[order[passing]], now=moments[-1] + 4000)

    def mend(self, name: str, *, false: int, after: int, passing: int, now: int) -> None:
        """In the recovery: the false one goes, the forgotten one comes, who passed changes places."""
        self.press(self.controls.delete, now)
        self.key_of(name, now, false)
        self.press(self.controls.insert, now + 2000)
        self.key_of(name, now + 2000, after)
        self.press(lambda stamp: self.controls.await_athlete("swap", stamp), now + 4000)
        self.key_of(name, now + 4000, passing)

    def run(self, name: str) -> Run:
        run = self.live.state.groups[name].newest_run
        assert run is not None
        return run


@pytest.mark.parametrize("seed", range(3))
def test_the_results_are_what_happened(seed: int) -> None:
    live = still("8x400 @1500 r30", squad())
    hands = Hands(live, Controls(cast("LiveSession", live)))
    random = Random(seed)
    hands.press(hands.controls.press_space, 0)
    while not live.state.finished:
        running = [group for group in live.state.groups.values() if group.phase is Phase.RUNNING]
        if running:
            hands.burst(min(running, key=lambda group: group.runs[-1].started or 0).name, random)
        else:
            live.at(next_deadline(live.state) or live.t)
    hands.controls.end(live.t / 1000)
    found = {
        (rep.group, rep.rep.number, who): each for rep in results(live.state).reps for who, each in rep.athletes.items()
    }
    assert found.keys() == hands.truth.keys()
    for place, each in found.items():
        if place in hands.guessed:
            least, most = hands.guessed[place]
            assert each.by == "corrected"
            assert each.time is not None
            assert least < each.time < most
        else:
            assert each.time == hands.truth[place], place
    _check_gos(live)
    reps = len(found)
    print(f"\n{hands.presses} presses for {reps} athletes' reps: {hands.presses / reps:.2f} each, against 2")
    assert hands.presses < 2 * reps


def _check_gos(live: StillLive) -> None:
    """No GO has waited for names: each came 30 s after the last finish."""
    for group in live.state.groups.values():
        for before, run in zip(group.runs, group.runs[1:], strict=False):
            assert run.started == max(arrivals.counted_finishes(before)) + 30_000
