"""The settings screen: its keys, refused values, a wrong file, and what it keeps of the file."""

from __future__ import annotations

import tomllib
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from harness.still_session import app_for, press, screen_text, still_session
from kicktimer.settings import load_settings
from kicktimer.settings_store import SettingsStore
from kicktimer.sound import SoundOutput
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.command_palette import commands_of
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.keymap import build_keymap, key_faults
from kicktimer.tui.keys import ACTION_BY_ID, PALETTE, PALETTE_SCREENS, actions_of
from kicktimer.tui.screens import settings_screen
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.pick_screen import PickScreen
from kicktimer.tui.screens.settings_screen import SettingsScreen

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

TEXT = "# Track\nvolume = 80  # loud\n\n# my keys\n[keys]\nhold = 'f5'  # left\n"


def app_on(path: Path, text: str = TEXT) -> KicktimerApp:
    """Returns the app on the pick screen, with the settings of this text; "" for no file."""
    if text:
        path.write_text(text)
    store = SettingsStore(path, check_keys=key_faults)

    def nothing(*_: object) -> Any:
        raise AssertionError

    keymap = build_keymap(store.settings.keys)
    return KicktimerApp(nothing, keymap=keymap, settings_store=store, paint_interval_s=None, clock=lambda: 0.0)


def text_of(path: Path) -> str:
    """Returns the text of the file, "" if there is none."""
    return path.read_text() if path.exists() else ""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "settings.toml"


async def go_to(pilot: Pilot[None], row_id: str) -> None:
    """Opens the settings, if need be, and highlights a row."""
    if isinstance(pilot.app.screen, PickScreen):
        await pilot.press("ctrl+g")
    screen = pilot.app.screen
    assert isinstance(screen, SettingsScreen)
    options = screen.query_one("#settings", OptionList)
    wanted = [getattr(row, "id", "") for row in screen._rows].index(row_id)
    options.highlighted = wanted
    await pilot.pause()


async def type_value(pilot: Pilot[None], text: str) -> None:
    await pilot.press("enter")
    pilot.app.screen.query_one("#value", Input).value = text
    await pilot.press("enter")


async def test_arrows_change_a_value_and_keep_the_comments(path: Path) -> None:
    async with app_on(path).run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "volume")
        assert "● volume             80 %" in screen_text(pilot)
        await pilot.press("left")
        assert text_of(path) == TEXT.replace("80", "75")
        await pilot.press("right", "right")
        assert text_of(path) == TEXT.replace("80", "85")
        await pilot.press("d")
        assert text_of(path) == TEXT.replace("volume = 80  # loud", "# loud")
        assert "  volume             100 %" in screen_text(pilot)


async def test_values_end_at_their_limits_and_choices_begin_anew(path: Path) -> None:
    async with app_on(path, "").run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "volume")
        await pilot.press("right")
        assert load_settings(path).volume == 100
        await go_to(pilot, "results")
        await pilot.press("left")
        assert load_settings(path).results == "off"
        await pilot.press("enter")
        assert load_settings(path).results == "time"
        await go_to(pilot, "caller")
        await pilot.press("right")
        assert load_settings(path).caller is False
        await go_to(pilot, "cue split")
        await pilot.press("right")
        assert load_settings(path).cues_off == ("split",)
        await pilot.press("delete")
        assert load_settings(path).cues_off == ()


async def test_the_file_is_created_at_the_first_change_only(path: Path) -> None:
    async with app_on(path, "").run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "delay")
        assert not text_of(path)
        await pilot.press("right")
        assert text_of(path) == "delay = 0.01\n"


@pytest.mark.parametrize(
    ("row", "typed", "saved"),
    [
        ("volume", "55 %", {"volume": 55}),
        ("delay", "0.2s", {"delay": "0.2s"}),
        ("delay", "0.2", {"delay": 0.2}),
        ("device", "pacat:jbl", {"device": "pacat:jbl"}),
        ("sounds", "/srv/sounds", {"sounds": "/srv/sounds"}),
        ("key skip", "f5, page down, comma", {"keys": {"skip": ["f5", "page down", ","]}}),
    ],
)
async def test_values_are_typed(path: Path, row: str, typed: str, saved: dict[str, object]) -> None:
    async with app_on(path, "").run_test(size=(80, 24)) as pilot:
        await go_to(pilot, row)
        await type_value(pilot, typed)
        assert tomllib.loads(text_of(path)) == saved
        assert not pilot.app.screen.query_one("#value").display
        assert "saved in the file" in screen_text(pilot)
        await type_value(pilot, "")
        assert tomllib.loads(text_of(path)) in ({}, {"keys": {}})


