"""The live screen: what a group's clock says now, and its board of athletes.

`board` depends on the state alone and is computed when that changes; `clock` is for every picture. Moments are ms on
the session's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kicktimer.cues import cues
from kicktimer.session import Phase, arrivals
from kicktimer.units import show_clock, show_countdown, show_distance, show_target
from kicktimer.view.comparison import Comparison, compare, length_words, rep_words, rest_words, target_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.session import GroupState, Run, State

Tone = Literal["ready", "countdown", "run", "recovery", "hold", "done"]

SAID_MS = 8000
"""For so long a line that is spoken in a rep stays on the screen."""
LATE_MS = 30_000
"""So long after the slowest target the screen asks for `close`."""
GO_MS = 1000
"""For so long the screen says GO."""
EARLIER = 12
"""Earlier reps that a board holds for an athlete."""


@dataclass(frozen=True, slots=True)
class Row:
    """One athlete.

    `now` is the rep's time, `guess` where it is an arrival's that only proposes this athlete; `note` says why there is
    none. `earlier` are the times of the reps before, the newest first, None where there is none.
    """

    key: str
    name: str
    target: str
    now: Comparison | None
    guess: bool
    note: str
    earlier: tuple[Comparison | None, ...]
    rating: str
    to_rate: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """An arrival that waits for a name, or the one that is selected. `n` is the number of its fact."""

    n: int
    time: str
    rep: str
    name: str  # who it is taken for, "" where nobody is left
    named: bool
    selected: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A line that is shown while it is spoken."""

    since: int
    until: int
    text: str
    relax: bool


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """What a group's state says until it changes. `reps` heads the columns: this rep's number, then earlier ones'.

    A board is equal to itself alone, so that what was painted of it can be kept for the next picture.
    """

    rows: tuple[Row, ...]
    reps: tuple[str, ...]
    arrivals: tuple[Waiting, ...]
    said: tuple[Said, ...]
    rating: str  # whose closing rep the next rating is, "" where there is none


@dataclass(frozen=True, slots=True)
class GroupClock:
    """What the group's clock says at a moment. `shape` is the widest text of its kind, so that digits keep a size."""

    word: str
    tone: Tone
    big: str
    shape: str
    caption: str
    rep: str
    flags: str  # CLOSING, LAST
    split: str
    ahead: str
    reminder: str  # the relaxation reminder while it holds the screen
    said: str
    alert: str


# -- the board


def board(state: State, name: str, selected: int | None = None, chosen: tuple[str, int] | None = None) -> Board:
    """The group's board. `selected` is an arrival, `chosen` the athlete and rep chosen for the next rating."""
    group = state.groups[name]
    runs = [group.runs[index] for index in group.live_indexes(EARLIER + 1)]
    run = runs[0] if runs else None
    shown = run.rep if run is not None else group.reps[group.next] if group.has_next_rep else group.reps[-1]
    times = [_times(each) for each in runs]
    mark = next_rating(state, name, chosen)
    guesses = _guesses(run)
    ratings = {(each.athlete, each.rep): each.relaxation for each in state.ratings if each.relaxation is not None}
    rows = []
    for athlete in group.athletes:
        target = shown.targets.get(athlete)
        now = None if run is None else times[0].get(athlete)
        guess = now is None and athlete in guesses
        now = guesses.get(athlete) if now is None else now
        rated_rep = mark[1] if mark is not None else shown.number
        rating = ratings.get((athlete, rated_rep))
        rows.append(
            Row(
                key=state.athletes[athlete].key,
                name=athlete,
                target=target_words(target),
                now=None if now is None else compare(now, None if target is None else target.ms),
                guess=guess,
                note="" if now is not None else _note(group, run, athlete),
                earlier=tuple(
                    None if athlete not in taken else compare(taken[athlete], _target_ms(each, athlete))
                    for each, taken in zip(runs[1:], times[1:], strict=True)
                ),
                rating="" if rating is None else str(rating),
                to_rate=mark is not None and mark[0] == athlete,
            )
        )
    return Board(
        rows=tuple(rows),
        reps=tuple(str(each.rep.number) for each in runs) or (str(shown.number),),
        arrivals=tuple(_waiting(group, selected)),
        said=tuple(_said(state, group)),
        rating="" if mark is None else f"{mark[0]}, rep {mark[1]}",
    )


def _target_ms(run: Run, athlete: str) -> int | None:
    target = run.rep.targets.get(athlete)
    return None if target is None else target.ms


