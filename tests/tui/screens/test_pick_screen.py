"""The pick screen: nothing has to be typed, and what is wrong with a file or a time is said."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from textual import events

from harness.still_session import StillLive, press, shown, squad
from kicktimer.errors import Fault, KicktimerError
from kicktimer.library import load_squad
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.pick_screen import PickScreen
from kicktimer.tui.workout_list import WorkoutEntry, editor_command, list_workouts

if TYPE_CHECKING:
    from kicktimer.live_session import LiveSession
    from kicktimer.plan import Plan

FAULTY = "name: broken\nsets: [{reps: 8, distance: 400s}]\n"
OWN = "name: '[/] own'\nsets: [{reps: 3, distance: 300m}]\n"


class Opened:
    """What was opened."""

    def __init__(self) -> None:
        self.lives: list[StillLive] = []
        self.problem: KicktimerError | None = None

    def __call__(self, plan: Plan, *_: object) -> Any:
        def opener(*, on_change: object, on_bell: object) -> LiveSession:
            if self.problem is not None:
                raise self.problem
            self.lives.append(StillLive(plan))
            return cast("LiveSession", self.lives[-1])

        return opener


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def pick(opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KicktimerApp:
    monkeypatch.chdir(tmp_path)
    return KicktimerApp(opened, paint_interval_s=None, clock=lambda: 0.0)


async def test_enter_enter_plays_the_demo(pick: KicktimerApp, opened: Opened) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "in all" in shown(pilot)
        await pilot.press("enter")
        assert isinstance(pick.screen, LiveScreen)
        assert opened.lives[0].plan.name == "Demo"
        await pilot.press("enter")
        assert opened.lives[0].state.n == 1


async def test_two_quick_enters_open_one_session(pick: KicktimerApp, opened: Opened) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        for _ in range(2):
            pick.post_message(events.Key("enter", "\r"))
        await pilot.pause()
        await pilot.pause()
        assert len(opened.lives) == 1


async def test_the_race_of_the_runner_is_asked_and_may_be_left_out(pick: KicktimerApp, opened: Opened) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        place = [entry.spec for entry in list_workouts(Path())].index("8x400-burner")
        await pilot.press(*["down"] * place)
        assert "no target" in shown(pilot)
        await pilot.press("tab", *"3.58", "enter")
        assert "3:58?" in shown(pilot)
        assert isinstance(pick.screen, PickScreen)
        await pilot.press("backspace", "backspace", "backspace", *":58.2", "enter")
        assert "1:03.5" in shown(pilot)
        await pilot.press("enter")
        assert opened.lives[0].plan.groups[0].reps[0].targets["Runner"].ms == 63_520


async def test_the_users_files_come_first_and_faulty_ones_say_why(pick: KicktimerApp, tmp_path: Path) -> None:
    folder = tmp_path / "workouts"
    folder.mkdir()
    (folder / "a.yaml").write_text(FAULTY)
    (folder / "b.yaml").write_text(OWN)
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "✗ a.yaml" in shown(pilot)
        assert "line 2" in shown(pilot)
        await pilot.press("enter")
        assert isinstance(pick.screen, PickScreen)
        assert "has a fault" in shown(pilot)
        await pilot.press("down")
        assert "[/] own" in shown(pilot)


def test_a_checkout_lists_its_workouts_once() -> None:
    from kicktimer.library import shipped_workouts

    names = [name for name, _ in shipped_workouts()]

    found = list_workouts(Path(__file__).parents[3] / "workouts")
    assert [entry.spec for entry in found if entry.spec in names] == sorted(
        names, key=lambda name: (name != "demo", name)
    )
    assert len(found) == len(names)


async def test_a_session_that_cannot_be_opened_is_said(pick: KicktimerApp, opened: Opened) -> None:
    opened.problem = KicktimerError("logs/: no permission", "--log-dir")
    async with pick.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        assert isinstance(pick.screen, PickScreen)
        assert "logs/: no permission (--log-dir)" in shown(pilot)


async def test_a_squad_in_the_folder_is_offered(pick: KicktimerApp, tmp_path: Path) -> None:
    (tmp_path / "squad.yaml").write_text("name: Monday\nathletes: [{name: Matan, races: {1500m: 4:00}}]\n")
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "Monday · 1 athletes" in shown(pilot)
        await pilot.press("s")
        assert "Runner, alone" in shown(pilot)


async def test_a_bad_squad_is_said(pick: KicktimerApp, tmp_path: Path) -> None:
    (tmp_path / "squad.yaml").write_text("athletes: [{nam: Matan}]\n")
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "squad.yaml: line 1" in shown(pilot)


async def test_after_a_session_one_picks_again(opened: Opened) -> None:
    app = KicktimerApp(opened, squad=squad(), paint_interval_s=None, clock=lambda: 0.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter", "enter")
        await press(pilot, "ctrl+q", "ctrl+q", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, PickScreen)
        assert "saved at" in shown(pilot)
        assert app.closed_session is not None
        assert app.closed_session.saved


async def test_an_opener_that_fails_at_the_start_comes_out(opened: Opened) -> None:
    opened.problem = KicktimerError("no room")
    app = KicktimerApp(opened, start=opened(cast("Plan", None)), paint_interval_s=None)
    async with app.run_test() as pilot:
        await pilot.pause()
    assert app.exit_error is opened.problem


async def test_e_opens_the_editor_at_the_first_fault_and_reads_the_file_again(
    pick: KicktimerApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "workouts"
    folder.mkdir()
    (folder / "a.yaml").write_text(FAULTY)
    asked: list[list[str]] = []

    def edited(command: list[str], **_: object) -> None:
        asked.append(command)
        (folder / "a.yaml").write_text(OWN)

    monkeypatch.setenv("VISUAL", "my-editor -x")
    monkeypatch.setattr("kicktimer.tui.screens.pick_screen.subprocess.run", edited)
    monkeypatch.setattr(KicktimerApp, "suspend", lambda _: nullcontext())
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "✗ a.yaml" in shown(pilot)
        await pilot.press("e")
        assert asked == [["my-editor", "-x", "+2", str(folder / "a.yaml")]]
        assert "✗" not in shown(pilot)


async def test_a_shipped_workout_is_not_edited(pick: KicktimerApp) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        await pilot.press("e")
        assert "shipped" in shown(pilot)


@pytest.mark.parametrize(
    ("editor", "command"),
    [
        ("vim", ["vim", "+2", "/w/a.yaml"]),
        ("code --new-window", ["code", "--new-window", "--wait", "--goto", "/w/a.yaml:2"]),
    ],
)
def test_editors_are_told_the_line(editor: str, command: list[str]) -> None:
    entry = WorkoutEntry("/w/a.yaml", None, "", (Fault("/w/a.yaml", 2, 1, "x"),), own=True)
    assert editor_command({"EDITOR": editor}, entry) == command
    assert editor_command({"PATH": ""}, entry) is None


async def test_a_workout_in_the_folder_is_listed_and_a_squad_is_not(pick: KicktimerApp, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OWN)
    (tmp_path / "people.yaml").write_text("athletes: [{name: Ada}]\n")
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "[/] own" in shown(pilot)
        assert "people" not in shown(pilot)


async def test_the_groups_of_a_squad_may_have_workouts_of_their_own(pick: KicktimerApp, tmp_path: Path) -> None:
    (tmp_path / "squad.yaml").write_text(
        "athletes: [{name: Ada}, {name: Ben, group: B}]\ngroups: {A: {}, B: {workout: 6x300-burner}}\n"
    )
    async with pick.run_test(size=(120, 40)) as pilot:
        assert "cannot" not in shown(pilot)
        assert "Ben" in shown(pilot)


async def test_the_workouts_of_a_squads_groups_stand_beside_its_file(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "squad.yaml").write_text(
        "athletes: [{name: Ada}, {name: Ben, group: B}]\ngroups: {A: {}, B: {workout: b.yaml}}\n"
    )
    (tmp_path / "b.yaml").write_text("name: b\nsets: [{reps: 2, distance: 300m, target: 60s, recovery: 60s}]\n")
    path = tmp_path / "squad.yaml"
    played = KicktimerApp(
        opened, squad=load_squad(path)[0], squad_file=str(path), paint_interval_s=None, clock=lambda: 0.0
    )
    async with played.run_test(size=(120, 40)) as pilot:
        await pilot.press("enter")
        assert [len(group.reps) for group in opened.lives[0].plan.groups][1] == 2
