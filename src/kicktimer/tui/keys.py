"""The table of keys: every action that a key starts, on every screen, with all texts that describe it.

The bindings of the screens, the footers, the help dialog and the key table of README.md are built from `ACTIONS`. The
module imports nothing of Textual.

The live screen uses no letters and no digits: those are the athletes' keys.

Many default keys have a second one, because programs around the app take the first:

- VS Code's terminal keeps f1, f5, f6, f11, ctrl+e, ctrl+f, ctrl+g, ctrl+j, ctrl+p and ctrl+q, and begins a chord
  with ctrl+k (`DEFAULT_COMMANDS_TO_SKIP_SHELL` in its terminal.ts, and its documentation "Terminal Advanced").
- GNOME Terminal and Konsole open their help with f1 and fill the screen with f11; the first opens a menu with f10.
- byobu takes f2 to f9 and f12; its and GNU screen's prefix is ctrl+a, that of tmux ctrl+b (their manual pages).
- A Mac's f1 to f12 need fn, and neither its keyboard nor that of many laptops has Insert and Delete beside the letters.

Second keys are characters that the right hand types alone (`<`, `>`, `:`, `)`), a number's character above the digits
of a US keyboard (`@` for f2), or a ctrl+letter that none of these take. ctrl+h, ctrl+i, ctrl+m, ctrl+[ and ctrl with a
digit arrive as other keys. The keys that AZERTY types where others have 1, 3, 5 and 8 start nothing that lasts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Screen = Literal[
    "live",
    "help",
    "leave",
    "sound",
    "join",
    "gap",
    "summary",
    "pick",
    "squad",
    "resume",
    "history",
    "report",
    "settings",
]
LivePhase = Literal["ready", "countdown", "running", "recovering", "done"]
Section = Literal["ARRIVALS", "RATINGS", "SOUND", "CLOCK", "ATHLETES", "SCREEN"]

Condition = Literal[
    "always",
    # Live screen: the session would accept this command now (the names are those of `view.available_commands`).
    "start", "tap", "undo", "redo", "close", "hold", "release", "adjust", "skip", "recall", "late", "later", "add",
    "insert",
    # Live screen: other facts about the session and the coach's choices.
    "not begun", "all done", "group ready", "group held", "arrivals unnamed", "name proposed", "arrival selected",
    "arrivals taken", "rep run", "several groups", "press kept", "seconds counted", "time spoken", "difference spoken",
    # Summary.
    "rating due", "session open", "session ended",
    # Pick screen.
    "session interrupted", "no squad", "several squads", "own workout",
    # Squad.
    "line typed", "member selected",
    # Review.
    "filter selected", "session shown", "comparable",
    # Settings.
    "value typed", "list in use", "choice selected", "text selected", "setting changed",
]  # fmt: skip
"""A fact that a screen knows about itself. It enables an action or chooses the action's label."""


@dataclass(frozen=True, slots=True)
class Use:
    """What an action does on one screen, and how the footer shows it there.

    `handler` is a Textual action such as `adjust(-1)`. The action is available while one condition of `when` holds. The
    first condition of `labels` that holds replaces `label`. With `hides`, the footer of the live screen omits the
    action while it is unavailable; otherwise it shows the key in grey. With `types_text`, the action edits text on this
    screen, and its default keys do that whatever the settings say.
    """

    handler: str
    label: str = ""
    when: tuple[Condition, ...] = ("always",)
    labels: tuple[tuple[Condition, str], ...] = ()
    hides: bool = False
    types_text: bool = False


@dataclass(frozen=True, slots=True)
class KeyAction:
    """An action that keys start.

    `keys` are Textual's names of the default keys; the first one is shown. `uses` says on which screens the action
    exists. `help` is its sentence in the help dialog, under the heading `section`; `readme` is its sentence in
    README.md where that differs. Both may name the key of another action as `{id}`.

    `shown_with` is the id of an action that this one shares a row with, as `-` and `=` do; the texts of that action
    then describe both. With `then_athlete`, the action waits for an athlete's key. With `repeats`, a key that is held
    down starts the action again and again.
    """

    id: str
    keys: tuple[str, ...]
    uses: Mapping[Screen, Use]
    section: Section | None = None
    help: str = ""
    readme: str = ""
    shown_with: str = ""
    then_athlete: bool = False
    repeats: bool = False


