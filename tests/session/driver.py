"""Plans, a driver and Hypothesis strategies for tests of the session engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from kicktimer.pace import Pace
from kicktimer.plan import GroupPlan, Plan, PlannedRep, Rest, Target
from kicktimer.results import document, replay, results
from kicktimer.session import (
    GroupState,
    Outcome,
    Refusal,
    State,
    advance,
    decide,
    initial_state,
    parse_command,
    to_fact,
)
from kicktimer.squad import Athlete

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTDOWN = 10_000
GO = COUNTDOWN
RACE = Pace("race", "1500m", 1_500_000)


def rep(
    number: int,
    athletes: Sequence[str],
    *,
    metres: int | None = 400,
    seconds: int | None = None,
    rest: tuple[str, int] = ("last", 30_000),
    targets: Sequence[int | None] = (),
    timed: Sequence[int] = (),
    optional: Sequence[int] = (),
    closing: bool = False,
) -> PlannedRep:
    distance = None if seconds is not None or metres is None else metres * 1000
    goals = {
        name: Target(ms, marks={mark * 1000: round(ms * mark * 1000 / distance) for mark in (*timed, metres or 0)})
        for name, ms in zip(athletes, targets, strict=False)
        if ms is not None and distance is not None
    }
    return PlannedRep(
        number, 1, "", distance, None if seconds is None else seconds * 1000, Rest(*rest), RACE,  # type: ignore[arg-type]
        closing=closing, timed=tuple(mark * 1000 for mark in timed), optional=tuple(mark * 1000 for mark in optional),
        targets=goals,
    )  # fmt: skip


def plan(athletes: Sequence[str] = ("Matan",), reps: int = 3, **kind: Any) -> Plan:
    """Returns a plan with one group of equal reps."""
    return Plan(
        "test", "", "", "burner", tuple(Athlete(name, name[0].lower()) for name in athletes),
        (GroupPlan("A", tuple(athletes), tuple(rep(n + 1, athletes, **kind) for n in range(reps)), 0, COUNTDOWN),),
    )  # fmt: skip


class Driver:
    """Runs commands on a session and keeps all facts."""

    def __init__(self, of: Plan) -> None:
        self.plan = of
        self.state: State = initial_state(of)
        self.facts: list[dict[str, Any]] = []

    def take(self, outcome: Outcome) -> None:
        self.state = outcome.state
        self.facts += [to_fact(event) for event in outcome.events]

    def advance(self, t: int) -> None:
        self.take(advance(self.state, t))

    def do(self, t: int, name: str, **fields: Any) -> str | None:
        """Advances to `t` and gives the command. Returns the reason of a refusal, None without one."""
        self.advance(t)
        outcome = decide(self.state, parse_command({"t": t, "do": name, **fields}))
        if isinstance(outcome, Refusal):
            return outcome.reason
        self.take(outcome)
        return None

    def must(self, t: int, name: str, **fields: Any) -> None:
        """Gives a command that must not be refused."""
        assert self.do(t, name, **fields) is None

    @property
    def group(self) -> GroupState:
        """The first group."""
        return next(iter(self.state.groups.values()))

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Returns the facts of these kinds."""
        return [fact for fact in self.facts if fact["event"] in names]

    def gos(self) -> list[int]:
        """Returns the moments of all GOs."""
        return [fact["t"] for fact in self.events("rep_started")]

    def athlete(self, number: int, name: str = "Matan") -> dict[str, Any]:
        """Returns the athlete's result in rep `number`, as in the JSON document."""
        found = document(self.plan, "id", results(self.state))
        reps = [each["athletes"] for each in found["reps"] if each["rep"] == number]
        return next((each for each in reps if name in each), {})[name]

    def replayed(self) -> State:
        """Returns the state after a replay of all facts."""
        return replay(self.plan, self.facts)


def started(**kind: object) -> Driver:
    """Returns a session of one group at its first GO. `kind` goes to `plan`."""
    driver = Driver(plan(**kind))  # type: ignore[arg-type]
    driver.must(0, "start")
    driver.advance(GO)
    return driver


def pair(**kind: object) -> Driver:
    """Returns a session of two athletes at its first GO."""
    return started(athletes=("Matan", "Dana"), **kind)


NAMES = tuple(f"{first}{second}" for second in ("", "x", "y") for first in ("Ada", "Ben", "Cleo", "Dov", "Eve", "Finn",
    "Gil", "Hila", "Ido", "Jon", "Kim", "Lior"))  # fmt: skip
