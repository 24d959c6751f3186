"""Sleeps, restarts, kills and steps of the wall clock in random sessions, with injected clocks and with real ones."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.interrupted_session import find_interrupted, load_interrupted
from kicktimer.journal import read_log
from kicktimer.live_session import LiveSession
from kicktimer.plan import GroupPlan, Plan, load
from kicktimer.results import replay
from kicktimer.session import Phase
from kicktimer.session.commands import Close, Release, Start
from kicktimer.session.state import MIN_GO_NOTICE_MS
from tests.faults import scaled
from tests.session.driver import COUNTDOWN, plan
from tests.virtual_time import Machine, run

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.interrupted_session import InterruptedSession

TOLERANCE_MS = 3
"""The wall times in a log are whole ms, and so is an answer: each restart may be off by half a millisecond twice."""
RESTS = (("last", 20_000), ("first", 45_000), ("target", 15_000), ("send_off", 60_000), ("ready", 0))


def random_plan(chance: Random) -> Plan:
    rest = chance.choice(RESTS)
    kind: dict[str, Any] = {"rest": rest, "reps": 12}
    if chance.random() < 0.2 and rest[0] != "target":
        kind["seconds"] = 30
    else:
        kind["targets"] = (31_000, 32_000)
    one = plan(("Matan", "Dana"), **kind)
    if chance.random() < 0.5:
        return one
    other = plan(("Noa", "Gil"), **kind)
    second = GroupPlan("B", other.groups[0].athletes, other.groups[0].reps, chance.choice((0, 5000, 90_000)), COUNTDOWN)
    return replace(one, athletes=(*one.athletes, *other.athletes), groups=(*one.groups, second))


@dataclass
class Script:
    """One random session. Moments are true ms since the session was opened, whatever the clocks say."""

    seed: int
    directory: Path
    machine: Machine = field(default_factory=Machine)
    taps: list[int] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    asked: int = 0
    stepped: bool = False

    def now(self) -> int:
        return round((self.machine.loop.now + self.machine.loop.asleep - self._opened) * 1000)

    async def play(self) -> None:
        chance, machine = Random(self.seed), self.machine
        self._opened = machine.loop.now + machine.loop.asleep
        self.live = LiveSession.open(
            random_plan(chance), workout={}, squad={}, log_dir=self.directory, sink="off", clock=machine.clock
        )
        self.live.start()
        self.live.execute(Start(t=self.live.now()))
        for _ in range(25):
            await asyncio.sleep(chance.choice((0.5, 3, 9, 20, 31)) + chance.random())
            self.act(chance)
            await self.interrupt(chance)
            assert abs(self.live.now() - self.now()) <= TOLERANCE_MS, "the session's clock is wrong"
        assert self.live.close()
        self.check()

    def act(self, chance: Random) -> None:
        """The coach takes arrivals, closes reps, and sometimes releases what is held."""
        for group in self.live.state.groups.values():
            if group.phase is Phase.RUNNING and chance.random() < 0.7:
                for athlete in group.athletes:
                    if self.live.tap(self.machine.loop.now, athlete=athlete) is None:
                        self.taps.append(self.now())
                if chance.random() < 0.2:
                    self.live.execute(Close(t=self.live.now(), group=group.name))
            elif (group.held or group.go is None) and chance.random() < 0.6:
                self.live.execute(Release(t=self.live.now(), group=group.name))

    async def interrupt(self, chance: Random) -> None:
        kind, seconds = chance.choice(("", "", "sleep", "kill", "reboot", "step")), chance.choice((1, 10, 40, 900))
        before, start = self.live.state, self.now()
        if kind == "step":
            self.stepped = True
            self.machine.wall_offset += timedelta(days=chance.choice((-3650, 3650)))
        elif kind == "sleep":
            self.machine.sleep(seconds)
            await asyncio.sleep(0.3)
        elif kind:
            self.stop(kind, seconds, step=chance.random() < 0.4)
        if kind not in ("", "step"):
            self.gaps.append((start, self.now()))
            self.check_gap(before)

    def stop(self, kind: str, seconds: float, *, step: bool) -> None:
        """Kills the program, and carries the session on after a pause or a restart."""
        assert self.live.close()
        if step:
            self.stepped = True
            self.machine.wall_offset += timedelta(days=3650)
        if kind == "reboot":
            self.machine.reboot(seconds)
        else:
            self.machine.loop.now += seconds
        session = find_interrupted(self.directory, self.machine.clock)
        opening = session.known_opening()
        if kind == "kill":
            assert opening is not None, "it asks although the clock has run on"
            self.live = LiveSession.resume(session, opening, "boottime", sink="off")
        else:
            assert opening is None, "the gap cannot be known, and it does not ask"
            self.live = self.answer(session)
        self.live.start()

    def answer(self, session: InterruptedSession) -> LiveSession:
        """Answers the question truly: takes the proposal if there is one, which then must be right."""
        self.asked += 1
        proposal, true = session.plausible_gap_ms, self.now() - session.state.now
        if proposal is None:
            assert self.stepped, "the wall clock was right all the time, and proposes nothing"
            return LiveSession.resume(session, session.opening_after(true), "asked", sink="off")
        assert abs(proposal - true) <= TOLERANCE_MS, "a wall clock that is ten years off proposes something"
        return LiveSession.resume(session, session.opening_after(true), "wall", sink="off")

    def check_gap(self, before: Any) -> None:
        """Checks that each GO is where it was, or held if it fell due."""
        start, end = self.gaps[-1]
        for name, was in before.groups.items():
            group = self.live.state.groups[name]
            if was.pending_go is None or was.pending_go <= start:
                continue
            if was.pending_go >= end + MIN_GO_NOTICE_MS + 300:
                assert group.pending_go == was.pending_go, "a GO that was ahead has moved"
            elif was.pending_go < end:
                assert group.held, "a GO fell due and nobody holds it"

    def check(self) -> None:
        log = read_log(self.live.log_path)
        assert log.note is None
        assert replay(load(log.header["plan"]), log.facts) == self.live.state
        taps = [fact["t"] for fact in log.facts if fact["event"] == "tapped"]
        assert len(taps) == len(self.taps)
        assert all(abs(fact - true) <= TOLERANCE_MS for fact, true in zip(taps, self.taps, strict=True))
        for fact in log.facts:
            if fact["event"] == "rep_started":
                assert not any(
                    start < fact["t"] - TOLERANCE_MS and fact["t"] + TOLERANCE_MS < end for start, end in self.gaps
                )
        gaps = [fact for fact in log.facts if fact["event"] == "resumed"]
        assert len(gaps) == len(self.gaps)
        assert sum(fact["basis"] != "boottime" for fact in gaps) == self.asked


@pytest.mark.parametrize("seed", range(scaled(40, 500)))
def test_no_clock_makes_a_time_wrong_or_a_go_late(tmp_path: Path, seed: int) -> None:
    script = Script(seed, tmp_path)
    run(script.play(), script.machine.loop)


NAMESPACE = ("unshare", "--time", "--boottime", "600", "--fork")
PRINT_GAP = """
import sys
from pathlib import Path
from kicktimer.interrupted_session import load_interrupted
from kicktimer.system_clock import system_clock
session = load_interrupted(Path(sys.argv[1]), system_clock())
opening = session.known_opening()
print(round((session.clock.boottime() - opening) * 1000) - session.state.now)
"""


def test_real_sleep_of_ten_minutes_is_seen_in_a_time_namespace(tmp_path: Path) -> None:
    """In the namespace boot time is 600 s ahead and monotonic time is not, as after a sleep."""
    if (
        shutil.which("unshare") is None
        or subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine gives no time namespace")
    live = LiveSession.open(plan(), workout={}, squad={}, log_dir=tmp_path, sink="off")
    live.execute(Start(t=live.now()))
    assert live.close()
    found = load_interrupted(live.log_path, live._clock)
    opening = found.known_opening()
    assert opening is not None
    here = round((found.clock.boottime() - opening) * 1000) - found.state.now
    command = [*NAMESPACE, sys.executable, "-c", PRINT_GAP, str(live.log_path)]
    there = int(subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout)
    assert 600_000 <= there - here < 630_000
