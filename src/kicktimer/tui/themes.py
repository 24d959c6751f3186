"""The colours of the app: a theme for each name that the settings can give as `theme`.

A theme gives each role of `kicktimer.tui.render.text_layout` the colour of its text and, for bars and verdicts, of its
background, as variables of the style sheet. Nothing is shown by colour alone, so a theme may give two roles one colour.
Each text has at least 4.5 times the contrast of its background (WCAG 2 AA), except with the terminal's own colours,
which the program cannot know.

- `day` is the default: dark on light, as a dark screen cannot be read in sunlight. `night` is for the night and
  indoors.
- `colour-blind` has the colours of Okabe and Ito, which differ for everybody: blue, orange and vermillion for
  on target, faster and slower. The last two are too light for text on white, so verdicts have a background.
- `contrast` has black, white and yellow alone.
- `terminal` has the 16 colours that the terminal shows, on its own background.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import BUILTIN_THEMES, Theme

if TYPE_CHECKING:
    from kicktimer.settings import ThemeName

BLACK, WHITE, YELLOW = "#000000", "#ffffff", "#ffff00"
_COMMON = {"block-cursor-text-style": "bold", "key-style": "bold"}
_BRIGHT = "ansi_bright_white"
_PLAIN_VERDICTS = {"on-back": "transparent", "slow-back": "transparent", "fast-back": "transparent"}
_DARK_BARS = {
    "relax": BLACK, "relax-back": "#ffb300", "alert": BLACK, "alert-back": "#ffb300",
    "bad": WHITE, "bad-back": "#b00020",
    "ready": WHITE, "ready-back": "#404040", "countdown": BLACK, "countdown-back": "#ffb300",
    "run": WHITE, "run-back": "#006400", "recovery": WHITE, "recovery-back": "#003c8f",
    "hold": WHITE, "hold-back": "#8a0050", "done": WHITE, "done-back": "#404040",
}  # fmt: skip
"""Bars with their own backgrounds, which can be read on light and on dark."""

_DAY = Theme(
    "day", primary="#003c8f", secondary="#003c8f", accent="#ffb300", foreground=BLACK, background=WHITE,
    surface=WHITE, panel="#e6e6e6", success="#006400", warning="#a33c00", error="#b00020", dark=False,
    variables={
        **_COMMON, **_PLAIN_VERDICTS, **_DARK_BARS, "quiet": "#4d4d4d", "faint": "#737373",
        "on": "#006400", "slow": "#a33c00", "fast": "#003cb3",
    },
)  # fmt: skip
_NIGHT = Theme(
    "night", primary="#5ea1ff", secondary="#5ea1ff", accent="#ffc933", foreground=WHITE, background=BLACK,
    surface=BLACK, panel="#303030", success="#5fe35f", warning="#ff9d4d", error="#ff5c5c", dark=True,
    variables={
        **_COMMON, **_PLAIN_VERDICTS, **_DARK_BARS, "quiet": "#b8b8b8", "faint": "#808080",
        "on": "#5fe35f", "slow": "#ff9d4d", "fast": "#7db8ff",
        "relax-back": "#ffc933", "alert-back": "#ffc933", "countdown-back": "#ffc933",
    },
)  # fmt: skip
_COLOUR_BLIND = Theme(
    "colour-blind", primary="#0072b2", secondary="#0072b2", accent="#e69f00", foreground=BLACK, background=WHITE,
    surface=WHITE, panel="#e6e6e6", success="#0072b2", warning="#d55e00", error="#d55e00", dark=False,
    variables={
        **_COMMON, **_DARK_BARS, "quiet": "#4d4d4d", "faint": "#737373",
        "on": WHITE, "on-back": "#0072b2", "slow": BLACK, "slow-back": "#d55e00", "fast": BLACK, "fast-back": "#f0b429",
        "relax-back": "#e69f00", "alert-back": "#e69f00", "countdown-back": "#e69f00",
        "bad": BLACK, "bad-back": "#d55e00", "run": WHITE, "run-back": "#0072b2",
        "recovery": BLACK, "recovery-back": "#56b4e9", "hold": BLACK, "hold-back": "#cc79a7",
    },
)  # fmt: skip
_CONTRAST = Theme(
    "contrast", primary=YELLOW, secondary=YELLOW, accent=YELLOW, foreground=WHITE, background=BLACK, surface=BLACK,
    panel=BLACK, success=WHITE, warning=YELLOW, error=YELLOW, dark=True,
    variables={
        **_COMMON, "key-style": "bold reverse", "quiet": WHITE, "faint": WHITE,
        "on": WHITE, "on-back": BLACK, "slow": BLACK, "slow-back": YELLOW, "fast": YELLOW, "fast-back": BLACK,
        "relax": BLACK, "relax-back": WHITE, "alert": BLACK, "alert-back": YELLOW, "bad": BLACK, "bad-back": YELLOW,
        "ready": BLACK, "ready-back": WHITE, "countdown": BLACK, "countdown-back": YELLOW,
        "run": BLACK, "run-back": YELLOW, "recovery": BLACK, "recovery-back": WHITE,
        "hold": YELLOW, "hold-back": BLACK, "done": BLACK, "done-back": WHITE,
    },
)  # fmt: skip
_TERMINAL = Theme(
    "terminal", primary="ansi_blue", secondary="ansi_blue", accent="ansi_yellow", foreground="ansi_default",
    background="ansi_default", surface="ansi_default", panel="ansi_default", boost="ansi_default",
    success="ansi_green", warning="ansi_red", error="ansi_red", dark=False, ansi=True,
    variables={
        **BUILTIN_THEMES["ansi-light"].variables, **_COMMON, "key-style": "bold reverse",
        "quiet": "ansi_default", "faint": "ansi_bright_black",
        # Red and magenta can be read on black and on white, unlike most of the 16 colours.
        "on": "ansi_default", "slow": "ansi_red", "fast": "ansi_magenta",
        "on-back": "ansi_default", "slow-back": "ansi_default", "fast-back": "ansi_default",
        # Bold black would be grey in many terminals, so bars have white text.
        "relax": _BRIGHT, "relax-back": "ansi_magenta", "alert": _BRIGHT, "alert-back": "ansi_magenta",
        "bad": _BRIGHT, "bad-back": "ansi_red", "ready": _BRIGHT, "ready-back": "ansi_black",
        "countdown": _BRIGHT, "countdown-back": "ansi_magenta", "run": _BRIGHT, "run-back": "ansi_blue",
        "recovery": _BRIGHT, "recovery-back": "ansi_black", "hold": _BRIGHT, "hold-back": "ansi_red",
        "done": _BRIGHT, "done-back": "ansi_black",
    },
)  # fmt: skip

THEMES: dict[ThemeName, Theme] = {
    "day": _DAY,
    "night": _NIGHT,
    "colour-blind": _COLOUR_BLIND,
    "contrast": _CONTRAST,
    "terminal": _TERMINAL,
}
"""The themes in the order in which a key goes through them."""


def next_theme(name: str, step: int = 1) -> ThemeName:
    """Returns the name of the theme that follows this one; after the last, the first."""
    names = list(THEMES)
    place = next((place for place, each in enumerate(names) if each == name), -step)
    return names[(place + step) % len(names)]
