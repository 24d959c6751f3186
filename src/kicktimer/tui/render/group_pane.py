"""The pane of a group on the live screen, as lines. Pure, from a `GroupClock`, a `GroupBoard` and a size.

A low pane keeps the athletes' rows and shows smaller digits; a still lower one gives up empty rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import combining, normalize

from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.render.athlete_table import athlete_table, min_table_rows
from kicktimer.tui.render.block_font import digits, letters
from kicktimer.tui.render.text_layout import centre, justify, wrap

if TYPE_CHECKING:
    from kicktimer.tui.render.text_layout import Line, Role
    from kicktimer.view import GroupBoard, GroupClock, ListedArrival

MIN_CLOCK_ROWS = 4
"""Digits of three rows, and the caption."""
PREFERRED_CLOCK_ROWS = 8
"""The athletes take more columns before they take these rows from the digits."""
MAX_LISTED_ARRIVALS = 3
TWO_ROW_TEXT_HEIGHT = 14
"""In a pane lower than this no text takes two rows."""
BANNER_HEIGHT = 30
"""A pane at least as high as this shows the rep, and who or what is next, in block letters."""
BANNER_ROWS = 7
MIN_BANNER_LETTERS = 12
TALL_HEADLINE_HEIGHT = 28
"""In a pane at least as high as this the headline takes three rows."""
DEFAULT_KEYS = KeyNames()


def pane_lines(
    clock: GroupClock,
    board: GroupBoard,
    width: int,
    height: int,
    *,
    title: str = "",
    focused: bool = True,
    oldest: int | None = None,
    keys: KeyNames = DEFAULT_KEYS,
) -> list[Line]:
    """Returns the lines of the group, at most `height` of at most `width` columns.

    `title` is the group's name, "" where there is only one group. `oldest` is the arrival whose proposed name the key
    for accepting accepts, of all groups.
    """
    inner = width - 2
    headline: list[Line] = [_headline(clock, width, title, focused=focused)]
    if height >= TALL_HEADLINE_HEIGHT:
        edge = centre("", width, clock.tone if focused else "text")
        headline = [edge, *headline, edge]
    texts = _texts(clock, inner, keys, tall=height >= TWO_ROW_TEXT_HEIGHT)
    if height >= BANNER_HEIGHT and not clock.reminder:
        texts = [*_banner(clock, width), *texts]
    arrivals = [_indent(line) for line in _arrivals(board.arrivals, inner, oldest, keys)]
    min_athlete_rows = min_table_rows(board, inner)
    room = height - len(headline) - len(arrivals)
    if clock.reminder or room - len(texts) < min_athlete_rows + MIN_CLOCK_ROWS:
        texts = [line for line in texts if line]
    room -= len(texts)
    reminder = _reminder(clock, width, room - min_athlete_rows - MIN_CLOCK_ROWS)
    room -= len(reminder)
    athlete_rows = max(
        len(athlete_table(board, inner, max(1, room - PREFERRED_CLOCK_ROWS))),
        min(min_athlete_rows, room - MIN_CLOCK_ROWS),
    )
    clock_lines = _digits(clock, keys, width, max(1, min(room, max(MIN_CLOCK_ROWS, room - athlete_rows - 1))))
    lines = [*headline, *clock_lines, *texts, *reminder, *arrivals]
    rest = height - len(lines)
    athletes = athlete_table(board, inner, rest)
    if rest > len(athletes):
        lines.append(())
    return [*lines, *(_indent(line) for line in athletes)][:height]


def _indent(line: Line) -> Line:
    return ((" ", "text"), *line)


def _headline(clock: GroupClock, width: int, title: str, *, focused: bool) -> Line:
    """Returns the phase, the rep and flags such as LAST. Only the group in focus has a bar across the whole width."""
    tone: Role = clock.tone
    left = f" {'► ' if title and focused else ''}{f'{title}  ' if title else ''}{clock.state_word} "
    right: Line = ((f" {clock.flags} ", "relax"),) if clock.flags else ()
    rest: Role = tone if focused else "strong"
    return justify(((left, tone), (f"  {clock.rep_title}", rest)), right, width, rest)


def _banner(clock: GroupClock, width: int) -> list[Line]:
    """Returns the rep, and who or what is next, in block letters: always as many rows.

    A name that is too long is cut; one in another alphabet stands in ordinary letters.
    """
    text = "".join(char for char in normalize("NFKD", clock.banner) if not combining(char))
    rows = letters(text, width - 4, BANNER_ROWS - 1)
    while not rows and len(text) > MIN_BANNER_LETTERS:
        text = text[:-1].rstrip()
        rows = letters(text, width - 4, BANNER_ROWS - 1)
    shown = ["", *(rows or ((clock.banner.upper(),) if clock.banner else ()))]
    return [centre(row, width, "strong") if row else () for row in (*shown, *[""] * (BANNER_ROWS - len(shown)))]


def _digits(clock: GroupClock, keys: KeyNames, width: int, height: int) -> list[Line]:
    """Returns the clock in large digits, with empty rows around it if there is room, and the caption.

    For a second after GO the word stands there, on the colour of the running rep: for whoever cannot hear it. After the
    last rep it says that the session is over.
    """
    rows = digits(clock.digits, clock.digits_shape, width - 4, max(1, height - 1))
    if clock.words:
        words = letters(clock.words, width - 4, height - 1)
        if words:
            role: Role = clock.tone if clock.state_word == "GO" else "strong"
            edge = [""] * max(0, (height - 1 - len(words)) // 2)
            shown = [*edge, *words, *edge, *[""] * (height - 1 - len(words) - 2 * len(edge))]
            return [*(centre(row, width, role) for row in shown), centre(keys.fill(clock.caption), width, "dim")]
    caption = centre(keys.fill(clock.caption), width, "dim")
    if not rows:
        return [centre(clock.digits, width, "strong"), caption][:height]
    spare = height - 1 - len(rows)
    above: list[Line] = [()] * min(2, (spare + 1) // 2)
    below: list[Line] = [()] * min(1, spare - len(above))
    return [*above, *(centre(row, width, "strong") for row in rows), *below, caption]


def _texts(clock: GroupClock, width: int, keys: KeyNames, *, tall: bool) -> list[Line]:
    """Returns the next split, what comes next, and the alert or spoken line.

    The number of rows does not depend on which of them are there, so that nothing below them moves.
    """
    full = width + 2
    upcoming_rows = 2 if tall and width < 60 else 1
    upcoming = [*wrap(clock.upcoming, width - 2), *[""] * upcoming_rows][:upcoming_rows]
    lines: list[Line] = [centre(keys.fill(clock.next_split), full, "strong") if clock.next_split else ()]
    lines.extend(centre(row, full, "text") if row else () for row in upcoming)
    if clock.alert:
        lines.append(centre(f" {keys.fill(clock.alert)} ", full, "alert"))
    else:
        lines.append(centre(f"“{clock.spoken_line}”", full, "strong") if clock.spoken_line else ())
    return lines


def _reminder(clock: GroupClock, width: int, room: int) -> list[Line]:
    """Returns the reminder to relax as a coloured bar, in letters as large as `room` rows allow."""
    if not clock.reminder:
        return []
    rows = letters(clock.reminder, width - 4, min(room, max(9, room // 2)))
    if not rows:
        spaced = [" ".join(row) for row in wrap(clock.reminder.upper(), (width - 4) // 2)]
        plain = wrap(clock.reminder, width - 2)
        rows = tuple(spaced if len(spaced) <= room else plain[: max(1, room)])
    bar: list[Line] = [centre(row, width, "relax") for row in rows]
    if len(bar) + 2 <= room:
        edge = centre("", width, "relax")
        bar = [edge, *bar, edge]
    return bar


def _arrivals(arrivals: tuple[ListedArrival, ...], width: int, oldest: int | None, keys: KeyNames) -> list[Line]:
    """Returns the arrivals without names, oldest first, and the selected one, at most `MAX_LISTED_ARRIVALS` lines."""
    lines: list[Line] = []
    listed = [arrival for arrival in arrivals if arrival.selected or not arrival.named]
    for place, arrival in enumerate(listed[:MAX_LISTED_ARRIVALS]):
        more = len(listed) - MAX_LISTED_ARRIVALS if place == MAX_LISTED_ARRIVALS - 1 else 0
        name = arrival.name or "nobody left"
        text = f"{arrival.time} {arrival.rep}"
        text += f" is {name}" if arrival.named else f": {name}?"
        text += f" {arrival.why}" if arrival.why else ""
        role: Role = "selected" if arrival.selected else "alert"
        hint = "{delete} deletes" if arrival.selected else "{accept} accepts" if arrival.n == oldest else ""
        end = f"{keys.fill(hint)}{f'  +{more} more' if more > 0 else ''}"
        lines.append(justify(((f" {text} ", role),), ((end, "text"),), width))
    return lines
