"""The results of a session as rows, read from the facts of its log in one pass, without a replay.

In: a plan and the facts of a log, as the journal reads them. Out: plain rows that equal the records of a replay, or
None: `direct_rows` declines whatever it does not handle exactly (an undo that moves a clock, recalls, drops, moves,
late-comers, skipped reps, unknown fields, facts that do not fit each other). Who asks for rows then replays it.

A replay takes 20 times as long as parsing a log. This pass takes a quarter of that time, because it keeps only what the
results need: a group's phase, whether a rep is complete, and who came in when.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from kicktimer.review.run_rows import RunRows, RunTimes
from kicktimer.session.state import Phase
from kicktimer.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kicktimer.plan import GroupPlan, Plan, PlannedRep
    from kicktimer.review.records import SessionState
    from kicktimer.review.run_rows import Ratings
    from kicktimer.session.state import TimeSource

    Fact = Mapping[str, Any]

METRE = 1000
"""A mark after one metre is declined: the value `true` would stand for it."""
MAX_NUMBER = 10**13
"""Larger moments, times and marks are declined: a replay may not be able to compute with them."""

_COMMON = {"n", "t", "event", "wall"}
_FIELDS = {
    "countdown_started": {"group", "go", "then"},
    "rep_started": {"group", "rep"},
    "tapped": {"group", "athlete", "rep", "mark", "pressed", "early"},
    "inserted": {"group", "at", "athlete", "rep", "mark"},
    "deleted": {"tap", "group"},
    "undone": {"of", "kind", "group", "go"},
    "assigned": {"tap", "athlete", "group", "rep", "mark", "by"},
    "unassigned": {"tap", "athlete", "group"},
    "corrected": {"group", "athlete", "rep", "mark", "time"},
    "rep_closed": {"group", "rep", "by"},
    "recovery_started": {"group", "rep", "since", "go"},
    "recovery_changed": {"group", "since", "go"},
    "bounced": {"group", "athlete", "key"},
    "held": {"group", "by"},
    "released": {"group", "go"},
    "resumed": {"gap", "basis", "choices", "clock"},
    "rated": {"athlete", "group", "rep", "relaxation", "effort"},
    "noted": {"text"},
    "session_ended": {"state"},
}
_named_tap = itemgetter("t", "group", "athlete", "rep", "mark", "wall")
_NAMED_TAP_FIELDS = 8  # these, `n` and `event`
_ALLOWED = {event: frozenset(names | _COMMON) for event, names in _FIELDS.items()}


class SessionRows(NamedTuple):
    """The rows of a session, and the texts of its notes."""

    state: SessionState
    runs: list[RunRows]
    notes: list[str]


class _DeclinedError(Exception):
    """The session has something that only a replay handles."""


class _GroupClock:
    """A group's phase, members and runs. `newest` is its newest run."""

    __slots__ = ("members", "newest", "phase", "plan", "runs")

    def __init__(self, plan: GroupPlan) -> None:
        self.plan, self.members, self.phase = plan, frozenset(plan.athletes), Phase.READY
        self.runs: list[RunTimes] = []
        self.newest: RunTimes | None = None
        if not self.members or len(self.members) != len(plan.athletes):
            raise _DeclinedError

    def add_finish(self) -> None:
        """Counts a finish of the last rep."""
        self.runs[-1].finished += 1
        self.settle()

    def settle(self) -> None:
        """Ends the group once everybody has come in, or the coach has closed the rep, and no rep is left."""
        run = self.newest
        if run is not None and run.is_last and self.phase is Phase.RUNNING:
            is_complete = run.finish is not None and run.finished >= len(self.members)
            if run.closed or is_complete:
                self.phase = Phase.DONE


