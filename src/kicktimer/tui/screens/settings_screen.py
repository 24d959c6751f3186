"""The settings screen: every setting with its value and its meaning. A change goes into the file at once.

What is wrong in the file is listed by line above the settings; meanwhile the default of such a setting holds. A change
that is refused changes nothing.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, ClassVar, cast

from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from kicktimer.errors import KicktimerError
from kicktimer.settings import SettingsError
from kicktimer.text import clean
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.keymap import build_keymap
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.status_lines import footer_line
from kicktimer.tui.render.text_layout import bar, fit, line_width, truncate, wrap
from kicktimer.tui.screens.squad_screen import TypedLine
from kicktimer.tui.screens.textual_bindings import bindings_for
from kicktimer.tui.setting_rows import SettingRow, read_typed, setting_sections
from kicktimer.tui.themes import next_theme
from kicktimer.tui.workout_list import file_editor_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from kicktimer.settings_store import SettingsStore
    from kicktimer.sound import SoundOutput
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.render.text_layout import Line, Role
    from kicktimer.tui.session_app import SessionApp

NAME_WIDTH = 18
VALUE_WIDTH = 16
MAX_VALUE_WIDTH = 40
ROOMY_WIDTH = 70
"""In a window narrower than this a row has no meaning; that of the highlighted one stands below the list."""
MAX_SHOWN_STEPS = 6
"""Of a setting with more values than this, only the first and the last are named."""


class _Rows(OptionList, inherit_bindings=False):
    """The list of settings. Its keys are bound by the screen."""

    BINDINGS: ClassVar[list[BindingType]] = []
    can_focus = False


def _system_outputs() -> Sequence[SoundOutput]:
    from kicktimer.sound import outputs  # noqa: PLC0415 - only who changes the output needs them

    return outputs()


class SettingsScreen(Screen[None], inherit_bindings=False):
    """Lists the settings of `store` and changes them. `list_outputs` returns the sound outputs; it may take seconds."""

    AUTO_FOCUS = ""
    table_name: ClassVar[ScreenName] = "settings"

    def __init__(
        self,
        store: SettingsStore,
        keymap: Keymap,
        list_outputs: Callable[[], Sequence[SoundOutput]] = _system_outputs,
    ) -> None:
        super().__init__()
        self._store = store
        self._list_outputs = list_outputs
        self._outputs: Sequence[SoundOutput] | None = None
        self._rows: list[SettingRow | str] = []  # a text is a heading
        self._answer = ""
        self._problem = ""
        self._use_keymap(keymap)

    def _use_keymap(self, keymap: Keymap) -> None:
        self._bindings = bindings_for("settings", keymap)
        self._keys = KeyNames(keymap.names())

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        yield LineWidget(id="faults")
        yield _Rows(id="settings", markup=False)
        yield LineWidget(id="about-setting")
        yield TypedLine(id="value", compact=True, select_on_focus=False)
        yield LineWidget(id="answer")
        yield LineWidget(id="keys")

    def on_mount(self) -> None:
        self.query_one("#value").display = False
        self._list()

    def on_resize(self) -> None:
        self._list()

    @property
    def conditions(self) -> set[Condition]:
        """The conditions of the table of keys that hold now."""
        row = self._highlighted()
        facts: dict[Condition, bool] = {
            "value typed": self._is_typing,
            "list in use": not self._is_typing,
            "choice selected": row is not None and row.has_choice and not self._is_typing,
            "text selected": row is not None and row.typed is not None,
            "setting changed": row is not None and row.changed and not self._is_typing,
        }
        return {name for name, holds in facts.items() if holds}

    @property
    def _is_typing(self) -> bool:
        return self.query_one("#value").display

    def _highlighted(self) -> SettingRow | None:
        place = self.query_one("#settings", OptionList).highlighted
        row = self._rows[place] if place is not None and place < len(self._rows) else None
        return row if isinstance(row, SettingRow) else None

    # -- painting

    def _list(self) -> None:
        """Lists the settings as they are now. The same one stays highlighted."""
        options = self.query_one("#settings", OptionList)
        place = options.highlighted
        sections = setting_sections(self._store.settings, self._outputs)
        self._rows = []
        for heading, rows in sections.items():
            self._rows += [heading, *rows]
        faulty = {fault.name for fault in self._store.faults}
        width = self.size.width
        prompts = [
            Content(row) if isinstance(row, str) else Content(_row_text(row, row.faults_of in faulty, width))
            for row in self._rows
        ]
        if options.option_count == len(prompts):
            for at, prompt in enumerate(prompts):
                options.replace_option_prompt_at_index(at, prompt)
        else:
            options.clear_options()
            options.add_options(
                Option(prompt, disabled=isinstance(row, str)) for prompt, row in zip(prompts, self._rows, strict=True)
            )
        options.highlighted = 1 if place is None else place
        self._paint()

    def _paint(self) -> None:
        width = self.size.width
        title: Line = ((" kicktimer ", "run"), ("  Settings   ", "strong"), (clean(str(self._store.path)), "dim"))
        self.query_one("#title", LineWidget).paint([truncate(title, width)])
        self.query_one("#faults", LineWidget).paint(self._fault_lines(width))
        row = self._highlighted()
        self.query_one("#about-setting", LineWidget).paint([] if row is None else self._about(row, width))
        role: Role = "bad" if self._problem else "on"
        rows = wrap(clean(self._problem or self._answer), max(20, width - 2))
        self.query_one("#answer", LineWidget).paint([bar(each, role, width) for each in rows])
        self.query_one("#keys", LineWidget).paint(
            [footer_line("settings", self.conditions, self._keys, self.app.size.width)]
        )

    def _fault_lines(self, width: int) -> list[Line]:
        """Returns the faults of the file, as many as there is room for, and which key helps."""
        faults = self._store.faults
        if not faults:
            return []
        room = max(1, self.size.height // 6)
        lines = [bar(clean(str(fault)), "bad", width) for fault in faults[:room]]
        more = f" (and {len(faults) - room} more)" if len(faults) > room else ""
        advice = f"{self._keys.long('edit-settings')} edits the file{more}. Defaults hold instead"
        return [*lines, ((fit(f" {advice}", width), "strong"),)]

    def _about(self, row: SettingRow, width: int) -> list[Line]:
        """Returns what the row means, and its values or what to type."""
        about: Line = ((f" {row.name}", "strong"), (f"  {row.meaning}", "text"))
        accept, hint = self._keys.long("accept"), clean(row.hint)
        line: Line = ((" ", "text"),)
        if 1 < len(row.steps) <= MAX_SHOWN_STEPS and row.typed is None:
            for at, (name, _) in enumerate(row.steps):
                line = (*line, (f" {name} ", "selected" if at == row.place else "text"))
        elif row.typed is None:
            line = ((f" {row.value}", "text"),)
        else:
            line = ((f" {accept} types it: {hint}" if hint else f" {accept} types it", "dim"),)
        rest = line if line_width(line) <= width else ((fit(f" {row.value}", width), "text"),)
        return [truncate(about, width), truncate(line, width) if row.typed is not None else rest]

    def on_option_list_option_highlighted(self) -> None:
        self._paint()

    # -- keys

    def action_highlight(self, step: int) -> None:
        if self._is_typing:
            return
        self._answer = self._problem = ""
        options = self.query_one("#settings", OptionList)
        for _ in range(abs(step)):
            if step > 0:
                options.action_cursor_down()
            else:
                options.action_cursor_up()
        self._paint()

    def action_step(self, step: int) -> None:
        """Changes the highlighted setting to its next value or the one before."""
        row = self._highlighted()
        if row is None or self._is_typing:
            return
        if row.id == "device" and self._outputs is None:
            self._answer, self._problem = "looking for outputs …", ""
            self._paint()
            self.run_worker(self._find_outputs, thread=True, exclusive=True)
        elif row.has_choice:
            self._save(row.step(step))

    def _find_outputs(self) -> None:
        found = self._list_outputs()
        self.app.call_from_thread(self._take_outputs, found)

    def _take_outputs(self, found: Sequence[SoundOutput]) -> None:
        self._outputs = found
        self._answer = "these are all outputs: choose one" if found else "no output is found"
        self._list()

    def action_enter(self) -> None:
        """Takes what is typed, begins to type, or chooses the next value."""
        row = self._highlighted()
        if row is None:
            return
        field = self.query_one("#value", Input)
        if self._is_typing:
            try:
                changes = read_typed(row, field.value, self._store.settings)
            except KicktimerError as error:
                self._refuse(error)
                return
            if self._save(changes):
                self._stop_typing()
        elif row.typed is not None:
            self._answer = self._problem = ""
            field.display = True
            field.value = row.typed
            field.cursor_position = len(row.typed)
            field.focus()
            self._paint()
        else:
            self.action_step(1)

    def on_option_list_option_selected(self) -> None:
        self.action_enter()

    def action_default(self) -> None:
        row = self._highlighted()
        if row is not None and row.changed and not self._is_typing:
            self._save(row.default)

    def action_light(self) -> None:
        """Shows the next theme, and keeps it."""
        self._save({"theme": next_theme(self._store.settings.theme)})

    def action_edit(self) -> None:
        """Opens the file in the user's editor, at its first fault, and then reads it again."""
        lines = [fault.line for fault in self._store.faults if fault.line]
        command = file_editor_command(os.environ, self._store.path, lines[0] if lines else 1)
        self._answer = self._problem = ""
        if command is None:
            self._problem = f"no editor is found: set EDITOR, then edit {self._store.path}"
            self._paint()
            return
        with self.app.suspend():
            try:
                self._store.path.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(command, check=False)
            except OSError as error:
                self._problem = f"{command[0]} cannot be started: {error.strerror}"
        self._store.reload()
        self._use_settings()

    def action_back(self) -> None:
        """Leaves the field unchanged, or the screen."""
        self._answer = self._problem = ""
        if self._is_typing:
            self._stop_typing()
        else:
            self.app.pop_screen()

    def _stop_typing(self) -> None:
        self.query_one("#value").display = False
        self.set_focus(None)
        self._paint()

    def _save(self, changes: Mapping[str, object]) -> bool:
        """Keeps the changes in the file and uses them. Returns False, and says why, where they are refused."""
        try:
            self._store.save(changes)
        except KicktimerError as error:
            self._refuse(error)
            return False
        self._answer, self._problem = "saved in the file", ""
        self._use_settings()
        return True

    def _refuse(self, error: KicktimerError) -> None:
        """Says why a change is refused."""
        self._answer = ""
        hint = f": {error.hint}" if error.hint else ""
        if isinstance(error, SettingsError):
            self._problem = "; ".join(fault.problem for fault in error.faults)
            if error.hint:  # the file is no TOML
                self._problem = f"line {error.faults[0].line} of the file comes first: {self._problem}"
        else:
            self._problem = f"{error.message}{hint}"
        self._paint()

    def _use_settings(self) -> None:
        cast("SessionApp", self.app).apply_settings()
        self._use_keymap(build_keymap(self._store.settings.keys))
        self._list()


def _row_text(row: SettingRow, is_faulty: bool, width: int) -> str:  # noqa: FBT001 - private, called once
    """Returns the row as the list shows it, with a mark where it is faulty or changed."""
    mark = "✗" if is_faulty else "●" if row.changed else " "
    room = width - 2  # the scroll bar
    if width < ROOMY_WIDTH:
        return fit(f"{mark} {fit(row.name, NAME_WIDTH)} {row.value}", room)
    value_width = min(MAX_VALUE_WIDTH, max(VALUE_WIDTH, (room - NAME_WIDTH) // 3))
    return fit(f"{mark} {fit(row.name, NAME_WIDTH)} {fit(row.value, value_width)} {row.meaning}", room)
