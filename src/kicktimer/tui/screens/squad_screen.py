"""The squad: who is in it, who is here today, groups and targets. An athlete is a typed line, `Dana 4:05` and enter.

Every change goes to the squad's file at once, and its comments stay. Who is not here today is left out of the session
and stays in the file.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Input

from kicktimer import view
from kicktimer.errors import FaultsError, KicktimerError, ScalarError
from kicktimer.library import read_user_file
from kicktimer.squad.athlete_line import read_athlete_line
from kicktimer.squad.squad_file import new_squad, with_athlete, with_field, with_races, without_athlete
from kicktimer.squads_home import new_squad_path, save_squad
from kicktimer.text import clean
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.status_lines import footer_line
from kicktimer.tui.render.text_layout import bar, fit, wrap
from kicktimer.tui.screens.textual_bindings import bindings_for
from kicktimer.tui.squad_list import SquadChoice, read_squad_file
from kicktimer.units import format_race, format_race_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from kicktimer.plan import Plan
    from kicktimer.squad import Athlete, Squad
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.render.text_layout import Line, Piece, Role

NEW_NAME = "My squad"
NARROW = 60
"""In a window narrower than this a member's line has no targets."""


class TypedLine(Input, inherit_bindings=False):
    """A field for one line. Keys that it does not use are the screen's: arrows up and down, and others with ctrl."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left"),
        Binding("right", "cursor_right"),
        Binding("home", "home"),
        Binding("end", "end"),
        Binding("backspace", "delete_left"),
        Binding("delete", "delete_right"),
        Binding("ctrl+w", "delete_left_word"),
        Binding("ctrl+u", "delete_left_all"),
    ]


class _MemberLine(TypedLine):
    """The field for an athlete. `take_key` gets each key first, and says whether it was meant for the screen."""

    def __init__(self, take_key: Callable[[events.Key], bool]) -> None:
        super().__init__(id="typed", compact=True, select_on_focus=False, placeholder="Dana 4:05   or   Dana 800 2:08")
        self._take_key = take_key

    async def _on_key(self, event: events.Key) -> None:
        if self._take_key(event):
            event.prevent_default()  # Textual calls the `_on_key` of `Input`, too
            event.stop()


class SquadScreen(Screen[SquadChoice | None], inherit_bindings=False):
    """Shows a squad and changes it. Returns the chosen one with `enter`, None where nothing is to change.

    `choices` are those of the pick screen, the last one the Runner alone. With `new` it begins with a new squad, which
    is made in `home` with its first athlete. `plan_of` makes the plan of a squad for the workout that is picked, to
    show the targets; None where that is not possible.
    """

    table_name: ClassVar[ScreenName] = "squad"

    def __init__(
        self,
        choices: Sequence[SquadChoice],
        chosen: SquadChoice,
        keymap: Keymap,
        home: Path,
        plan_of: Callable[[Squad], Plan | None],
        *,
        new: bool = False,
    ) -> None:
        super().__init__()
        self._bindings = bindings_for("squad", keymap)
        self._keys = KeyNames(keymap.names())
        self._choices = [*choices, SquadChoice()]  # the last one stands for a new squad
        self._place = len(self._choices) - 1 if new or chosen.is_runner else self._choices.index(chosen)
        self._home = home
        self._plan_of = plan_of
        self._member = 0
        self._answer = ""
        self._problem = ""
        self._removing = ""
        self._awaits_key = False

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        with VerticalScroll(id="about", can_focus=False):
            yield LineWidget(id="members")
        yield _MemberLine(self._take_key)
        yield LineWidget(id="answer")
        yield LineWidget(id="keys")

    def on_mount(self) -> None:
        self.query_one("#typed", Input).focus()
        self._paint()

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint)

    # -- what is shown

    @property
    def _choice(self) -> SquadChoice:
        return self._choices[self._place]

    @property
    def _is_new(self) -> bool:
        return self._place == len(self._choices) - 1

    @property
    def _athletes(self) -> tuple[Athlete, ...]:
        return () if self._choice.squad is None else self._choice.squad.athletes

    @property
    def _selected(self) -> Athlete | None:
        return self._athletes[self._member] if self._member < len(self._athletes) else None

    @property
    def _typed(self) -> str:
        return self.query_one("#typed", Input).value

    @property
    def conditions(self) -> set[Condition]:
        facts: dict[Condition, bool] = {
            "line typed": bool(self._typed.strip()),
            "member selected": self._selected is not None and not self._typed.strip(),
            "several squads": len(self._choices) > 2,
        }
        return {name for name, holds in facts.items() if holds}

    def _paint(self) -> None:
        width = self.size.width
        squad = self._choice.squad
        here = len(self._athletes) - len(self._choice.absent)
        if self._is_new:
            who = "a new squad"
        elif self._choice.error is not None:
            who = f"{clean(Path(self._choice.file).name)} has a fault"
        elif squad is None:
            who = "Runner, alone"
        else:
            absent = f", {here} here today" if self._choice.absent else ""
            who = f"{squad.name or 'squad'} · {len(squad.athletes)} athletes{absent}"
        place = f" ({self._place + 1} of {len(self._choices)})" if len(self._choices) > 2 else ""
        title: Line = ((" kicktimer ", "run"), ("  Squad   ", "strong"), (who, "text"), (place, "dim"))
        self.query_one("#title", LineWidget).paint([title])
        self.query_one("#members", LineWidget).paint(self._lines(max(20, width - 2)))
        rows = wrap(self._problem or self._answer, max(20, width - 2)) if self._problem or self._answer else []
        role: Role = "bad" if self._problem else "on"
        self.query_one("#answer", LineWidget).paint([bar(row, role, width) for row in rows])
        self.query_one("#keys", LineWidget).paint(
            [footer_line("squad", self.conditions, self._keys, self.app.size.width)]
        )
        if self._selected is not None:
            self.query_one("#about", VerticalScroll).scroll_to(y=max(0, self._member - 3), animate=False)

    def _lines(self, width: int) -> list[Line]:
        if self._choice.error is not None:
            error = self._choice.error
            faults = error.faults if isinstance(error, FaultsError) else ()
            texts = [f"line {fault.line}: {fault.problem} ({fault.hint})" for fault in faults] or [error.message]
            return [((row, "slow"),) for text in texts for row in wrap(text, width)]
        if self._choice.squad is None:
            said = (
                (
                    "Type an athlete and the 1500 m time, then Enter: Dana 4:05",
                    "Each Enter adds one. Enter alone: done.",
                )
                if self._is_new
                else ("One athlete, the Runner. The 1500 m time is typed beside the workouts.",)
            )
            return [((row, "text"),) for text in said for row in wrap(text, width)]
        targets = self._targets()
        longest = min(24, max(len(each.name) for each in self._athletes) + 1)
        several = len({each.group for each in self._athletes}) > 1
        lines: list[Line] = []
        for at, each in enumerate(self._athletes):
            absent = each.name in self._choice.absent
            races = " · ".join(f"{format_race(mm)} {format_race_time(ms)}" for mm, ms in each.races.items())
            group = fit(each.group, 4) if several else ""
            about = "not here today" if absent else targets.get(each.name, "") if width >= NARROW else ""
            key: Piece = (f" {each.key.upper() or ' '} ", "key")
            room = max(8, width - 4 - longest - len(group))
            rest = fit(f"{races or 'no race time'}{f'   {about}' if about else ''}", room)
            if at == self._member:
                lines.append((key, (f" {fit(each.name, longest)}{group}{rest}", "selected")))
            else:
                roles: tuple[Role, Role] = ("off", "off") if absent else ("strong", "text")
                lines.append((key, (f" {fit(each.name, longest)}", roles[0]), (f"{group}{rest}", roles[1])))
        return lines

    def _targets(self) -> dict[str, str]:
        """Returns each athlete's targets in the picked workout, as text by name."""
        squad = self._choice.present
        plan = None if squad is None or not squad.athletes else self._plan_of(squad)
        if plan is None:
            return {}
        return {name: targets for _, name, targets in view.workout_preview(plan).targets}

    # -- typing

    def on_input_changed(self) -> None:
        if self._typed:  # an empty one was just added, and the answer says so
            self._problem = self._answer = self._removing = ""
        self._paint()

    def _take_key(self, event: events.Key) -> bool:
        """Takes a new key for the selected athlete, if one is awaited, and `space` while nothing is typed.

        Returns whether it took it.
        """
        if event.key == "space" and not self._typed and not self._awaits_key:
            self.action_here()
            return True
        if not self._awaits_key:
            return False
        self._awaits_key = False
        self._answer = ""
        character = event.character or ""
        is_key = len(character) == 1 and character.isalnum()
        if is_key:
            self._change(lambda text, name: with_field(text, name, "key", character.lower()))
        self._paint()
        return is_key

    def on_input_submitted(self) -> None:
        self.action_enter()

    def action_enter(self) -> None:
        """Adds the typed athlete, or with nothing typed chooses the squad."""
        if not self._typed.strip():
            self._finish()
            return
        try:
            line = read_athlete_line(self._typed)
            if self._is_new or self._choice.is_runner:
                path = new_squad_path(self._home, NEW_NAME)
                self._save(path, new_squad(_name_of(path), line), at=len(self._choices) - 1)
            else:
                text = self._text()
                known = any(each.name == line.name for each in self._athletes)
                self._save(Path(self._choice.file), with_races(text, line) if known else with_athlete(text, line))
        except (KicktimerError, ScalarError) as error:
            self._problem = f"{error.message}: {error.hint}" if error.hint else error.message
            self._paint()
            return
        names = [each.name for each in self._athletes]
        self._member = names.index(line.name)
        self.query_one("#typed", Input).value = ""
        added = self._athletes[self._member]
        races = "" if added.races else ", without a race time: no targets"
        self._answer = f"{added.name} is in, with the key {added.key.upper()}{races}"
        self.call_after_refresh(self._paint)

    def _text(self) -> str:
        return read_user_file(self._choice.file).decode()

    def _save(self, path: Path, text: str, at: int | None = None) -> None:
        """Writes a squad's file and reads it again. A new one is put into the list at the place `at`."""
        save_squad(path, text)
        choice = read_squad_file(str(path))
        if at is not None:
            self._choices.insert(at, choice)
            self._place = at
        else:
            self._choices[self._place] = replace(choice, absent=self._choice.absent)

    def _change(self, change: Callable[[str, str], str]) -> None:
        """Changes the selected athlete in the file."""
        athlete = self._selected
        if athlete is None or not self._choice.file:
            return
        try:
            self._save(Path(self._choice.file), change(self._text(), athlete.name))
        except (KicktimerError, ValueError) as error:
            hint = getattr(error, "hint", "")
            self._problem = f"{getattr(error, 'message', error)}{f': {hint}' if hint else ''}"
        self._member = min(self._member, max(0, len(self._athletes) - 1))
        self._paint()

    # -- keys

    def action_select(self, step: int) -> None:
        """Selects the next or the previous athlete."""
        self._removing = self._problem = self._answer = ""
        if self._athletes:
            self._member = (self._member + step) % len(self._athletes)
        self._paint()

    def action_here(self) -> None:
        """Marks the selected athlete as not here today, or as here again."""
        athlete = self._selected
        if athlete is None:
            return
        absent = self._choice.absent ^ {athlete.name}
        self._choices[self._place] = replace(self._choice, absent=absent)
        self._paint()

    def action_group(self) -> None:
        """Puts the selected athlete into the next pace group: A, B, C, and one more than there are."""
        athlete = self._selected
        if athlete is None or self._choice.squad is None:
            return
        names = [group.name for group in self._choice.squad.groups]
        spare = next((letter for letter in "ABCDEFGH" if letter not in names), "")
        names += [spare] if spare and len(names) < 8 else []
        following = names[(names.index(athlete.group) + 1) % len(names)]
        self._change(lambda text, name: with_field(text, name, "group", following))
        self._answer = f"{athlete.name} runs with group {following}"
        self._paint()

    def action_athlete_key(self) -> None:
        """Waits for the letter that is to be the selected athlete's key."""
        if self._selected is not None and self._choice.file:
            self._awaits_key = True
            self._problem = ""
            self._answer = f"Which key for {self._selected.name}? A letter or a digit"
            self._paint()

    def action_remove(self) -> None:
        """Takes the selected athlete out of the squad's file, at the second press."""
        athlete = self._selected
        if athlete is None or self._typed:
            return
        if self._removing != athlete.name:
            self._removing = athlete.name
            self._problem = f"{self._keys.long('squad-remove')} again takes {athlete.name} out of the squad"
            self._paint()
            return
        self._removing = self._problem = ""
        self._change(without_athlete)

    def action_next_squad(self) -> None:
        """Shows the next squad; the last one is a new one."""
        self._place = (self._place + 1) % len(self._choices)
        self._member = 0
        self._problem = self._answer = self._removing = ""
        self._paint()

    def action_back(self) -> None:
        """Clears what is typed, or leaves with the squad that is shown."""
        typed = self.query_one("#typed", Input)
        if typed.value:
            typed.value = ""
        else:
            self._finish()

    def _finish(self) -> None:
        """Returns the squad that is shown; a new one without an athlete is none."""
        choice = self._choice
        if choice.squad is not None and choice.present is not None and not choice.present.athletes:
            self._problem = "nobody is here today: space brings somebody back"
            self._paint()
            return
        self.dismiss(None if self._is_new else choice)


def _name_of(path: Path) -> str:
    """Returns the name of a new squad: `My squad`, `My squad 2`."""
    number = path.stem.rpartition("-")[2]
    return f"{NEW_NAME} {number}" if number.isdecimal() else NEW_NAME
