"""Carrying a session on: which logs can be, what is known of the time since, and what the resumed session does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.interrupted_session import find_interrupted, interrupted_lately, load_interrupted
from kicktimer.journal import LogInUseError, read_log
from kicktimer.live_session import LiveSession
from kicktimer.plan import load
from kicktimer.results import replay
from kicktimer.session.commands import End, Note, Release, Start
from kicktimer.system_clock import system_clock
from tests.session.driver import plan
from tests.virtual_time import Machine, run

if TYPE_CHECKING:
    from pathlib import Path


def open_session(machine: Machine, directory: Path) -> LiveSession:
    return LiveSession.open(plan(), workout={}, squad={}, log_dir=directory, sink="off", clock=machine.clock)


def kill(session: LiveSession) -> Path:
    """Leaves the session as a kill does, once everything is saved: without `session_ended`."""
    assert session.close()
    return session.log_path


async def stopped_in_recovery(machine: Machine, directory: Path) -> Path:
    """Runs a session to 6 s after the first finish, with 30 s of recovery, and stops it there. GO comes at 104 s."""
    session = open_session(machine, directory)
    session.start()
    session.execute(Start(t=session.now()))
    await asyncio.sleep(74)
    assert session.tap(machine.loop.now, athlete="Matan") is None
    await asyncio.sleep(6)
    return kill(session)


def test_session_goes_on_after_a_kill_with_go_where_it_was(tmp_path: Path) -> None:
    machine = Machine()

    async def main() -> None:
        path = await stopped_in_recovery(machine, tmp_path)
        for _ in range(2):  # killed twice
            await asyncio.sleep(5)
            found = find_interrupted(tmp_path, machine.clock)
            opening = found.known_opening()
            assert found.path == path
            assert opening is not None
            session = LiveSession.resume(found, opening, "boottime", sink="off")
            session.start()
            assert session.state.groups["A"].pending_go == 104_000
            kill(session)
        found = find_interrupted(tmp_path, machine.clock)
        await asyncio.sleep(1)
        session = LiveSession.resume(found, opening, "boottime", sink="off")
        session.start()
        await asyncio.sleep(30)
        assert session.state.groups["A"].runs[-1].started == 104_000
        session.execute(End(t=session.now()))
        assert await session.aclose()
        log = read_log(path)
        assert replay(load(log.header["plan"]), log.facts) == session.state
        assert [fact["gap"] for fact in log.facts if fact["event"] == "resumed"] == [11_000, 5000, 1000]
        with pytest.raises(KicktimerError, match="has ended"):
            load_interrupted(path, machine.clock)

    run(main(), machine.loop)


def test_after_a_restart_the_wall_clock_only_proposes(tmp_path: Path) -> None:
    machine = Machine()

    async def main() -> None:
        await stopped_in_recovery(machine, tmp_path)
        machine.reboot(244)
        found = find_interrupted(tmp_path, machine.clock)
        assert found.known_opening() is None
        assert found.plausible_gap_ms == 250_000
        session = LiveSession.resume(found, found.opening_after(250_000), "wall", sink="off")
        session.start()
        assert session.now() == 74_000 + 250_000
        assert session.last_gap is not None
        assert session.last_gap.groups == ("A",)
        session.execute(Release(t=session.now(), group="A"))
        kill(session)
        again = find_interrupted(tmp_path, machine.clock)  # the anchor of the resumption is one of the new boot
        opening = again.known_opening()
        assert opening is not None
        session = LiveSession.resume(again, opening, "boottime", sink="off")
        assert session.now() == 324_000
        assert session.state.groups["A"].pending_go == 334_000
        kill(session)

    run(main(), machine.loop)


@pytest.mark.parametrize("years", [-10, 10])
def test_wall_clock_that_is_years_off_proposes_nothing(tmp_path: Path, years: int) -> None:
    machine = Machine()

    async def main() -> None:
        await stopped_in_recovery(machine, tmp_path)
        machine.wall_offset = timedelta(days=365 * years)
        found = find_interrupted(tmp_path, machine.clock)
        assert found.known_opening() is not None, "without a restart the wall clock does not matter"
        assert found.is_recent
        machine.reboot(10)
        found = find_interrupted(tmp_path, machine.clock)
        assert (found.known_opening(), found.plausible_gap_ms, found.is_recent) == (None, None, False)
        assert interrupted_lately(tmp_path, machine.clock) is None

    run(main(), machine.loop)


def test_machine_without_a_boot_id_or_a_clock_that_counts_sleep_asks(tmp_path: Path) -> None:
    machine = Machine()

    async def main() -> None:
        await stopped_in_recovery(machine, tmp_path)
        for clock in (replace(machine.clock, boot_id=lambda: ""), replace(machine.clock, name="monotonic")):
            assert find_interrupted(tmp_path, clock).known_opening() is None

    run(main(), machine.loop)


def test_running_session_is_not_carried_on_by_another_program(tmp_path: Path) -> None:
    machine = Machine()

    async def main() -> None:
        session = open_session(machine, tmp_path)
        session.execute(Start(t=0))
        with pytest.raises(LogInUseError):
            find_interrupted(tmp_path, machine.clock)
        with pytest.raises(LogInUseError):
            load_interrupted(session.log_path, machine.clock)
        assert interrupted_lately(tmp_path, machine.clock) is None
        kill(session)
        assert interrupted_lately(tmp_path, machine.clock) is not None

    run(main(), machine.loop)


def test_session_with_a_torn_line_goes_on_in_a_new_file_with_everything(tmp_path: Path) -> None:
    machine = Machine()

    async def main() -> None:
        path = await stopped_in_recovery(machine, tmp_path)
        whole = path.read_bytes()
        path.write_bytes(whole + b'{"n":5,"t"')
        found = find_interrupted(tmp_path, machine.clock)
        session = LiveSession.resume(found, found.opening_after(0), "asked", sink="off")
        session.start()
        session.execute(Note(t=session.now(), text="wind"))
        assert session.close()
        assert session.log_path != path
        assert session.log_path.read_bytes().startswith(whole)
        assert find_interrupted(tmp_path, machine.clock).path == session.log_path

    run(main(), machine.loop)


def test_nothing_to_carry_on(tmp_path: Path) -> None:
    clock = system_clock()
    with pytest.raises(KicktimerError, match="no session was interrupted"):
        find_interrupted(tmp_path, clock)
    assert interrupted_lately(tmp_path / "missing", clock) is None
    (tmp_path / "bad.jsonl").write_text("not a log\n")
    assert interrupted_lately(tmp_path, clock) is None