PALETTE_SCREENS: tuple[Screen, ...] = ("pick", "squad", "resume", "history", "report", "settings")
"""The screens that have the command palette. In a session its field would take the athletes' keys."""
_TIMING: tuple[Screen, ...] = ("live", "help", "leave", "sound", "join", "gap", "summary")

ACTIONS: tuple[KeyAction, ...] = (
    # -- arrivals
    KeyAction(
        "space", ("space",),
        {screen: Use("space") for screen in _TIMING}
        | {"live": Use("space", "arrival", ("start", "tap"), (("group ready", "start"),))}
        | {"join": Use("space", types_text=True), "squad": Use("here", "here today?", ("member selected",))},
        "ARRIVALS", "start; after that an arrival",
        "starts the session, or the group in focus where that starts later; then takes an arrival without a name",
    ),
    KeyAction(
        "accept", ("enter",),
        {
            "live": Use(
                "enter", "name it", ("name proposed", "not begun", "all done"),
                (("not begun", "start"), ("name proposed", "name it"), ("all done", "summary")),
            ),
            "help": Use("back"), "leave": Use("accept"), "sound": Use("heard"), "join": Use("join"),
            "gap": Use("accept"),
            "summary": Use("enter", "leave", ("session ended",)), "pick": Use("choose", "pick"),
            "squad": Use("enter", "use it", labels=(("line typed", "add"),)),
            "resume": Use("resume", "go on"), "history": Use("open", "open"),
            "settings": Use(
                "enter", "next",
                labels=(("value typed", "keep"), ("text selected", "type"), ("choice selected", "next")),
            ),
        },
        "ARRIVALS", "accept the oldest proposal",
        "accepts the name proposed for the oldest arrival that waits for one",
    ),
    KeyAction(
        "name", ("apostrophe",),
        {"live": Use("await_athlete('name')", "name as", ("arrivals unnamed", "arrival selected"))},
        "ARRIVALS", "name the oldest arrival", "names the oldest arrival",
        then_athlete=True,
    ),
    KeyAction(
        "swap", ("backslash",),
        {"live": Use("swap", "swap", ("arrivals unnamed", "arrival selected"))},
        "ARRIVALS", "swap with next ({swap-whom} + key: any)",
        "swaps the oldest arrival with the next one; {swap-whom} and a key: that athlete's arrival with the next one",
    ),
    KeyAction("swap-whom", ("vertical_line",), {"live": Use("await_athlete('swap')")}, shown_with="swap"),
    KeyAction(
        "insert", ("insert", "ctrl+o", "ctrl+f"),
        {"live": Use("insert", "forgot", ("insert",))},
        "ARRIVALS", "add one before theirs", "adds a forgotten arrival before that athlete's",
        then_athlete=True,
    ),
    KeyAction(
        "delete", ("delete", "ctrl+d"),
        {"live": Use("delete", "false", ("arrivals taken",))},
        "ARRIVALS", "delete their false one", "deletes a false arrival that is shown as that athlete's",
        then_athlete=True,
    ),
    KeyAction(
        "select-older", ("up",),
        {"live": Use("select(-1)")},
        "ARRIVALS", "select for {swap} {insert} {delete} {correct}",
        "select an arrival, first one that waits with its `?`, for {name}, {swap}, {insert}, {delete} and {correct}",
        repeats=True,
    ),
    KeyAction("select-newer", ("down",), {"live": Use("select(1)")}, shown_with="select-older", repeats=True),
    KeyAction(
        "undo", ("backspace",),
        {screen: Use("undo") for screen in _TIMING}
        | {"live": Use("undo", "undo", ("undo",)), "summary": Use("undo", "undo", ("session open",))}
        | {"join": Use("undo", types_text=True)},
        "ARRIVALS", "undo the last step",
        "undoes the last tap, name, close, hold, skip or drop, then the one before, …; right after an athlete's key it "
        "takes back the name only: the next athlete's key names the arrival, and {undo} again deletes it",
    ),
    KeyAction(
        "redo", ("ctrl+y", "right_parenthesis"),
        {"live": Use("redo", "redo", ("redo",), hides=True), "summary": Use("redo")},
        "ARRIVALS", "do again what was undone", "does again what the last {undo} took back",
    ),
    KeyAction(
        "keep", ("ctrl+k", "quotation_mark"),
        {"live": Use("keep", "take it", ("press kept",), hides=True)},
        "ARRIVALS", "take the refused press", "makes an arrival of a press that was refused, with its moment",
    ),
    KeyAction(
        "correct", ("ctrl+e", "colon"),
        {"live": Use("correct", "fix", ("rep run",))},
        "ARRIVALS", "correct a time",
        "corrects a time: type it or use the arrows, {accept} takes it, {back} leaves it; letters and {space} stay "
        "arrivals meanwhile",
        then_athlete=True,
    ),
    # -- ratings
    KeyAction(
        "rate-1", ("f1", "exclamation_mark"),
        {"live": Use("rate(1)"), "summary": Use("rate(1)", "relaxation", ("rating due",))},
        "RATINGS", "rate how relaxed it looked", "rate how relaxed the closing rep looked",
    ),
    *(
        KeyAction(
            f"rate-{n}", (f"f{n}", second), {"live": Use(f"rate({n})"), "summary": Use(f"rate({n})")},
            shown_with="rate-1",
        )
        for n, second in enumerate(("at", "number_sign", "dollar_sign", "percent_sign"), 2)
    ),
    KeyAction(
        "rate-previous", ("left",),
        {"live": Use("select_rating(-1)"), "summary": Use("select_rating(-1)", "whose", ("rating due",))},
        "RATINGS", "choose whose rep to rate", "choose whose closing rep is rated next",
        repeats=True,
    ),
    KeyAction(
        "rate-next", ("right",),
        {"live": Use("select_rating(1)"), "summary": Use("select_rating(1)")},
        shown_with="rate-previous", repeats=True,
    ),
    # -- sound
    KeyAction(
        "hear", ("f6", "circumflex_accent"),
        {"live": Use("hear", "sound test", ("not begun",), hides=True), "sound": Use("again")},
        "SOUND", "play GO: is it heard?", "before the session: plays GO, so that somebody can say that it is heard",
    ),
    KeyAction(
        "mute", ("f7", "ctrl+s"),
        {"live": Use("mute", "mute"), "sound": Use("mute")},
        "SOUND", "mute or unmute", "mutes or unmutes",
    ),
    KeyAction(
        "call", ("f8", "asterisk"),
        {"live": Use("call", "count✗", labels=(("seconds counted", "count✓"),))},
        "SOUND", "count the seconds aloud", "switches the counting of the seconds, as athletes come in, on or off",
    ),
    KeyAction(
        "speak", ("f9", "ctrl+v"),
        {"live": Use("speak", "say✗", labels=(("time spoken", "say time"), ("difference spoken", "say ±")))},
        "SOUND", "say time, difference, nothing",
        "chooses what is spoken after a finish: the time, its difference from the target, or nothing",
    ),
    # -- clock
    KeyAction(
        "close", ("full_stop", "greater_than_sign"),
        {"live": Use("close_rep", "close", ("close",))},
        "CLOCK", "close: who is out is missed",
        "closes the rep: who is out is missed, unless that athlete's key is pressed after all",
    ),
    KeyAction(
        "hold", ("comma",),
        {"live": Use("hold", "hold", ("release", "hold"), (("group held", "release"),)), "gap": Use("release")},
        "CLOCK", "hold the next GO; release it",
        "holds the next GO (somebody is in the lane), and releases it with a fresh countdown",
    ),
    KeyAction(
        "shorter", ("minus",),
        {"live": Use("adjust(-1)", "rest ±5s", ("adjust",))},
        "CLOCK", "recovery 5 s shorter, longer", "makes the running recovery 5 s shorter or longer",
    ),
    KeyAction("longer", ("equals_sign", "plus"), {"live": Use("adjust(1)")}, shown_with="shorter"),
    KeyAction(
        "skip", ("slash",),
        {"live": Use("skip", "skip", ("skip",))},
        "CLOCK", "skip the rep (twice)", "skips the rep (twice)",
    ),
    KeyAction(
        "add", ("ctrl+a", "ctrl+u"),
        {"live": Use("add", "add", ("add",))},
        "CLOCK", "one more rep like the last", "adds a rep like the last one",
    ),
    KeyAction(
        "recall", ("ctrl+r", "less_than_sign"),
        {"live": Use("recall", "recall", ("recall",))},
        "CLOCK", "false start (twice)",
        "recalls a false start (twice); {hold} as the second key holds the group too, as where the wrong one started",
    ),
    KeyAction(
        "go-earlier", ("left_square_bracket",),
        {"live": Use("late_start(-1)", "GO ±1s", ("late", "later"))},
        "CLOCK", "GO was 1 s earlier, later", "GO of this rep was 1 s earlier or later than the clock says",
    ),
    KeyAction(
        "go-later", ("right_square_bracket",), {"live": Use("late_start(1)")}, shown_with="go-earlier",
    ),
    KeyAction(
        "go-minute-earlier", ("left_curly_bracket",),
        {"live": Use("late_start(-60)")},
        "CLOCK", "GO was 1 min earlier, later", "GO of this rep was 1 min earlier (the start was forgotten) or later",
    ),
    KeyAction(
        "go-minute-later", ("right_curly_bracket",), {"live": Use("late_start(60)")}, shown_with="go-minute-earlier",
    ),
    # -- athletes
    KeyAction(
        "drop", ("semicolon",),
        {"live": Use("await_athlete('drop')", "out/in")},
        "ATHLETES", "out, or back in", "an athlete drops out, or comes back",
        then_athlete=True,
    ),
    KeyAction(
        "move", ("ctrl+g", "ctrl+right_square_bracket"),
        {"live": Use("await_athlete('move')", "move", ("several groups",), hides=True)},
        "ATHLETES", "into this group", "an athlete changes into the group in focus",
        then_athlete=True,
    ),
    KeyAction(
        "join", ("ctrl+n", "f12"),
        {"live": Use("join", "joins")},
        "ATHLETES", "a late-comer joins", "a late-comer joins the group in focus",
    ),
    KeyAction(
        "next-group", ("tab",),
        {"live": Use("next_group", "group", ("several groups",), hides=True)},
        "ATHLETES", "focus the next group", "moves the focus to the next group",
    ),
    # -- the screen
    KeyAction(
        "light", ("ctrl+t", "ctrl+l"),
        {"live": Use("app.light"), "summary": Use("app.light"), "pick": Use("app.light", "colours"),
         "settings": Use("light")},
        "SCREEN", "other colours", "shows other colours: day, night, for colour-blind coaches, high contrast, the "
        "terminal's own",
    ),
    KeyAction(
        "back", ("escape", "ctrl+x"),
        {
            "live": Use("cancel"), "help": Use("back"), "leave": Use("back"), "sound": Use("back"), "join": Use("back"),
            "gap": Use("back"), "resume": Use("back", "back"), "history": Use("back", "back"),
            "report": Use("back", "back"), "squad": Use("back", "back"), "settings": Use("back", "back"),
            "summary": Use("back", "back", ("session open",)), "pick": Use("focus_workouts"),
        },
        "SCREEN", "cancel; select nothing",
        "cancels every question and every command that waits for a key, and selects nothing",
    ),
    KeyAction(
        "help", ("question_mark",),
        {"live": Use("help", "help"), "help": Use("back")},
        "SCREEN", "show these keys", "shows the keys",
    ),
    KeyAction(
        "leave", ("ctrl+q", "f10"),
        {
            "live": Use("leave", "leave"), "leave": Use("end"), "sound": Use("leave"),
            "summary": Use("leave", "leave", ("session open",)), "pick": Use("quit", "quit"),
            "resume": Use("back"), "history": Use("leave"), "report": Use("back"), "squad": Use("back"),
            "settings": Use("back"),
        },
        "SCREEN", "end the session (twice)", "leaves; asks while a session runs",
    ),
    KeyAction(
        "interrupt", ("ctrl+c",),
        {"live": Use("no_interrupt"), "pick": Use("quit")},
        "SCREEN", "does not leave", "does not leave, but names the key that does",
    ),
    # -- only on the summary or the pick screen
    KeyAction(
        "scroll-up", ("up",),
        {
            "summary": Use("scroll(-1)", "scroll"), "pick": Use("highlight(-1)", "choose"),
            "history": Use("highlight(-1)", "choose"), "report": Use("scroll(-1)", "scroll"),
            "squad": Use("select(-1)", "choose", ("member selected",)),
            "settings": Use("highlight(-1)", "choose", ("list in use",)),
        },
        repeats=True,
    ),
    KeyAction(
        "scroll-down", ("down",),
        {
            "summary": Use("scroll(1)"), "pick": Use("highlight(1)"), "history": Use("highlight(1)"),
            "report": Use("scroll(1)"), "squad": Use("select(1)", "", ("member selected",)),
            "settings": Use("highlight(1)"),
        },
        shown_with="scroll-up", repeats=True,
    ),
    KeyAction(
        "page-up", ("pageup", "ctrl+u"),
        {"summary": Use("scroll(-10)"), "report": Use("scroll(-10)"), "settings": Use("highlight(-10)")},
    ),
    KeyAction(
        "page-down", ("pagedown", "ctrl+d"),
        {"summary": Use("scroll(10)"), "report": Use("scroll(10)"), "settings": Use("highlight(10)")},
        shown_with="page-up",
    ),
    KeyAction(
        "previous", ("left",),
        {
            "report": Use("step(-1)", "page"),
            "history": Use("change_filter(-1)", "its value", ("filter selected",)),
            "settings": Use("step(-1)", "change", ("choice selected",)),
        },
    ),
    KeyAction(
        "next", ("right",),
        {"report": Use("step(1)"), "history": Use("change_filter(1)"), "settings": Use("step(1)")},
        shown_with="previous",
    ),
    KeyAction("filter", ("tab",), {"history": Use("select_filter(1)", "filter")}),
    KeyAction("filter-back", ("shift+tab",), {"history": Use("select_filter(-1)")}),
    KeyAction("kick", ("k",), {"report": Use("kick", "kick", ("session shown",))}),
    KeyAction("compare", ("c",), {"report": Use("compare", "compare", ("comparable",))}),
    KeyAction("amend-time", ("t",), {"report": Use("amend('correct')", "time", ("session shown",))}),
    KeyAction("amend-rating", ("r",), {"report": Use("amend('rate')", "rate", ("session shown",))}),
    KeyAction("amend-note", ("n",), {"report": Use("amend('note')", "note", ("session shown",))}),
    KeyAction("review", ("ctrl+r", "f3"), {"pick": Use("review", "review")}),
    KeyAction("resume", ("ctrl+o", "f5"), {"pick": Use("resume", "go on", ("session interrupted",))}),
    KeyAction("race", ("tab", "shift+tab"), {"pick": Use("race", "your 1500 m", ("no squad",))}),
    KeyAction(
        "squad", ("ctrl+s", "f4"),
        {"pick": Use("squad", "squad"), "squad": Use("next_squad", "next squad", ("several squads",))},
    ),
    KeyAction("new-squad", ("ctrl+n", "f6"), {"pick": Use("new_squad", "new squad")}),
    KeyAction("edit", ("ctrl+e", "f8"), {"pick": Use("edit", "edit", ("own workout",))}),
    KeyAction("settings", ("ctrl+g", "f7"), {"pick": Use("settings", "settings")}),
    KeyAction("default", ("delete", "d"), {"settings": Use("default", "default", ("setting changed",))}),
    KeyAction("edit-settings", ("e", "f8"), {"settings": Use("edit", "edit file", ("list in use",))}),
    KeyAction(
        "commands", ("ctrl+p", "f9"),
        {screen: Use("app.commands", "commands") for screen in PALETTE_SCREENS},
    ),
    KeyAction("squad-group", ("ctrl+g", "f2"), {"squad": Use("group", "group", ("member selected",))}),
    KeyAction("squad-key", ("ctrl+k", "f3"), {"squad": Use("athlete_key", "key", ("member selected",))}),
    KeyAction("squad-remove", ("ctrl+d", "f8"), {"squad": Use("remove", "remove", ("member selected",))}),
)  # fmt: skip

