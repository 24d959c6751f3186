"""Large digits for the clock and large letters for the reminder, drawn with block characters. Pure.

Half blocks divide a cell into two pixels, one above the other, which are about square. Only `█▀▄` are used, as the
Linux console and the fonts of all terminals have them.
"""

from __future__ import annotations

from functools import lru_cache

# The strokes of each digit. a to g: top, upper right, lower right, bottom, lower left, upper left, middle.
_STROKES = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgedc", "7": "abc",
    "8": "abcdefg", "9": "abcdfg",
}  # fmt: skip
_NARROW = ".:"

# Letters on five rows of up to five pixels, each row a number whose bits are the pixels.
_LETTERS: dict[str, tuple[int, tuple[int, ...]]] = {
    char: (len(rows.split()[0]), tuple(int(row.replace("#", "1").replace("-", "0"), 2) for row in rows.split()))
    for char, rows in {
        "A": "-##- #--# #### #--# #--#", "B": "###- #--# ###- #--# ###-", "C": "-### #--- #--- #--- -###",
        "D": "###- #--# #--# #--# ###-", "E": "#### #--- ###- #--- ####", "F": "#### #--- ###- #--- #---",
        "G": "-### #--- #-## #--# -###", "H": "#--# #--# #### #--# #--#", "I": "### -#- -#- -#- ###",
        "J": "--## ---# ---# #--# -##-", "K": "#--# #-#- ##-- #-#- #--#", "L": "#--- #--- #--- #--- ####",
        "M": "#---# ##-## #-#-# #---# #---#", "N": "#--# ##-# #-## #--# #--#", "O": "-##- #--# #--# #--# -##-",
        "P": "###- #--# ###- #--- #---", "Q": "-##- #--# #--# #-#- -#-#", "R": "###- #--# ###- #-#- #--#",
        "S": "-### #--- -##- ---# ###-", "T": "##### --#-- --#-- --#-- --#--", "U": "#--# #--# #--# #--# -##-",
        "V": "#---# #---# -#-#- -#-#- --#--", "W": "#---# #---# #-#-# ##-## #---#", "X": "#--# #--# -##- #--# #--#",
        "Y": "#---# -#-#- --#-- --#-- --#--", "Z": "#### --#- -#-- #--- ####", "?": "-##- #--# --#- ---- --#-",
        "!": "# # # - #", ".": "- - - - #", ",": "-- -- -- -# #-", "'": "# # - - -", "-": "--- --- ### --- ---",
        ":": "- # - # -", "%": "#--# --#- -#-- #--# ----", "0": "-##- #--# #--# #--# -##-", "1": "-#- ##- -#- -#- ###",
        "2": "###- ---# -##- #--- ####", "3": "###- ---# -##- ---# ###-", "4": "#--# #--# #### ---# ---#",
        "5": "#### #--- ###- ---# ###-", "6": "-##- #--- ###- #--# -##-", "7": "#### ---# --#- -#-- -#--",
        "8": "-##- #--# -##- #--# -##-", "9": "-##- #--# -### ---# -##-", " ": "-- -- -- -- --",
    }.items()
}  # fmt: skip


def _cells(pixels: list[list[bool]]) -> tuple[str, ...]:
    """Returns the rows of pixels as rows of cells, each two pixels high."""
    if len(pixels) % 2:
        pixels = [*pixels, [False] * len(pixels[0])]
    return tuple(
        "".join(" ▀▄█"[above + 2 * below] for above, below in zip(pixels[row], pixels[row + 1], strict=True))
        for row in range(0, len(pixels), 2)
    )