RESTS = st.sampled_from(["first", "last", "target", "send_off", "ready", "own"])
REPS = 6


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draws a plan: 1 to 8 groups, at most 36 athletes, 1 to 5 reps, every kind of rest, with and without targets."""
    sizes = draw(
        st.one_of(
            st.lists(st.integers(1, 3), min_size=1, max_size=3),
            st.lists(st.integers(1, 12), min_size=1, max_size=8).map(_at_most_36),
        )
    )
    groups, people, taken = [], [], 0
    for place, size in enumerate(sizes):
        names = NAMES[taken : taken + size]
        taken += size
        reps = tuple(draw(planned_reps(number, names)) for number in range(1, draw(st.integers(1, REPS - 1)) + 1))
        label = "ABCDEFGH"[place]
        people += [Athlete(name, "", label) for name in names]
        groups.append(GroupPlan(label, names, reps, draw(st.sampled_from([0, 5000, 12_000])), COUNTDOWN))
    return Plan("random", "", "", "burner", tuple(people), tuple(groups))


def _at_most_36(sizes: list[int]) -> list[int]:
    kept: list[int] = []
    for size in sizes:
        kept.append(min(size, 36 - sum(kept)))
    return [size for size in kept if size]


@st.composite
def planned_reps(draw: st.DrawFn, number: int, names: tuple[str, ...]) -> PlannedRep:
    """Draws a rep of a group."""
    rest = draw(RESTS)
    has_target = rest == "target" or draw(st.booleans())
    fastest = draw(st.integers(20_000, 30_000))
    goals = [fastest + 300 * place if has_target else None for place in range(len(names))]
    if rest == "own" and len(names) > 1:
        rest = "last"
    by_time = rest != "target" and draw(st.integers(0, 5)) == 0
    split = not by_time and draw(st.booleans())
    return rep(
        number, names, metres=None if by_time else 200, seconds=20 if by_time else None,
        rest=(rest, draw(st.sampled_from([0, 2000, 15_000, 40_000])) if rest != "ready" else 0),
        targets=goals, timed=(100,) if split else (), optional=(100,) if split and draw(st.booleans()) else (),
    )  # fmt: skip


@st.composite
def commands(draw: st.DrawFn, state: State, now: int) -> dict[str, Any]:
    """Draws a command at `now`, legal or not."""
    group = draw(st.sampled_from(list(state.groups)))
    athlete = draw(st.sampled_from(list(state.athletes)))
    fact = draw(st.one_of(st.integers(1, max(1, state.n)), st.integers(max(1, state.n - 8), max(1, state.n))))
    return draw(
        st.sampled_from(
            [
                {"do": "start"}, {"do": "start", "group": group},
                {"do": "tap", "athlete": athlete}, {"do": "tap", "athlete": athlete}, {"do": "tap", "athlete": athlete},
                {"do": "tap", "group": group}, {"do": "tap", "group": group},
                {"do": "assign", "tap": fact, "athlete": athlete}, {"do": "unassign", "tap": fact},
                {"do": "insert", "at": draw(st.integers(0, max(0, now))), "athlete": athlete},
                {"do": "insert", "at": draw(st.integers(0, max(0, now))), "group": group},
                {"do": "delete", "tap": fact}, {"do": "undo"}, {"do": "undo"}, {"do": "undo"},
                {"do": "redo"}, {"do": "redo"},
                {"do": "correct", "athlete": athlete, "rep": draw(st.integers(1, REPS)), "time": 25_000},
                {"do": "close", "group": group}, {"do": "hold", "group": group}, {"do": "release", "group": group},
                {"do": "adjust", "ms": draw(st.sampled_from([5000, -5000, -60_000])), "group": group},
                {"do": "recall", "group": group},
                {"do": "late_start", "ms": draw(st.sampled_from([2000, -2000])), "group": group},
                {"do": "skip", "group": group}, {"do": "add", "group": group},
                {"do": "drop", "athlete": athlete}, {"do": "return", "athlete": athlete},
                {"do": "move", "athlete": athlete, "group": group},
                {"do": "join", "athlete": {"name": f"Late {len(state.athletes)}"}, "group": group},
                {"do": "rate", "athlete": athlete, "relaxation": 4}, {"do": "note", "text": "wind"},
            ]
        )
    )  # fmt: skip


def exchanges(state: State) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draws two moves that exchange athletes of two groups, one of them with one athlete if there is such a group."""
    pairs = [
        (one, other)
        for one in state.groups.values()
        for other in state.groups.values()
        if one is not other and one.athletes and other.athletes
    ]
    small = [pair for pair in pairs if len(pair[0].athletes) == 1] or pairs
    if not small:
        return st.just([{"do": "note", "text": "one group alone"}])
    return st.sampled_from(small).map(
        lambda pair: [
            {"do": "move", "athlete": pair[0].athletes[0], "group": pair[1].name},
            {"do": "move", "athlete": pair[1].athletes[0], "group": pair[0].name},
        ]
    )
