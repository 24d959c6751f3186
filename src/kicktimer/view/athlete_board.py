"""The live screen's content for a group: the clock, and the board with its athletes.

`group_board` depends on the state only and is computed when the state changes; `group_clock` is computed for every
frame. Moments are ms on the session's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from kicktimer.cues import cues
from kicktimer.session import Phase, arrivals
from kicktimer.units import show_clock, show_countdown, show_distance, show_target
from kicktimer.view.arrival_list import NO_PREFERENCES, proposed_names
from kicktimer.view.comparison import (
    Comparison,
    compare,
    format_rep,
    format_rep_length,
    format_rest,
    format_target,
    format_time,
    is_hand_time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kicktimer.plan import Target
    from kicktimer.session import Arrival, GroupState, Run, State

Tone = Literal["ready", "countdown", "run", "recovery", "hold", "done"]

SPOKEN_LINE_SHOWN_MS = 8000
"""How long a line that is spoken during a rep stays on the screen."""
CLOSE_PROMPT_AFTER_MS = 30_000
"""How long after the slowest target the screen asks the coach to close the rep."""
GO_SHOWN_MS = 1000
"""How long the screen shows GO."""
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


@dataclass(frozen=True, slots=True)
class GroupClock:
    """The part of a group's pane that depends on the moment.

    `digits_shape` is the widest text that `digits` can become for now: the screen sizes the digits by it, so that
    their size does not change with every digit. `caption` says what the digits count.
    """

    state_word: str
    tone: Tone
    digits: str
    digits_shape: str
    caption: str
    rep_title: str
    flags: str  # "CLOSING", "LAST", both or ""
    next_split: str
    upcoming: str
    reminder: str  # the relaxation reminder, "" while it is not shown
    spoken_line: str
    alert: str  # with the ids of actions, as in `{close}`, where their keys belong


# -- the board


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
                target=format_target(target),
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
    return None if time is None else compare(time.ms, None if target is None else target.ms, by_hand=time.by_hand)


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


# -- the clock


def group_clock(state: State, name: str, now: int, spoken_lines: tuple[ShownLine, ...] = ()) -> GroupClock:
    """Returns the clock of the group `name` at the moment `now`. `spoken_lines` are those of the group's board."""
    group = state.groups[name]
    run = group.newest_run
    state_word, tone, digits, digits_shape, caption = _format_state(group, run, now)
    running = group.phase is Phase.RUNNING and run is not None
    rep = run.rep if run is not None and (running or group.phase is Phase.DONE or not group.has_next_rep) else None
    after = "" if rep is not None else "next: " if group.go_count else ""
    rep = rep or group.reps[min(group.next_index, len(group.reps) - 1)]
    sets = group.reps[-1].set
    set_words = f" · set {rep.set} of {sets}{f' ({rep.set_name})' if rep.set_name else ''}" if sets > 1 else ""
    spoken = [line for line in spoken_lines if line.since <= now < line.until]
    flags = [flag for flag, on in (("CLOSING", rep.closing), ("LAST", rep.number == len(group.reps) > 1)) if on]
    return GroupClock(
        state_word=state_word,
        tone=tone,
        digits=digits,
        digits_shape=digits_shape,
        caption=caption,
        rep_title=f"{after}rep {rep.number} of {len(group.reps)} · {format_rep_length(rep)}{set_words}",
        flags=" · ".join(flags),
        next_split=_format_next_split(group, run, now),
        upcoming=_format_upcoming(group, run),
        reminder=next((line.text for line in spoken if line.relax), ""),
        spoken_line=next((line.text for line in spoken if not line.relax), ""),
        alert=_format_alert(group, run, now),
    )


