"""The pick screen: the coach chooses a workout, and the squad that runs it.

What is typed searches the workouts, or is a workout itself: a one-liner or a note, whose reading and targets are shown
while it is typed. The workout and the squad of the last session come first: `enter` and `space` run them again.

A file with faults is listed too, with all its faults. It can be opened in an editor at the first one, and is read again
afterwards. The workout and the squad are also read again when a session is started, because another program may have
changed them since.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from kicktimer import view
from kicktimer.errors import FaultsError, KicktimerError, ScalarError
from kicktimer.library import is_line, load_group_workouts, read_user_file
from kicktimer.plan import build_plan
from kicktimer.recent_choices import RecentChoices, load_recent, recent_path, save_recent
from kicktimer.squad import single_athlete_squad
from kicktimer.squad.athlete_line import AthleteLine
from kicktimer.squad.model import DEFAULT_GROUP
from kicktimer.squad.squad_file import with_athlete
from kicktimer.squads_home import save_squad, squads_home
from kicktimer.text import clean, format_fault
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.keymap import DEFAULT_KEYMAP
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.status_lines import footer_line
from kicktimer.tui.render.text_layout import fit, wrap
from kicktimer.tui.screens.squad_screen import SquadScreen, TypedLine
from kicktimer.tui.screens.textual_bindings import bindings_for
from kicktimer.tui.squad_list import SquadChoice, list_squads
from kicktimer.tui.workout_list import WorkoutEntry, editor_command, list_workouts, read_entry
from kicktimer.units import parse_race_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from kicktimer.errors import Fault
    from kicktimer.interrupted_session import InterruptedSession
    from kicktimer.plan import Plan
    from kicktimer.squad import Squad
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.render.text_layout import Line
    from kicktimer.tui.session_app import ClosedSession, SessionApp
    from kicktimer.workout import Workout

RACE_MM = 1_500_000
MAX_RECENT = 5


class _WorkoutOptions(OptionList, inherit_bindings=False):
    """The list of workouts. The keys that choose and pick one are bound by the screen."""

    BINDINGS: ClassVar[list[BindingType]] = []
    can_focus = False


class PickScreen(Screen[None], inherit_bindings=False):
    """Shows the workouts at the left, and a preview of the highlighted one at the right.

    `squad`, read from `squad_file`, is offered first. Workouts and squads are looked for in `folder`, which is the
    working directory by default, and squads in `home`. `recent` is the file that remembers the last choices.
    """

    table_name: ClassVar[ScreenName] = "pick"

    def __init__(
        self,
        squad: Squad | None,
        squad_file: str = "",
        keymap: Keymap = DEFAULT_KEYMAP,
        *,
        folder: Path | None = None,
        home: Path | None = None,
        recent: Path | None = None,
    ) -> None:
        super().__init__()
        self.use_keymap(keymap)
        self._folder = folder or Path()
        self._home = home or squads_home()
        self._recent_file = recent or recent_path()
        self._recent = RecentChoices()
        self._all_entries: list[WorkoutEntry] = []
        self._entries: list[WorkoutEntry] = []
        self._given_squad = None if squad is None else SquadChoice(squad_file, squad)
        self._squads: list[SquadChoice] = []
        self._squad = self._given_squad or SquadChoice()
        self._race_ms: int | None = None
        self._problem = ""
        self._saved = ""
        self._interrupted: InterruptedSession | None = None

    def use_keymap(self, keymap: Keymap) -> None:
        """Uses these keys from now on."""
        self._keymap = keymap
        self._bindings = bindings_for(self.table_name, keymap)
        self._keys = KeyNames(keymap.names())

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        yield TypedLine(
            id="search", compact=True, select_on_focus=False, placeholder="search, or type a workout: 6x300 @1500 r60"
        )
        with Horizontal(id="choice"):
            yield _WorkoutOptions(id="workouts", markup=False)
            with Vertical(id="right"):
                with VerticalScroll(id="about", can_focus=False):
                    yield LineWidget(id="preview")
                yield TypedLine(placeholder="1500 m time, like 4:20 (optional)", id="race", compact=True)
        yield LineWidget(id="answer")
        yield LineWidget(id="keys")

    def on_mount(self) -> None:
        self._recent = load_recent(self._recent_file)
        self._squads = list_squads(self._folder, self._home, self._given_squad)
        self._choose_squad(self._first_squad())
        self._read_workouts()
        self.query_one("#search", Input).focus()
        self._interrupted = cast("SessionApp", self.app).interrupted_lately()
        self._paint()

    def _first_squad(self) -> SquadChoice:
        """Returns the given squad, else that of the last session, else the first that there is."""
        if self._given_squad is None and self._recent.squad is not None:
            return next((each for each in self._squads if each.file == self._recent.squad), self._squads[0])
        return self._squads[0]

    def _read_workouts(self) -> None:
        """Reads the workouts from their files: those that were run lately come first."""
        found = {entry.spec: entry for entry in list_workouts(self._folder)}
        lately = [spec for spec in self._recent.workouts if spec in found or is_line(spec)]
        first = [found.get(spec) or read_entry(spec) for spec in lately[:MAX_RECENT]]
        known = {entry.spec for entry in first}
        self._all_entries = [*first, *(entry for spec, entry in found.items() if spec not in known)]
        self._list_workouts()

    def _list_workouts(self) -> None:
        """Lists the workouts that the search wants. The same one stays highlighted, or the first."""
        was = self._highlighted()
        typed = self.query_one("#search", Input).value.strip()
        words = typed.casefold().split()
        self._entries = [entry for entry in self._all_entries if _is_wanted(entry, words)]
        if typed and is_line(typed):
            self._entries.insert(0, read_entry(typed))
            was = None  # what is typed is what is meant
        options = self.query_one("#workouts", OptionList)
        options.clear_options()
        options.add_options(Option(_option_text(entry, typed)) for entry in self._entries)
        specs = [entry.spec for entry in self._entries]
        if specs:
            options.highlighted = specs.index(was.spec) if was is not None and was.spec in specs else 0
        self._paint()

    def _choose_squad(self, choice: SquadChoice) -> None:
        self._squad = choice
        self._problem = "" if choice.error is None else _describe_error(choice.error, choice.file)
        self.query_one("#race", Input).display = choice.is_runner

    def _read_again(self) -> None:
        """Reads the highlighted workout and the chosen squad from their files again."""
        choice = self._squad.read_again()
        self._squads = [choice if each is self._squad else each for each in self._squads]
        self._squad = choice
        options = self.query_one("#workouts", OptionList)
        entry = self._highlighted()
        if entry is not None and options.highlighted is not None:
            entry = read_entry(entry.spec, own=entry.own)
            self._entries[options.highlighted] = entry
            typed = self.query_one("#search", Input).value.strip()
            options.replace_option_prompt_at_index(options.highlighted, _option_text(entry, typed))

    # -- the choice

    def _highlighted(self) -> WorkoutEntry | None:
        """Returns the highlighted entry, None where nothing is listed."""
        place = self.query_one("#workouts", OptionList).highlighted
        return None if place is None or place >= len(self._entries) else self._entries[place]

    def _chosen_squad(self) -> Squad:
        """Returns the squad that is chosen or, for none, the Runner with the race time that was typed.

        Raises `KicktimerError` if the squad's file has a fault.
        """
        if self._squad.error is not None:
            raise self._squad.error
        if self._squad.present is not None:
            return self._squad.present
        return single_athlete_squad({} if self._race_ms is None else {RACE_MM: self._race_ms})

    def _plan(self, workout: Workout) -> Plan:
        squad = self._chosen_squad()
        # The groups of a squad may name workout files, which are looked for beside the squad's file.
        return build_plan(workout, squad, group_workouts=load_group_workouts(squad, self._squad.file))

    # -- painting

    def _paint(self) -> None:
        width = self.size.width
        squad = self._squad.present
        who = "Runner, alone" if squad is None else f"{squad.name or 'squad'} · {len(squad.athletes)} athletes"
        if self._squad.error is not None:
            who = f"{clean(Path(self._squad.file).name)} has a fault"
        self.query_one("#title", LineWidget).paint(
            [((" kicktimer ", "run"), ("  Which workout?   ", "strong"), (who, "dim"))]
        )
        room = max(20, self.query_one("#about").size.width - 3)
        self.query_one("#preview", LineWidget).paint(self._preview(room))
        message: Line = ((f" {self._saved}", "on"),) if self._saved else ()
        if faults := self._settings_faults():
            message = ((fit(f" {faults}", width), "bad"),)
        if self._interrupted is not None:
            text = f" INTERRUPTED: {clean(self._interrupted.title)}. {self._keys.long('resume')} goes on with it"
            message = ((fit(text, width), "alert"),)
        if self._problem:
            message = ((fit(f" {self._problem}", width), "bad"),)
        self.query_one("#answer", LineWidget).paint([message])
        self.query_one("#keys", LineWidget).paint(
            [footer_line("pick", self.conditions, self._keys, self.app.size.width)]
        )

    @property
    def conditions(self) -> set[Condition]:
        """Returns the conditions of the table of keys that hold now."""
        entry = self._highlighted()
        facts: dict[Condition, bool] = {
            "session interrupted": self._interrupted is not None,
            "no squad": self._squad.is_runner,
            "own workout": entry is not None and entry.own,
        }
        return {name for name, holds in facts.items() if holds}

    def _preview(self, width: int) -> list[Line]:
        entry = self._highlighted()
        if entry is None:
            said = "No workout is called so, and this is no workout: 8x400 @1500 r30 is one"
            return [((row, "dim"),) for row in wrap(said, width)]
        if entry.workout is None:
            lines = _fault_lines(entry.faults, width, "This file cannot be run:", entry.fault)
            return [*lines, (), ((f"{self._keys.long('edit')}: edit it", "dim"),)] if entry.own else lines
        try:
            preview = view.workout_preview(self._plan(entry.workout))
        except FaultsError as error:
            return _fault_lines(error.faults, width, f"{clean(Path(error.faults[0].file).name)} cannot be used:")
        except KicktimerError as error:
            return [((row, "slow"),) for row in wrap(f"{error.message}. {error.hint}", width)]
        return _preview_lines(preview, width, clean(entry.spec))

    def on_option_list_option_highlighted(self) -> None:
        self._paint()

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint)

    # -- keys and choices

    def on_option_list_option_selected(self) -> None:
        self._read_again()
        entry = self._highlighted()
        if entry is None or entry.workout is None:
            place = f" in line {entry.faults[0].line}" if entry is not None and entry.faults else ""
            self._problem = f"this file has a fault{place}: it cannot be run"
        elif self._read_race():
            app = cast("SessionApp", self.app)
            try:
                app.open(app.opener(self._plan(entry.workout), entry.workout, self._chosen_squad()))
                self._recent = self._recent.chose(entry.spec, self._squad.file)
                save_recent(self._recent_file, self._recent)
            except KicktimerError as error:
                self._problem = _describe_error(error, self._squad.file)
        self._paint()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "search":
            self._problem = self._saved = ""
            self._list_workouts()
        else:
            self._read_race()
            self._paint()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "search":
            self.query_one("#workouts", OptionList).action_select()
        else:
            self._take_race()

    def _take_race(self) -> None:
        if self._read_race():
            self.query_one("#search", Input).focus()
        self._paint()

    def _read_race(self) -> bool:
        """Reads the 1500 m time from its field. Returns False where it is no race time; an empty field is fine."""
        field = self.query_one("#race", Input)
        text = field.value.strip()
        self._race_ms, self._problem = None, ""
        if text and field.display:
            try:
                self._race_ms = parse_race_time(text, RACE_MM)
            except ScalarError as error:
                self._problem = f"{error.message}: {error.hint}" if error.hint else error.message
                return False
        return True

    def action_choose(self) -> None:
        """Opens a session of the highlighted workout; while a race time is typed, takes that."""
        if self.query_one("#race", Input).has_focus:
            self._take_race()
        else:
            self.query_one("#workouts", OptionList).action_select()

    def action_highlight(self, step: int) -> None:
        options = self.query_one("#workouts", OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_review(self) -> None:
        """Shows the saved sessions."""
        try:
            cast("SessionApp", self.app).review()
        except KicktimerError as error:
            self._problem = error.message
            self._paint()

    def action_resume(self) -> None:
        """Carries the interrupted session on that the screen offers."""
        if self._interrupted is None:
            return
        try:
            cast("SessionApp", self.app).carry_on(self._interrupted)
        except KicktimerError as error:
            self._problem = _describe_error(error, "")
            self._paint()

    def action_race(self) -> None:
        """Moves the focus to the field of the race time, and back to the workouts."""
        race = self.query_one("#race", Input)
        if race.display and not race.has_focus:
            race.focus()
        else:
            self.query_one("#search", Input).focus()

    def action_squad(self) -> None:
        """Shows the squad, to choose another one or to change it."""
        self._open_squad(new=False)

    def action_new_squad(self) -> None:
        """Begins a new squad."""
        self._open_squad(new=True)

    def _open_squad(self, *, new: bool) -> None:
        squads = list_squads(self._folder, self._home, self._given_squad)
        # Who is not here today is known to the choice alone, and not to its file.
        self._squads = [self._squad.read_again() if _is_same(each, self._squad) else each for each in squads]
        chosen = next((each for each in self._squads if _is_same(each, self._squad)), self._squads[-1])
        screen = SquadScreen(self._squads, chosen, self._keymap, self._home, self._plan_for_targets, new=new)
        self.app.push_screen(screen, self._take_squad)

    def _take_squad(self, choice: SquadChoice | None) -> None:
        """Takes the squad that was chosen."""
        self._squads = list_squads(self._folder, self._home, self._given_squad)
        if choice is not None:
            self._squads = [choice if _is_same(each, choice) else each for each in self._squads]
            self._choose_squad(choice)
        self.query_one("#search", Input).focus()
        self._paint()

    def _plan_for_targets(self, squad: Squad) -> Plan | None:
        """Returns the plan of a squad for the highlighted workout; None where there is none."""
        entry = self._highlighted()
        if entry is None or entry.workout is None:
            return None
        try:
            return build_plan(entry.workout, squad, group_workouts=load_group_workouts(squad, self._squad.file))
        except KicktimerError:
            return None  # the preview says why

    def action_edit(self) -> None:
        """Opens the highlighted file in the user's editor, at its first fault, and then reads the workouts again."""
        entry = self._highlighted()
        if entry is None or not entry.own:
            self._problem = "a shipped workout is not edited: `kicktimer new workout FILE` writes one of your own"
            self._paint()
            return
        command = editor_command(os.environ, entry)
        if command is None:
            self._problem = f"no editor is found: set EDITOR, then edit {entry.spec}"
            self._paint()
            return
        self._problem = ""
        with self.app.suspend():
            try:
                subprocess.run(command, check=False)
            except OSError as error:
                self._problem = f"{command[0]} cannot be started: {error.strerror}"
        self._read_workouts()
        self._paint()

    def action_focus_workouts(self) -> None:
        """Goes back to the workouts: clears the search."""
        search = self.query_one("#search", Input)
        search.focus()
        search.value = ""

    def _settings_faults(self) -> str:
        """Returns what is wrong with the settings and which key helps, "" if nothing is."""
        store = cast("SessionApp", self.app).settings_store
        if store is None or not store.faults:
            return ""
        first, *more = store.faults
        count = f" (and {len(more)} more)" if more else ""
        return clean(f"{self._keys.long('settings')} mends settings.toml: {first}{count}")

    def on_screen_resume(self) -> None:
        """Paints anew: the settings may have changed."""
        if self.is_mounted:
            self._paint()

    def action_settings(self) -> None:
        """Shows the settings."""
        cast("SessionApp", self.app).show_settings()

    def action_quit(self) -> None:
        self.app.exit()

    def show_closed_session(self, closed: ClosedSession) -> None:
        """Shows where the session that was just closed is saved, or why it is not; reads the workouts again."""
        if closed.log_path is not None:
            if closed.saved:
                self._saved = f"saved at {closed.log_path}"
            else:
                reason = "the disk does not answer" if closed.trouble is None else closed.trouble.reason
                self._problem = f"NOT SAVED: {reason}"
        self._keep_late_comers(closed)
        self._interrupted = cast("SessionApp", self.app).interrupted_lately()
        self._read_workouts()
        self._paint()

    def _keep_late_comers(self, closed: ClosedSession) -> None:
        """Adds who came late to the session to the squad's file."""
        planned = {athlete.name for athlete in closed.plan.athletes}
        late = [athlete for athlete in closed.state.athletes.values() if athlete.name not in planned]
        if not late or not self._squad.file or self._squad.error is not None:
            return
        names = ", ".join(athlete.name for athlete in late)
        try:
            text = read_user_file(self._squad.file).decode()
            for athlete in late:
                group = athlete.group if athlete.group != DEFAULT_GROUP else ""
                text = with_athlete(text, AthleteLine(athlete.name, athlete.races), group)
            save_squad(Path(self._squad.file), text)
        except (KicktimerError, ValueError) as error:
            self._problem = f"{names} could not be added to the squad: {getattr(error, 'message', error)}"
            return
        self._choose_squad(self._squad.read_again())
        self._saved = f"{self._saved} · {names} added to the squad" if self._saved else f"{names} added to the squad"