@lru_cache(maxsize=64)
def _geometry(shape: str, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Returns the largest digits with which `shape` fits into `width` x `height` cells, None where none fit.

    The result is the width and height of a digit, the thickness of its strokes, and the gap, all in pixels.
    """
    digits = sum(char not in _NARROW for char in shape)
    narrow = len(shape) - digits
    for tall in range(2 * height, 4, -1):
        stroke = max(1, round(tall / 7))
        gap = max(1, round(stroke * 0.8))
        room = width - narrow * stroke - gap * (len(shape) - 1)
        wide = min(round(tall * 0.75), room // max(1, digits))
        if wide >= max(3, tall * 0.45):
            return wide, tall, min(stroke, wide // 3), gap
    return None


@lru_cache(maxsize=256)
def digits(text: str, shape: str, width: int, height: int) -> tuple[str, ...]:
    """Returns `text` (digits, points and colons) in the size at which `shape` fills `width` x `height` cells.

    The result has at most `height` rows of at most `width` cells. It is empty where not even the smallest digits fit.
    """
    size = _geometry(shape, width, height)
    if size is None:
        return ()
    wide, tall, stroke, gap = size
    rows: list[list[bool]] = [[] for _ in range(tall)]
    for place, char in enumerate(text):
        glyph = _glyph(char, wide, tall, stroke)
        for row, pixels in zip(rows, glyph, strict=True):
            row.extend([False] * (gap if place else 0))
            row.extend(pixels)
    return _cells(rows)


def _glyph(char: str, wide: int, tall: int, stroke: int) -> list[list[bool]]:
    if char in _NARROW:
        dots = [tall - stroke] if char == "." else [tall // 3 - stroke // 2, 2 * tall // 3 - stroke // 2]
        return [[any(top <= row < top + stroke for top in dots)] * stroke for row in range(tall)]
    lit = _STROKES.get(char, "g")
    half = (tall - stroke) // 2
    grid = [[False] * wide for _ in range(tall)]

    def fill(left: int, top: int, right: int, bottom: int) -> None:
        for row in grid[top:bottom]:
            row[left:right] = [True] * (right - left)

    boxes = {
        "a": (0, 0, wide, stroke), "b": (wide - stroke, 0, wide, half + stroke), "c": (wide - stroke, half, wide, tall),
        "d": (0, tall - stroke, wide, tall), "e": (0, half, stroke, tall), "f": (0, 0, stroke, half + stroke),
        "g": (0, half, wide, half + stroke),
    }  # fmt: skip
    for each in lit:
        fill(*boxes[each])
    return grid


@lru_cache(maxsize=16)
def letters(text: str, width: int, height: int) -> tuple[str, ...]:
    """Returns `text` in capitals as large as `width` x `height` cells allow, broken between words.

    The result is empty where the text does not fit, or has a character that is not in the font.
    """
    text = text.upper()
    if any(char not in _LETTERS for char in text):
        return ()
    for scale in range(max(1, height // 3), 0, -1):
        lines = _wrap(text.split(), width // scale)
        rows = len(lines) * 6 * scale  # five rows of pixels and one between lines
        if lines and rows <= 2 * height:
            pixels = [row for line in lines for row in _line(line, scale, width)]
            return _cells(pixels[:-scale] if len(pixels) > scale else pixels)
    return ()


def _wide(text: str) -> int:
    return sum(_LETTERS[char][0] + 1 for char in text) - 1


def _wrap(words: list[str], width: int) -> list[str]:
    """Returns the words in as few lines as possible, of lengths as even as possible. Empty where a word is too long."""
    if not words or max(_wide(word) for word in words) > width:
        return []
    lines: list[str] = []
    for word in words:
        if lines and _wide(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > 1:
        narrower = _wrap(words, width - 1)
        if len(narrower) == len(lines):
            return narrower
    return lines


def _line(text: str, scale: int, width: int) -> list[list[bool]]:
    rows = []
    for row in range(5):
        bits: list[bool] = []
        for place, char in enumerate(text):
            wide, glyph = _LETTERS[char]
            bits.extend([False] * (scale if place else 0))
            for column in range(wide - 1, -1, -1):
                bits.extend([bool(glyph[row] >> column & 1)] * scale)
        left = (width - len(bits)) // 2
        padded = [False] * left + bits
        rows.extend([padded + [False] * (width - len(padded))] * scale)
    return [*rows, *[[False] * width] * scale]