ACTION_BY_ID: dict[str, KeyAction] = {action.id: action for action in ACTIONS}

FOOTERS: dict[Screen, tuple[str, ...]] = {
    "live": (
        "space", "accept", "undo", "keep", "close", "hold", "shorter", "skip", "add", "recall", "go-earlier", "drop",
        "move", "join", "name", "swap", "insert", "delete", "correct", "redo", "hear", "help", "leave",
        "next-group", "mute", "call", "speak",
    ),
    "summary": ("rate-1", "rate-previous", "back", "undo", "scroll-up", "leave", "accept"),
    "resume": ("accept", "back", "commands"),
    "history": ("accept", "scroll-up", "filter", "previous", "back", "commands"),
    "report": (
        "scroll-up", "previous", "kick", "compare", "amend-time", "amend-rating", "amend-note", "back",
        "commands",
    ),
    "pick": (
        "resume", "accept", "scroll-up", "squad", "new-squad", "review", "leave", "commands", "race", "settings",
        "edit", "light",
    ),
    "squad": ("accept", "scroll-up", "space", "squad-group", "squad-key", "squad-remove", "squad", "back", "commands"),
    "settings": ("accept", "previous", "scroll-up", "default", "back", "edit-settings", "commands"),
}  # fmt: skip
"""The actions in a screen's footer, the most important first: a narrow window shows only as many as it has room for."""