def _describe_error(error: KicktimerError, squad_file: str) -> str:
    """Returns an error on one line: for a fault in a file with the file's name and the line, else with its hint."""
    if isinstance(error, FaultsError):
        first = error.faults[0]
        return f"{clean(Path(first.file).name)}: line {first.line}: {first.problem}"
    message = error.message.replace(clean(squad_file), clean(Path(squad_file).name)) if squad_file else error.message
    return f"{message}{f' ({error.hint})' if error.hint else ''}"


def _is_same(one: SquadChoice, other: SquadChoice) -> bool:
    return (one.file, one.is_runner) == (other.file, other.is_runner)


def _is_wanted(entry: WorkoutEntry, words: Sequence[str]) -> bool:
    """Whether every word of a search stands in what an entry is called."""
    workout = entry.workout
    texts = [entry.spec] if workout is None else [entry.spec, workout.name, workout.about, workout.kind, workout.by]
    text = " ".join(texts).casefold()
    return all(word in text for word in words)


def _option_text(entry: WorkoutEntry, typed: str) -> Content:
    if entry.spec == typed:
        return Content(f"▸ {clean(typed)}")
    if entry.workout is None:
        return Content(f"✗ {clean(Path(entry.spec).name)}")
    return Content(clean(entry.workout.name))