def _times(run: Run) -> dict[str, int]:
    """All finishes of a run at once, in ms from GO: `marks.time_of` reads all arrivals anew for each athlete."""
    finish = run.rep.distance_mm
    if finish is None or run.started is None:
        return {}
    found = {each.athlete: each.t - run.started for each in arrivals.valid(run) if each.athlete and each.mark == finish}
    return found | {who: ms for (who, mark), ms in run.corrections.items() if mark == finish}


def _guesses(run: Run | None) -> dict[str, int]:
    """The times of finishes without a name, by the athlete who is proposed."""
    if run is None or run.started is None:
        return {}
    proposed = arrivals.proposals(run)
    return {
        who: each.t - run.started
        for each in arrivals.valid(run)
        if each.mark == run.rep.distance_mm and (who := proposed.get(each.n)) is not None
    }


def _note(group: GroupState, run: Run | None, athlete: str) -> str:
    """Why an athlete has no time."""
    if run is None or athlete not in run.present:
        return "out" if athlete in group.dropped else "next rep" if run is not None else ""
    if athlete in run.dropped or athlete in group.dropped:
        return "out"
    if run.skipped:
        return "skipped"
    splits = [each for each in arrivals.valid(run) if each.athlete == athlete and each.mark is not None]
    if splits and run.started is not None:
        last = max(splits, key=lambda each: each.mark or 0)
        return f"{show_distance(last.mark or 0)} {compare(last.t - run.started, None).time}"
    if run.rep.distance_mm is None:
        return ""
    if run.closed is not None or group.phase is Phase.DONE:
        return "missed" if run.rep.rest.kind != "target" else ""
    return "…"


def _waiting(group: GroupState, selected: int | None) -> Iterator[Waiting]:
    """The arrivals of the last two runs that wait for a name, oldest first, and the selected one."""
    for index in sorted(group.live_indexes(2)):
        run = group.runs[index]
        proposed = arrivals.proposals(run)
        for each in sorted(arrivals.valid(run), key=lambda arrival: (arrival.t, arrival.n)):
            if each.athlete is None or each.n == selected:
                where = "" if each.mark in (run.rep.distance_mm, None) else f" at {show_distance(each.mark or 0)}"
                yield Waiting(
                    n=each.n,
                    time=compare(each.t - (run.started or 0), None).time,
                    rep=f"rep {run.rep.number}{where}",
                    name=each.athlete or proposed.get(each.n) or "",
                    named=each.athlete is not None,
                    selected=each.n == selected,
                )


def _said(state: State, group: GroupState) -> Iterator[Said]:
    """What is spoken to the group, and until when it is shown: in a recovery until GO, in a rep for a while."""
    for cue in cues(state):
        if cue.name == "say" and cue.group == group.name:
            waits = group.phase is not Phase.RUNNING and group.go is not None and cue.at < group.go
            until = group.go if waits and group.go is not None else cue.at + SAID_MS
            yield Said(cue.at, until, cue.text, cue.relax)


def ratable(state: State, name: str) -> tuple[tuple[str, int], ...]:
    """The group's athletes with their closing reps: the newest that is over, then older ones, last the running one."""
    group = state.groups[name]
    closing = [run for index in group.live_indexes(6) if (run := group.runs[index]).rep.closing]
    closing.sort(key=lambda run: run.ended is None)
    return tuple(
        (athlete, run.rep.number)
        for run in closing
        for athlete in group.athletes
        if athlete in run.present and athlete not in run.dropped
    )


def next_rating(state: State, name: str, chosen: tuple[str, int] | None = None) -> tuple[str, int] | None:
    """Whose closing rep the next rating is: the chosen one, else the first that has none."""
    found = ratable(state, name)
    if chosen in found:
        return chosen
    rated = {(each.athlete, each.rep) for each in state.ratings if each.relaxation is not None}
    return next((each for each in found if each not in rated), None)


# -- the clock


def clock(state: State, name: str, now: int, said: tuple[Said, ...] = ()) -> GroupClock:
    """What the group's clock says at `now`."""
    group = state.groups[name]
    run = group.run
    word, tone, big, shape, caption = _face(group, run, now)
    running = group.phase is Phase.RUNNING and run is not None
    rep = run.rep if run is not None and (running or group.phase is Phase.DONE or not group.has_next_rep) else None
    after = "" if rep is not None else "next: " if group.go_count else ""
    rep = rep or group.reps[min(group.next, len(group.reps) - 1)]
    sets = group.reps[-1].set
    set_words = f" · set {rep.set} of {sets}{f' ({rep.set_name})' if rep.set_name else ''}" if sets > 1 else ""
    spoken = [line for line in said if line.since <= now < line.until]
    flags = [word for word, on in (("CLOSING", rep.closing), ("LAST", rep.number == len(group.reps) > 1)) if on]
    return GroupClock(
        word=word,
        tone=tone,
        big=big,
        shape=shape,
        caption=caption,
        rep=f"{after}rep {rep.number} of {len(group.reps)} · {length_words(rep)}{set_words}",
        flags=" · ".join(flags),
        split=_split(group, run, now),
        ahead=_ahead(group, run),
        reminder=next((line.text for line in spoken if line.relax), ""),
        said=next((line.text for line in spoken if not line.relax), ""),
        alert=_alert(group, run, now),
    )


