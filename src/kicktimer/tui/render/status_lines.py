"""Lines around the panes and tables: the title, the last message, whether the session is saved, and a footer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kicktimer.tui.footer_and_help import footer
from kicktimer.tui.render.block_font import letters
from kicktimer.tui.render.text_layout import bar, centre, display_width, justify, wrap
from kicktimer.units import show_time

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from kicktimer.live_session import LiveSession
    from kicktimer.tui.base_controls import KeptPress
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.footer_and_help import KeyNames
    from kicktimer.tui.keys import Condition, Screen
    from kicktimer.tui.render.text_layout import Line, Piece

KEPT_PRESS_MARGIN = 24
"""The columns of the title line that sound and saving take beside a press that was no arrival."""
ROOMY_HEIGHT = 20
"""In a window at least as high as this the alarm of an unsaved session has large letters and a second sentence."""
ALARM_LETTER_ROWS = 3
NOTICE_TURN_S = 3.0
"""Notices that share a line are shown in turn, each for this long."""


def not_saved_lines(live: LiveSession, width: int, height: int) -> list[Line]:
    """Returns the alarm of a session that is not saved, in large letters if there is room; nothing while it is saved.

    It says the reason first, then what to do. `height` is that of the window.
    """
    trouble = live.trouble
    if trouble is None or trouble.is_saved or live.saved:
        return []
    first, last = live.unsaved_facts[0], live.unsaved_facts[-1]
    entries = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    texts = [f"{trouble.reason}: {trouble.remedy}"]
    if height >= ROOMY_HEIGHT:
        texts.append(f"The session goes on; {entries} in memory only: do not switch off")
    large = letters("NOT SAVED", width - 2, ALARM_LETTER_ROWS) if height >= ROOMY_HEIGHT else ()
    if not large:
        texts[0] = f"NOT SAVED: {texts[0]}"
    lines = [centre(row, width, "bad") for row in large]
    return [*lines, *(bar(row, "bad", width) for text in texts for row in wrap(text, width - 2))]


def title_line(controls: Controls, width: int) -> Line:
    """Returns the workout and the squad, the sound output, and whether everything is saved.

    A press that was no arrival stands in the place of the workout as long as it can become one.
    """
    live, kept = controls.live, controls.kept_press
    plan, trouble = live.plan, live.trouble
    left: Line = ((f" {plan.name}", "strong"), (f" · {plan.squad_name}" if plan.squad_name else "", "dim"))
    if trouble is not None and trouble.saved_in is not None:
        left = ((f" {trouble.reason}: now saved in {_short_path(trouble.saved_in.parent)}", "alert"),)
    if kept is not None:
        left = ((f" {_kept_press_text(live, kept, controls.keys, width)} ", "bad"),)
    right = _sound(live)
    if live.state.n:
        right = (*right, _saved_word(live))
    return justify(left, right, width)


def _saved_word(live: LiveSession) -> Piece:
    if live.saved:
        return ("  saved ", "on")
    not_saved = live.trouble is not None and not live.trouble.is_saved
    return ("  NOT SAVED ", "bad") if not_saved else ("  saving ", "alert")


def _short_path(path: Path) -> str:
    """Returns a path with `~` for the user's home."""
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises where there is none
    text = str(path)
    return f"~{text[len(home) :]}" if text.startswith(home + os.sep) else text


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
        problems = (live.speaker.note, live.awake_problem, controls.pins_problem)
        notices = [not_heard, *(problem for problem in problems if problem)]
        return bar(notices[int(now_s // NOTICE_TURN_S) % len(notices)], "alert", width)
    if live.speaker.note:
        return bar(f"♪ {live.speaker.note}", "alert", width)
    notices = [problem for problem in (live.awake_problem, controls.pins_problem) if problem]
    if notices and not live.state.begun:
        return bar(notices[int(now_s // NOTICE_TURN_S) % len(notices)], "alert", width)
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
    if live.saved:
        return justify(((" saved at ", "on"), (str(live.log_path), "text")), (), width)
    if live.trouble is not None and not live.trouble.is_saved:
        return bar(f"NOT SAVED: {live.trouble.reason}: {live.trouble.remedy}", "bad", width)
    return justify(((" saving …", "alert"),), (), width)


def footer_line(screen: Screen, conditions: Collection[Condition], names: KeyNames, width: int) -> Line:
    """Returns the available keys of the screen, each with its label, as many of the first ones as fit into `width`."""
    line: Line = ((" ", "text"),)
    used = 1
    for item in footer(screen, conditions, names, separator=" "):
        if not item.available:
            continue
        used += display_width(f"{item.keys} {item.label}")
        if used > width:
            break
        line = (*line, (item.keys, "key"), (f" {item.label}  ", "text"))
        used += 2
    return line


def too_small_lines(live: LiveSession, size: tuple[int, int], needed: tuple[int, int]) -> list[Line]:
    """Returns what a window too small for the live screen shows. Sizes are columns and rows."""
    (width, height), (needed_width, needed_height) = size, needed
    text = (
        f"This window is {width} x {height}. The live screen needs {needed_width} x {needed_height}. "
        "Keys still take times."
    )
    lines: list[Line] = [((row, "strong"),) for row in wrap(text, max(1, width))]
    alarm = not_saved_lines(live, width, height)
    if alarm:
        return [*alarm, *lines]
    return [*lines, ((_saved_word(live)[0].strip(), "text"),)]