def _fault_lines(faults: Sequence[Fault], width: int, heading: str, problem: str = "") -> list[Line]:
    """Returns all faults of a file, each with its line, the caret and the hint; without faults, the `problem`."""
    lines: list[Line] = [((fit(heading, width), "strong"),), ()]
    for fault in faults:
        source_rows = format_fault(fault).split("\n")[1:]
        lines.extend(((row, "slow"),) for row in wrap(f"line {fault.line}: {fault.problem}", width))
        lines.extend(((fit(row, width), "text"),) for row in source_rows)
    if not faults:
        lines.extend(((row, "slow"),) for row in wrap(problem, width))
    return lines


def _preview_lines(preview: view.Preview, width: int, spec: str) -> list[Line]:
    """Returns the preview of a workout. `spec` is where the workout comes from."""
    total = f" · {preview.total} in all" if preview.total else ""
    lines: list[Line] = [
        ((fit(preview.name, width), "head"),),
        ((fit(f"{preview.count}{total}", width), "strong"),),
        (),
    ]
    left_width = min(18, max((len(left) for left, _ in preview.reps), default=0) + 2)
    for left, right in preview.reps:
        rows = wrap(right, max(10, width - left_width))
        lines.append(((fit(left, left_width), "strong"), (rows[0] if rows else "", "text")))
        lines.extend(((" " * left_width, "text"), (row, "text")) for row in rows[1:])
    lines.append(())
    longest = min(20, max((len(name) for _, name, _ in preview.targets), default=0) + 1)
    for key, name, targets in preview.targets:
        lines.append(((f" {key.upper() or ' '} ", "key"), (" " + fit(name, longest), "strong"), (targets, "text")))
    lines.append(())
    lines.extend(((row, "text"),) for row in wrap(preview.about, width))
    if preview.warnings:
        lines.append(())
        lines.extend(((row, "dim"),) for warning in preview.warnings[:5] for row in wrap(f"! {warning}", width))
    lines.append(())
    lines.append(((fit(spec, width), "dim"),))
    return lines