def _format_state(group: GroupState, run: Run | None, now: int) -> tuple[str, Tone, str, str, str]:
    """Returns the state word, tone, digits, digits' shape and caption of a `GroupClock`."""
    if group.phase is Phase.READY:
        if group.countdown_at is not None:
            left = show_countdown(group.countdown_at + group.countdown_ms - now)
            return "READY", "ready", left, _digits_shape(left), "to this group's GO"
        left = show_countdown(group.countdown_ms)
        return "READY", "ready", left, _digits_shape(left), "countdown"
    if group.phase is Phase.DONE:
        first = next((each.started for each in group.runs if each.started is not None), None)
        last = group.newest_run
        total = 0 if first is None or last is None else (last.ended or now) - first
        return "DONE", "done", show_clock(total), _digits_shape(show_clock(total)), "from the first GO"
    if group.phase is Phase.RUNNING and run is not None and run.started is not None:
        elapsed = max(0, now - run.started)
        digits = show_target(elapsed // 100 * 100)
        caption = f"since GO{' · held: no GO after this rep' if group.held else ''}"
        return ("GO" if elapsed < GO_SHOWN_MS else "RUN"), "run", digits, _digits_shape(digits, "0:00.0"), caption
    if group.held:
        since = run.recovery_since if run is not None and run.recovery_since is not None else None
        passed = show_clock(now - since) if since is not None else show_countdown(group.countdown_ms)
        return "HOLD", "hold", passed, _digits_shape(passed), "rested so far" if since is not None else "countdown"
    if group.go is None:
        since = now if run is None or run.recovery_since is None else run.recovery_since
        passed = show_clock(now - since)
        return "RECOVERY", "recovery", passed, _digits_shape(passed), "rested so far, GO is yours"
    left = show_countdown(group.go - now)
    if group.phase is Phase.COUNTDOWN:
        return "COUNTDOWN", "countdown", left, _digits_shape(left), "to GO"
    return "RECOVERY", "recovery", left, _digits_shape(left), "to GO"


def _digits_shape(text: str, least: str = "0:00") -> str:
    """Returns the text with every digit replaced by 0, but at least `least`."""
    form = "".join("0" if char.isdigit() else char for char in text)
    return form if len(form) > len(least) else least


def _format_next_split(group: GroupState, run: Run | None, now: int) -> str:
    """Returns the next mark of the running rep with the fastest target for it; in a recovery how many are still out."""
    if group.phase is Phase.READY:
        return "space starts the countdown" if group.countdown_at is None else "starts by itself"
    if run is None or run.started is None:
        return ""
    if group.phase is not Phase.RUNNING:
        out = arrivals.count_out(run) if run.closed is None and not run.skipped and group.phase is not Phase.DONE else 0
        if out and not run.rep.hands_free:
            return f"{out} still out · rep {run.rep.number} at {show_target((now - run.started) // 100 * 100)}"
        return ""
    elapsed = now - run.started
    if run.rep.duration_ms is not None:
        return f"ends in {show_countdown(run.rep.duration_ms - elapsed)}"
    return _format_next_mark(run, elapsed)


def _format_next_mark(run: Run, elapsed: int) -> str:
    finish = run.rep.distance_mm or 0
    targets = [run.rep.targets[name] for name in arrivals.runners(run) if name in run.rep.targets]
    if not targets:
        return f"finish at {show_distance(finish)} · no target"
    for mark in (*run.rep.splits, finish):
        ms = min((target.marks.get(mark, target.ms) for target in targets), default=0)
        if ms > elapsed:
            at = "finish" if mark == finish else show_distance(mark)
            return f"{at} at {show_target(ms)} · in {show_countdown(ms - elapsed)}"
    slowest = max(target.ms for target in targets)
    if slowest > elapsed:
        return f"last finish at {show_target(slowest)} · in {show_countdown(slowest - elapsed)}"
    return f"target {show_target(slowest)} is over by {show_clock(elapsed - slowest)}"


def _format_upcoming(group: GroupState, run: Run | None) -> str:
    """Returns what follows: during a rep its recovery and the next rep, else the next rep and its recovery."""
    if not group.has_next_rep:
        return "last rep" if group.phase is Phase.RUNNING else ""
    rep = group.reps[group.next_index]
    words = format_rep(rep, group.present)
    if group.phase is Phase.RUNNING and run is not None:
        return f"{format_rest(run.rep.rest)}, then {words}{' · CLOSING' if rep.closing else ''}"
    last = rep.number == len(group.reps)
    return words if last else f"{words}, {format_rest(rep.rest)}"


def _format_alert(group: GroupState, run: Run | None, now: int) -> str:
    """Returns the request to close the rep if athletes are out long after the slowest target, else "".

    `{close}` in it stands for the key that closes the rep.
    """
    if run is None or run.closed is not None or run.skipped or group.phase not in (Phase.RUNNING, Phase.RECOVERING):
        return ""
    slowest = arrivals.slowest_target(run)
    out = arrivals.count_out(run)
    if slowest is None or out <= 0 or now < slowest + CLOSE_PROMPT_AFTER_MS or run.rep.hands_free:
        return ""
    return f"{out} {'is' if out == 1 else 'are'} out, {show_clock(now - slowest)} over: {{close}} closes the rep"
