"""The records that a review computes from: one for each session, and in it one for each athlete and rep.

In: a log's header, its plan and its `Results`. Out: frozen records of plain values, which a store can keep as rows.
Times are whole ms, distances whole mm; a rep's times count from its GO. `date` is ISO 8601 with its zone. Nothing is
rounded here, and a time that nobody took is None. Raises `KicktimerError` for a header without a date, and for one
whose `race` cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.pace import estimate_race_time
from kicktimer.units import MAX_MM, parse_race_mm
from kicktimer.view.comparison import is_hand_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kicktimer.plan import Plan, PlannedRep
    from kicktimer.results import AthleteResult, RepResult, Results, Status
    from kicktimer.session.state import TimeSource
    from kicktimer.squad.model import StartStyle


RACE_1500_MM = 1_500_000
NO_DATE = "1970-01-01"
SessionState = Literal["finished", "abandoned", "interrupted"]


@dataclass(frozen=True, slots=True)
class SplitRecord:
    """A time at a mark inside a rep, from its GO, and how it was taken. `original_ms` is what a correction replaced."""

    mark_mm: int
    time_ms: int
    by: TimeSource
    original_ms: int | None = None

    @property
    def by_hand(self) -> bool:
        """Whether a key press took it; a typed or estimated time is none."""
        return is_hand_time(self.by)


@dataclass(frozen=True, slots=True)
class RepRecord:
    """One athlete's rep.

    `rest_before_ms` is the rest that was planned before it; None for the first rep, and where the plan leaves it to the
    coach. `recovery_ms` is the actual rest after it, and `started_ms` its GO on the session's clock. Of several ratings
    the last one counts. `joined_late` is true for an athlete whom the session's plan did not know. `original_ms` is the
    time that a key took and a correction replaced.
    """

    athlete: str
    group: str
    rep: int
    set: int
    distance_mm: int | None
    duration_ms: int | None
    closing: bool = False
    pace: str = ""
    started_ms: int | None = None
    target_ms: int | None = None
    estimated: bool = False
    band: tuple[int, int] | None = None
    time_ms: int | None = None
    by: TimeSource | None = None
    splits: tuple[SplitRecord, ...] = ()
    recovery_ms: int | None = None
    rest_before_ms: int | None = None
    relaxation: int | None = None
    effort: float | None = None
    status: Status = "timed"
    joined_late: bool = False
    original_ms: int | None = None

    @property
    def by_hand(self) -> bool:
        """Whether the finish was taken by a key press; a typed or estimated time is none."""
        return is_hand_time(self.by)

    def split_at(self, mark_mm: int) -> SplitRecord | None:
        """Returns the time at a mark inside the rep, None if nobody took it."""
        return next((split for split in self.splits if split.mark_mm == mark_mm), None)


@dataclass(frozen=True, slots=True)
class AthleteRecord:
    """An athlete as the session's squad had it: race times (ms by mm), and the kick's figures."""

    name: str
    races: Mapping[int, int] = field(default_factory=dict)
    fresh_200_ms: int | None = None
    fresh_start: StartStyle | None = None
    fresh_on: str | None = None
    goal_last_200_ms: int | None = None

    @property
    def pace_1500_ms(self) -> int | None:
        """The time for 1500 m, estimated by Riegel from the nearest race if there is none; None without a race."""
        found = estimate_race_time(self, RACE_1500_MM)
        return None if found is None else round(found[0])


@dataclass(frozen=True, slots=True)
class RaceInfo:
    """What the header of a race says. `place` is the runner's, where one runner was followed."""

    distance_mm: int
    name: str
    event: str
    place: int | None = None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session, or a race if `race` is set. `reps` are in the order of their GO, athletes as the group has them."""

    id: str
    date: str
    workout: str
    kind: str
    state: SessionState
    rehearsed: bool = False
    hidden: bool = False
    imported: bool = False
    seq: int = 0
    squad: str = ""
    race: RaceInfo | None = None
    athletes: tuple[AthleteRecord, ...] = ()
    reps: tuple[RepRecord, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime:
        """The date with its zone; one without a zone is read as UTC, so that all dates compare."""
        found = datetime.fromisoformat(self.date)
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def athlete(self, name: str) -> AthleteRecord | None:
        """Returns the athlete's entry in the session's squad, None for a stranger or a late-comer."""
        return next((each for each in self.athletes if each.name == name), None)

    def reps_of(self, name: str) -> tuple[RepRecord, ...]:
        """Returns the athlete's reps, in the order of their GO."""
        return tuple(each for each in self.reps if each.athlete == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody who has a rep, in the order of the reps."""
        return tuple(dict.fromkeys(each.athlete for each in self.reps))


def session_record(header: Mapping[str, Any], plan: Plan, found: Results, *, hidden: bool = False) -> SessionRecord:
    """Returns the record of a session. `plan` is that of the header, `found` the results of the log's facts."""
    known = {each.name for each in plan.athletes}
    ratings: dict[tuple[str, str, int], tuple[int | None, float | None]] = {}
    for rating in found.ratings:
        key = rating.athlete, rating.group, rating.rep
        relaxation, effort = ratings.get(key, (None, None))
        ratings[key] = (
            relaxation if rating.relaxation is None else rating.relaxation,
            effort if rating.effort is None else rating.effort,
        )
    reps: list[RepRecord] = []
    previous: dict[str, tuple[PlannedRep, int | None]] = {}
    for result in found.reps:
        for name, each in result.athletes.items():
            record = _rep_record(result, name, each, ratings.get((name, result.group, result.rep.number), (None, None)))
            rest = planned_rest(*previous[name]) if name in previous else None
            record = replace(record, rest_before_ms=rest, joined_late=name not in known)
            reps.append(record)
            if result.started is not None:
                previous[name] = result.rep, record.target_ms
    notes = tuple(text for _, text in found.notes)
    return make_session(header, plan, found.state, tuple(reps), notes, hidden=hidden)


def make_session(
    header: Mapping[str, Any],
    plan: Plan,
    state: SessionState,
    reps: tuple[RepRecord, ...],
    notes: tuple[str, ...],
    *,
    hidden: bool = False,
) -> SessionRecord:
    """Returns the record of a session whose reps are known already."""
    return SessionRecord(
        id=str(header["id"]),
        date=start_date(header),
        workout=plan.name,
        kind=plan.kind,
        state=state,
        rehearsed=is_rehearsed(header),
        hidden=hidden,
        imported=header.get("app") == "import",
        seq=seq if type(seq := header.get("seq")) is int else 0,
        squad=plan.squad_name,
        race=race_info(header),
        athletes=tuple(squad_record(each) for each in plan.athletes),
        reps=reps,
        notes=notes,
    )


def with_a_date(header: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the header with some date if its own cannot be read, to show what was run all the same.

    Such a session has no place in a review: see `start_date`.
    """
    try:
        start_date(header)
    except KicktimerError:
        return {**header, "started": NO_DATE}
    return header


def start_date(header: Mapping[str, Any]) -> str:
    """Returns `started` of a header. Raises `KicktimerError` if it is no date: weeks and trends need one."""
    started = header.get("started")
    try:
        datetime.fromisoformat(str(started))
    except ValueError:
        raise KicktimerError(
            "the header's `started` is no date, so the session has no place in a review",
            "`kicktimer show` still reads it",
        ) from None
    return str(started)


def is_rehearsed(header: Mapping[str, Any]) -> bool:
    """Whether a log was made by a rehearsal or a demo. Those of earlier versions are known by their clock."""
    clock = header.get("clock")
    return bool(header.get("rehearsed")) or (isinstance(clock, dict) and clock.get("name") == "virtual")


def race_info(header: Mapping[str, Any]) -> RaceInfo | None:
    """Returns what the header of a race says, None for a session. Raises `KicktimerError` if there is no distance."""
    race = header.get("race")
    if race is None:
        return None
    if not isinstance(race, dict):
        raise KicktimerError("the header's `race` has no distance", "the log is not one of kicktimer's races")
    distance = race.get("distance")
    if isinstance(distance, (int, float)) and not isinstance(distance, bool):  # metres, as in every JSON document
        mm = round(distance * 1000) if 0 < distance * 1000 <= MAX_MM else 0
    else:
        try:
            mm = parse_race_mm(str(distance or ""))
        except ScalarError as error:
            raise KicktimerError(f"the header's `race` has no distance: {error.message}", error.hint) from error
    if not mm:
        raise KicktimerError("the header's `race` has no distance", "the log is not one of kicktimer's races")
    place = race.get("place")
    return RaceInfo(
        mm, str(race.get("name") or ""), str(race.get("event") or ""), place if type(place) is int else None
    )


def squad_record(athlete: Any) -> AthleteRecord:
    """Returns the record of an athlete of a squad."""
    return AthleteRecord(
        name=athlete.name,
        races=dict(athlete.races),
        fresh_200_ms=athlete.fresh_200_ms,
        fresh_start=athlete.fresh_200_start,
        fresh_on=athlete.fresh_200_on,
        goal_last_200_ms=athlete.goal_last_200_ms,
    )


def _rep_record(
    result: RepResult, name: str, each: AthleteResult, rating: tuple[int | None, float | None]
) -> RepRecord:
    rep = result.rep
    return RepRecord(
        athlete=name,
        group=result.group,
        rep=rep.number,
        set=rep.set,
        distance_mm=rep.distance_mm,
        duration_ms=rep.duration_ms,
        closing=rep.closing,
        pace=rep.pace.text if rep.target_ms is None else "",
        started_ms=result.started,
        target_ms=each.target,
        estimated=each.estimated,
        band=each.band,
        time_ms=each.time,
        by=each.by,
        splits=tuple(
            SplitRecord(round(float(mark) * 1000), ms, each.split_sources[mark], each.replaced.get(mark))
            for mark, ms in each.splits.items()
        ),
        recovery_ms=each.recovery,
        relaxation=rating[0],
        effort=rating[1],
        status=each.status,
        original_ms=each.replaced.get("finish"),
    )


def planned_rest(before: PlannedRep, target_ms: int | None) -> int | None:
    """Returns the rest planned after the rep `before`, for an athlete with this target in it; None where nothing says.

    Of a send-off it is what the target leaves.
    """
    if before.rest.kind == "ready":
        return None
    if before.rest.percent:
        return None if target_ms is None else before.rest.after(target_ms)
    if before.rest.kind != "send_off":
        return before.rest.ms
    return None if target_ms is None else max(0, before.rest.ms - target_ms)


# -- what counts


def counted(
    sessions: Iterable[SessionRecord],
    *,
    rehearsed: bool = False,
    hidden: bool = False,
    aliases: Mapping[str, str] = {},
) -> tuple[SessionRecord, ...]:
    """Returns the sessions that count, oldest first. Rehearsed, demo and hidden ones do only if they are asked for.

    `aliases` maps a respelt name to the athlete's name for the review: a chain is followed to its end. The records
    stay as they are; copies with the merged names are returned. A race counts as a record and never as a week.
    """
    found = [
        merge_names(session, aliases)
        for session in sessions
        if (rehearsed or not session.rehearsed) and (hidden or not session.hidden)
    ]
    return tuple(sorted(found, key=lambda each: (each.moment, each.seq, each.id)))


def merge_names(session: SessionRecord, aliases: Mapping[str, str]) -> SessionRecord:
    """Returns the session with every name as `aliases` has it. Two athletes of one session are never made one."""
    if not aliases:
        return session
    present = {*session.names, *(each.name for each in session.athletes)}
    new = {name: resolve_alias(name, aliases) for name in present}
    targets = list(new.values())
    # Two people who ran side by side are two people, whatever the aliases say: their times must not mix.
    new = {name: to if targets.count(to) == 1 else name for name, to in new.items()}
    if all(name == to for name, to in new.items()):
        return session
    return replace(
        session,
        athletes=tuple(replace(each, name=new[each.name]) for each in session.athletes),
        reps=tuple(replace(each, athlete=new[each.athlete]) for each in session.reps),
    )


def resolve_alias(name: str, aliases: Mapping[str, str]) -> str:
    """Returns the name that stands for `name`. A circle of aliases ends where it began."""
    seen = {name}
    while (to := aliases.get(name)) is not None and to not in seen:
        seen.add(to)
        name = to
    return name