LIVE_FOOTERS: dict[LivePhase, tuple[str, ...]] = {
    "ready": ("space", "hear", "join", "skip", "next-group", "mute", "help", "leave"),
    "countdown": ("hold", "space", "undo", "skip", "next-group", "mute", "help", "leave"),
    "running": ("space", "accept", "undo", "keep", "close", "hold", "recall", "next-group", "help", "leave"),
    "recovering": ("space", "accept", "undo", "keep", "shorter", "hold", "skip", "next-group", "help", "leave"),
    "done": ("accept", "undo", "correct", "add", "next-group", "help", "leave"),
}
"""What the footer of the live screen shows in each phase of the group in focus: at most eight that are available. The
help shows the others."""
PALETTE: dict[Screen, dict[str, str]] = {
    "pick": {
        "accept": "start a session of the highlighted workout",
        "light": "show other colours",
        "back": "clear the search",
        "leave": "quit kicktimer",
        "review": "review the saved sessions",
        "resume": "go on with the interrupted session",
        "race": "type your 1500 m time",
        "squad": "choose or change the squad",
        "new-squad": "make a new squad",
        "edit": "edit the highlighted workout",
        "settings": "change the settings",
    },
    "squad": {
        "space": "the athlete is here today, or not",
        "accept": "use this squad, or add the athlete that is typed",
        "back": "back, and change nothing",
        "squad": "show the next squad",
        "squad-group": "change the athlete's group",
        "squad-key": "change the athlete's key",
        "squad-remove": "remove the athlete from the squad",
    },
    "resume": {
        "accept": "carry the session on",
        "back": "leave without carrying it on",
    },
    "history": {
        "accept": "open the highlighted session",
        "back": "clear the search, or leave the review",
        "leave": "leave the review",
        "filter": "choose a filter",
    },
    "report": {
        "back": "back to the list",
        "kick": "kick reports of these athletes",
        "compare": "compare with others",
        "amend-time": "correct a time",
        "amend-rating": "rate a rep",
        "amend-note": "add a note",
    },
    "settings": {
        "light": "show other colours",
        "back": "back to the workouts",
        "default": "restore the default of the highlighted setting",
        "edit-settings": "edit settings.toml at its first fault",
    },
}
"""What the command palette calls a screen's actions, but for arrows and the like. In a session there is no palette."""

ATHLETE_KEYS_HELP = "LETTERS: that athlete came in"
ATHLETE_KEYS_README = "takes that athlete's arrival, always, whichever group has the focus"
"""The athletes' keys are no actions of the app, and stand in the help and in README.md after `space`."""


def actions_of(screen: Screen) -> Iterator[tuple[KeyAction, Use]]:
    """Yields the actions that exist on the screen, with their use there."""
    return ((action, action.uses[screen]) for action in ACTIONS if screen in action.uses)


def row_ids(action_id: str) -> tuple[str, ...]:
    """Returns the id and those of the actions that are shown with it, in the order of the table."""
    return (action_id, *(action.id for action in ACTIONS if action.shown_with == action_id))
