"""The squad screen: a squad typed in, who is here today, groups, keys, and what goes to the file."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from harness.still_session import StillLive, press, screen_text
from kicktimer.library import load_squad
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.screens.pick_screen import PickScreen
from kicktimer.tui.screens.squad_screen import SquadScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

SQUAD = "name: Monday  # ours\nathletes:\n  - {name: Ada, races: {1500m: 4:00}}\n  - {name: Ben}\n  - {name: Cleo}\n"


@asynccontextmanager
async def opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Any]:
    monkeypatch.chdir(tmp_path)
    app = KicktimerApp(lambda *_: None, paint_interval_s=None, clock=lambda: 0.0)  # type: ignore[arg-type,return-value]
    async with app.run_test(size=size) as pilot:
        yield pilot


async def add(pilot: Pilot[None], *lines: str) -> None:
    for line in lines:
        pilot.app.screen.query_one("#typed", Input).value = line
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()


async def test_new_squad_is_typed_in_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    async with opened(tmp_path, monkeypatch) as pilot:
        await pilot.press("ctrl+n")
        assert "a new squad" in screen_text(pilot)
        await pilot.press(*"Dana 4:05", "enter")
        await add(pilot, "Matan 3:58.2", "Noa 800 2:08", "Maya")
        assert "Maya is in, with the key A, without a race time: no targets" in screen_text(pilot)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, PickScreen)
        assert "My squad · 4 athletes" in screen_text(pilot)
        await pilot.press("ctrl+n")
        await add(pilot, "Gil 4:20")
        assert "My squad 2 · 1 athletes" in screen_text(pilot)
    files = sorted((own_folders / "kicktimer" / "squads").iterdir())
    assert [file.name for file in files] == ["my-squad-2.yaml", "my-squad.yaml"]
    assert [each.name for each in load_squad(files[1])[0].athletes] == ["Dana", "Matan", "Noa", "Maya"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


async def test_what_is_typed_wrong_is_answered_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "squad.yaml").write_text(SQUAD)
    async with opened(tmp_path, monkeypatch) as pilot:
        await pilot.press("ctrl+s")
        await add(pilot, "Dana 405")
        assert "`405` is no race time: 4:05?" in screen_text(pilot)
        assert pilot.app.screen.query_one("#typed", Input).value == "Dana 405"
        assert (tmp_path / "squad.yaml").read_text() == SQUAD
        await pilot.press("escape")
        assert pilot.app.screen.query_one("#typed", Input).value == ""


async def test_race_time_of_a_member_is_changed_by_typing_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "squad.yaml").write_text(SQUAD)
    async with opened(tmp_path, monkeypatch) as pilot:
        await pilot.press("ctrl+s")
        await add(pilot, "Ben 4:11", "Ada 800 1:59")
    text = (tmp_path / "squad.yaml").read_text()
    assert "# ours" in text
    squad = load_squad(tmp_path / "squad.yaml")[0]
    assert [dict(each.races) for each in squad.athletes] == [
        {1_500_000: 240_000, 800_000: 119_000}, {1_500_000: 251_000}, {},
    ]  # fmt: skip


async def test_who_is_not_here_today_is_left_out_of_the_session_and_stays_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "squad.yaml").write_text(SQUAD)
    async with opened(tmp_path, monkeypatch) as pilot:
        await pilot.press("ctrl+s", "down", "space")
        assert "not here today" in screen_text(pilot)
        assert "2 here today" in screen_text(pilot)
        await pilot.press("enter")
        assert "Monday · 2 athletes" in screen_text(pilot)
        await pilot.press("ctrl+s", "down", "space", "enter")
        assert "Monday · 3 athletes" in screen_text(pilot)
        await pilot.press("ctrl+s", "space", "down", "space", "down", "space", "enter")
        assert "nobody is here today" in screen_text(pilot)
        assert isinstance(pilot.app.screen, SquadScreen)
    assert (tmp_path / "squad.yaml").read_text() == SQUAD


async def test_group_key_and_removal_go_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "squad.yaml").write_text(SQUAD)
    async with opened(tmp_path, monkeypatch) as pilot:
        await pilot.press("ctrl+s", "down", "ctrl+g")
        assert "Ben runs with group B" in screen_text(pilot)
        await pilot.press("ctrl+k", "x")
        await pilot.press("ctrl+k", "a")
        squad = load_squad(tmp_path / "squad.yaml")[0]
        assert [(each.name, each.key, each.group) for each in squad.athletes][1] == ("Ben", "a", "B")
        await pilot.press("ctrl+d")
        assert "again takes Ben out of the squad" in screen_text(pilot)
        assert len(load_squad(tmp_path / "squad.yaml")[0].athletes) == 3
        await pilot.press("up", "down", "ctrl+d")
        assert len(load_squad(tmp_path / "squad.yaml")[0].athletes) == 3, "another athlete was selected meanwhile"
        await pilot.press("ctrl+d")
        assert [each.name for each in load_squad(tmp_path / "squad.yaml")[0].athletes] == ["Ada", "Cleo"]


async def test_squad_with_a_fault_shows_it_and_is_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "squad.yaml").write_text("athletes: [{nam: Matan}]\n")
    async with opened(tmp_path, monkeypatch) as pilot:
        await pilot.press("ctrl+s")
        assert "line 1" in screen_text(pilot)
        await add(pilot, "Dana 4:05")
        assert (tmp_path / "squad.yaml").read_text() == "athletes: [{nam: Matan}]\n"


async def test_disk_that_takes_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    (own_folders / "kicktimer").mkdir()
    (own_folders / "kicktimer" / "squads").write_text("a file in the way")
    async with opened(tmp_path, monkeypatch) as pilot:
        await pilot.press("ctrl+n")
        await add(pilot, "Dana 4:05")
        assert "cannot be written" in screen_text(pilot)
        assert pilot.app.screen.query_one("#typed", Input).value == "Dana 4:05", "what was typed is still there"


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (140, 45)])
async def test_targets_of_the_picked_workout_are_shown_where_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    (tmp_path / "squad.yaml").write_text(SQUAD)
    async with opened(tmp_path, monkeypatch, size) as pilot:
        pilot.app.screen.query_one("#search", Input).value = "8x400 @1500"
        await pilot.pause()
        await pilot.press("ctrl+s")
        text = screen_text(pilot)
        assert "Ada" in text
        assert ("400 m 1:04.0" in text) == (size[0] >= 60)
        assert max(map(len, text.split("\n"))) <= size[0]


async def test_late_comer_is_typed_with_a_time_and_kept_in_the_squad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "squad.yaml").write_text(SQUAD)
    lives: list[StillLive] = []

    def open_live(plan: Any, *_: object) -> Any:
        def opener(**_: object) -> Any:
            lives.append(StillLive(plan))
            return lives[-1]

        return opener

    app = KicktimerApp(open_live, paint_interval_s=None, clock=lambda: 0.0)
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.query_one("#search", Input).value = "6x300 @1500"
        await pilot.pause()
        await pilot.press("enter")
        await press(pilot, "ctrl+n", *"Dana", "space", *"405", "enter")
        assert "4:05?" in screen_text(pilot)
        await press(pilot, "backspace", "backspace", "backspace", *"4", "colon", *"05", "enter")
        dana = lives[0].state.athletes["Dana"]
        assert dict(dana.races) == {1_500_000: 245_000}
        assert lives[0].state.groups["A"].reps[0].targets["Dana"].ms == 49_000
        await press(pilot, "ctrl+q", "ctrl+q", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "Dana added to the squad" in screen_text(pilot)
    squad = load_squad(tmp_path / "squad.yaml")[0]
    assert [(each.name, dict(each.races)) for each in squad.athletes][-1] == ("Dana", {1_500_000: 245_000})
    assert "# ours" in (tmp_path / "squad.yaml").read_text()
