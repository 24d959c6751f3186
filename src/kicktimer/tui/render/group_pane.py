"""A group's part of the live screen as lines: pure, from `Clock` and `Board` and a size.

Where there is little room, the athletes come before the size of the digits, and the digits before empty rows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from kicktimer.tui.key_texts import KeyNames
from kicktimer.tui.render.block_font import digits, letters
from kicktimer.tui.render.text_layout import centre, fit, justify, line_width, truncate, wrap

if TYPE_CHECKING:
    from kicktimer.tui.render.text_layout import Line, Piece, Role
    from kicktimer.view import AthleteRow, Comparison, GroupBoard, GroupClock, ListedArrival

CELL = 23  # the narrowest athlete: key, some of the name, time, symbol and difference
NARROW = 30  # below this width time, symbol and difference stand close
FULL = 56  # from this width on an athlete's row shows earlier reps
LEAST_CLOCK = 4  # digits of three rows and what they count
GOOD_CLOCK = 8  # athletes stand in more columns rather than take these rows from the digits
MOST_WAITING = 3
LOW = 14  # below this height nothing takes two rows
TALL = 28  # from this height on there is room for a headline of three rows
DEFAULT_KEYS = KeyNames()


def pane(
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
    """The group's lines, at most `height` of at most `width` columns.

    `title` names the group among others; `oldest` is the arrival of all groups whose proposed name enter accepts.
    """
    inner = width - 2
    head = _headline(clock, width, title, focused=focused)
    if height >= TALL:
        edge = centre("", width, clock.tone if focused else "text")
        head = [edge, *head, edge]
    told = _told(clock, inner, tall=height >= LOW)
    waiting = [_indent(line) for line in _waiting(board.arrivals, inner, oldest, keys)]
    least = _rows_at_least(board, inner)
    room = height - len(head) - len(waiting)
    if clock.reminder or room - len(told) < least + LEAST_CLOCK:
        told = [line for line in told if line]
    room -= len(told)
    reminder = _reminder(clock, width, room - least - LEAST_CLOCK)
    room -= len(reminder)
    needed = max(len(_board(board, inner, max(1, room - GOOD_CLOCK))), min(least, room - LEAST_CLOCK))
    big = _digits(clock, width, max(1, min(room, max(LEAST_CLOCK, room - needed - 1))))
    lines = [*head, *big, *told, *reminder, *waiting]
    left = height - len(lines)
    rows = _board(board, inner, left)
    if left > len(rows):
        lines.append(())
    return [*lines, *(_indent(line) for line in rows)][:height]


def _indent(line: Line) -> Line:
    return ((" ", "text"), *line)


def _headline(clock: GroupClock, width: int, title: str, *, focused: bool) -> list[Line]:
    tone: Role = clock.tone
    left = f" {'► ' if title and focused else ''}{f'{title}  ' if title else ''}{clock.state_word} "
    right: Line = ((f" {clock.flags} ", "relax"),) if clock.flags else ()
    rest: Role = tone if focused else "strong"  # the bar goes all the way across for the group in focus alone
    return [justify(((left, tone), (f"  {clock.rep_title}", rest)), right, width, rest)]


def _digits(clock: GroupClock, width: int, height: int) -> list[Line]:
    """The clock, with a row above and below where there is room, and what it counts."""
    rows = digits(clock.digits, clock.digits_shape, width - 4, max(1, height - 1))
    caption = centre(clock.caption, width, "dim")
    if not rows:
        return [centre(clock.digits, width, "strong"), caption][:height]
    spare = height - 1 - len(rows)
    above: list[Line] = [()] * min(2, (spare + 1) // 2)
    below: list[Line] = [()] * min(1, spare - len(above))
    return [*above, *(centre(row, width, "strong") for row in rows), *below, caption]


def _told(clock: GroupClock, width: int, *, tall: bool) -> list[Line]:
    """The next split, what comes after, what is asked or said: always as many rows, so that nothing jumps."""
    full = width + 2
    most = 2 if tall and width < 60 else 1
    ahead = [*wrap(clock.upcoming, width - 2), *[""] * most][:most]
    lines: list[Line] = [centre(clock.next_split, full, "strong") if clock.next_split else ()]
    lines.extend(centre(row, full, "text") if row else () for row in ahead)
    if clock.alert:
        lines.append(centre(f" {clock.alert} ", full, "alert"))
    else:
        lines.append(centre(f"“{clock.spoken_line}”", full, "strong") if clock.spoken_line else ())
    return lines


def _reminder(clock: GroupClock, width: int, room: int) -> list[Line]:
    """The relaxation reminder in letters as large as there is room for, in a bar of its own colour."""
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


def _waiting(arrivals: tuple[ListedArrival, ...], width: int, accepts: int | None, keys: KeyNames) -> list[Line]:
    """The arrivals that wait for a name, oldest first, and the selected one."""
    lines: list[Line] = []
    shown = [each for each in arrivals if each.selected or not each.named]
    for place, each in enumerate(shown[:MOST_WAITING]):
        more = len(shown) - MOST_WAITING if place == MOST_WAITING - 1 else 0
        name = each.name or "nobody left"
        told = f"{each.time} {each.rep} is {name}" if each.named else f"{each.time} {each.rep}: {name}?"
        role: Role = "mark" if each.selected else "alert"
        hint = "{delete} deletes" if each.selected else "{accept} accepts" if each.n == accepts else ""
        end = f"{keys.fill(hint)}{f'  +{more} more' if more > 0 else ''}"
        lines.append(justify(((f" {told} ", role),), ((end, "text"),), width))
    return lines


# -- the athletes


@lru_cache(maxsize=32)
def _board(board: GroupBoard, width: int, height: int) -> tuple[Line, ...]:
    """Head and athletes in as few columns as fit into `height` rows."""
    count = len(board.rows)
    if height < 1 or not count:
        return ()
    most = _places(width)
    head = 1 if height > 1 else 0
    places = next((n for n in range(1, most + 1) if -(-count // n) <= height - head), most)
    each = (width + 2) // places - 2
    rows = min(-(-count // places), height - head)
    lines: list[Line] = []
    if head:
        lines.append(_join([_head(board, each)] * places, each))
    hidden = count - rows * places
    for row in range(rows):
        cells = [board.rows[place * rows + row] for place in range(places) if place * rows + row < count]
        lines.append(_join([_athlete(cell, board, each) for cell in cells], each))
    if hidden > 0:
        more = f" +{hidden} more "
        lines[0] = (*truncate(lines[0], width - len(more)), (more, "alert"))
    return tuple(lines)


def _places(width: int) -> int:
    """How many athletes stand side by side at most."""
    return max(1, (width + 2) // (CELL + 2))


def _rows_at_least(board: GroupBoard, width: int) -> int:
    """The rows of head and athletes in as many columns as there can be."""
    return 1 + -(-len(board.rows) // _places(width)) if board.rows else 0


def _join(cells: list[Line], width: int) -> Line:
    pieces: list[Piece] = []
    for cell in cells:
        if pieces:
            pieces.append(("  ", "text"))
        pieces.extend(cell)
        pieces.append((" " * max(0, width - line_width(cell)), "text"))
    return tuple(pieces)


@lru_cache(maxsize=32)
def _widths(board: GroupBoard, width: int) -> tuple[int, int, int]:
    """Columns of the name and of the target, and how many earlier reps are shown."""
    rating = 4 if _rated(board) else 0
    target = 8 if width >= 36 else 0
    rest = width - 4 - target - _now_width(width) - rating
    if width < FULL:
        return max(3, rest), target, 0
    longest = max(line_width(((row.name, "text"),)) for row in board.rows)
    name = min(max(8, longest + 1), 24, rest)
    return name, target, min(max((len(row.earlier_results) for row in board.rows), default=0), (rest - name) // 15)


def _now_width(width: int) -> int:
    """Columns of time, symbol and difference."""
    return 14 if width < NARROW else 16


@lru_cache(maxsize=32)
def _rated(board: GroupBoard) -> bool:
    return any(row.rating or row.is_next_to_rate for row in board.rows)


def _head(board: GroupBoard, width: int) -> Line:
    name, target, earlier = _widths(board, width)
    text = " " * 4 + fit("", name)
    if target:
        text += fit("target", target - 1, right=True) + " "
    before = (
        f" ({board.rep_numbers[1]})"
        if not earlier and any(row.result is None for row in board.rows) and board.rep_numbers[1:]
        else ""
    )
    text += fit(fit(f"rep {board.rep_numbers[0]}", 8, right=True) + before, _now_width(width))
    for number in board.rep_numbers[1 : earlier + 1]:
        text += fit(f"rep {number}", 8, right=True) + " " * 7
    if _rated(board):
        text = fit(text, width - 6) + " relax"
    return ((fit(text, width), "head"),)


def _athlete(row: AthleteRow, board: GroupBoard, width: int) -> Line:
    name, target, earlier = _widths(board, width)
    pieces: list[Piece] = [(f" {(row.key or ' ').upper()} ", "key"), (" ", "text")]
    pieces.append((fit(row.name, name), "mark" if row.is_next_to_rate else "strong"))
    if target:
        pieces.append((fit(row.target, target - 1, right=True) + " ", "dim"))
    pieces.extend(_now(row, _now_width(width), shown_earlier=bool(earlier)))
    for each in row.earlier_results[:earlier]:
        pieces.extend(_earlier(each))
    if _rated(board):
        room = width - line_width(pieces) - 3
        pieces.append((" " * max(0, room), "text"))
        pieces.append(
            (f" {row.rating or ('?' if row.is_next_to_rate else ' ')} ", "mark" if row.is_next_to_rate else "strong")
        )
    return truncate(tuple(pieces), width)


def _now(row: AthleteRow, width: int, *, shown_earlier: bool) -> list[Piece]:
    """The rep's time, symbol and difference; where there is none why, or the rep before in brackets."""
    if row.result is not None:
        time = f"{row.result.time}{'?' if row.is_proposed else ''}"
        role: Role = "dim" if row.is_proposed else "text" if row.result.verdict == "none" else row.result.verdict
        return [
            (fit(time, 8, right=True), "dim" if row.is_proposed else "strong"),
            (_difference(row.result, width - 8), role),
        ]
    if row.note in ("", "…") and not shown_earlier and row.earlier_results and row.earlier_results[0] is not None:
        before = row.earlier_results[0]
        told = fit(f"({before.time}", 8, right=True) + _difference(before, width - 8).rstrip() + ")"
        return [(fit(told, width), "dim")]
    return [(fit(f" {row.note}", width), "dim")]


def _difference(compare: Comparison, width: int) -> str:
    between = " " if width > 6 else ""
    return fit(f"{between}{compare.symbol}{between}{compare.difference}" if compare.difference else "", width)


def _earlier(compare: Comparison | None) -> list[Piece]:
    if compare is None:
        return [(fit("       –", 15), "dim")]
    role: Role = "dim" if compare.verdict == "none" else compare.verdict
    return [(fit(compare.time, 8, right=True), "dim"), (_difference(compare, 7), role)]
