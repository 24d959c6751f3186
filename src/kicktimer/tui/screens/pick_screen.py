"""The first screen: which workout. Enter takes the one that is marked; nothing has to be typed.

A file with faults is listed with all of them; `e` opens it in the user's editor at the first one, and reads it again.
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
from kicktimer.library import load_group_workouts, load_squad
from kicktimer.plan import build_plan
from kicktimer.squad import Squad, single_athlete_squad
from kicktimer.text import clean, format_fault
from kicktimer.tui.key_texts import KeyNames, footer
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.text_layout import fit, wrap
from kicktimer.tui.screens.bindings import bindings_for
from kicktimer.tui.workout_list import WorkoutEntry, editor_of, entries
from kicktimer.units import parse_race_time

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from kicktimer.plan import Plan
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.render.text_layout import Line
    from kicktimer.tui.session_app import ClosedSession, SessionApp
    from kicktimer.workout import Workout

RACE_MM = 1_500_000


class PickScreen(Screen[None]):
    """Workouts at the left, the marked one's preview at the right."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for("pick")

    def __init__(self, squad: Squad | None, squad_file: str = "", folder: Path | None = None) -> None:
        super().__init__()
        self._here = folder or Path()
        self._entries: list[WorkoutEntry] = []
        self._squad = squad
        self._squads: list[Squad | None] = [squad] if squad is not None else []
        self._asked_for = squad, squad_file
        self._race_ms: int | None = None
        self._problem = ""
        self._saved = ""

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        with Horizontal(id="choice"):
            yield OptionList(id="workouts", markup=False)
            with Vertical(id="right"):
                with VerticalScroll(id="about", can_focus=False):
                    yield LineWidget(id="preview")
                yield Input(placeholder="1500 m time, like 4:20 (optional)", id="race", compact=True)
        yield LineWidget(id="answer")
        yield LineWidget(id="keys")

    def on_mount(self) -> None:
        self._find_squad()
        self._list(0)
        self.query_one("#race", Input).display = self._squad is None
        self._show()

    def _list(self, marked: int) -> None:
        """Reads the files (again), with this one marked."""
        self._entries = entries(self._here)
        chosen = self.query_one("#workouts", OptionList)
        chosen.clear_options()
        chosen.add_options(Option(self._prompt(entry)) for entry in self._entries)
        chosen.highlighted = min(marked, len(self._entries) - 1) if self._entries else None
        chosen.focus()

    def _find_squad(self) -> None:
        """A `squad.yaml` in the folder is offered, and taken unless another squad was asked for."""
        path = self._here / "squad.yaml"
        if path.exists():
            try:
                found = load_squad(path)[0]
            except KicktimerError as error:
                first = error.faults[0] if isinstance(error, FaultsError) else None
                self._problem = f"squad.yaml: {f'line {first.line}: {first.problem}' if first else error.message}"
            else:
                self._squads.append(found)
                self._squad = self._squad or found
        self._squads.append(None)

    def _prompt(self, entry: WorkoutEntry) -> Content:
        name = entry.workout.name if entry.workout is not None else Path(entry.spec).name
        return Content(f"{'' if entry.workout is not None else '✗ '}{clean(name)}")

    # -- what is shown

    def _marked(self) -> WorkoutEntry | None:
        place = self.query_one("#workouts", OptionList).highlighted
        return None if place is None or not self._entries else self._entries[place]

    def _with(self) -> Squad:
        if self._squad is not None:
            return self._squad
        return single_athlete_squad({} if self._race_ms is None else {RACE_MM: self._race_ms})

    def _plan(self, workout: Workout) -> Plan:
        squad = self._with()
        asked_for, its_file = self._asked_for
        beside = its_file if squad is asked_for else self._here / "squad.yaml"  # its groups may name files there
        return build_plan(workout, squad, group_workouts=load_group_workouts(squad, beside))

    def _show(self) -> None:
        width = self.size.width
        squad = self._squad
        who = "Runner, alone" if squad is None else f"{squad.name or 'squad'} · {len(squad.athletes)} athletes"
        self.query_one("#title", LineWidget).paint(
            [((" kicktimer ", "run"), ("  Which workout?   ", "strong"), (who, "dim"))]
        )
        room = max(20, self.query_one("#about").size.width - 3)
        self.query_one("#preview", LineWidget).paint(self._preview(room))
        told: Line = ((f" {self._saved}", "on"),) if self._saved else ()
        if self._problem:
            told = ((fit(f" {self._problem}", width), "bad"),)
        self.query_one("#answer", LineWidget).paint([told])
        self.query_one("#keys", LineWidget).paint([self._keys()])

    def _keys(self) -> Line:
        entry = self._marked()
        facts: dict[Condition, bool] = {
            "no squad": self._squad is None,
            "several squads": len(self._squads) > 1,
            "own workout": entry is not None and entry.own,
        }
        line: Line = ((" ", "text"),)
        for item in footer("pick", {name for name, holds in facts.items() if holds}, KeyNames(), separator=" "):
            if item.available:
                line = (*line, (item.keys, "key"), (f" {item.label}  ", "text"))
        return line

    def _preview(self, width: int) -> list[Line]:
        entry = self._marked()
        if entry is None:
            return [(("no workouts", "dim"),)]
        if entry.workout is None:
            return _fault_lines(entry, width)
        try:
            found = view.workout_preview(self._plan(entry.workout))
        except KicktimerError as error:
            return [((row, "slow"),) for row in wrap(f"{error.message}. {error.hint}", width)]
        return _preview_lines(found, width, clean(entry.spec))

    def on_option_list_option_highlighted(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    # -- what is done

    def on_option_list_option_selected(self) -> None:
        entry = self._marked()
        if entry is None or entry.workout is None:
            self._problem = "this file has a fault: it cannot be run"
            self._show()
            return
        if self._read_race():
            app = cast("SessionApp", self.app)
            try:
                app.open(app.opener(self._plan(entry.workout), entry.workout, self._with()))
            except KicktimerError as error:
                self._problem = f"{error.message}{f' ({error.hint})' if error.hint else ''}"
        self._show()

    def on_input_changed(self) -> None:
        self._read_race()
        self._show()

    def on_input_submitted(self) -> None:
        if self._read_race():
            self.query_one("#workouts", OptionList).focus()
        self._show()

    def _read_race(self) -> bool:
        """Takes the time over 1500 m as it stands in the field; an empty field is fine."""
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

    def action_squad(self) -> None:
        """The next squad, or nobody but the Runner."""
        place = self._squads.index(self._squad) + 1
        self._squad = self._squads[place % len(self._squads)]
        self.query_one("#race", Input).display = self._squad is None
        self.query_one("#workouts", OptionList).focus()
        self._show()

    def action_edit(self) -> None:
        """The marked file in the user's editor, at its first fault; then it is read again."""
        entry = self._marked()
        if entry is None or not entry.own:
            self._problem = "a shipped workout is not edited: `kicktimer new workout FILE` writes one of your own"
            self._show()
            return
        command = editor_of(os.environ, entry)
        if command is None:
            self._problem = f"no editor is found: set EDITOR, then edit {entry.spec}"
            self._show()
            return
        self._problem = ""
        with self.app.suspend():
            try:
                subprocess.run(command, check=False)
            except OSError as error:
                self._problem = f"{command[0]} cannot be started: {error.strerror}"
        self._list(self.query_one("#workouts", OptionList).highlighted or 0)
        self._show()

    def action_focus_workouts(self) -> None:
        self.query_one("#workouts", OptionList).focus()

    def action_quit(self) -> None:
        self.app.exit()

    def welcome_back(self, left: ClosedSession) -> None:
        """Says what became of the session that was left."""
        if left.log_path is not None:
            if left.saved:
                self._saved = f"saved at {left.log_path}"
            else:
                self._problem = f"NOT SAVED: {left.trouble}"
        self._show()


def _fault_lines(entry: WorkoutEntry, width: int) -> list[Line]:
    """Everything that is wrong with a file, each with its line, the caret and the hint."""
    lines: list[Line] = [(("This file cannot be run:", "strong"),), ()]
    for fault in entry.faults:
        rest = format_fault(fault).split("\n")[1:]
        lines.extend(((row, "slow"),) for row in wrap(f"line {fault.line}: {fault.problem}", width))
        lines.extend(((fit(row, width), "text"),) for row in rest)
    lines.extend(((row, "slow"),) for row in wrap(entry.fault, width) if not entry.faults)
    return [*lines, (), ((f"{KeyNames().long('edit')}: edit it", "dim"),)] if entry.own else lines


def _preview_lines(found: view.Preview, width: int, spec: str) -> list[Line]:
    total = f" · {found.total} in all" if found.total else ""
    lines: list[Line] = [((fit(found.name, width), "head"),), ((fit(f"{found.count}{total}", width), "strong"),), ()]
    for left, right in found.reps:
        rows = wrap(right, max(10, width - 12))
        lines.append(((fit(left, 12), "strong"), (rows[0] if rows else "", "text")))
        lines.extend(((" " * 12, "text"), (row, "text")) for row in rows[1:])
    lines.append(())
    longest = min(20, max((len(name) for _, name, _ in found.targets), default=0) + 1)
    for key, name, targets in found.targets:
        lines.append(((f" {key.upper() or ' '} ", "key"), (" " + fit(name, longest), "strong"), (targets, "text")))
    lines.append(())
    lines.extend(((row, "text"),) for row in wrap(found.about, width))
    if found.warnings:
        lines.append(())
        lines.extend(((row, "dim"),) for warning in found.warnings[:5] for row in wrap(f"! {warning}", width))
    lines.append(())
    lines.append(((fit(spec, width), "dim"),))
    return lines