@pytest.mark.parametrize(
    ("row", "typed", "problem"),
    [
        ("volume", "101", "volume: write a number from 0 to 100"),
        ("volume", "loud", "volume: write a whole number: volume = 100"),
        ("delay", "0,2", "delay: `0,2` has a comma"),
        ("delay", "3", "delay: a loudspeaker lags from 0 to 2 seconds"),
        ("sounds", "track", "sounds: write the whole path, from / or ~"),
        ("log_dir", "/dev/null/x", "sessions cannot be saved in /dev/null/x"),
        ("key skip", "q", "skip: `q` is a letter or digit"),
        ("key skip", "f5", "keys.skip: `f5` is the key of `hold` already"),
    ],
)
async def test_wrong_values_are_refused_with_their_name(path: Path, row: str, typed: str, problem: str) -> None:
    async with app_on(path).run_test(size=(140, 45)) as pilot:
        await go_to(pilot, row)
        await type_value(pilot, typed)
        assert problem in screen_text(pilot)
        assert text_of(path) == TEXT
        assert pilot.app.screen.query_one("#value", Input).value == typed, "it can be corrected"
        await pilot.press("escape")
        assert problem not in screen_text(pilot)
        assert isinstance(pilot.app.screen, SettingsScreen)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, PickScreen)


async def test_letters_are_typed_while_the_field_is_open(path: Path) -> None:
    async with app_on(path).run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "device")
        await pilot.press("enter", "d", "e", "d", "left", "x", "up", "enter")
        assert load_settings(path).device == "dexd"


async def test_new_keys_work_at_once_and_keep_the_table(path: Path) -> None:
    async with app_on(path).run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "key back")
        await type_value(pilot, "f2")
        assert text_of(path) == f'{TEXT}back = ["f2"]\n'
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, SettingsScreen)
        await pilot.press("f2")
        assert isinstance(pilot.app.screen, PickScreen)
        await pilot.press("x", "f2")
        assert pilot.app.screen.query_one("#search", Input).value == ""


async def test_the_preset_stands_above_the_table_or_in_it(path: Path) -> None:
    async with app_on(path, "").run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "preset")
        await pilot.press("right")
        assert text_of(path) == 'keys = "remote"\n'
        await go_to(pilot, "key skip")
        await type_value(pilot, "f2")
        assert text_of(path) == '[keys]\npreset = "remote"\nskip = ["f2"]\n'
        await pilot.press("d")
        assert text_of(path) == '[keys]\npreset = "remote"\n'


