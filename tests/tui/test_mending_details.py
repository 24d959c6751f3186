"""Corrections, forgotten arrivals, recalls and kept presses act on the rep that the coach means, and say so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.still_session import NAMES, StillLive, app_for, press, run_reps, screen_text, squad, still_session
from kicktimer.session import Phase, arrivals
from kicktimer.squad import Squad
from kicktimer.tui.keymap import PRESETS, Keymap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

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


def times(live: StillLive, index: int = 0) -> list[tuple[int, str | None]]:
    run = live.state.groups["A"].runs[index]
    return sorted(
        ((each.t - (run.started or 0), each.athlete) for each in arrivals.valid(run)), key=lambda each: each[0]
    )


async def test_arrival_that_redo_restored_is_not_taken_again(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "backspace", "backspace", "ctrl+y", "ctrl+k")
    assert [t for t, _ in times(live)] == [64_000]
    assert "no press was refused" in screen_text(pilot)


async def test_press_of_the_rep_before_is_not_taken_after_the_next_go(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "b", "c")
    go = live.state.groups["A"].go
    assert go is not None
    live.advance_to(go - 2000)
    await press(pilot, "space")
    assert "was not taken: ^K takes it" in screen_text(pilot)
    live.advance_to(go + 2000)
    before = live.state.groups
    await press(pilot, "ctrl+k")
    assert "no press was refused" in screen_text(pilot)
    assert live.state.groups == before


async def test_correction_of_the_selected_arrival_corrects_its_rep(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "b", "c")
    go = live.state.groups["A"].go
    assert go is not None
    live.advance_to(go + 64_000)
    await press(pilot, "a", "up", "up", "up", "up", "ctrl+e")
    assert "CORRECT Matan, rep 1: 1:04.0h" in screen_text(pilot)
    await press(pilot, "6", "3", "enter")
    assert live.state.groups["A"].runs[0].corrections == {("Matan", 400_000): 63_000}
    assert not live.state.groups["A"].runs[1].corrections


async def test_correction_without_a_selection_leaves_a_rep_that_has_just_begun(
    live: StillLive, pilot: Pilot[None]
) -> None:
    await press(pilot, "a", "b", "c")
    go = live.state.groups["A"].go
    assert go is not None
    live.advance_to(go + 5000)
    await press(pilot, "ctrl+e", "a")
    assert "CORRECT Matan, rep 1: 1:04.0h" in screen_text(pilot)


async def test_corrected_time_that_is_still_to_come_is_refused(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "ctrl+e", "a", "9", "9", "enter")
    assert "that is still to come" in screen_text(pilot)
    assert not live.state.groups["A"].runs[0].corrections


async def test_time_typed_before_the_athletes_key_is_refused(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "ctrl+e", "6")
    assert "whose time? an athlete's key, or escape" in screen_text(pilot)
    await press(pilot, "full_stop", "comma", "colon", "4")
    run = live.state.groups["A"].runs[0]
    assert (run.closed, live.state.groups["A"].held, len(times(live)), live.errors) == (None, False, 1, 5)
    await press(pilot, "a")
    assert "CORRECT Matan" in screen_text(pilot)


async def test_digit_that_is_an_athletes_key_answers_the_correction() -> None:
    who = squad()
    live = still_session(who=Squad("", (replace(who.athletes[0], key="6"), *who.athletes[1:])))
    async with app_for(live).run_test(size=(140, 30)) as pilot:
        await press(pilot, "space")
        live.advance_to(GO + 64_000)
        await press(pilot, "6", "ctrl+e", "6")
        assert "CORRECT Matan" in screen_text(pilot)


async def test_next_athletes_key_names_a_forgotten_arrival(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "insert", "a")
    assert "WHOSE is" in screen_text(pilot), screen_text(pilot)
    live.advance_to(GO + 66_000)
    await press(pilot, "b")
    assert times(live) == [(63_500, "Noa"), (64_000, "Matan")]
    live.advance_to(GO + 67_000)
    await press(pilot, "insert", "insert")
    live.advance_to(GO + 70_100)
    await press(pilot, "c")
    assert times(live)[2:] == [(66_000, None), (70_100, "Gil")], "after 3 s keys are arrivals again"


async def test_recall_says_how_many_times_go(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "a", "b", "ctrl+r")
    assert "Recall rep 1? 2 times go. ^R again: GO comes again" in screen_text(pilot)
    await press(pilot, "ctrl+r")
    assert live.state.groups["A"].phase is Phase.COUNTDOWN


async def test_recall_of_a_held_rep_says_that_it_is_held(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "comma", "ctrl+r", "ctrl+r")
    assert "recalled and held: , releases" in screen_text(pilot)


async def test_shortening_the_recovery_of_a_held_group_says_that_it_is_held(
    live: StillLive, pilot: Pilot[None]
) -> None:
    await press(pilot, "a", "b", "c", "comma")
    go = live.state.groups["A"].go
    assert go is not None
    live.advance_to(go + 1000)
    await press(pilot, "minus")
    assert "the group is held: , releases it" in screen_text(pilot)


async def test_ready_line_and_own_go_name_the_users_keys(tmp_path: Path) -> None:
    live = still_session()
    async with app_for(live, keymap=Keymap(PRESETS["remote"])).run_test(size=(140, 40)) as pilot:
        await press(pilot)
        assert "pgdn starts the countdown" in screen_text(pilot)
    workout = tmp_path / "own.yaml"
    workout.write_text("name: x\npace: 1500m\nrecovery: ready\nsets: [2x400]\n", encoding="utf-8")
    live = still_session(str(workout), squad(NAMES[:1]))
    async with app_for(live, keymap=Keymap(chosen={"hold": ("ctrl+b",)})).run_test(size=(140, 40)) as pilot:
        run_reps(live, 1)
        await press(pilot)
        assert "GO is yours: ctrl+b" in screen_text(pilot)


@pytest.mark.parametrize(
    ("begun", "said"), [(False, "Late is in, with"), (True, "Late is in from the next rep on, with")]
)
async def test_late_comer_before_the_first_go_is_in_at_once(begun: bool, said: str) -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        if begun:
            await press(pilot, "space")
            live.advance_to(15_000)
        await press(pilot, "ctrl+n", *"Late", "enter")
        assert said in screen_text(pilot)
