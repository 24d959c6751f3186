"""Mending keeps the time: the name of an arrival is taken back and given again, undone and done again, and typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.still_session import StillLive, app_for, press, run_reps, screen_text, squad, still_session
from kicktimer.session import Phase, arrivals
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.screens.dialogs import HelpDialog
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.summary_screen import SummaryScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

GO = 10_000


@pytest.fixture
def live() -> StillLive:
    return still_session()  # Matan (a), Noa (b) and Gil (c)


@pytest.fixture
async def pilot(live: StillLive) -> AsyncIterator[Pilot[None]]:
    async with app_for(live).run_test(size=(140, 30)) as found:
        await press(found, "space")
        live.advance_to(GO + 64_000)
        yield found


def valid_arrivals(live: StillLive) -> list[tuple[int, str | None]]:
    run = live.state.groups["A"].newest_run
    assert run is not None
    return sorted(((each.t - GO, each.athlete) for each in arrivals.valid(run)), key=lambda each: each[0])


def answer(pilot: Pilot[None]) -> str:
    """Returns the text of the line for questions and messages."""
    lines = pilot.app.screen.query_one("#answer", LineWidget).lines
    return "".join(text for line in lines for text, _ in line).strip()


async def test_screen_asks_whose_for_three_seconds(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a")
    assert "BKSP undo tap Matan" in screen_text(pilot)
    live.advance_to(GO + 65_000)
    await press(pilot, "backspace")
    assert "WHOSE is 1:04.0h?" in screen_text(pilot)
    assert "BKSP delete 1:04.0h" in screen_text(pilot)
    live.advance_to(GO + 66_000)
    await press(pilot, "space")
    assert "WHOSE is" in screen_text(pilot), "space stays an arrival, and the question stays"
    live.advance_to(GO + 67_900)
    await press(pilot, "b")
    assert valid_arrivals(live) == [(64_000, "Noa"), (66_000, None)]
    assert "1:04.0h is Noa" in screen_text(pilot)
    assert "WHOSE" not in screen_text(pilot)


async def test_after_three_seconds_keys_are_arrivals_again(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "backspace")
    live.advance_to(GO + 67_100)
    await press(pilot, "b")
    assert valid_arrivals(live) == [(64_000, None), (67_100, "Noa")]
    assert "WHOSE" not in screen_text(pilot)
    assert "rep 1: Matan?" in screen_text(pilot), "the arrival waits"
    await press(pilot, "up")
    assert "1:04.0h rep 1: Matan?" in screen_text(pilot)
    assert "del deletes" in screen_text(pilot), "`up` selects the one that waits, not the newest"


async def test_enter_takes_an_early_arrival_of_the_space_bar() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(140, 30)) as pilot:
        await press(pilot, "space")
        live.advance_to(GO + 20_000)
        await press(pilot, "space")
        assert "early: enter takes it for Matan" in screen_text(pilot)
        live.advance_to(GO + 64_000)
        await press(pilot, "space", "enter", "enter")
        assert valid_arrivals(live) == [(20_000, "Noa"), (64_000, "Matan")], "the early one comes last"


async def test_second_backspace_deletes_and_a_third_goes_on(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a")
    live.advance_to(GO + 65_000)
    await press(pilot, "b", "backspace", "backspace")
    assert valid_arrivals(live) == [(64_000, "Matan")]
    assert "deleted: 1:05.0h; ctrl+y takes it again" in screen_text(pilot)
    assert "WHOSE" not in screen_text(pilot)
    await press(pilot, "ctrl+y")
    assert valid_arrivals(live) == [(64_000, "Matan"), (65_000, "Noa")]
    assert "done again: tap Noa" in screen_text(pilot)
    await press(pilot, "backspace", "backspace", "backspace")
    assert valid_arrivals(live) == [(64_000, None)]


async def test_second_backspace_deletes_also_after_the_question(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "backspace")
    live.advance_to(GO + 70_000)
    await press(pilot, "backspace")
    assert valid_arrivals(live) == []


async def test_same_key_right_after_its_name_was_taken_back_answers(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "backspace", "a")
    assert valid_arrivals(live) == [(64_000, "Matan")]


async def test_undo_of_an_old_step_is_refused() -> None:
    live = still_session("4x200 @1500 r30", squad(("Runner",)))
    run_reps(live, 1)
    run_reps(live, 2, start=False)
    live.advance_to(live.state.groups["A"].go or 0)
    async with app_for(live).run_test(size=(140, 30)) as pilot:
        n = sum(1 for run in live.state.groups["A"].runs for _ in arrivals.valid(run))
        await press(pilot, *["backspace"] * 4)
        assert "too long ago" in screen_text(pilot)
        assert sum(1 for run in live.state.groups["A"].runs for _ in arrivals.valid(run)) == n - 1
        assert "BKSP undo" in screen_text(pilot)


@pytest.mark.parametrize("keys", [("a",), ("a", "backspace")])
async def test_name_of_an_old_rep_is_not_taken_back(keys: tuple[str, ...]) -> None:
    live = still_session("5x400 @1500 on95")
    async with app_for(live).run_test(size=(140, 30)) as pilot:
        await press(pilot, "space")
        live.advance_to(GO + 64_000)
        await press(pilot, *keys)
        before = live.state.groups["A"].runs[0].arrivals
        live.advance_to(GO + 3 * 95_000 + 30_000)
        await press(pilot)
        assert "undo tap" not in screen_text(pilot)
        assert "delete 1:04" not in screen_text(pilot)
        await press(pilot, "backspace")
        assert "that is too long ago" in screen_text(pilot)
        assert "WHOSE" not in screen_text(pilot)
        await press(pilot, "b")
        first_rep = live.state.groups["A"].runs[0].arrivals
        assert [(each.n, each.removed) for each in first_rep] == [(each.n, False) for each in before]
        assert live.taps[-1] == (live.t, "Noa"), "the next key is an arrival"


async def test_redo_gives_a_name_again(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "backspace", "ctrl+y")
    assert valid_arrivals(live) == [(64_000, "Matan")]
    assert "1:04.0h is Matan" in screen_text(pilot)
    assert "WHOSE" not in screen_text(pilot)
    await press(pilot, "backspace", "b")
    assert valid_arrivals(live) == [(64_000, "Noa")]


async def test_redo_that_is_refused_leaves_the_question(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "k", "backspace", "ctrl+y", "b")
    assert valid_arrivals(live) == [(64_000, "Noa")], "there was no name to give again"


async def test_nothing_to_redo_is_said(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "ctrl+y")
    assert "nothing to redo" in screen_text(pilot)


async def test_footer_names_what_backspace_takes_back(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "full_stop")
    assert "BKSP undo close" in screen_text(pilot)
    await press(pilot, "backspace")
    assert "taken back: close" in screen_text(pilot)
    assert "BKSP undo tap Matan" in screen_text(pilot)


# -- times that are typed


async def test_time_is_typed_even_where_a_digit_is_an_athletes_key() -> None:
    live = still_session(who=squad([f"Athlete {place}" for place in range(36)]))  # with the keys a to z and 0 to 9
    async with app_for(live).run_test(size=(140, 40)) as pilot:
        await press(pilot, "space")
        live.advance_to(GO + 64_000)
        await press(pilot, "a", "ctrl+e", "a", *"105", "backspace", *"4", "comma", "5")
        assert "CORRECT Athlete 0, rep 1: 1:04.0h → 104,5▁" in screen_text(pilot)
        await press(pilot, *["backspace"] * 5, *"1", "colon", *"03", "full_stop", *"2", "b", "space")
        assert live.state.groups["A"].phase is Phase.RUNNING, "`.` has not closed the rep"
        assert valid_arrivals(live) == [(64_000, "Athlete 0"), (64_000, "Athlete 1"), (64_000, None)]
        await press(pilot, "enter")
        assert "Athlete 0, rep 1: 1:04.0h → ~1:03.2" in screen_text(pilot)
        assert arrivals.time_of(live.state.groups["A"].runs[0], "Athlete 0", 400_000) == 63_200
        assert "CORRECT" not in screen_text(pilot)
        assert "~1:03.2" in screen_text(pilot)
        assert "1:03.2h" not in screen_text(pilot)


async def test_escape_leaves_the_time_as_it_was(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "ctrl+e", "a", *"70", "escape")
    assert "CORRECT" not in screen_text(pilot)
    await press(pilot, "9")
    assert valid_arrivals(live)[-1] == (64_000, None), "digits are keys again"
    assert arrivals.time_of(live.state.groups["A"].runs[0], "Matan", 400_000) == 64_000


@pytest.mark.parametrize("key", ["slash", "ctrl+r", "equals_sign", "f1", "semicolon", "question_mark", "ctrl+q", "f7"])
async def test_no_other_key_works_while_a_time_is_typed(live: StillLive, pilot: Pilot[None], key: str) -> None:
    await press(pilot, "a", "ctrl+e", "a", *"63")
    before = live.state
    await press(pilot, key)
    assert live.state is before
    assert isinstance(pilot.app.screen, LiveScreen)
    assert "first enter takes the time or escape leaves it" in screen_text(pilot)
    await press(pilot, "enter")
    assert arrivals.time_of(live.state.groups["A"].runs[0], "Matan", 400_000) == 63_000


async def test_text_that_is_no_time_is_refused_and_stays(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "ctrl+e", "a", "colon", "enter")
    assert ": is no time; write it like 1:04.5" in screen_text(pilot)
    live.advance_to(GO + 70_000)
    await press(pilot, "backspace", *"6", "right", "enter")
    assert arrivals.time_of(live.state.groups["A"].runs[0], "Matan", 400_000) == 6100


# -- questions and answers


@pytest.mark.parametrize(
    "keys",
    [("semicolon",), ("apostrophe",), ("ctrl+e",), ("delete",), ("insert",), ("vertical_line",), ("slash",),
     ("ctrl+r",), ("a", "backspace"), ("a", "ctrl+e", "a")],
)  # fmt: skip
async def test_escape_cancels_every_question(live: StillLive, pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    await press(pilot, *keys)
    assert "?" in answer(pilot) or "CORRECT" in answer(pilot)
    await press(pilot, "escape")
    assert answer(pilot) == ""
    n = live.state.n
    await press(pilot, keys[0] if keys[0] in ("slash", "ctrl+r") else "b")
    assert live.state.n == (n if keys[0] in ("slash", "ctrl+r") else n + 1), "the key is no answer any more"


async def test_question_does_not_follow_to_another_screen(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "semicolon", "question_mark")
    assert isinstance(pilot.app.screen, HelpDialog)
    await press(pilot, "b")
    assert valid_arrivals(live) == [(64_000, "Noa")], "the key is an arrival, and drops nobody"
    await press(pilot, "escape", "slash", "ctrl+q", "ctrl+q")
    assert isinstance(pilot.app.screen, SummaryScreen)
    assert "skips it" not in screen_text(pilot)


async def test_help_shows_the_question_that_a_key_raises(live: StillLive) -> None:
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        live.advance_to(GO + 64_000)
        await press(pilot, "question_mark", "a", "backspace")
        assert "WHOSE is 1:04.0h?" in screen_text(pilot)
        await press(pilot, "b")
        assert "1:04.0h is Noa" in screen_text(pilot)
        live.advance_to(GO + 69_000)
        await press(pilot)
        assert "▲ slower" in screen_text(pilot)


async def test_other_command_leaves_the_question(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "semicolon", "comma")
    assert "OUT / BACK IN" not in screen_text(pilot)
    await press(pilot, "a")
    assert valid_arrivals(live) == [(64_000, "Matan")]


async def test_message_goes_with_the_next_key(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "comma")
    assert "held: no GO until , releases it" in screen_text(pilot)
    await press(pilot, "comma")
    assert "held: no GO" not in screen_text(pilot)
    assert "released" in screen_text(pilot)
    await press(pilot, "tab")
    assert "released" not in screen_text(pilot)


async def test_request_to_close_names_the_key(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "b")
    live.advance_to(GO + 64_600 + 46_000)
    await press(pilot)
    assert "1 is out, 0:46 over: . closes the rep" in screen_text(pilot)
