"""The review screens: searching, opening a session, and the reports of its athletes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.still_session import screen_text
from kicktimer.history import History
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.keymap import DEFAULT_KEYMAP
from kicktimer.tui.screens.history_screen import HistoryScreen
from kicktimer.tui.screens.report_screens import AthleteReport, SessionReport

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG = Path(__file__).parents[2] / "journal" / "logs" / "arrivals_change.jsonl"


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    header, facts = LOG.read_text(encoding="utf-8").split("\n", 1)
    for number, workout in enumerate(("8x400 burner", "10x200 burner", "6x300"), start=1):
        fields = {**json.loads(header), "id": f"s{number}", "seq": number, "app": "kicktimer", "clock": {"name": "x"}}
        fields["started"] = f"2026-09-0{number}T18:00:00+02:00"
        fields["plan"]["name"] = workout
        (tmp_path / f"s{number}.jsonl").write_text(f"{json.dumps(fields)}\n{facts}", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text("no log\n")
    with History(tmp_path) as opened:
        yield opened


def app_on(history: History) -> KicktimerApp:
    return KicktimerApp(
        None, keymap=DEFAULT_KEYMAP, first_screen=lambda: HistoryScreen(history, DEFAULT_KEYMAP), paint_interval_s=None
    )


@pytest.mark.parametrize("size", [(80, 24), (140, 45), (40, 12)])
async def test_sessions_are_searched_opened_and_left(history: History, size: tuple[int, int]) -> None:
    app = app_on(history)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        text = screen_text(pilot)
        assert "4 sessions" in text
        places = [text.index(each) for each in ("6x300", "10x200 burner", "8x400 burner", "✗ bad.jsonl")]
        assert places == sorted(places)
        await pilot.press("8", "x", "4")
        await pilot.pause()
        assert "1 session" in screen_text(pilot)
        assert "10x200" not in screen_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, SessionReport)
        assert "8x400 burner" in screen_text(pilot)
        assert "1 400m" in screen_text(pilot)
        await pilot.press("down", "up", "pagedown", "pageup", "k")
        await pilot.pause()
        assert isinstance(app.screen, AthleteReport)
        first = screen_text(pilot).splitlines()[0].strip()
        await pilot.press("right")
        await pilot.pause()
        assert screen_text(pilot).splitlines()[0].strip() != first
        await pilot.press("left", "left", "k")
        await pilot.pause()
        assert screen_text(pilot).splitlines()[0].strip() == first
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert isinstance(app.screen, HistoryScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert "4 sessions" in screen_text(pilot), "the first escape clears the search"
        await pilot.press("escape")
    assert not app.is_running


async def test_neighbours_of_a_session_are_those_of_the_list(history: History) -> None:
    app = app_on(history)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert "10x200 burner" in screen_text(pilot)
        for key, shown in (("right", "8x400 burner"), ("right", "8x400 burner"), ("left", "10x200"), ("left", "6x300")):
            await pilot.press(key)
            await pilot.pause()
            assert shown in screen_text(pilot).splitlines()[0]


async def test_damaged_log_shows_its_fault_and_is_not_opened(history: History) -> None:
    app = app_on(history)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "down", "down")
        await pilot.pause()
        assert "is no session log" in screen_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, HistoryScreen)


async def test_filters_choose_sessions_and_typing_searches_in_them(history: History) -> None:
    app = app_on(history)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "tab")
        await pilot.pause()
        assert "workout ◂ all ▸" in screen_text(pilot)
        shown = set()
        for _ in range(3):
            await pilot.press("right")
            await pilot.pause()
            text = screen_text(pilot)
            assert "1 session" in text
            shown |= {each for each in ("6x300", "10x200 burner", "8x400 burner") if f"◂ {each} ▸" in text}
        assert len(shown) == 3
        await pilot.press("right", "tab", "tab", "tab", "left")
        await pilot.pause()
        assert "month ◂ 2026-09 ▸" in screen_text(pilot)
        assert "3 sessions" in screen_text(pilot), "the damaged log has no month"
        await pilot.press("6", "x")
        await pilot.pause()
        text = screen_text(pilot)
        assert "1 session" in text
        assert "month 2026-09" in text, "a filter that is set stays in sight"
        await pilot.press("escape")
        await pilot.pause()
        assert "4 sessions" in screen_text(pilot)
        assert "month" not in screen_text(pilot)


async def test_correction_note_and_rating_become_facts_and_are_shown(history: History) -> None:
    app = app_on(history)
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        before = (history.entries()[0].path).read_bytes()
        name = history.session("s3").names[0]  # type: ignore[union-attr]
        await pilot.press("t", *f"{name[:3].lower()} 1 59.9", "enter")
        await pilot.pause()
        assert f"corrected: {name}, rep 1: 59.9, was" in screen_text(pilot)
        assert "what was there stays" in screen_text(pilot)
        await pilot.press("n", *"wind", "enter")
        await pilot.pause()
        assert "note: wind" in screen_text(pilot)
        await pilot.press("r", *f"{name.lower()} 1 7", "enter")
        await pilot.pause()
        assert "7 is no rating" in screen_text(pilot)
        await pilot.press("backspace", "4", "enter")
        await pilot.pause()
        assert "relaxed" in screen_text(pilot)
        await pilot.press("t", *"zoe 1 60", "enter")
        await pilot.pause()
        assert "nobody called zoe ran" in screen_text(pilot)
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert isinstance(app.screen, HistoryScreen), "the first escape closes the input, the second the page"
    after = (history.entries()[0].path).read_bytes()
    assert after.startswith(before)
    assert len(after.splitlines()) == len(before.splitlines()) + 3


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_sessions_and_athletes_are_compared(history: History, size: tuple[int, int]) -> None:
    app = app_on(history)
    async with app.run_test(size=size) as pilot:
        await pilot.press("enter", "c")
        await pilot.pause()
        assert "2026-09-02" in screen_text(pilot).splitlines()[0]
        assert "2026-09-02" in screen_text(pilot).splitlines()[3]
        await pilot.press("right")
        await pilot.pause()
        assert "2026-09-01" in screen_text(pilot).splitlines()[0]
        await pilot.press("escape", "k", "c")
        await pilot.pause()
        assert "this season and the last one" in screen_text(pilot)
        assert "has no time of a rep in 2025" in screen_text(pilot)
        await pilot.press("right")
        await pilot.pause()
        assert "and" in screen_text(pilot).splitlines()[0]
        assert "1 400m" in screen_text(pilot)
        await pilot.press("c", "t", "k")
        await pilot.pause()
        assert "1 400m" in screen_text(pilot), "on this page these keys do nothing"


async def test_damaged_choices_leave_the_list_and_say_so(history: History, tmp_path: Path) -> None:
    (tmp_path / "review.json").write_text("{")
    app = app_on(history)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "4 sessions" in screen_text(pilot)
        assert "1 400m" in screen_text(pilot), "the preview needs no choices"
        await pilot.press("tab")
        await pilot.pause()
        assert "damaged" in screen_text(pilot)
        await pilot.press("escape", "enter", "k", "c", "t", "x", "enter")
        await pilot.pause()
        assert isinstance(app.screen, SessionReport)
        assert "damaged" in screen_text(pilot)


async def test_merged_names_are_those_of_every_page(history: History, tmp_path: Path) -> None:
    name, other = history.logged_session("s3").names[:2]  # type: ignore[union-attr]
    (tmp_path / "review.json").write_text(json.dumps({"hidden": [], "merged": {name: "Zora 2"}}))
    app = app_on(history)
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "Zora 2" in screen_text(pilot)
        await pilot.press("t", *"zora 2 1 59.9", "enter")
        await pilot.pause()
        assert "corrected: Zora 2, rep 1: 59.9, was" in screen_text(pilot)
        assert other in screen_text(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert "~59.9" in screen_text(pilot)
        assert "Zora 2" in screen_text(pilot)
        await pilot.press("escape", "k")
        await pilot.pause()
        assert screen_text(pilot).splitlines()[0].strip() == "Zora 2"
        assert "8x400 burner" in screen_text(pilot)
    assert json.loads((tmp_path / "s3.jsonl").read_text().splitlines()[-1])["athlete"] == name
