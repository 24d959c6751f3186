"""Lines around the panes and tables: the title, the last message, whether the session is saved, and a footer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.tui.footer_and_help import footer
from kicktimer.tui.render.text_layout import bar, display_width, justify, wrap
from kicktimer.units import show_time

if TYPE_CHECKING:
    from collections.abc import Collection

    from kicktimer.live_session import LiveSession
    from kicktimer.tui.base_controls import KeptPress
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.footer_and_help import KeyNames
    from kicktimer.tui.keys import Condition, Screen
    from kicktimer.tui.render.text_layout import Line

KEPT_PRESS_MARGIN = 24
"""The columns of the title line that sound and saving take beside a press that was no arrival."""
NOTICE_TURN_S = 3.0
"""Notices that share a line are shown in turn, each for this long."""


@dataclass(frozen=True, slots=True)
class SavingProblem:
    """A problem with saving. `facts_unsaved` says whether facts are not on the disk because of it."""

    text: str
    facts_unsaved: bool


def saving_problem(live: LiveSession) -> SavingProblem | None:
    """Returns the problem with saving, None where there is none.

    A session that was moved to another file is saved like any other: no fact is unsaved because of the move.
    """
    if not live.trouble:
        return None
    if live.trouble.endswith(str(live.log_path)):
        return SavingProblem(f"moved to {live.log_path.name}", facts_unsaved=False)
    return SavingProblem(live.trouble, facts_unsaved=not live.saved)


def title_line(controls: Controls, width: int) -> Line:
    """Returns the workout and the squad, the sound output, and whether everything is saved.

    A press that was no arrival stands in the place of the workout as long as it can become one.
    """
    live, kept = controls.live, controls.kept_press
    plan, problem = live.plan, saving_problem(live)
    if problem is not None and problem.facts_unsaved:
        return bar(f"NOT SAVED  {problem.text}", "bad", width)
    left: Line = ((f" {plan.name}", "strong"), (f" · {plan.squad_name}" if plan.squad_name else "", "dim"))
    if problem is not None:
        left = ((f" {problem.text}", "alert"),)
    if kept is not None:
        left = ((f" {_kept_press_text(live, kept, controls.keys, width)} ", "bad"),)
    right = _sound(live)
    if live.state.n:
        right = (*right, ("  saved ", "on") if live.saved else ("  saving ", "alert"))
    return justify(left, right, width)


def _sound(live: LiveSession) -> Line:
    """Returns what the sound comes out of, and what keeps GO from being heard."""
    speaker = live.speaker
    off = speaker.muted or speaker.sink == "off"
    if speaker.muted:
        text = "MUTED"
    elif off:
        text = "no sound"
    else:
        text = f"♪ {speaker.sink}" if speaker.sink else "♪ …"
    if live.sound.not_heard_today and live.state.n == 0:
        text += ", not heard"
    go_silenced = "" if off or not speaker.sink else live.sound.go_silenced_reason
    if go_silenced:
        text += f", {go_silenced}"
    return ((f"  {text}", "alert" if off or go_silenced or not speaker.sink else "text"),)


def message_line(controls: Controls, next_to_rate: str, now_s: float, width: int) -> Line:
    """Returns the most urgent message of the live screen: a question, the answer to a key, a notice, or a hint.

    `next_to_rate` names the athlete whose closing rep is rated next, "" for nobody. `now_s` decides whose turn it is
    among notices that share the line.
    """
    live, keys = controls.live, controls.keys
    if controls.message and (controls.refused or not controls.prompt):
        return bar(controls.message, "bad" if controls.refused else "selected", width)
    if controls.prompt:
        return bar(controls.prompt, "alert", width)
    if live.sound.not_heard_today and live.state.n == 0:
        not_heard = f"♪ sound not heard today: {keys.short('hear')} plays GO"
        notices = [notice for notice in (not_heard, live.speaker.note, live.awake_problem) if notice]
        return bar(notices[int(now_s // NOTICE_TURN_S) % len(notices)], "alert", width)
    if live.speaker.note:
        return bar(f"♪ {live.speaker.note}", "alert", width)
    if live.awake_problem and not live.state.begun:
        return bar(live.awake_problem, "alert", width)
    if live.state.finished:
        hint = keys.fill(" · {accept}: the summary · {leave} leaves")
        return justify(((" all done", "strong"), (hint, "text")), (), width)
    if next_to_rate:
        return justify(((f" {keys.row('rate-1')} rate how relaxed: {next_to_rate} ", "selected"),), (), width)
    return ()


def _kept_press_text(live: LiveSession, kept: KeptPress, keys: KeyNames, width: int) -> str:
    """Returns which press was no arrival, with its time in the rep, and the key that makes it one."""
    run = live.state.groups[kept.group].newest_run
    started = 0 if run is None or run.started is None else run.started
    press = f"{kept.key} {show_time(max(0, kept.t - started))}"
    keep = keys.short("keep")
    long = f"{press} was not taken: {keep} takes it"
    return long if display_width(long) + KEPT_PRESS_MARGIN <= width else f"{press}? {keep}"


def saved_line(live: LiveSession, width: int) -> Line:
    """Returns where the session is saved, that it is being saved, or why it is not saved."""
    problem = saving_problem(live)
    if problem is not None and problem.facts_unsaved:
        return bar(f"NOT SAVED  {problem.text}", "bad", width)
    if live.saved:
        return justify(((" saved at ", "on"), (str(live.log_path), "text")), (), width)
    return justify(((" saving …", "alert"),), (), width)


def footer_line(screen: Screen, conditions: Collection[Condition], names: KeyNames) -> Line:
    """Returns the available keys of the screen, each with its label."""
    line: Line = ((" ", "text"),)
    for item in footer(screen, conditions, names, separator=" "):
        if item.available:
            line = (*line, (item.keys, "key"), (f" {item.label}  ", "text"))
    return line


def too_small_lines(live: LiveSession, size: tuple[int, int], needed: tuple[int, int]) -> list[Line]:
    """Returns what a window too small for the live screen shows. Sizes are columns and rows."""
    (width, height), (needed_width, needed_height) = size, needed
    text = (
        f"This window is {width} x {height}. The live screen needs {needed_width} x {needed_height}. "
        "Keys still take times."
    )
    lines: list[Line] = [((row, "strong"),) for row in wrap(text, max(1, width))]
    problem = saving_problem(live)
    if problem is not None and problem.facts_unsaved:
        return [*lines, ((f"NOT SAVED: {problem.text}", "bad"),)]
    saved = "saved" if live.saved else "saving"
    return [*lines, ((problem.text if problem is not None else saved, "text"),)]
