"""Presses that name nobody, or that are refused: their moments stay, and the screen says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from textual import events

from harness.still_session import NAMES, StillLive, app_for, press, run_reps, screen_text, squad, still_session
from kicktimer.session import arrivals
from kicktimer.session.commands import Start
from kicktimer.squad import Athlete, Squad
from kicktimer.tui.key_reader import KeyReader
from kicktimer.tui.screens.summary_screen import SummaryScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from kicktimer.tui.app import KicktimerApp

GO = 10_000


@pytest.fixture
def live() -> StillLive:
    return still_session()  # Matan (a), Noa (b) and Gil (c)


@pytest.fixture
async def pilot(live: StillLive) -> AsyncIterator[Pilot[None]]:
    async with app_for(live).run_test(size=(120, 30)) as found:
        await press(found, "space")
        live.advance_to(GO)
        yield found


def valid_arrivals(live: StillLive) -> list[tuple[int, str | None]]:
    run = live.state.groups["A"].newest_run
    assert run is not None
    return sorted((each.t - GO, each.athlete) for each in arrivals.valid(run))


async def type_bytes(pilot: Pilot[None], data: bytes, at: int) -> None:
    """Lets the app read bytes of a terminal at moment `at`."""
    app = cast("KicktimerApp", pilot.app)
    posted: list[events.Key] = []

    def post(message: object) -> None:
        if isinstance(message, events.Key):
            posted.append(message)

    reader = KeyReader(post, on_repeat=lambda _: None, may_repeat=app.may_repeat)
    reader.feed(data, at / 1000)
    reader.tick(at / 1000 + 1)
    for event in posted:
        app.post_message(event)
        await pilot.pause()
    app.paint()
    await pilot.pause()


async def test_letter_that_is_nobodys_key_is_an_arrival_without_a_name(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "k")
    assert valid_arrivals(live) == [(64_000, None)]
    assert "K is nobody's key: an arrival without a name" in screen_text(pilot)
    await press(pilot, "7", at=GO + 64_010)
    assert valid_arrivals(live) == [(64_000, None), (64_010, None)], "two keys at almost one moment are no bounce"


async def test_letter_that_is_nobodys_key_goes_to_the_group_that_runs() -> None:
    live = still_session(who=squad(NAMES[:4], groups=2))
    live.execute(Start(t=0, group="A"))
    async with app_for(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "tab")  # B has not been started
        live.advance_to(GO + 64_000)
        await press(pilot, "k")
        assert valid_arrivals(live) == [(64_000, None)]


async def test_letter_that_is_nobodys_key_is_refused_while_nobody_is_out(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "a", "b", "c", "k")
    assert "no athlete has the key K" in screen_text(pilot)
    assert "K 1:04.0 was not taken: ^K takes it" in screen_text(pilot)
    assert len(valid_arrivals(live)) == 3


async def test_letter_of_another_layout_is_proposed_to_the_athlete_at_its_place(
    live: StillLive, pilot: Pilot[None]
) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "נ")  # the key of `b` in the Latin layout; by order Matan would be proposed
    assert "נ is nobody's key: an arrival without a name. Noa? enter names it" in screen_text(pilot)
    assert "rep 1: Noa?" in screen_text(pilot)
    await press(pilot, "space", at=GO + 64_500)
    assert "rep 1: Matan?" in screen_text(pilot)
    await press(pilot, "enter", "enter")
    assert valid_arrivals(live) == [(64_000, "Noa"), (64_500, "Matan")]


async def test_letter_of_another_layout_answers_a_question(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "space", "apostrophe", "ב")  # the key of `c`
    assert valid_arrivals(live) == [(64_000, "Gil")]


async def test_screen_says_why_an_athletes_arrival_has_no_name(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 12_000)
    await press(pilot, "a")
    assert "early for Matan: enter takes it" in screen_text(pilot)
    live.advance_to(GO + 60_000)
    await press(pilot, "semicolon", "c")
    live.advance_to(GO + 65_000)
    await press(pilot, "c")
    assert "Gil is out. Back in? enter takes it" in screen_text(pilot)
    await press(pilot, "b")
    live.advance_to(GO + 66_000)
    await press(pilot, "b")
    assert "Noa has a time already: an arrival without a name" in screen_text(pilot)
    await press(pilot, "enter", "enter")
    assert [name for _, name in valid_arrivals(live)][:3] == ["Matan", "Gil", "Noa"]


@pytest.mark.parametrize("prefix", ["apostrophe", "semicolon"])
async def test_nobodys_key_after_a_prefix_is_an_arrival(live: StillLive, pilot: Pilot[None], prefix: str) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, prefix, "k")
    assert valid_arrivals(live) == [(64_000, None)]
    assert "whose key?" not in screen_text(pilot)


async def test_name_key_with_nothing_to_name_is_an_arrival_that_is_proposed(
    live: StillLive, pilot: Pilot[None]
) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "apostrophe", "b")
    assert valid_arrivals(live) == [(64_000, None)]
    assert "nothing to name: an arrival without a name. Noa? enter names it" in screen_text(pilot)
    await press(pilot, "enter")
    assert valid_arrivals(live) == [(64_000, "Noa")]


async def test_before_the_first_go_and_in_the_summary_a_letter_is_refused() -> None:
    live = still_session("2x200 @1500 r30")
    async with app_for(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "k")
        assert "no athlete has the key K" in screen_text(pilot)
        run_reps(live, 2)
        await press(pilot, "enter", "backspace")
        assert isinstance(pilot.app.screen, SummaryScreen)
        assert not live.state.finished
        n = live.state.n
        await press(pilot, "k")
        assert "no athlete has the key K" in screen_text(pilot)
        assert live.state.n == n


async def test_shift_space_of_any_protocol_is_an_arrival(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 66_000)
    await type_bytes(pilot, b"\x1b[32;2u", GO + 64_000)
    await type_bytes(pilot, b"\x1b[27;2;32~", GO + 65_000)
    assert valid_arrivals(live) == [(64_000, None), (65_000, None)]


async def test_lock_keys_take_nothing(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    for data in (b"\x1b[57358;;97u", b"\x1b[57358u", b"\x1b[57360;129u"):
        await type_bytes(pilot, data, GO + 64_000)
    assert valid_arrivals(live) == []


async def test_escape_and_a_key_at_once_is_the_arrival_of_the_key(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await type_bytes(pilot, b"\x1ba", GO + 64_000)
    assert valid_arrivals(live) == [(64_000, "Matan")]


async def test_dotted_and_dotless_i_name_nobody_wrongly() -> None:
    live = still_session(who=Squad("", (Athlete("Ida", "i"), Athlete("Ali", "a"))))
    async with app_for(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "space")
        live.advance_to(GO + 64_000)
        await press(pilot, "ı", "İ")
        assert valid_arrivals(live) == [(64_000, None), (64_000, None)]
        await press(pilot, "I")
        assert [name for _, name in live.taps] == ["Ida"]


async def test_bounced_press_stays_on_the_screen_and_becomes_an_arrival(live: StillLive, pilot: Pilot[None]) -> None:
    live.bounces = True
    live.advance_to(GO + 64_000)
    await press(pilot, "a")
    live.advance_to(GO + 64_300)
    await press(pilot, "a")
    live.advance_to(GO + 70_000)
    await press(pilot, "tab")
    assert "A 1:04.3 was not taken: ^K takes it" in screen_text(pilot)
    await press(pilot, "ctrl+k")
    assert valid_arrivals(live) == [(64_000, "Matan"), (64_300, None)]
    assert "A is an arrival without a name" in screen_text(pilot)
    assert "was not taken" not in screen_text(pilot)


async def test_press_after_close_becomes_an_arrival_with_its_moment(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "a", "full_stop")
    live.advance_to(GO + 66_000)
    await press(pilot, "space")
    assert "nobody is out" in screen_text(pilot)
    assert "SPACE 1:06.0 was not taken: ^K takes it" in screen_text(pilot)
    live.advance_to(GO + 70_000)
    await press(pilot, "ctrl+k")
    assert valid_arrivals(live) == [(64_000, "Matan"), (66_000, None)]


async def test_refused_press_leaves_the_screen_after_ten_seconds(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "a", "full_stop", "space")
    live.advance_to(GO + 73_900)
    await press(pilot)
    assert "was not taken" in screen_text(pilot)
    live.advance_to(GO + 74_100)
    await press(pilot)
    assert "was not taken" not in screen_text(pilot)
    await press(pilot, "ctrl+k")
    assert "no press was refused in the last 10 s" in screen_text(pilot)


async def test_letter_is_proposed_to_the_athlete_at_the_position_that_the_terminal_reports() -> None:
    live = still_session()
    app = app_for(live)
    app.latin_positions = {"þ": "a"}  # Icelandic: no layout that the program knows
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        live.advance_to(74_000)
        await press(pilot, "þ")
        await press(pilot, "enter")
        assert live.state.groups["A"].newest_run.arrivals[-1].athlete == "Matan"


async def test_deleted_arrival_is_taken_again_with_its_moment_after_another_arrival(
    live: StillLive, pilot: Pilot[None]
) -> None:
    for t, keys in ((64_000, ["a"]), (65_000, ["b"]), (66_000, ["delete", "a"]), (67_000, ["c"])):
        live.advance_to(GO + t)
        await press(pilot, *keys)
    assert valid_arrivals(live) == [(65_000, "Noa"), (67_000, "Gil")]
    live.advance_to(GO + 68_000)
    await press(pilot, "ctrl+k", "enter")
    assert valid_arrivals(live) == [(64_000, "Matan"), (65_000, "Noa"), (67_000, "Gil")]
    await press(pilot, "ctrl+k")
    assert "no press was refused in the last 10 s" in screen_text(pilot), "an arrival is taken again only once"


@pytest.mark.parametrize("deletion", [("backspace", "backspace"), ("backspace", "c", "backspace", "backspace")])
async def test_arrival_that_backspace_deleted_is_taken_again(
    live: StillLive, pilot: Pilot[None], deletion: tuple[str, ...]
) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "a", *deletion)
    live.advance_to(GO + 65_000)
    await press(pilot, "b", "ctrl+k", "enter")
    assert [t for t, _ in valid_arrivals(live)] == [64_000, 65_000]


async def test_refused_press_is_kept_although_another_key_bounces(live: StillLive, pilot: Pilot[None]) -> None:
    live.bounces = True
    for t, keys in ((64_000, ["a"]), (64_200, ["space"]), (65_000, ["b"]), (66_000, ["space"])):  # 66.0 is refused
        live.advance_to(GO + t)
        await press(pilot, *keys)
    live.advance_to(GO + 66_500)
    await press(pilot, "c")
    live.advance_to(GO + 66_700)
    await press(pilot, "c")
    assert "SPACE 1:06.0 was not taken: ^K takes it" in screen_text(pilot)


async def test_first_of_several_bounces_of_a_key_is_kept(live: StillLive, pilot: Pilot[None]) -> None:
    live.bounces = True
    for t in (64_000, 64_130, 64_360):
        live.advance_to(GO + t)
        await press(pilot, "a")
    await press(pilot, "ctrl+k")
    assert valid_arrivals(live) == [(64_000, "Matan"), (64_130, None)]


async def test_bounced_press_becomes_an_arrival_although_its_group_is_in() -> None:
    live = still_session("2x400 @1500 r30", squad(NAMES[:2], groups=2))  # Matan (a) in A, Noa (b) in B
    live.bounces = True
    async with app_for(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "space")
        for t, key in ((64_000, "a"), (64_200, "a")):  # the first one was Noa's
            live.advance_to(GO + t)
            await press(pilot, key)
        live.advance_to(GO + 66_000)
        await press(pilot, "ctrl+k", "backspace", "a")
        run = live.state.groups["A"].newest_run
        assert run is not None
        assert [(each.t - GO, each.athlete) for each in arrivals.valid(run) if each.athlete] == [(64_200, "Matan")]