def _face(group: GroupState, run: Run | None, now: int) -> tuple[str, Tone, str, str, str]:
    """State word, tone, digits, their shape, and what they count."""
    if group.phase is Phase.READY:
        if group.countdown_at is not None:
            left = show_countdown(group.countdown_at + group.countdown_ms - now)
            return "READY", "ready", left, _shape(left), "to this group's GO"
        left = show_countdown(group.countdown_ms)
        return "READY", "ready", left, _shape(left), "countdown"
    if group.phase is Phase.DONE:
        first = next((each.started for each in group.runs if each.started is not None), None)
        last = group.run
        total = 0 if first is None or last is None else (last.ended or now) - first
        return "DONE", "done", show_clock(total), _shape(show_clock(total)), "from the first GO"
    if group.phase is Phase.RUNNING and run is not None and run.started is not None:
        elapsed = max(0, now - run.started)
        big = show_target(elapsed // 100 * 100)
        caption = f"since GO{' · held: no GO after this rep' if group.held else ''}"
        return ("GO" if elapsed < GO_MS else "RUN"), "run", big, _shape(big, "0:00.0"), caption
    if group.held:
        since = run.since if run is not None and run.since is not None else None
        passed = show_clock(now - since) if since is not None else show_countdown(group.countdown_ms)
        return "HOLD", "hold", passed, _shape(passed), "rested so far" if since is not None else "countdown"
    if group.go is None:
        since = now if run is None or run.since is None else run.since
        passed = show_clock(now - since)
        return "RECOVERY", "recovery", passed, _shape(passed), "rested so far, GO is yours"
    left = show_countdown(group.go - now)
    if group.phase is Phase.COUNTDOWN:
        return "COUNTDOWN", "countdown", left, _shape(left), "to GO"
    return "RECOVERY", "recovery", left, _shape(left), "to GO"


def _shape(text: str, least: str = "0:00") -> str:
    """The text's form with every digit alike, `least` where it is shorter."""
    form = "".join("0" if char.isdigit() else char for char in text)
    return form if len(form) > len(least) else least


def _split(group: GroupState, run: Run | None, now: int) -> str:
    """The next mark of the running rep and when the fastest target comes to it; in a recovery who is still out."""
    if group.phase is Phase.READY:
        return "space starts the countdown" if group.countdown_at is None else "starts by itself"
    if run is None or run.started is None:
        return ""
    if group.phase is not Phase.RUNNING:
        out = arrivals.out(run) if run.closed is None and not run.skipped and group.phase is not Phase.DONE else 0
        if out and not run.rep.hands_free:
            return f"{out} still out · rep {run.rep.number} at {show_target((now - run.started) // 100 * 100)}"
        return ""
    elapsed = now - run.started
    if run.rep.duration_ms is not None:
        return f"ends in {show_countdown(run.rep.duration_ms - elapsed)}"
    return _next_mark(run, elapsed)


def _next_mark(run: Run, elapsed: int) -> str:
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


def _ahead(group: GroupState, run: Run | None) -> str:
    """What comes next: this rep's recovery and the rep after it; before a rep its targets and its recovery."""
    if not group.has_next_rep:
        return "last rep" if group.phase is Phase.RUNNING else ""
    rep = group.reps[group.next]
    words = rep_words(rep, group.present)
    if group.phase is Phase.RUNNING and run is not None:
        return f"{rest_words(run.rep.rest)}, then {words}{' · CLOSING' if rep.closing else ''}"
    last = rep.number == len(group.reps)
    return words if last else f"{words}, {rest_words(rep.rest)}"


def _alert(group: GroupState, run: Run | None, now: int) -> str:
    """What the coach is asked to do."""
    if run is None or run.closed is not None or run.skipped or group.phase not in (Phase.RUNNING, Phase.RECOVERING):
        return ""
    slowest = arrivals.slowest_target(run)
    out = arrivals.out(run)
    if slowest is None or out <= 0 or now < slowest + LATE_MS or run.rep.hands_free:
        return ""
    return f"{out} {'is' if out == 1 else 'are'} out, {show_clock(now - slowest)} over target: close the rep?"
