"""The live shell on virtual time: what falls due comes exactly then, and everything is in the log."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.journal import read_log
from kicktimer.live_session import LiveSession
from kicktimer.plan import load
from kicktimer.results import replay
from kicktimer.session import Refusal
from kicktimer.session.commands import End, Hold, Start
from tests.session.driver import plan
from tests.virtual_time import START, VirtualLoop, clock_of, run

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.plan import Plan


def live(loop: VirtualLoop, directory: Path, of: Plan | None = None, **kind: Any) -> LiveSession:
    return LiveSession(of or plan(**kind), workout={}, squad={}, log_dir=directory, sink="off", clock=clock_of(loop))


async def closed(session: LiveSession) -> list[dict[str, Any]]:
    """Ends the session; its facts as they stand in the file."""
    session.do(End(t=session.now()))
    assert await session.close()
    log = read_log(session.log_path)
    assert log.note is None
    assert replay(load(log.header["plan"]), log.facts) == session.state
    return list(log.facts)


def test_what_falls_due_comes_exactly_then(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = live(loop, tmp_path, rest=("target", 30_000), targets=(64_000,), reps=500)
        session.start()
        session.do(Start(t=session.now()))
        await asyncio.sleep(500 * 94 + 10)
        facts = await closed(session)
        go_count = [fact["t"] for fact in facts if fact["event"] == "rep_started"]
        assert go_count == [10_000 + 94_000 * n for n in range(500)], "no drift in thirteen hours"

    run(main(), loop)


def test_a_key_counts_from_its_stamp_not_from_when_it_is_handled(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = live(loop, tmp_path)
        session.start()
        session.do(Start(t=session.now()))
        await asyncio.sleep(75)
        assert session.tap(START + 74.125, athlete="Matan") is None
        facts = await closed(session)
        assert next(fact["t"] for fact in facts if fact["event"] == "tapped") == 74_125

    run(main(), loop)


def test_a_loop_that_was_blocked_catches_up(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = live(loop, tmp_path, rest=("target", 2000), targets=(20_000,), reps=4)
        session.start()
        session.do(Start(t=session.now()))
        loop.now += 60  # nothing was woken for a minute
        await asyncio.sleep(0.1)
        facts = await closed(session)
        assert [fact["t"] for fact in facts if fact["event"] == "rep_started"] == [10_000, 32_000, 54_000]

    run(main(), loop)


def test_a_closed_lid_counts(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = live(loop, tmp_path, rest=("target", 2000), targets=(20_000,), reps=2)
        session.start()
        session.do(Start(t=session.now()))
        await asyncio.sleep(10.5)
        loop.asleep += 21.5  # boot time went on, timers stood still
        await asyncio.sleep(1.1)
        facts = await closed(session)
        assert [fact["t"] for fact in facts if fact["event"] == "rep_started"] == [10_000, 32_000]

    run(main(), loop)


def test_key_repeat_is_no_arrival_and_two_athletes_are_two(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = live(loop, tmp_path, athletes=("Matan", "Dana", "Eli"))
        session.start()
        session.do(Start(t=session.now()))
        await asyncio.sleep(80)
        for at, who in ((74.0, "Matan"), (74.1, "Dana"), (74.3, "Matan"), (74.69, "Matan")):
            session.tap(START + at, athlete=who)
        session.tap(START + 76.0, group="A")
        session.tap(START + 76.05, group="A")
        facts = await closed(session)
        events = [(fact["event"], fact["t"]) for fact in facts if fact["event"] in ("tapped", "bounced")]
        assert events == [
            ("tapped", 74_000), ("tapped", 74_100), ("bounced", 74_300), ("bounced", 74_690), ("tapped", 76_000),
            ("bounced", 76_050),
        ]  # fmt: skip

    run(main(), loop)


def test_a_refusal_is_told_and_not_written(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = live(loop, tmp_path)
        session.start()
        assert isinstance(session.do(Hold(t=session.now())), Refusal)
        assert session.state.n == 0
        await session.close()

    run(main(), loop)
    assert not list(tmp_path.glob("*.jsonl")), "a session that was not begun leaves no log"


def test_saved_is_said_when_the_disk_has_said_so(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = live(loop, tmp_path)
        told = asyncio.Event()
        session.on_change = lambda: told.set() if session.saved and session.state.n else None
        session.start()
        session.do(Start(t=session.now()))
        await told.wait()
        assert await session.close()
        assert len(read_log(session.log_path).facts) == session.state.n

    run(main(), loop)


def test_a_fault_in_the_cues_costs_no_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = VirtualLoop()

    def broken(*_: object) -> None:
        raise ValueError("a fault of our own")

    async def main() -> None:
        session = live(loop, tmp_path, rest=("target", 2000), targets=(20_000,), reps=3)
        session.start()
        session.do(Start(t=session.now()))
        monkeypatch.setattr("kicktimer.session_audio.cues", broken)
        monkeypatch.setattr("kicktimer.live_session.write_crash_report", lambda error: f"{error}.txt")
        session.on_change = lambda: broken(None)
        await asyncio.sleep(100)
        assert "please send" in session.speaker.note
        facts = await closed(session)
        assert [fact["t"] for fact in facts if fact["event"] == "rep_started"] == [10_000, 32_000, 54_000]

    run(main(), loop)


def test_once_closed_a_key_is_refused(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = live(loop, tmp_path)
        session.start()
        session.do(Start(t=session.now()))
        assert session.shut()
        assert session.shut(), "closing once more does no harm"
        assert isinstance(session.tap(START + 20, athlete="Matan"), Refusal)
        assert isinstance(session.do(End(t=session.now())), Refusal)
        log = read_log(session.log_path)
        assert [fact["event"] for fact in log.facts] == ["countdown_started"], "interrupted, not ended"

    run(main(), loop)


def test_after_a_sleep_cues_are_told_in_the_clock_of_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = VirtualLoop()
    told: list[float] = []
    monkeypatch.setattr(
        "kicktimer.session_audio.SpeakerClient.schedule", lambda _, wanted: told.extend(each.at for each in wanted)
    )

    async def main() -> None:
        session = live(loop, tmp_path)
        session.start()
        loop.asleep += 600
        session.do(Start(t=session.now()))  # before the clock was looked at again
        assert max(told) == pytest.approx(loop.now + 10)
        await session.close()

    run(main(), loop)


def test_a_directory_that_cannot_be_written_is_told_before_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    loop = VirtualLoop()

    async def main() -> None:
        with pytest.raises(KicktimerError, match="cannot be saved"):
            live(loop, tmp_path / "file")

    run(main(), loop)
