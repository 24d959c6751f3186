"""`LiveSession` on virtual time: exact deadlines, key stamps, sleep, saving and closing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.history import History
from kicktimer.journal import SaveTrouble, read_log
from kicktimer.live_session import Gap, LiveSession
from kicktimer.plan import load
from kicktimer.results import replay
from kicktimer.session import Refusal
from kicktimer.session.commands import End, Hold, Start, Unassign
from kicktimer.sound import SpeakerClient
from kicktimer.system_clock import system_clock
from tests.session.driver import plan
from tests.virtual_time import START, VirtualLoop, clock_of, run

if TYPE_CHECKING:
    from kicktimer.plan import Plan


def open_session(loop: VirtualLoop, directory: Path, of: Plan | None = None, **kind: Any) -> LiveSession:
    return LiveSession.open(
        of or plan(**kind), workout={}, squad={}, log_dir=directory, sink="off", clock=clock_of(loop)
    )


async def end_and_read_facts(session: LiveSession) -> list[dict[str, Any]]:
    """Ends and closes the session, and returns the facts in its log."""
    session.execute(End(t=session.now()))
    assert await session.aclose()
    log = read_log(session.log_path)
    assert log.note is None
    assert replay(load(log.header["plan"]), log.facts) == session.state
    return list(log.facts)


def test_deadlines_are_applied_at_their_exact_times(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path, rest=("target", 30_000), targets=(64_000,), reps=500)
        session.start()
        session.execute(Start(t=session.now()))
        await asyncio.sleep(500 * 94 + 10)
        facts = await end_and_read_facts(session)
        go_count = [fact["t"] for fact in facts if fact["event"] == "rep_started"]
        assert go_count == [10_000 + 94_000 * n for n in range(500)], "no drift in thirteen hours"

    run(main(), loop)


def test_arrival_has_the_time_of_its_key_stamp(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path)
        session.start()
        session.execute(Start(t=session.now()))
        await asyncio.sleep(75)
        assert session.tap(START + 74.125, athlete="Matan") is None
        facts = await end_and_read_facts(session)
        assert next(fact["t"] for fact in facts if fact["event"] == "tapped") == 74_125

    run(main(), loop)


def test_deadlines_missed_by_a_blocked_loop_keep_their_times(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path, rest=("target", 2000), targets=(20_000,), reps=4)
        session.start()
        session.execute(Start(t=session.now()))
        loop.now += 60  # no timer fires for a minute
        await asyncio.sleep(0.1)
        facts = await end_and_read_facts(session)
        assert [fact["t"] for fact in facts if fact["event"] == "rep_started"] == [10_000, 32_000, 54_000]

    run(main(), loop)


def test_time_asleep_counts(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path, rest=("target", 2000), targets=(20_000,), reps=2)
        session.start()
        session.execute(Start(t=session.now()))
        await asyncio.sleep(10.5)
        loop.asleep += 10  # boot time goes on, timers do not
        await asyncio.sleep(13)
        facts = await end_and_read_facts(session)
        assert [fact["t"] for fact in facts if fact["event"] == "rep_started"] == [10_000, 32_000]

    run(main(), loop)


def test_go_in_a_sleep_waits_for_the_coach_and_the_rep_keeps_its_true_time(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path, athletes=("Matan", "Dana"), rest=("first", 20_000))
        session.start()
        session.execute(Start(t=session.now()))
        await asyncio.sleep(70)
        session.tap(loop.now, athlete="Dana")
        await asyncio.sleep(5)
        loop.asleep += 100
        assert session.tap(loop.now, athlete="Matan") is None, "the key that wakes the machine comes before any timer"
        assert session.last_gap == Gap(100_000, slept=True, groups=("A",))
        await asyncio.sleep(60)
        facts = await end_and_read_facts(session)
        assert [fact["event"] for fact in facts] == [
            "countdown_started", "rep_started", "tapped", "recovery_started", "resumed", "held", "tapped",
            "session_ended",
        ]  # fmt: skip
        (resumed,) = (fact for fact in facts if fact["event"] == "resumed")
        assert (resumed["t"], resumed["gap"], resumed["basis"]) == (175_000, 105_000, "boottime")
        assert resumed["choices"] == {"A": "hold"}
        assert facts[6]["t"] == 175_000
        assert "rep" in facts[6], "an arrival of the rep that ran through the sleep"

    run(main(), loop)


def test_key_that_is_handled_after_a_sleep_keeps_the_moment_before_it(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path, athletes=("Matan", "Dana"), rest=("first", 20_000))
        session.start()
        session.execute(Start(t=session.now()))
        await asyncio.sleep(70)
        pressed = loop.now
        await asyncio.sleep(1)
        loop.asleep += 100
        session.tap(pressed, athlete="Dana")
        session.tap(loop.now + 0.1, athlete="Matan")
        facts = await end_and_read_facts(session)
        assert [fact["t"] for fact in facts if fact["event"] == "tapped"] == [70_000, 171_100]
        assert len([fact for fact in facts if fact["event"] == "rep_started"]) == 1, "a GO came that nobody heard"
        assert [fact["by"] for fact in facts if fact["event"] == "held"] == ["gap"]

    run(main(), loop)


def test_sleep_before_the_start_and_after_the_end_is_no_gap(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path)
        session.start()
        loop.asleep += 600
        await asyncio.sleep(1)
        assert session.state.n == 0
        session.execute(Start(t=session.now()))
        session.execute(End(t=session.now()))
        n = session.state.n
        loop.asleep += 600
        await asyncio.sleep(1)
        assert (session.state.n, session.last_gap) == (n, None)
        await session.aclose()

    run(main(), loop)


@pytest.mark.parametrize(
    ("platform", "clock_ids", "name"),
    [
        ("linux", {"CLOCK_MONOTONIC": 1, "CLOCK_MONOTONIC_RAW": 4, "CLOCK_BOOTTIME": 7}, "boottime"),
        ("darwin", {"CLOCK_MONOTONIC": 6, "CLOCK_MONOTONIC_RAW": 4, "CLOCK_UPTIME_RAW": 8}, "mach_continuous"),
    ],
)
def test_stamp_after_a_sleep_is_moved_by_the_present_difference_of_the_clocks(
    platform: str, clock_ids: dict[str, int], name: str, tmp_path: Path
) -> None:
    loop = VirtualLoop()
    counts_sleep = {"boottime": 7, "mach_continuous": 4}[name]
    module = SimpleNamespace(
        monotonic=loop.time,
        clock_gettime=lambda clock_id: loop.now + (loop.asleep if clock_id == counts_sleep else 0.0),
        **clock_ids,
    )

    async def main() -> None:
        session = LiveSession.open(
            plan(), workout={}, squad={}, log_dir=tmp_path, sink="off", clock=system_clock(platform, module)
        )
        session.start()
        session.execute(Start(t=session.now()))
        await asyncio.sleep(40)
        assert session.session_ms(START + 39.5) == 39_500
        loop.asleep += 30  # the lid is closed for half a minute
        await asyncio.sleep(10)
        assert session.tap(START + 49.25, athlete="Matan") is None
        facts = await end_and_read_facts(session)
        assert next(fact["t"] for fact in facts if fact["event"] == "tapped") == 79_250
        assert read_log(session.log_path).header["clock"]["name"] == name

    run(main(), loop)


def test_sessions_are_numbered_in_order_whatever_the_wall_clock_says(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        for year in (2026, 2031, 1970, 2026):
            clock = replace(clock_of(loop), wall=lambda year=year: datetime(year, 11, 23, 18, 30, tzinfo=UTC))
            session = LiveSession.open(plan(), workout={}, squad={}, log_dir=tmp_path, sink="off", clock=clock)
            session.start()
            session.execute(Start(t=session.now()))
            await end_and_read_facts(session)

    run(main(), loop)
    with History(tmp_path) as history:
        listed = history.entries()
    assert [(entry.seq, entry.started[:4]) for entry in listed] == [
        (4, "2026"), (3, "1970"), (2, "2031"), (1, "2026"),
    ]  # fmt: skip
    assert listed[1].path.name.startswith("1970-11-23T183000-")
    assert read_log(listed[1].path).facts[0]["wall"].startswith("1970-11-23")


def test_repeat_of_a_held_key_is_kept_with_its_key_and_moment(tmp_path: Path) -> None:
    """It may be older than the newest fact, as an arrival may, and does nothing."""
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path, rest=("target", 30_000), targets=(64_000,))
        session.start()
        session.note_repeat(START + 0.1, "m", "Matan")  # before the session has begun: nothing is kept
        session.execute(Start(t=session.now()))
        await asyncio.sleep(74.1)
        assert session.state.now == 74_000
        before = replace(session.state, n=0)
        session.note_repeat(START + 73.95, "m", "Matan")
        session.note_repeat(START + 74.05, "x")
        assert replace(session.state, n=0, now=before.now) == before
        session.tap(START + 74.06, athlete="Matan")
        session.tap(START + 74.08, athlete="Matan")
        facts = [fact for fact in await end_and_read_facts(session) if fact["event"] == "bounced"]
        found = [(fact["t"], fact["key"], fact.get("athlete")) for fact in facts]
        assert found == [(73_950, "m", "Matan"), (74_050, "x", None), (74_080, "m", "Matan")]

    run(main(), loop)


def test_press_right_after_unassign_is_an_arrival(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path, athletes=("Matan", "Dana"))
        session.start()
        session.execute(Start(t=session.now()))
        await asyncio.sleep(75)
        session.tap(START + 74.0, athlete="Matan")
        session.execute(Unassign(t=74_100, tap=session.state.n))
        session.tap(START + 74.2, athlete="Matan")
        facts = await end_and_read_facts(session)
        assert [fact["t"] for fact in facts if fact["event"] == "tapped"] == [74_000, 74_200]

    run(main(), loop)


def test_key_repeat_is_a_bounce_and_another_athletes_key_is_not(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path, athletes=("Matan", "Dana", "Eli"))
        session.start()
        session.execute(Start(t=session.now()))
        await asyncio.sleep(80)
        for at, who in ((74.0, "Matan"), (74.1, "Dana"), (74.3, "Matan"), (74.69, "Matan")):
            session.tap(START + at, athlete=who)
        session.tap(START + 76.0, group="A")
        session.tap(START + 76.05, group="A")
        facts = await end_and_read_facts(session)
        events = [(fact["event"], fact["t"]) for fact in facts if fact["event"] in ("tapped", "bounced")]
        assert events == [
            ("tapped", 74_000), ("tapped", 74_100), ("bounced", 74_300), ("bounced", 74_690), ("tapped", 76_000),
            ("bounced", 76_050),
        ]  # fmt: skip

    run(main(), loop)


def test_refused_command_writes_no_fact(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path)
        session.start()
        assert isinstance(session.execute(Hold(t=session.now())), Refusal)
        assert session.state.n == 0
        await session.aclose()

    run(main(), loop)
    assert not list(tmp_path.glob("*.jsonl")), "a session that was not begun leaves no log"


def test_saved_is_true_after_the_disk_has_acknowledged(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path)
        acknowledged = asyncio.Event()
        session.on_change = lambda: acknowledged.set() if session.saved and session.state.n else None
        session.start()
        session.execute(Start(t=session.now()))
        await acknowledged.wait()
        assert await session.aclose()
        assert len(read_log(session.log_path).facts) == session.state.n

    run(main(), loop)


def test_exception_in_cues_or_screen_does_not_stop_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = VirtualLoop()

    def broken(*_: object) -> None:
        raise ValueError("a fault of our own")

    async def main() -> None:
        session = open_session(loop, tmp_path, rest=("target", 2000), targets=(20_000,), reps=3)
        session.start()
        session.execute(Start(t=session.now()))
        monkeypatch.setattr("kicktimer.session_audio.cues", broken)
        monkeypatch.setattr("kicktimer.live_session.write_crash_report", lambda error: f"{error}.txt")
        session.on_change = lambda: broken(None)
        await asyncio.sleep(100)
        assert "please send" in session.speaker.note
        facts = await end_and_read_facts(session)
        assert [fact["t"] for fact in facts if fact["event"] == "rep_started"] == [10_000, 32_000, 54_000]

    run(main(), loop)


def test_closed_session_refuses_keys_and_commands(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path)
        session.start()
        session.execute(Start(t=session.now()))
        assert session.close()
        assert session.close(), "closing once more does no harm"
        assert isinstance(session.tap(START + 20, athlete="Matan"), Refusal)
        assert isinstance(session.execute(End(t=session.now())), Refusal)
        log = read_log(session.log_path)
        assert [fact["event"] for fact in log.facts] == ["countdown_started"], "interrupted, not ended"

    run(main(), loop)


def test_after_a_sleep_cues_are_scheduled_on_the_present_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = VirtualLoop()
    times: list[float] = []
    monkeypatch.setattr(
        "kicktimer.session_audio.SpeakerClient.schedule", lambda _, wanted: times.extend(each.at for each in wanted)
    )

    async def main() -> None:
        session = open_session(loop, tmp_path)
        session.start()
        loop.asleep += 600
        session.execute(Start(t=session.now()))  # before a timer has detected the sleep
        assert max(times) == pytest.approx(loop.now + 10)
        await session.aclose()

    run(main(), loop)


def test_unwritable_log_directory_raises_in_the_constructor(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    loop = VirtualLoop()

    async def main() -> None:
        with pytest.raises(KicktimerError, match="cannot be saved"):
            open_session(loop, tmp_path / "file")

    run(main(), loop)


@pytest.mark.parametrize(("saved_in", "played"), [(None, 1), (Path("elsewhere.jsonl"), 0)])
def test_error_cue_is_played_when_the_session_is_not_saved(
    saved_in: Path | None, played: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = VirtualLoop()
    cues: list[str] = []
    monkeypatch.setattr(SpeakerClient, "play", lambda _, cue, *more: cues.append(cue))

    async def main() -> None:
        session = open_session(loop, tmp_path)
        session.start()
        session.execute(Start(t=session.now()))
        session._on_trouble(SaveTrouble("no space left", session.log_path, saved_in))
        await asyncio.sleep(0.1)
        assert cues == ["error"] * played
        await end_and_read_facts(session)

    run(main(), loop)


def test_key_that_stays_held_fills_no_log(tmp_path: Path) -> None:
    loop = VirtualLoop()

    async def main() -> None:
        session = open_session(loop, tmp_path)
        session.start()
        session.execute(Start(t=session.now()))
        await asyncio.sleep(15)
        for number in range(10_000):
            session.note_repeat(START + 12 + number / 10_000, "m")
        session.note_repeat(START + 14, "d")
        bounced = [fact["key"] for fact in await end_and_read_facts(session) if fact["event"] == "bounced"]
        assert bounced == ["m"] * 199 + ["d"]

    run(main(), loop)
