"""The doctor's part for the keys: what it says of the user's own keys, and what each key arrives as."""

from __future__ import annotations

import signal
import termios
import time
from typing import TYPE_CHECKING

import pytest

from harness.terminal import Terminal
from kicktimer.cli.key_test import QUIET_TIMEOUT_S, KeyTest, print_keys
from kicktimer.settings import KeySettings
from kicktimer.tui.keymap import DEFAULT_KEYMAP, build_keymap
from kicktimer.tui.keys import ACTION_BY_ID, ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INVITATION = "Press any keys"


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (KeySettings(), ["ok   keys: the default ones"]),
        (
            KeySettings(keys={"hold": ("f12",), "skip": ("f11",)}),
            ["ok   keys: of your own for 2 actions (hold, skip)"],
        ),
        (KeySettings("remote"), ['ok   keys: the set "remote"']),
        (
            KeySettings("remote", {"close": ("full_stop",)}),
            ['ok   keys: the set "remote", and of your own for close'],
        ),
        (
            KeySettings(keys={"hold": ("tab",)}),
            [
                "ok   keys: of your own for 1 action (hold)",
                "tip  keys: no key starts next-group: give each one in the settings, under",
                "     [keys]",
            ],
        ),
    ],
)
def test_doctor_says_which_keys_are_the_users_own_and_which_actions_have_none(
    settings: KeySettings, lines: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_keys(settings, build_keymap(settings))
    assert capsys.readouterr().out.splitlines() == lines


def shown(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Returns the lines printed since the last call: the key's name and what it does."""
    return [(line[5:21].strip(), line[22:]) for line in capsys.readouterr().out.splitlines()]


def test_each_key_is_shown_with_its_name_and_its_action(capsys: pytest.CaptureFixture[str]) -> None:
    test = KeyTest(build_keymap(KeySettings(keys={"hold": ("f12",), "drop": ("shift+f5",)})))
    for key, character in [
        ("f12", None), ("comma", ","), ("pagedown", None), ("a", "a"), ("A", "A"), ("7", "7"), ("ש", "ש"),
        ("space", " "), ("f2", None), ("shift+f5", None), ("f13", None), ("alt+up", None), ("left_shift", None),
        ("caps_lock", None), ("\x1c", "\x1c"),
    ]:  # fmt: skip
        test.press(key, character)
    assert shown(capsys) == [
        ("f12", "hold: hold the next GO; release it"),
        (",", "free: does nothing on the live screen"),
        ("page down", "free: does nothing on the live screen"),
        ("a", "an athlete's key"),
        ("A", "an athlete's key"),
        ("7", "an athlete's key"),
        ("ש", "an athlete's key"),
        ("space", "space: start; after that an arrival"),
        ("f2", "rate-2: rate how relaxed it looked"),
        ("shift+f5", "drop, with an athlete to follow: out, or back in"),
        ("f13", "cannot be chosen: most terminals do not send it"),
        ("alt+up", "cannot be chosen: most terminals do not send it"),
        ("\\x1c", "cannot be chosen: most terminals do not send it"),
    ]
    assert not test.done


def test_every_default_key_of_the_live_screen_is_shown_with_its_action(capsys: pytest.CaptureFixture[str]) -> None:
    test = KeyTest(DEFAULT_KEYMAP)
    keys = [(action.id, key) for action in ACTIONS if "live" in action.uses for key in action.keys]
    for _, key in keys:
        test.press(key, None)
    for (action_id, _), (_, text) in zip(keys, shown(capsys), strict=True):
        assert text.startswith((f"{action_id}: ", f"{action_id}, with an athlete to follow: "))
        assert ACTION_BY_ID[action_id].then_athlete == (", with an athlete" in text)


def test_a_held_key_is_reported_once(capsys: pytest.CaptureFixture[str]) -> None:
    test = KeyTest(DEFAULT_KEYMAP)
    test.press("f7", None)
    for _ in range(20):
        test.repeat()
    test.press("f7", None)
    test.repeat()
    assert [text for _, text in shown(capsys)] == ["mute: mute or unmute", "held: still one press"] * 2


@pytest.mark.parametrize("key", ["enter", "escape"])
def test_enter_or_escape_twice_in_a_row_ends_it(key: str) -> None:
    test = KeyTest(DEFAULT_KEYMAP)
    for each in (key, "f5", key):
        test.press(each, None)
        assert not test.done
    test.press(key, None)
    assert test.done


# The real program.


@pytest.fixture
def doctor(tmp_path: Path) -> Iterator[Terminal]:
    config = tmp_path / ".config" / "kicktimer"
    config.mkdir(parents=True)
    (config / "settings.toml").write_text('keys = "remote"\n')
    with Terminal(["doctor", "--sound", "off"], tmp_path, columns=100, lines=40) as terminal:
        terminal.wait_for(INVITATION)
        yield terminal


def modes(terminal: Terminal) -> object:
    return termios.tcgetattr(terminal.descriptor)[:4]


def press_and_wait(terminal: Terminal, data: str, shown: str) -> None:
    terminal.press(data)
    terminal.wait_for(shown)


@pytest.mark.terminal
def test_keys_are_shown_as_they_arrive_and_the_terminal_is_restored(doctor: Terminal) -> None:
    assert 'keys: the set "remote"' in doctor.text
    assert modes(doctor) != doctor.modes_before
    press_and_wait(doctor, "\x1b[5~", "page up          undo: undo the last step")
    press_and_wait(doctor, "\x1b[15;2~", "shift+f5         hold: hold the next GO; release it")
    press_and_wait(doctor, "a", "a                an athlete's key")
    press_and_wait(doctor, "\x12", "ctrl+r           recall: false start (twice)")
    press_and_wait(doctor, "\x1b[999~", "\\x1b[999~        not known as a key")
    for _ in range(8):
        doctor.press("\x1b[18~")
        time.sleep(0.03)
    doctor.wait_for("held: still one press")
    assert doctor.text.count("f7  ") == 1
    assert "\x1b[>31u" in doctor.raw
    doctor.press("\x1b")
    time.sleep(0.3)
    doctor.press("\x1b")
    assert doctor.wait_for_exit() == 0
    assert "\x1b[<u" in doctor.raw
    assert modes(doctor) == doctor.modes_before


@pytest.mark.terminal
def test_keypad_keys_are_shown_as_their_twins_in_the_main_block(doctor: Terminal) -> None:
    twins = {
        "\x1bOp": "0 ", "\x1b[57400u": "1 ", "\x1bOm": "- ", "\x1bOk": "+ ", "\x1bOj": "* ", "\x1bOo": "/ ",
        "\x1bOn": ". ", "\x1bOX": "= ", "\x1b[57421u": "page up ", "\x1b[57422u": "page down ",
        "\x1b[57425u": "insert ", "\x1bOM": "enter ",
    }  # fmt: skip
    for data, name in twins.items():
        press_and_wait(doctor, data, f"\n     {name}")


@pytest.mark.terminal
@pytest.mark.parametrize(
    ("end", "status"),
    [("\x03", 130), (signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)],
)
def test_terminal_is_restored_however_the_doctor_ends(doctor: Terminal, end: str | signal.Signals, status: int) -> None:
    if isinstance(end, str):
        doctor.press(end)
    else:
        doctor.process.send_signal(end)
    assert doctor.wait_for_exit() == status
    assert modes(doctor) == doctor.modes_before
    assert "Traceback" not in doctor.text


@pytest.mark.terminal
def test_silence_ends_the_test_of_the_keys(doctor: Terminal) -> None:
    began = time.monotonic()
    assert doctor.wait_for_exit(QUIET_TIMEOUT_S + 10) == 0
    assert time.monotonic() - began > QUIET_TIMEOUT_S - 5


def test_nothing_is_asked_without_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kicktimer.cli import main

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    main(["doctor", "--sound", "off"])
    out = capsys.readouterr().out
    assert "keys: the default ones" in out
    assert INVITATION not in out
