"""The themes: every text can be read, and the verdicts differ for colour-blind coaches."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, get_args

import pytest

from harness.still_session import app_for, still_session
from kicktimer.settings import ThemeName
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.text_layout import ROLES
from kicktimer.tui.themes import THEMES, next_theme

if TYPE_CHECKING:
    from rich.color import Color

RGB = tuple[float, float, float]
AA_CONTRAST = 4.5
TERMINAL_CONTRAST = 3.5
"""What xterm's red on black has. No other palette can be known either."""
XTERM: list[RGB] = [
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255),
    (255, 255, 255),
]  # fmt: skip
"""The 16 colours of xterm, by their numbers."""
# Viénot, Brettel and Mollon (1999), in linear RGB.
PROTANOPIA = ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, -0.0), (0.00401, -0.00401, 1.0))
DEUTERANOPIA = ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, -0.0), (-0.02234, 0.02234, 1.0))
MIN_DELTA_E = 20.0
"""About ten times what can just be told apart side by side (CIE 1976)."""


def linear(colour: RGB) -> RGB:
    r, g, b = (c / 255 / 12.92 if c <= 10.31 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour)
    return r, g, b


def luminance(colour: RGB) -> float:
    r, g, b = linear(colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: RGB, other: RGB) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def seen_with(matrix: tuple[RGB, RGB, RGB] | None, colour: RGB) -> RGB:
    """Returns the linear colour that somebody sees as the same one."""
    rgb = linear(colour)
    if matrix is None:
        return rgb
    r, g, b = (min(1.0, max(0.0, sum(m * c for m, c in zip(row, rgb, strict=True)))) for row in matrix)
    return r, g, b


def lab(linear_rgb: RGB) -> RGB:
    r, g, b = linear_rgb
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def delta_e(one: RGB, other: RGB) -> float:
    return sum((a - b) ** 2 for a, b in zip(lab(one), lab(other), strict=True)) ** 0.5


async def role_colours(theme: ThemeName) -> dict[str, tuple[Color | None, Color | None]]:
    """Returns the colours of text and background that each role really gets."""
    app = app_for(still_session())
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        await pilot.pause()
        widget = app.screen.query(LineWidget).first()
        styles = {role: widget.get_component_rich_style(f"line--{role}") for role in ROLES}
    return {role: (style.color, style.bgcolor) for role, style in styles.items()}


def rgb(colour: Color | None, default: RGB) -> RGB:
    if colour is None or colour.is_default:
        return default
    if colour.triplet is not None:
        return colour.triplet
    assert colour.number is not None
    return XTERM[colour.number]


def test_there_is_a_theme_for_every_name() -> None:
    assert tuple(THEMES) == get_args(ThemeName)
    assert [theme.name for theme in THEMES.values()] == list(THEMES)


def test_the_themes_follow_one_another() -> None:
    names = ["day"]
    while len(names) <= len(THEMES):
        names.append(next_theme(names[-1]))
    assert names == [*THEMES, "day"]
    assert next_theme("day", -1) == "terminal"
    assert next_theme("of another program") == "day"


@pytest.mark.parametrize("theme", [name for name in THEMES if name != "terminal"])
async def test_every_text_can_be_read(theme: ThemeName) -> None:
    for role, (text, back) in (await role_colours(theme)).items():
        assert text is not None, role
        assert back is not None, role
        found = contrast(rgb(text, (0, 0, 0)), rgb(back, (0, 0, 0)))
        assert found >= AA_CONTRAST, (role, round(found, 2))


@pytest.mark.parametrize(("ink", "paper"), [((0, 0, 0), (255, 255, 255)), ((255, 255, 255), (0, 0, 0))])
async def test_the_terminals_own_colours_can_be_read_in_xterm(ink: RGB, paper: RGB) -> None:
    for role, (text, back) in (await role_colours("terminal")).items():
        found = contrast(rgb(text, ink), rgb(back, paper))
        assert role == "off" or found >= TERMINAL_CONTRAST, (role, round(found, 2))


@pytest.mark.parametrize("matrix", [None, PROTANOPIA, DEUTERANOPIA], ids=["normal", "protanopia", "deuteranopia"])
async def test_verdicts_differ_for_colour_blind_coaches(matrix: tuple[RGB, RGB, RGB] | None) -> None:
    colours = await role_colours("colour-blind")
    seen = {role: seen_with(matrix, rgb(colours[role][1], (255, 255, 255))) for role in ("on", "slow", "fast")}
    for one, other in combinations(seen, 2):
        assert delta_e(seen[one], seen[other]) >= MIN_DELTA_E, (one, other)
    white = (1.0, 1.0, 1.0)
    assert all(delta_e(each, white) >= MIN_DELTA_E for each in seen.values())


async def test_the_measure_sees_that_red_and_green_collapse() -> None:
    red, green = (0xB2, 0x5A, 0x00), (0x6E, 0x7A, 0x00)
    normal = delta_e(seen_with(None, red), seen_with(None, green))
    assert delta_e(seen_with(DEUTERANOPIA, red), seen_with(DEUTERANOPIA, green)) < normal / 3
