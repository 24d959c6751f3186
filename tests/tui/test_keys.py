"""The table of keys against everything that is built from it: bindings, help, footers and README.md."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, get_args

import pytest

from harness.still_session import still_session
from kicktimer import view
from kicktimer.tui.footer_and_help import KeyNames, footer, help_sections, long_name
from kicktimer.tui.keys import ACTION_BY_ID, ACTIONS, ATHLETE_KEYS_HELP, FOOTERS, Condition, Screen, actions_of
from kicktimer.tui.render.status_lines import footer_line
from kicktimer.tui.render.text_layout import display_width
from kicktimer.tui.screens.dialogs import GapDialog, HelpDialog, JoinDialog, LeaveDialog, SoundDialog
from kicktimer.tui.screens.history_screen import HistoryScreen
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.pick_screen import PickScreen
from kicktimer.tui.screens.report_screens import SessionReport
from kicktimer.tui.screens.resume_screen import ResumeScreen
from kicktimer.tui.screens.settings_screen import SettingsScreen
from kicktimer.tui.screens.squad_screen import SquadScreen
from kicktimer.tui.screens.summary_screen import SummaryScreen
from tools.make_key_table import BEGIN, README, key_table, with_key_table

SCREENS: dict[Screen, type[Any]] = {
    "live": LiveScreen,
    "help": HelpDialog,
    "leave": LeaveDialog,
    "sound": SoundDialog,
    "join": JoinDialog,
    "gap": GapDialog,
    "summary": SummaryScreen,
    "pick": PickScreen,
    "resume": ResumeScreen,
    "history": HistoryScreen,
    "report": SessionReport,
    "settings": SettingsScreen,
    "squad": SquadScreen,
}
HELP_SENTENCE_WIDTH = 30


def test_every_screen_is_in_the_table() -> None:
    assert set(SCREENS) == set(get_args(Screen))


@pytest.mark.parametrize("screen", SCREENS)
def test_screens_bind_their_own_part_of_the_table_and_nothing_else(screen: Screen) -> None:
    if screen not in ("pick", "resume", "history", "report", "squad"):
        assert SCREENS[screen].table_name == screen
    assert not any("BINDINGS" in each.__dict__ for each in SCREENS[screen].__mro__ if "kicktimer" in each.__module__)


@pytest.mark.parametrize("screen", SCREENS)
def test_no_two_actions_of_a_screen_share_a_key(screen: Screen) -> None:
    keys = [key for action, _ in actions_of(screen) for key in action.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("screen", SCREENS)
def test_every_handler_of_a_screen_exists(screen: Screen) -> None:
    from kicktimer.tui.app import KicktimerApp

    for action, use in actions_of(screen):
        name = use.handler.split("(")[0]
        owner = KicktimerApp if name.startswith("app.") else SCREENS[screen]
        assert not name or hasattr(owner, f"action_{name.removeprefix('app.')}"), (screen, action.id)


def test_the_live_screen_uses_no_letters_and_no_digits() -> None:
    for screen in ("live", "help", "leave", "sound", "join", "summary"):
        for action, _ in actions_of(screen):
            for key in action.keys:
                assert len(key) > 1, (screen, action.id, key)


def test_ids_are_unique_and_every_action_is_used() -> None:
    assert len(ACTION_BY_ID) == len(ACTIONS)
    for action in ACTIONS:
        assert action.uses, action.id
        assert action.keys, action.id


FUNCTION_KEYS = {f"f{number}" for number in range(1, 13)}
TAKEN = {  # the sources are named in `kicktimer.tui.keys`
    "VS Code": {"f1", "f5", "f6", "f11", *(f"ctrl+{letter}" for letter in "efgjkpq")},
    "GNOME Terminal": {"f1", "f10", "f11"},
    "byobu": {"ctrl+a", "f12", *(f"f{number}" for number in range(2, 10))},
    "GNU screen": {"ctrl+a"},
    "tmux": {"ctrl+b"},
    "a Mac": {"insert", "delete", "pageup", "pagedown", *FUNCTION_KEYS},
}


@pytest.mark.parametrize("program", TAKEN)
def test_every_action_has_a_key_that_the_program_around_the_app_passes_on(program: str) -> None:
    for action in ACTIONS:
        assert set(action.keys) - TAKEN[program], action.id


RIGHT_HAND = {
    "space", "enter", "backspace", "up", "down", "full_stop", "comma", "slash", "semicolon", "apostrophe", "backslash",
    "left_square_bracket", "right_square_bracket", "minus", "equals_sign", "less_than_sign", "greater_than_sign",
    "colon", "quotation_mark", "vertical_line", "right_parenthesis", "left_curly_bracket", "right_curly_bracket",
}  # fmt: skip
LEFT_HAND = {"tab", "escape", *(f"ctrl+{letter}" for letter in "qwertasdfgzxcv")}


def test_one_hand_reaches_every_action_on_arrivals_and_the_clock() -> None:
    for action, _ in actions_of("live"):
        row = ACTION_BY_ID[action.shown_with or action.id]
        if row.section in ("ARRIVALS", "CLOCK") or action.id in ("drop", "next-group", "back"):
            assert set(action.keys) & (RIGHT_HAND | LEFT_HAND), action.id


def test_every_action_of_the_live_screen_is_in_the_help() -> None:
    sentences = [sentence for rows in help_sections(KeyNames()).values() for _, sentence in rows]
    rows = [action for action in ACTIONS if action.section is not None]
    assert len(sentences) == len(rows) + 1
    assert ATHLETE_KEYS_HELP in sentences
    for action, _ in actions_of("live"):
        row = ACTION_BY_ID[action.shown_with] if action.shown_with else action
        assert row in rows, action.id
        assert row.help, action.id
    for sentence in sentences:
        assert len(sentence) <= HELP_SENTENCE_WIDTH, sentence


def test_actions_shown_with_another_have_no_texts_of_their_own() -> None:
    for action in ACTIONS:
        if action.shown_with:
            assert not ACTION_BY_ID[action.shown_with].shown_with, action.id
            assert (action.section, action.help, action.readme) == (None, "", ""), action.id
            assert not any(use.label for use in action.uses.values()), action.id


def test_footers_show_every_action_that_has_a_label() -> None:
    for screen in SCREENS:
        labelled = {action.id for action, use in actions_of(screen) if use.label}
        assert set(FOOTERS.get(screen, ())) == labelled, screen


def test_conditions_of_commands_are_those_that_the_view_computes() -> None:
    computed = set(view.available_commands(still_session().state, "A", 0))
    conditions = get_args(Condition)
    used = {each for action in ACTIONS for use in action.uses.values() for each in use.when}
    used |= {each for action in ACTIONS for use in action.uses.values() for each, _ in use.labels}
    assert computed <= set(conditions)
    assert used == set(conditions)


def test_a_footer_chooses_labels_and_greys_out_by_conditions() -> None:
    items = {item.keys: item for item in footer("live", {"group ready", "start", "not begun"}, KeyNames(), "")}
    assert (items["SPACE"].label, items["SPACE"].available) == ("start", True)
    assert (items["-="].label, items["-="].available) == ("rest ±5s", False)
    items = {item.keys: item for item in footer("live", {"tap", "name proposed", "all done"}, KeyNames(), "")}
    assert items["SPACE"].label == "arrival"
    assert items["ENTER"].label == "name it"


@pytest.mark.parametrize("screen", ["pick", "squad", "resume", "history", "report", "settings", "summary"])
def test_a_footer_line_shows_whole_items_that_fit_the_width(screen: Screen) -> None:
    conditions: set[Condition] = {"session ended"}
    every = [
        f"{item.keys} {item.label}" for item in footer(screen, conditions, KeyNames(), separator=" ") if item.available
    ]
    counts = set()
    for width in range(10, 200):
        text = "".join(piece for piece, _ in footer_line(screen, conditions, KeyNames(), width)).strip()
        count = next(count for count in range(len(every) + 1) if text == "  ".join(every[:count]))
        counts.add(count)
        assert display_width(text) < width
        assert count == len(every) or display_width("  ".join(every[: count + 1])) >= width
    assert max(counts) == len(every)


def test_keys_are_named_for_footers_and_for_sentences() -> None:
    names = KeyNames({"hold": ("ctrl+h",), "skip": ()})
    assert (names.short("undo"), names.long("undo")) == ("BKSP", "backspace")
    assert (names.short("hold"), names.long("hold")) == ("^H", "ctrl+h")
    assert (names.short("skip"), names.row("skip")) == ("", "")
    assert names.row("rate-1") == "F1–F5"
    assert names.row("shorter", "") == "-="
    assert names.fill("{undo} undoes, {go-earlier}") == "backspace undoes, ["


def test_the_table_of_the_readme_is_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_key_table(text) == text, "run tools/make_key_table.py"
    assert text.index("## Keys of the live screen") < text.index(BEGIN)
    table = key_table()
    for action, _ in actions_of("live"):
        for key in action.keys:
            inside_a_range = action.shown_with == "rate-1" and key != "f5"
            assert inside_a_range or f"`{long_name(key)}`".replace("|", r"\|") in table, action.id


def test_the_table_of_keys_does_not_load_textual() -> None:
    code = "import sys, kicktimer.tui.keys, kicktimer.tui.footer_and_help; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
