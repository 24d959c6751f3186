"""The board of a group on the live screen: its athletes with their times, and the arrivals that wait for a name.

`group_board` depends on the state only, so it is computed when the state changes, not for every frame. Moments are ms
on the session's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kicktimer.cues import cues
from kicktimer.session import Phase, arrivals
from kicktimer.units import show_distance
from kicktimer.view.arrival_list import NO_PREFERENCES, proposed_names
from kicktimer.view.comparison import (
    Comparison,
    compare,
    format_target,
    format_time,
    is_hand_time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kicktimer.plan import Target
    from kicktimer.session import Arrival, GroupState, Run, State

SPOKEN_LINE_SHOWN_MS = 8000
"""How long a line that is spoken during a rep stays on the screen."""
MAX_EARLIER_REPS = 12
"""How many earlier reps a board has for each athlete."""


@dataclass(frozen=True, slots=True)
class AthleteRow:
    """An athlete's row on the board.

    `result` is the athlete's time in the current rep; `is_proposed` if it is that of an arrival without a name, which
    is proposed to this athlete. Without a time `note` says why. `earlier_results` has the reps before, newest first,
    with None for a rep without a time. `rating` is the relaxation rating of the rep that is rated next.
    """

    key: str
    name: str
    target: str
    result: Comparison | None
    is_proposed: bool
    note: str
    earlier_results: tuple[Comparison | None, ...]
    rating: str
    is_next_to_rate: bool


@dataclass(frozen=True, slots=True)
class ListedArrival:
    """An arrival in the list of those that wait for a name, or the selected arrival. `n` is the number of its fact."""

    n: int
    time: str
    rep: str
    name: str  # the athlete, named or proposed; "" if nobody is left
    named: bool  # whether the arrival has a name already
    selected: bool
    why: str = ""  # why an arrival waits although an athlete's key took it: "early", or "back in?" for a dropped one


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of text on the screen from `since` to `until`. `relax` is true for the relaxation reminder."""

    since: int
    until: int
    text: str
    relax: bool


@dataclass(frozen=True, slots=True, eq=False)
class GroupBoard:
    """The part of a group's pane that depends on the state only.

    `rep_numbers` are the heads of the columns: the current rep, then earlier ones, newest first. A board is equal only
    to itself, so that the screen can use it as the key of a cache.
    """

    rows: tuple[AthleteRow, ...]
    rep_numbers: tuple[str, ...]
    arrivals: tuple[ListedArrival, ...]
    spoken_lines: tuple[ShownLine, ...]
    next_to_rate: str  # the athlete and closing rep that the next rating is for, "" if there is none


def group_board(
    state: State,
    name: str,
    selected: int | None = None,
    chosen: tuple[str, int] | None = None,
    preferred: Mapping[int, str] = NO_PREFERENCES,
) -> GroupBoard:
    """Returns the board of the group `name`.

    `selected` is the number of the selected arrival's fact; `chosen` is the athlete and rep that the coach has chosen
    for the next rating; `preferred` is as in `proposed_names`.
    """
    group = state.groups[name]
    runs = [group.runs[index] for index in group.valid_indexes(MAX_EARLIER_REPS + 1)]
    run = runs[0] if runs else None
    shown = run.rep if run is not None else group.reps[group.next_index] if group.has_next_rep else group.reps[-1]
    times = [_finish_times(each) for each in runs]
    rated_next = next_to_rate(state, name, chosen)
    proposed_times = _proposed_times(run, preferred)
    ratings = {(each.athlete, each.rep): each.relaxation for each in state.ratings if each.relaxation is not None}
    rows = []
    for athlete in group.athletes:
        target = shown.targets.get(athlete)
        time = None if run is None else times[0].get(athlete)
        is_proposed = time is None and athlete in proposed_times
        time = proposed_times.get(athlete) if time is None else time
        rated_rep = rated_next[1] if rated_next is not None else shown.number
        rating = ratings.get((athlete, rated_rep))
        rows.append(
            AthleteRow(
                key=state.athletes[athlete].key,
                name=athlete,
                target=format_target(target, with_band=False),
                result=_compare(time, target),
                is_proposed=is_proposed,
                note="" if time is not None else _explain_missing_result(group, run, athlete),
                earlier_results=tuple(
                    _compare(taken.get(athlete), each.rep.targets.get(athlete))
                    for each, taken in zip(runs[1:], times[1:], strict=True)
                ),
                rating="" if rating is None else str(rating),
                is_next_to_rate=rated_next is not None and rated_next[0] == athlete,
            )
        )
    return GroupBoard(
        rows=tuple(rows),
        rep_numbers=tuple(str(each.rep.number) for each in runs) or (str(shown.number),),
        arrivals=tuple(_list_arrivals(group, selected, preferred)),
        spoken_lines=tuple(_spoken_lines(state, group)),
        next_to_rate="" if rated_next is None else f"{rated_next[0]}, rep {rated_next[1]}",
    )


class _FinishTime(NamedTuple):
    """A finish time in ms from GO, and whether it was taken by hand, not estimated or typed."""

    ms: int
    by_hand: bool