async def test_outputs_are_looked_for_and_chosen_with_their_sink(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = (SoundOutput("pipe", "", "default"), SoundOutput("pipe", "pacat:jbl", "JBL"))
    monkeypatch.setattr(settings_screen, "_system_outputs", lambda: found)
    app = app_on(path, "")
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.settings_store is not None
        app.push_screen(SettingsScreen(app.settings_store, build_keymap(load_settings(path).keys), lambda: found))
        await pilot.pause()
        await go_to(pilot, "device")
        await pilot.press("right")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "these are all outputs" in screen_text(pilot)
        await pilot.press("right")
        assert tomllib.loads(text_of(path)) == {"sound": "pipe", "device": "pacat:jbl"}
        await go_to(pilot, "sound")
        await pilot.press("left")
        assert tomllib.loads(text_of(path)) == {"sound": "portaudio"}, "the device belonged to the other sink"


async def test_themes_are_chosen_and_kept(path: Path) -> None:
    app = app_on(path, "")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+t")
        await app.workers.wait_for_complete()
        assert load_settings(path).theme == app.theme == "night"
        await go_to(pilot, "theme")
        await pilot.press("right")
        assert load_settings(path).theme == app.theme == "colour-blind"
        await pilot.press("ctrl+t")
        assert load_settings(path).theme == app.theme == "contrast"
        assert "contrast" in screen_text(pilot)
    assert app_on(path, "").theme == "contrast"


async def test_faults_are_listed_by_line_and_what_is_right_holds(path: Path) -> None:
    app = app_on(path, 'volume = 500\nsound = "off"\n[keys]\nhold = "f5"\nskip = "q"\n')
    async with app.run_test(size=(80, 24)) as pilot:
        assert "ctrl+g mends settings.toml: line 1: volume: write a number from 0 to" in screen_text(pilot)
        await go_to(pilot, "volume")
        text = screen_text(pilot)
        assert " line 1: volume: write a number from 0 to 100" in text
        assert " line 5: keys.skip: `q` is a letter or digit" in text
        assert "✗ volume             100 %" in text
        assert "● sound              off" in text
        await pilot.press("left")
        assert "line 1" not in screen_text(pilot), "a change corrects the fault"
        assert text_of(path).startswith('volume = 95\nsound = "off"\n')
        await go_to(pilot, "key hold")
        await type_value(pilot, "f6")
        assert "keys.skip: `q` is a letter or digit" in screen_text(pilot)
        await go_to(pilot, "key skip")
        await pilot.press("escape")
        await type_value(pilot, "f6")
    assert load_settings(path, check_keys=key_faults).keys.keys == {"hold": ("f5",), "skip": ("f6",)}


async def test_a_file_that_is_no_toml_is_edited_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def mend(command: list[str], *, check: bool) -> None:
        commands.append(command)
        path.write_text("volume = 70\n")

    monkeypatch.setattr(settings_screen.subprocess, "run", mend)
    monkeypatch.setenv("VISUAL", "vi")
    app = app_on(path, "# one\nsound: off\n")
    monkeypatch.setattr(app, "suspend", nullcontext)
    async with app.run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "volume")
        assert " line 2: Expected '='" in screen_text(pilot)
        await pilot.press("left")
        assert "line 2 of the file comes first" in screen_text(pilot)
        assert text_of(path) == "# one\nsound: off\n"
        await pilot.press("e")
        assert commands == [["vi", "+2", str(path)]]
        assert "line 2" not in screen_text(pilot)
        assert "● volume             70 %" in screen_text(pilot)


async def test_without_an_editor_or_a_disk_it_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with app_on(path).run_test(size=(80, 24)) as pilot:
        await go_to(pilot, "volume")
        for name in ("VISUAL", "EDITOR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PATH", "")
        await pilot.press("e")
        assert "no editor is found" in screen_text(pilot)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        await pilot.press("left")
        assert "cannot be written: No space left on device" in " ".join(screen_text(pilot).split())
        assert text_of(path) == TEXT


async def test_pages_and_headings(path: Path) -> None:
    async with app_on(path).run_test(size=(40, 12)) as pilot:
        await go_to(pilot, "sound")
        await pilot.press("pagedown", "pageup")
        assert "what plays" in screen_text(pilot)
        await pilot.press("ctrl+q")
        assert isinstance(pilot.app.screen, PickScreen)


async def test_the_app_without_a_settings_file_has_no_settings_screen(path: Path) -> None:
    def nothing(*_: object) -> Any:
        raise AssertionError

    app = KicktimerApp(nothing, paint_interval_s=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+g", "ctrl+t")
        assert isinstance(app.screen, PickScreen)
        assert app.theme == "night"
        assert not text_of(path)


# -- the command palette


async def test_the_palette_lists_what_can_be_done_now_and_does_it(path: Path) -> None:
    app = app_on(path)
    async with app.run_test(size=(80, 24)) as pilot:
        names = [command for command, *_ in commands_of(app.screen, KeyNames())]
        assert "change the settings" in names
        assert "go on with the interrupted session" not in names, "there is none"
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        await pilot.press(*"change the set")
        await app.workers.wait_for_complete()
        await pilot.press("down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, SettingsScreen)
        await pilot.press("ctrl+p", "escape")
        assert isinstance(app.screen, SettingsScreen)


def test_the_palette_names_actions_of_its_screens() -> None:
    assert set(PALETTE) == set(PALETTE_SCREENS)
    for screen, commands in PALETTE.items():
        assert {action_id for action_id in commands if screen not in ACTION_BY_ID[action_id].uses} == set()
        labelled = {action.id for action, use in actions_of(screen) if use.label}
        assert labelled - set(commands) <= {"scroll-up", "previous", "commands", "accept"}, screen


async def test_a_session_has_no_palette() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "space", "ctrl+p")
        assert isinstance(pilot.app.screen, LiveScreen)
        pilot.app.action_commands()  # type: ignore[attr-defined]
        assert isinstance(pilot.app.screen, LiveScreen)