def direct_rows(plan: Plan, facts: Iterable[Fact]) -> SessionRows | None:
    """Returns the rows of a session, None where only a replay can tell them.

    The plan has cleaned strings; those of the facts are cleaned here. Facts are numbered from 1, and have a whole `t`
    and an `event`, as in every log that the journal reads. Facts with a list or a very large number are declined.
    """
    try:
        reading = _Reading(plan)
        groups, runs, arrivals = reading.groups, reading.runs, reading.arrivals
        for n, fact in enumerate(facts, start=1):
            event = fact["event"]
            if event == "tapped" and len(fact) == _NAMED_TAP_FIELDS and "athlete" in fact:
                # Most facts of a session, 130 of 165: as `_add_arrival`, without a call.
                t, group, athlete, rep, name, wall = _named_tap(fact)
                run = runs[group, rep]
                mark, time, times = run.marks[name], t - run.started, run.times
                key = athlete, mark
                if key in times or athlete not in run.members or type(wall) is not str:
                    return None
                times[key] = time, "key"
                arrivals[n] = run, athlete, mark, time, "key"
                if run.is_last and mark == run.finish:
                    groups[group].add_finish()
            elif fact.keys() <= _ALLOWED[event] and type(fact.get("wall", "")) is str:
                _APPLY[event](reading, n, fact)
            else:
                return None
        return reading.rows()
    except (_DeclinedError, KeyError, TypeError):  # a field is missing or of another type, the event is not known here
        return None


def _int(value: object) -> int:
    if type(value) is not int or abs(value) > MAX_NUMBER:
        raise _DeclinedError
    return value


def _text(value: object) -> str:
    if type(value) is not str:
        raise _DeclinedError
    return value


_Arrival = tuple[RunTimes, str | None, int | None, int, "TimeSource"]
"""A run, the athlete, the mark, ms from GO, and the source. A plain tuple, because a session has a hundred or more."""