def _compare(time: _FinishTime | None, target: Target | None) -> Comparison | None:
    return None if time is None else compare(time.ms, target, by_hand=time.by_hand)


def _finish_times(run: Run) -> dict[str, _FinishTime]:
    """Returns the finish time of each athlete who has one.

    One pass over the arrivals does for all athletes, where `arrivals.time_of` needs a pass for each.
    """
    finish = run.rep.distance_mm
    if finish is None or run.started is None:
        return {}
    found = {
        each.athlete: _FinishTime(each.t - run.started, is_hand_time(each.by))
        for each in arrivals.valid(run)
        if each.athlete and each.mark == finish
    }
    typed = {who: _FinishTime(ms, by_hand=False) for (who, mark), ms in run.corrections.items() if mark == finish}
    return found | typed


def _proposed_times(run: Run | None, preferred: Mapping[int, str]) -> dict[str, _FinishTime]:
    """Returns the times of finishes without a name, by the proposed athlete."""
    if run is None or run.started is None:
        return {}
    proposed = proposed_names(run, preferred)
    return {
        who: _FinishTime(each.t - run.started, is_hand_time(each.by))
        for each in arrivals.valid(run)
        if each.mark == run.rep.distance_mm and (who := proposed.get(each.n)) is not None
    }


def _explain_missing_result(group: GroupState, run: Run | None, athlete: str) -> str:
    """Returns why an athlete has no finish time in the run: a word, the last split so far, or "…" while running."""
    if run is None or athlete not in run.present:
        return "out" if athlete in group.dropped else "next rep" if run is not None else ""
    if athlete in run.dropped or athlete in group.dropped:
        return "out"
    if run.skipped:
        return "skipped"
    splits = [each for each in arrivals.valid(run) if each.athlete == athlete and each.mark is not None]
    if splits and run.started is not None:
        last = max(splits, key=lambda each: each.mark or 0)
        typed = run.corrections.get((athlete, last.mark or 0))
        ms = last.t - run.started if typed is None else typed
        by_hand = typed is None and is_hand_time(last.by)
        return f"{show_distance(last.mark or 0)} {format_time(ms, by_hand=by_hand)}"
    if run.rep.distance_mm is None:
        return ""
    if run.closed is not None or group.phase is Phase.DONE:
        return "missed" if run.rep.rest.kind != "target" else ""
    return "…"


def _list_arrivals(group: GroupState, selected: int | None, preferred: Mapping[int, str]) -> Iterator[ListedArrival]:
    """Yields the arrivals of the last two runs that wait for a name, and the selected one, oldest first."""
    for index in sorted(group.valid_indexes(2)):
        run = group.runs[index]
        proposed = proposed_names(run, preferred)
        for each in sorted(arrivals.valid(run), key=lambda arrival: (arrival.t, arrival.n)):
            if each.athlete is None or each.n == selected:
                where = "" if each.mark in (run.rep.distance_mm, None) else f" at {show_distance(each.mark or 0)}"
                yield ListedArrival(
                    n=each.n,
                    time=format_time(each.t - (run.started or 0), by_hand=is_hand_time(each.by)),
                    rep=f"rep {run.rep.number}{where}",
                    name=each.athlete or proposed.get(each.n) or "",
                    named=each.athlete is not None,
                    selected=each.n == selected,
                    why=_explain_waiting(run, group, each),
                )


def _explain_waiting(run: Run, group: GroupState, arrival: Arrival) -> str:
    """Returns why an early arrival, or one from the key of a dropped athlete, has no name; "" for all others."""
    return {"early": "early", "dropped": "back in?", None: ""}[arrivals.why_early(group, run, arrival)]


def _spoken_lines(state: State, group: GroupState) -> Iterator[ShownLine]:
    """Yields the lines spoken to the group: shown until GO in a recovery, for a fixed time during a rep."""
    for cue in cues(state):
        if cue.name == "say" and cue.group == group.name:
            waits = group.phase is not Phase.RUNNING and group.go is not None and cue.at < group.go
            until = group.go if waits and group.go is not None else cue.at + SPOKEN_LINE_SHOWN_MS
            yield ShownLine(cue.at, until, cue.text, cue.relax)


def ratable_reps(state: State, name: str) -> tuple[tuple[str, int], ...]:
    """Returns the athlete and rep number of each closing rep that can be rated now.

    The newest rep that has ended comes first, then earlier ones, and the running one last.
    """
    group = state.groups[name]
    closing = [run for index in group.valid_indexes(6) if (run := group.runs[index]).rep.closing]
    closing.sort(key=lambda run: run.ended is None)
    return tuple(
        (athlete, run.rep.number)
        for run in closing
        for athlete in group.athletes
        if athlete in run.present and athlete not in run.dropped
    )


def next_to_rate(state: State, name: str, chosen: tuple[str, int] | None = None) -> tuple[str, int] | None:
    """Returns the athlete and rep number that the next rating is for; None if every closing rep is rated.

    It is the `chosen` one if it can be rated, else the first closing rep without a rating.
    """
    found = ratable_reps(state, name)
    if chosen in found:
        return chosen
    rated = {(each.athlete, each.rep) for each in state.ratings if each.relaxation is not None}
    return next((each for each in found if each not in rated), None)
