"""Keys of the user's own: what the settings may say, and which key then does what on which screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import pytest

from harness.still_session import app_for, press, screen_text, still_session
from kicktimer.errors import KicktimerError
from kicktimer.keyboard.key_names import NAMED_KEYS, written_key
from kicktimer.session import Phase, arrivals
from kicktimer.settings import KeySettings, Settings, load_settings
from kicktimer.settings_store import save_settings
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.keymap import DEFAULT_KEYMAP, PRESETS, Keymap, actions_without_key, build_keymap, key_faults
from kicktimer.tui.keys import ACTION_BY_ID, ACTIONS, Screen, actions_of
from kicktimer.tui.screens.textual_bindings import bindings_for

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.settings import Settings as AnySettings

SCREENS: tuple[Screen, ...] = get_args(Screen)
USED = {key for action in ACTIONS for key in action.keys}
FREE = sorted(NAMED_KEYS - USED)


def read(tmp_path: Path, text: str) -> AnySettings:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return load_settings(path, check_keys=key_faults)


def bound(screen: Screen, keymap: Keymap) -> dict[str, str | None]:
    """Returns the id of the action that each key starts on the screen."""
    return {key: each.id for key, [each] in bindings_for(screen, keymap).key_to_bindings.items()}


@pytest.mark.parametrize("screen", SCREENS)
def test_default_bindings_are_those_of_the_table(screen: Screen) -> None:
    assert bound(screen, DEFAULT_KEYMAP) == {key: action.id for action, _ in actions_of(screen) for key in action.keys}


def test_every_default_key_can_be_named_in_the_settings_or_is_a_letter_where_nobody_types() -> None:
    assert {"k", "c", "t", "n", "r", "d", "e"} == USED - NAMED_KEYS


@pytest.mark.parametrize("action_id", ACTION_BY_ID)
def test_every_action_takes_another_key_on_all_its_screens(tmp_path: Path, action_id: str) -> None:
    action = ACTION_BY_ID[action_id]
    settings = read(tmp_path, f'[keys]\n{action_id} = ["{written_key(FREE[0])}", "{written_key(FREE[1])}"]\n')
    keymap = build_keymap(settings.keys)
    for screen, use in action.uses.items():
        keys = bound(screen, keymap)
        if use.types_text:
            assert [key for key, each in keys.items() if each == action_id] == list(action.keys)
            continue
        assert [key for key, each in keys.items() if each == action_id] == FREE[:2]
        others = {key: each for key, each in bound(screen, DEFAULT_KEYMAP).items() if each != action_id}
        assert {key: each for key, each in keys.items() if each != action_id} == others
    assert keymap.names()[action_id] == tuple(FREE[:2])


def test_key_that_is_given_away_leaves_the_other_action_its_other_keys() -> None:
    keymap = Keymap(chosen={"hold": ("f5", "tab")})
    assert bound("live", keymap)["f5"] == bound("live", keymap)["tab"] == "hold"
    assert "comma" not in bound("live", keymap)
    assert keymap.names()["rate-5"] == ("percent_sign",)
    assert keymap.names()["next-group"] == ()
    assert bound("summary", keymap)["f5"] == "rate-5"  # `hold` does not exist there
    assert actions_without_key(keymap) == ["next-group"]


def test_actions_that_share_no_screen_may_share_a_key(tmp_path: Path) -> None:
    settings = read(tmp_path, '[keys]\nhold = "f12"\nscroll-up = "f12"\n')
    keymap = build_keymap(settings.keys)
    assert (keymap.action_of("f12", "live"), keymap.action_of("f12", "summary")) == ("hold", "scroll-up")


def test_space_and_backspace_always_type_the_name_of_a_late_comer() -> None:
    keymap = Keymap(chosen={"space": ("f12",), "undo": ("f11",)})
    assert {key: each for key, each in bound("join", keymap).items() if each in ("space", "undo")} == {
        "space": "space", "backspace": "undo",
    }  # fmt: skip
    assert bound("live", keymap)["f12"] == "space"
    assert "space" not in bound("live", keymap)


def test_a_key_repeats_where_the_action_that_it_starts_does() -> None:
    assert "up" in DEFAULT_KEYMAP.repeating_keys()
    keymap = Keymap(chosen={"select-older": ("f12",), "scroll-up": ("f11",), "hold": ("up",)})
    assert {"f12", "f11", "down"} <= keymap.repeating_keys()
    assert not {"up", "comma"} & keymap.repeating_keys()


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ('keys = "remot"', ['line 1: keys.preset: there is no set of keys `remot`; write "remote"']),
        ("keys = 3", ['line 1: keys: write keys = "remote", or a table']),
        ('volume = 5\n\n[keys]\nholt = "f5"', ["line 4: keys.holt: no key does `holt`; `hold`?"]),
        ('[keys]\nhold = "q"', ["line 2: keys.hold: `q` is a letter or digit, and these are the athletes' keys"]),
        ('[keys]\nhold = ["f5", "7"]', ["line 2: keys.hold: `7` is a letter or digit"]),
        ('[keys]\nhold = "hyper"', ["line 2: keys.hold: there is no key `hyper`: `kicktimer doctor` shows"]),
        ('[keys]\nhold = "ctrl+i"', ["line 2: keys.hold: `ctrl+i` arrives as tab"]),
        ("[keys]\nhold = 5", ["line 2: keys.hold: write a key in quotes, or a list of keys: hold = ["]),
        ("[keys]\npreset = 5", ["line 2: keys.preset: write the name of a set of keys"]),
        ('[keys]\nhold = "f5"\nskip = ["f6",\n  "F 5"]', ["line 3: keys.skip: `f5` is the key of `hold` already"]),
        ('keys = {hold = "f5", skip = "f5"}', ["line 1: keys.skip: `f5` is the key of `hold` already"]),
        ('keys.hold = "f5"\nkeys.skip = "f5"', ["line 2: keys.skip: `f5` is the key of `hold` already"]),
        ('[keys]\nspace = "f5"\naccept = "space"', ["line 3: keys.accept: `space` types the name of a late-comer"]),
        (
            'volume = 500\n[keys]\nskip = "q"\nholt = "f5"\nadd = "f5"\nmute = "f5"',
            [
                "line 1: volume: write a number",
                "line 3: keys.skip: `q`",
                "line 4: keys.holt: no key",
                "line 6: keys.mute: `f5`",
            ],
        ),
    ],
)
def test_faults_in_the_keys_are_reported_with_line_and_hint(tmp_path: Path, text: str, problems: list[str]) -> None:
    with pytest.raises(KicktimerError) as caught:
        read(tmp_path, text)
    lines = caught.value.message.splitlines()
    assert len(lines) == len(problems)
    for line, problem in zip(lines, problems, strict=True):
        assert f"settings.toml: {problem}" in line


def test_settings_without_a_key_table_are_read_whatever_they_name(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[keys]\nholt = "f5"\n')
    assert load_settings(path).keys == KeySettings(keys={"holt": ("f5",)})


def test_case_and_spaces_are_forgiven_and_keys_named_twice_count_once(tmp_path: Path) -> None:
    settings = read(tmp_path, '[keys]\nhold = ["Ctrl + F5", "ctrl+f5", "Page Down"]\nskip = " . "\n')
    assert settings.keys.keys == {"hold": ("ctrl+f5", "pagedown"), "skip": ("full_stop",)}


# -- the preset for presenter remotes


@pytest.mark.parametrize("text", ['keys = "remote"', '[keys]\npreset = "remote"'])
def test_remote_takes_arrivals_undoes_and_holds(tmp_path: Path, text: str) -> None:
    keymap = build_keymap(read(tmp_path, text).keys)
    live = bound("live", keymap)
    assert (live["pagedown"], live["space"]) == ("space", "space")
    assert (live["pageup"], live["backspace"]) == ("undo", "undo")
    assert [live[key] for key in ("f5", "escape", "shift+f5", "comma")] == ["hold"] * 4
    assert "full_stop" not in live
    assert actions_without_key(keymap) == []
    changed = {"space", "undo", "hold", "close", "rate-5", "back", "page-up", "page-down"}
    for action in ACTIONS:
        assert (keymap.names()[action.id] != action.keys) == (action.id in changed), action.id


def test_remote_sends_the_same_kinds_of_key_on_every_screen() -> None:
    keymap = Keymap(PRESETS["remote"])
    for screen in SCREENS:
        assert "full_stop" not in bound(screen, keymap)
        if screen in ("help", "leave", "sound", "summary"):
            assert (bound(screen, keymap)["pagedown"], bound(screen, keymap)["pageup"]) == ("space", "undo")
    assert bound("help", keymap)["escape"] == "back"  # nothing can be held there


def test_preset_can_be_changed_key_by_key(tmp_path: Path) -> None:
    keymap = build_keymap(read(tmp_path, '[keys]\npreset = "remote"\nclose = "."\nskip = "f5"\n').keys)
    live = bound("live", keymap)
    assert (live["full_stop"], live["f5"], live["escape"]) == ("close", "skip", "hold")


def test_presets_name_actions_and_keys_that_exist_and_no_letter() -> None:
    for preset in PRESETS.values():
        assert set(preset) <= set(ACTION_BY_ID)
        assert {key for keys in preset.values() for key in keys} <= NAMED_KEYS
        assert not key_faults(KeySettings(keys=dict(preset)))


# -- saving other settings beside the keys


def test_saving_a_setting_leaves_the_table_of_keys_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('sound = "off" # no\n\n# mine\n[keys]\nhold = "f5"   # left\n')
    saved = save_settings({"volume": 50, "sound": None}, path)
    assert path.read_text() == '# no\n\nvolume = 50\n# mine\n[keys]\nhold = "f5"   # left\n'
    assert saved == load_settings(path) == Settings(volume=50, keys=KeySettings(keys={"hold": ("f5",)}))
    with pytest.raises(KicktimerError, match="the keys are a table"):
        save_settings({"keys": "remote"}, path)


def test_preset_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    assert save_settings({"keys": "remote"}, path).keys == KeySettings("remote")
    assert save_settings({"keys": None}, path).keys == KeySettings()


# -- in the app


async def test_rebound_key_acts_and_the_old_one_does_not() -> None:
    live = still_session()
    keymap = Keymap(chosen={"space": ("f12",), "hold": ("ctrl+f5", "shift+f5"), "help": ("f11",), "back": ("f10",)})
    async with app_for(live, keymap=keymap).run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        assert live.state.n == 0
        await press(pilot, "f12")
        group = next(iter(live.state.groups))
        assert live.state.groups[group].phase is Phase.COUNTDOWN
        await press(pilot, "comma")
        assert not live.state.groups[group].held
        await press(pilot, "shift+f5")
        assert live.state.groups[group].held
        assert "F12 arrival" in screen_text(pilot)
        assert "^F5 release" in screen_text(pilot)
        await press(pilot, "f11")
        rows = re.findall(r"(\S+) +hold the next GO", screen_text(pilot))
        assert rows == ["^F5"]
        await press(pilot, "escape")
        assert "hold the next GO" in screen_text(pilot)
        await press(pilot, "f10")
        assert "hold the next GO" not in screen_text(pilot)


async def test_remote_runs_a_session() -> None:
    live = still_session()
    async with app_for(live, keymap=Keymap(PRESETS["remote"])).run_test(size=(80, 24)) as pilot:
        await press(pilot, "pagedown")
        group = next(iter(live.state.groups))
        go = live.state.groups[group].go
        assert go is not None
        live.advance_to(go + 60_000)
        await press(pilot, "full_stop")
        assert live.state.groups[group].phase is Phase.RUNNING
        await press(pilot, "pagedown")
        run = live.state.groups[group].newest_run
        assert run is not None
        assert len(run.arrivals) == 1
        live.advance_to(go + 62_000)
        await press(pilot, "pageup", "pageup")
        run = live.state.groups[group].newest_run
        assert run is not None
        assert not any(arrivals.valid(run))


def test_names_of_the_remote_keep_the_rest_of_a_range() -> None:
    assert KeyNames(Keymap(PRESETS["remote"]).names()).row("rate-1") == "F1–F4 %"


def test_names_of_rebound_keys_are_those_of_the_user() -> None:
    names = KeyNames(Keymap(chosen={"undo": ("shift+f5",), "rate-1": ("ctrl+f1",)}).names())
    assert names.fill("{undo} undoes") == "shift+f5 undoes"
    assert names.row("rate-1") == "^F1 F2–F5"