class _Reading:
    """What has been read of a session so far. The methods apply fact `n`, and raise `_DeclinedError` to decline."""

    def __init__(self, plan: Plan) -> None:
        self.known = {each.name for each in plan.athletes}
        self.groups = {each.name: _GroupClock(each) for each in plan.groups}
        self.runs: dict[tuple[str, int], RunTimes] = {}  # the newest run of each rep, by group and number
        self.arrivals: dict[int, _Arrival] = {}
        self.ratings: Ratings = {}
        self.notes: list[str] = []
        self.state: SessionState = "interrupted"
        names = [name for each in plan.groups for name in each.athletes]
        if len(self.groups) != len(plan.groups) or len(set(names)) != len(names):
            raise _DeclinedError

    # -- the clock

    def countdown_started(self, _: int, fact: Fact) -> None:
        group = self.groups[fact["group"]]
        _int(fact["go"])
        for name, at in _mapping(fact, "then").items():
            _int(at)
            self.groups[name]  # a group that is not there is declined
        if group.phase in (Phase.RUNNING, Phase.DONE):
            raise _DeclinedError
        group.phase = Phase.COUNTDOWN

    def rep_started(self, _: int, fact: Fact) -> None:
        group = self.groups[fact["group"]]
        index = len(group.runs)
        if group.phase in (Phase.READY, Phase.DONE) or index >= len(group.plan.reps):
            raise _DeclinedError
        if group.newest is not None and fact["t"] < group.newest.started:
            raise _DeclinedError
        rep = group.plan.reps[index]
        marks = (1 if rep.distance_mm is None else rep.distance_mm, *rep.timed)
        if rep.number != fact["rep"] or not 0 < min(marks) <= max(marks) <= MAX_NUMBER or METRE in marks:
            raise _DeclinedError
        run = RunTimes(rep, group.members, fact["t"], is_last=index + 1 == len(group.plan.reps))
        group.runs.append(run)
        self.runs[group.plan.name, rep.number] = group.newest = run
        group.phase = Phase.RUNNING

    def rep_closed(self, _: int, fact: Fact) -> None:
        run, by = self.runs[fact["group"], fact["rep"]], fact.get("by", "coach")
        group = self.groups[fact["group"]]
        if by == "coach":
            run.closed = True
            group.settle()
        elif by in ("target", "duration") and run is group.newest and group.phase in (Phase.RUNNING, Phase.DONE):
            group.phase = Phase.DONE
        else:
            raise _DeclinedError

    def recovery_started(self, _: int, fact: Fact) -> None:
        run = self.runs[fact["group"], fact["rep"]]
        group = self.groups[fact["group"]]
        has_next_rep = len(group.runs) < len(group.plan.reps)
        if run is not group.newest or not has_next_rep or group.phase not in (Phase.RUNNING, Phase.RECOVERING):
            raise _DeclinedError
        _int(fact["since"])
        _int(fact.get("go", 0))
        group.phase = Phase.RECOVERING

    def recovery_changed(self, _: int, fact: Fact) -> None:
        if self.groups[fact["group"]].newest is None:
            raise _DeclinedError
        _int(fact["since"])
        _int(fact["go"])

    def held(self, _: int, fact: Fact) -> None:
        self.groups[fact["group"]]  # a group that is not there is declined
        if fact.get("by", "gap") != "gap":
            raise _DeclinedError

    def released(self, _: int, fact: Fact) -> None:
        self.groups[fact["group"]]  # a group that is not there is declined
        _int(fact.get("go", 0))

    def resumed(self, _: int, fact: Fact) -> None:
        _int(fact.get("gap", 0))
        for choice in _mapping(fact, "choices").values():
            _text(choice)
        for value in _mapping(fact, "clock").values():
            if type(value) is not str:
                _int(value)
        if fact.get("basis", "boottime") not in ("boottime", "wall", "asked"):
            raise _DeclinedError

    # -- arrivals

    def tapped(self, n: int, fact: Fact) -> None:
        _text(fact.get("pressed", ""))
        if "early" not in fact:
            self._add_arrival(n, fact, fact["t"], "key")
            return
        run = self.runs[fact["group"], fact["rep"]]  # an early arrival counts for nothing, and its naming is declined
        if fact["early"] is not True or "athlete" in fact or "mark" in fact or run.finish is None:
            raise _DeclinedError

    def inserted(self, n: int, fact: Fact) -> None:
        self._add_arrival(n, fact, _int(fact["at"]), "corrected")

    def _add_arrival(self, n: int, fact: Fact, t: int, by: TimeSource) -> None:
        run, athlete, name = self.runs[fact["group"], fact["rep"]], fact.get("athlete"), fact.get("mark")
        mark, time = None if name is None else run.marks[name], t - run.started
        if run.finish is None or (athlete is not None and (mark is None or athlete not in run.members)):
            raise _DeclinedError
        if athlete is None or mark is None:
            run.unnamed += mark is not None
            run.surplus += mark is None
        elif (athlete, mark) in run.times:
            raise _DeclinedError
        else:
            run.times[athlete, mark] = time, by
        self.arrivals[n] = run, athlete, mark, time, by
        if run.is_last and mark == run.finish:
            self.groups[fact["group"]].add_finish()

    def assigned(self, _: int, fact: Fact) -> None:
        """Names an arrival that waits, at its mark. Then as many have come in as before."""
        tap, athlete, by = _int(fact["tap"]), fact["athlete"], fact.get("by", "key")
        run, named, mark, time, source = self.arrivals[tap]
        if self.runs[fact["group"], fact["rep"]] is not run or mark is None or run.marks[fact["mark"]] != mark:
            raise _DeclinedError
        key = athlete, mark
        if named is not None or athlete not in run.members or key in run.times or by not in ("key", "order"):
            raise _DeclinedError
        source = "corrected" if source == "corrected" else by
        run.times[key] = time, source
        run.unnamed -= 1
        self.arrivals[tap] = run, athlete, mark, time, source

    def unassigned(self, _: int, fact: Fact) -> None:
        """Takes the name from an arrival. It still counts as one that has come in."""
        tap = _int(fact["tap"])
        run, athlete, mark, time, by = self.arrivals[tap]
        _text(fact["athlete"])
        _text(fact["group"])
        if athlete is not None and mark is not None:
            del run.times[athlete, mark]
            run.unnamed += 1
            self.arrivals[tap] = run, None, mark, time, "corrected" if by == "corrected" else "key"

    def deleted(self, _: int, fact: Fact) -> None:
        self._remove_arrival(_int(fact["tap"]), fact["group"])

    def undone(self, _: int, fact: Fact) -> None:
        """Takes back a tap or an insertion. All else that can be undone is declined."""
        _text(fact["kind"])
        _int(fact.get("go", 0))
        self._remove_arrival(_int(fact["of"]), fact["group"])

    def _remove_arrival(self, tap: int, name: str) -> None:
        """Removes an arrival of this group, unless its clock may have to go back."""
        run, athlete, mark, _, _ = self.arrivals.pop(tap)
        group = self.groups[name]
        if run not in group.runs or (run is group.newest and mark == run.finish and group.phase is not Phase.RUNNING):
            raise _DeclinedError
        if mark is None:
            run.surplus -= 1
        elif athlete is None:
            run.unnamed -= 1
        else:
            del run.times[athlete, mark]
        if run.is_last and mark == run.finish:
            run.finished -= 1

    def corrected(self, _: int, fact: Fact) -> None:
        run, name = self.runs[fact["group"], fact["rep"]], fact["mark"]
        if run.finish is None or (name != "finish" and type(name) not in (int, float)):
            raise _DeclinedError
        mark = run.finish if name == "finish" else round(name * 1000) if 0 < name < MAX_NUMBER else 0
        if not 0 < mark <= MAX_NUMBER:
            raise _DeclinedError
        run.corrected[clean(_text(fact["athlete"])), mark] = _int(fact["time"])

    # -- what moves no clock

    def bounced(self, _: int, fact: Fact) -> None:
        for name in ("group", "athlete", "key"):
            _text(fact.get(name, ""))

    def rated(self, _: int, fact: Fact) -> None:
        key = clean(_text(fact["athlete"])), clean(_text(fact["group"])), _int(fact["rep"])
        relaxation, effort = self.ratings.get(key, (None, None))
        if "relaxation" in fact:
            relaxation = _int(fact["relaxation"])
        if "effort" in fact:
            effort = fact["effort"] if type(fact["effort"]) is float else float(_int(fact["effort"]))
            if abs(effort) > MAX_NUMBER:
                raise _DeclinedError
        self.ratings[key] = relaxation, effort

    def noted(self, _: int, fact: Fact) -> None:
        self.notes.append(clean(_text(fact["text"])))

    def session_ended(self, _: int, fact: Fact) -> None:
        if fact["state"] not in ("finished", "abandoned"):
            raise _DeclinedError
        self.state = fact["state"]

    # -- the rows

    def rows(self) -> SessionRows:
        """Returns the rows of all runs, in the order of their GO."""
        found: list[tuple[int, int, RunRows]] = []
        for group in self.groups.values():
            before: PlannedRep | None = None
            gos = [*(run.started for run in group.runs[1:]), None]
            for place, (run, next_go) in enumerate(zip(group.runs, gos, strict=False)):
                if run.unnamed and self.state == "interrupted":  # it counts for the athlete who is expected next
                    raise _DeclinedError
                found.append((run.started, place, run.rows(group.plan, next_go, before, self.ratings, self.known)))
                before = run.rep
        found.sort(key=lambda entry: entry[:2])
        return SessionRows(self.state, [rows for _, _, rows in found], self.notes)


def _mapping(fact: Fact, name: str) -> Mapping[str, Any]:
    value = fact.get(name, {})
    if type(value) is not dict:
        raise _DeclinedError
    return value


_APPLY: dict[str, Callable[[_Reading, int, Fact], None]] = {event: getattr(_Reading, event) for event in _FIELDS}
