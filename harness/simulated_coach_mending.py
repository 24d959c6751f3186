"""`Mending`: which keys a simulated coach presses next to correct, name or close, as the live screen proposes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kicktimer import view
from kicktimer.session import Phase, arrivals
from kicktimer.session.undo import newest_step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.still_session import StillLive
    from kicktimer.tui.controls import Controls

Mode = Literal["names", "space"]
"""How arrivals are taken: "names" by the athletes' keys, "space" by the space bar, with the names afterwards."""

CLOSE_AFTER_MS = 8000
"""How long after the last arrival the operator closes a rep that does not end."""
MAX_TRIES = 6
KNOWN_RUNS = 3
"""The operator mends the last runs of a group. The screen lists the arrivals of two."""


@dataclass
class Slip:
    """A slip of the operator. `cells` are the athletes and reps, and `rows` the arrivals' numbers, that it changed."""

    kind: str
    notice_at: int | None
    cells: set[tuple[str, int]] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)
    reps: set[tuple[str, int]] = field(default_factory=set)


@dataclass
class Finish:
    """An athlete's true finish. `pressed` is the moment of the press for it, `inserted` the number of an estimate."""

    athlete: str
    group: str
    rep: int
    t: int
    pressed: int | None = None
    forgotten: bool = False
    inserted: int | None = None

    @property
    def cell(self) -> tuple[str, int]:
        return self.athlete, self.rep


@dataclass(frozen=True)
class Row:
    """A valid arrival as the screen lists it."""

    n: int
    t: int
    athlete: str | None
    proposed: str | None
    group: str
    rep: int

    @property
    def shown(self) -> str | None:
        return self.athlete or self.proposed


@dataclass
class Step:
    """Keys that are pressed without a pause. `finish` is the one that the step takes or mends."""

    keys: tuple[str, ...]
    finish: Finish | None = None
    is_arrival: bool = False
    inserts: bool = False
    slip: Slip | None = None


