"""The clock of a group on the live screen: state, digits, next split, what comes next, and what the coach is asked.

`group_clock` is computed for every frame. Moments are ms on the session's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kicktimer.session import Phase, arrivals
from kicktimer.units import show_clock, show_countdown, show_distance, show_target
from kicktimer.view.comparison import format_rep, format_rep_length, format_rest, format_target

if TYPE_CHECKING:
    from kicktimer.session import GroupState, Run, State
    from kicktimer.view.athlete_board import ShownLine

Tone = Literal["ready", "countdown", "run", "recovery", "hold", "done"]

CLOSE_PROMPT_AFTER_MS = 30_000
"""How long after the slowest target the screen asks the coach to close the rep."""
GO_SHOWN_MS = 1000
"""How long the screen shows GO."""


@dataclass(frozen=True, slots=True)
class GroupClock:
    """The part of a group's pane that depends on the moment.

    `digits_shape` is the widest text that `digits` can become for now: the screen sizes the digits by it, so that
    their size does not change with every digit. `caption` says what the digits count. `caption`, `next_split` and
    `alert` have the ids of actions, as in `{close}`, where their keys belong.
    """

    state_word: str
    tone: Tone
    digits: str
    digits_shape: str
    words: str  # what stands in the place of the digits: `GO`, for a second, and `SESSION OVER`
    caption: str
    rep_title: str
    banner: str  # the rep and who or what is next, for block letters
    flags: str  # "CLOSING", "LAST", both or ""
    next_split: str
    upcoming: str
    reminder: str  # the relaxation reminder, "" while it is not shown
    spoken_line: str
    alert: str


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
        words="GO" if state_word == "GO" else "SESSION OVER" if state.finished else "",
        caption=f"{digits} {caption}" if state.finished else caption,
        rep_title=f"{after}rep {rep.number} of {len(group.reps)} · {format_rep_length(rep)}{set_words}",
        banner=_format_banner(state, group, run, running=running),
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
        if group.warmup and now > 0:
            passed = show_clock(now)
            return "READY", "ready", passed, _digits_shape(passed), f"warm-up of {group.warmup}"
        left = show_countdown(group.countdown_ms)
        return "READY", "ready", left, _digits_shape(left), "countdown"
    if group.phase is Phase.DONE:
        first = next((each.started for each in group.runs if each.started is not None), None)
        last = group.newest_run
        total = 0 if first is None or last is None else (last.ended or now) - first
        if group.cooldown and last is not None and last.ended is not None:
            caption = f"from the first GO · cool-down of {group.cooldown}: {show_clock(max(0, now - last.ended))}"
            return "DONE", "done", show_clock(total), _digits_shape(show_clock(total)), caption
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
        return "RECOVERY", "recovery", passed, _digits_shape(passed), "rested so far, GO is yours: {hold}"
    left = show_countdown(group.go - now)
    if group.phase is Phase.COUNTDOWN:
        return "COUNTDOWN", "countdown", left, _digits_shape(left), "to GO"
    jog = 0 if run is None else run.rep.rest.jog_mm
    caption = f"to GO · {show_distance(jog)} jog" if jog else "to GO"
    return "RECOVERY", "recovery", left, _digits_shape(left), caption


def _format_banner(state: State, group: GroupState, run: Run | None, *, running: bool) -> str:
    """Returns the rep's number with the athlete who is expected next, or the next rep with its length."""
    if group.phase is Phase.DONE:
        return "" if state.finished else "DONE"
    count = len(group.reps)
    if running and run is not None:
        finish = run.rep.distance_mm
        awaited = [] if finish is None or run.closed is not None else arrivals.awaited_athletes(run, finish)
        waiting = sum(each.athlete is None and not each.early for each in arrivals.valid(run))
        name = awaited[waiting] if waiting < len(awaited) else ""
        return f"{run.rep.number} of {count}  {name}".strip()
    rep = group.reps[min(group.next_index, count - 1)]
    return f"{rep.number} of {count}  {format_rep_length(rep).replace(' ', '')}"


def _digits_shape(text: str, least: str = "0:00") -> str:
    """Returns the text with every digit replaced by 0, but at least `least`."""
    form = "".join("0" if char.isdigit() else char for char in text)
    return form if len(form) > len(least) else least


def _format_next_split(group: GroupState, run: Run | None, now: int) -> str:
    """Returns the next mark of the running rep with the fastest target for it; in a recovery how many are still out."""
    if group.phase is Phase.READY:
        if group.countdown_at is not None:
            return "starts by itself"
        return "{space} starts the countdown" if group.countdown_ms else "{space}: GO"
    if run is None or run.started is None:
        return ""
    if group.phase is not Phase.RUNNING:
        out = arrivals.count_out(run) if run.closed is None and not run.skipped and group.phase is not Phase.DONE else 0
        if out and not run.rep.hands_free:
            return f"{out} still out · rep {run.rep.number} at {show_target((now - run.started) // 100 * 100)}"
        return ""
    elapsed = now - run.started
    if run.rep.duration_ms is not None:
        leg = next((say for say in run.rep.says if say.leg and say.value > elapsed), None)
        change = "" if leg is None else f"{leg.text} in {show_countdown(leg.value - elapsed)} · "
        return f"{change}ends in {show_countdown(run.rep.duration_ms - elapsed)}"
    return _format_next_mark(run, elapsed)


def _format_next_mark(run: Run, elapsed: int) -> str:
    finish = run.rep.distance_mm or 0
    targets = [run.rep.targets[name] for name in arrivals.runners(run) if name in run.rep.targets]
    if not targets:
        return _format_early_mark(run, elapsed) or f"finish at {show_distance(finish)} · no target"
    for mark in (*run.rep.splits, finish):
        ms = min((target.marks.get(mark, target.ms) for target in targets), default=0)
        if ms > elapsed:
            at = "finish" if mark == finish else show_distance(mark)
            fastest = min(targets, key=lambda target: target.ms)
            if mark == finish and fastest.band is not None:
                return f"finish at {format_target(fastest)} · in {show_countdown(ms - elapsed)}"
            leg = next((say.text for say in run.rep.says if say.leg and say.mark == mark), "")
            return f"{at} at {show_target(ms)} · in {show_countdown(ms - elapsed)}{f', then {leg}' if leg else ''}"
    slowest = max(target.ms for target in targets)
    if slowest > elapsed:
        return f"last finish at {show_target(slowest)} · in {show_countdown(slowest - elapsed)}"
    return f"target {show_target(slowest)} is over by {show_clock(elapsed - slowest)}"


def _format_early_mark(run: Run, elapsed: int) -> str:
    """Returns the next mark before a leg without a pace, "" if there is none."""
    times = [run.rep.early_marks.get(name, {}) for name in arrivals.runners(run)]
    coming = [(ms, mark) for marks in times for mark, ms in marks.items() if mark in run.rep.splits and ms > elapsed]
    if not coming:
        return ""
    ms, mark = min(coming)
    return f"{show_distance(mark)} at {show_target(ms)} · in {show_countdown(ms - elapsed)}"


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