class Mending:
    """What the operator knows of a session, and what the operator does about it.

    `finishes` are the true finishes so far, by athlete and rep, and `coming` those whose athletes are still out.
    `watched_cells` (athletes and reps) and `watched_rows` (arrivals) are what noticed slips have changed, with the
    number of steps that were taken about each. `keys_of_steps` has the key of each step that undo can take back.
    """

    def __init__(self, mode: Mode, live: StillLive, controls: Controls) -> None:
        self.mode = mode
        self.live = live
        self.controls = controls
        self.keys = {action: keys[0] for action, keys in controls.keymap.keys_on("live").items() if keys}
        self.coming: list[Finish] = []
        self.finishes: dict[tuple[str, int], Finish] = {}
        self.watched_cells: dict[tuple[str, int], int] = {}
        self.watched_rows: dict[int, int] = {}
        self.keys_of_steps: dict[int, str] = {}

    def rows(self) -> dict[int, Row]:
        """Returns the valid arrivals of all runs, by their numbers."""
        found = {}
        for group in self.live.state.groups.values():
            for run in group.runs[-KNOWN_RUNS:]:
                if not run.is_valid:
                    continue
                proposed = view.proposed_names(run, self.controls.preferred)
                for each in arrivals.valid(run):
                    row = Row(each.n, each.t, each.athlete, proposed.get(each.n), group.name, run.rep.number)
                    found[each.n] = row
        return found

    def _row_of(self, finish: Finish, rows: Mapping[int, Row]) -> Row | None:
        if finish.inserted is not None:
            return rows.get(finish.inserted)
        return next((row for row in rows.values() if row.t == finish.pressed), None)

    def key_of(self, athlete: str) -> str:
        return self.live.state.athletes[athlete].key

    def next_step(self) -> Step | None:
        """Returns the next step of mending, naming or closing, None where nothing is to be done."""
        rows = self.rows()
        pressed = {each.pressed for each in self.finishes.values()} - {None}
        inserted = {each.inserted for each in self.finishes.values()}
        step = self._mend(self._restore, rows, most_tries=1)
        if step is not None:
            return step
        for n, tries in self.watched_rows.items():
            row = rows.get(n)
            if row is not None and row.t not in pressed and n not in inserted and tries < MAX_TRIES:
                step = self._delete(row, rows)
                if step is not None:
                    return step
        for mend in (self._restore, self._rename, self._insert):
            step = self._mend(mend, rows)
            if step is not None:
                return step
        if self.mode == "space":
            step = self._next_name(rows)
            if step is not None:
                return step
        return self._close()

    def _mend(
        self,
        mend: Callable[[Finish, Mapping[int, Row]], Step | None],
        rows: Mapping[int, Row],
        most_tries: int = MAX_TRIES,
    ) -> Step | None:
        """Returns the first step with which `mend` corrects a result that a noticed slip has made wrong."""
        for cell, tries in sorted(self.watched_cells.items(), key=lambda each: (each[0][1], each[0][0])):
            finish = self.finishes.get(cell)
            if finish is None or tries >= most_tries or not (finish.pressed or finish.forgotten):
                continue
            newest = self.live.state.groups[finish.group].newest_run
            if newest is None or newest.rep.number - finish.rep >= KNOWN_RUNS - 1:
                continue  # too long ago: the arrivals are not on the screen any more
            if (self._row_of(finish, rows) is None) is (mend != self._rename):
                step = mend(finish, rows)
                if step is not None:
                    return step
        return None

    def _rename(self, finish: Finish, rows: Mapping[int, Row]) -> Step | None:
        row = self._row_of(finish, rows)
        if row is None or row.athlete == finish.athlete:
            return None
        if row.athlete is None and self.mode == "space":
            return None  # its turn comes when the arrivals are named
        return self._name(row, finish, rows)

    def _undoes(self, row: Row, kinds: Sequence[str]) -> str | None:
        """Returns the key whose step undo would take back, if that is a step of this arrival; None if it is not."""
        step = newest_step(self.live.state)
        if step is None or step.kind not in kinds or not step.arrivals or step.arrivals[0][2].n != row.n:
            return None
        return self.keys_of_steps.get(step.n, "")

    def _delete(self, row: Row, rows: Mapping[int, Row]) -> Step | None:
        key = self._undoes(row, ("tap", "insert"))
        undo = self.keys["undo"]
        if key is not None:
            asks_first = key.isalnum() and len(key) == 1 and not self.controls.next_undo.startswith("delete")
            return Step((undo, undo) if asks_first else (undo,))
        if self.controls.selected == row.n:
            return Step((self.keys["delete"],))
        if row.shown and view.newest_arrival_of(self.live.state, row.shown, self.controls.preferred) == row.n:
            if self.controls.selected is not None:
                return Step((self.keys["back"],))
            return Step((self.keys["delete"], self.key_of(row.shown)))
        return self._select(row)

    def _name(self, row: Row, finish: Finish, rows: Mapping[int, Row]) -> Step | None:
        """Returns the shortest way in which the screen proposes to give an arrival its athlete."""
        key, name = self.key_of(finish.athlete), self.keys["name"]
        if self.controls.asked_whose == row.n:
            return Step((key,), finish)
        last = None if self.controls.next_undo.startswith("delete") else self._undoes(row, ("tap", "assign"))
        if last is not None and last.isalnum() and len(last) == 1:
            return Step((self.keys["undo"], key), finish)
        waiting = view.waiting_arrivals(self.live.state, self.controls.preferred)
        if row.athlete is None:
            first = next(((n, who) for n, who in waiting if who), None)
            if first == (row.n, finish.athlete):
                return Step((self.keys["accept"],), finish)
            if self.controls.selected == row.n or (self.controls.selected is None and waiting[0][0] == row.n):
                pair = view.arrival_pair(self.live.state, row.group, row.n, self.controls.preferred)
                if pair is not None and pair.second_name == finish.athlete and not pair.named:
                    return Step((self.keys["swap"],), finish)
                return Step((name, key), finish)
        elif self.controls.selected == row.n:
            return Step((name, key), finish)
        elif view.newest_arrival_of(self.live.state, row.athlete, self.controls.preferred) == row.n:
            pair = view.arrival_pair(self.live.state, row.group, row.n, self.controls.preferred)
            if pair is not None and pair.second_name == finish.athlete:
                return Step((self.keys["swap-whom"], self.key_of(row.athlete)), finish)
        return self._select(row, finish)

    def _select(self, row: Row, finish: Finish | None = None) -> Step | None:
        """Returns the arrows that select an arrival; `tab` first where it is another group's."""
        if self.controls.focus != row.group:
            return Step((self.keys["next-group"],), finish)
        selectable = view.selectable_arrivals(self.live.state, row.group)
        if row.n not in selectable:
            return None
        keys: list[str] = []
        place = selectable.index(row.n)
        if self.controls.selected in selectable:
            at = selectable.index(self.controls.selected)
        else:
            waiting = view.waiting_arrivals(self.live.state, name=row.group)
            at = selectable.index(waiting[-1][0]) if waiting else len(selectable) - 1
            keys.append(self.keys["select-older"])
        keys += [self.keys["select-older" if place < at else "select-newer"]] * abs(at - place)
        return Step(tuple(keys), finish)

    def _restore(self, finish: Finish, rows: Mapping[int, Row]) -> Step | None:
        """Returns the keys that bring back the moment of an arrival that was refused or deleted."""
        state, last_s = self.live.state, self.live.t / 1000 - 9
        next_press = self.controls.press_to_take
        kept = [each for each in self.controls.kept_presses if each.stamp > last_s]
        if next_press is not None and any(each.t == finish.pressed for each in kept):
            return Step((self.keys["keep"],), finish)
        redo = state.redoable
        if redo is not None and any(
            each.t == finish.pressed and not each.removed
            for group in redo.before.groups.values()
            for run in group.runs
            for each in run.arrivals
        ):
            return Step((self.keys["redo"],), finish)
        step = newest_step(state)
        if step is not None and step.kind == "delete" and step.arrivals[0][2].t == finish.pressed:
            return Step((self.keys["undo"],), finish)
        return None

    def _insert(self, finish: Finish, rows: Mapping[int, Row]) -> Step | None:
        """Returns the keys that add an arrival of which no moment is left, at an estimate."""
        state = self.live.state
        later = [each for each in self.finishes.values() if each.group == finish.group and each.rep == finish.rep
                 and each.t > finish.t and each.pressed]  # fmt: skip
        later.sort(key=lambda each: each.t)
        after = next((row for each in later if (row := self._row_of(each, rows)) and row.group == finish.group), None)
        insert = self.keys["insert"]
        if after is None:
            run = state.groups[finish.group].newest_run
            if run is None or run.rep.number != finish.rep:
                return None
            if self.controls.focus != finish.group:
                return Step((self.keys["next-group"],), finish)
            if self.controls.selected is not None:
                return Step((self.keys["back"],), finish)
            return Step((insert, insert), finish, inserts=True)
        if self.controls.selected not in (None, after.n):
            return Step((self.keys["back"],), finish)
        if (
            self.controls.selected is None
            and after.shown
            and view.newest_arrival_of(state, after.shown, self.controls.preferred) == after.n
        ):
            return Step((insert, self.key_of(after.shown)), finish, inserts=True)
        if self.controls.selected == after.n:
            return Step((insert,), finish, inserts=True)
        return self._select(after, finish)

    def _next_name(self, rows: Mapping[int, Row]) -> Step | None:
        """Returns the keys that name the oldest arrival without a name, None if it is better to wait."""
        waiting = [rows[n] for n, _ in view.waiting_arrivals(self.live.state, self.controls.preferred) if n in rows]
        for row in waiting:
            finish = self._remembered(row, rows)
            if finish is None:
                continue
            if self.controls.selected is not None and self.controls.selected != row.n:
                return Step((self.keys["back"],))
            more = any((each.group, each.rep) == (row.group, row.rep) for each in self.coming)
            is_newest = not any(
                (each.group, each.rep) == (row.group, row.rep) and each.t > row.t for each in rows.values()
            )
            if more and is_newest and row.proposed != finish.athlete:
                return None  # when the next one has come, swapping the two is one key
            return self._name(row, finish, rows)
        return None

    def _remembered(self, row: Row, rows: Mapping[int, Row]) -> Finish | None:
        """Returns whose the operator thinks that an arrival by the space bar is: the n-th is who was seen n-th.

        Of what the operator has looked at because of a slip, the truth is known.
        """
        seen = [each for each in self.finishes.values() if (each.group, each.rep) == (row.group, row.rep)]
        seen = sorted((each for each in seen if each.t <= self.live.t), key=lambda each: each.pressed or each.t)
        known = {}
        for finish in seen:
            if finish.cell in self.watched_cells or finish.inserted is not None:
                found = self._row_of(finish, rows)
                known[finish.cell] = None if found is None else found.n
        for finish in seen:
            if known.get(finish.cell) == row.n:
                return finish
        listed = [each for each in rows.values() if (each.group, each.rep) == (row.group, row.rep)]
        listed = sorted((each for each in listed if each.n not in known.values()), key=lambda each: (each.t, each.n))
        others = [finish for finish in seen if finish.cell not in known]
        place = listed.index(row)
        return others[place] if place < len(others) else None

    def _close(self) -> Step | None:
        """Returns the keys that close a rep which does not end although everybody is in."""
        for group in self.live.state.groups.values():
            run = group.newest_run
            if group.phase is not Phase.RUNNING or run is None or run.closed is not None:
                continue
            of_run = [each for each in self.finishes.values()
                      if (each.group, each.rep) == (group.name, run.rep.number)]  # fmt: skip
            if not of_run or any(each in self.coming for each in of_run):
                continue
            if self.live.t < max(each.pressed or each.t for each in of_run) + CLOSE_AFTER_MS:
                continue
            if self.controls.focus != group.name:
                return Step((self.keys["next-group"],))
            return Step((self.keys["close"],))
        return None
