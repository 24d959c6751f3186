"""The pick screen: workouts, squads, the race time, and the faults that it shows."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from textual import events
from textual.widgets import Input, OptionList

from harness.still_session import StillLive, press, screen_text, squad
from kicktimer.errors import Fault, KicktimerError
from kicktimer.library import load_squad
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.keymap import Keymap
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.pick_screen import PickScreen
from kicktimer.tui.workout_list import WorkoutEntry, editor_command, list_workouts

if TYPE_CHECKING:
    from kicktimer.live_session import LiveSession
    from kicktimer.plan import Plan

FAULTY = "name: broken\nsets: [{reps: 8, distance: 400s}]\n"
OWN = "name: '[/] own'\nsets: [{reps: 3, distance: 300m}]\n"


class OpenerFactory:
    """Makes openers, and keeps the sessions that they have opened. With `problem` they raise it instead."""

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
def opened() -> OpenerFactory:
    return OpenerFactory()


@pytest.fixture
def pick(opened: OpenerFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KicktimerApp:
    monkeypatch.chdir(tmp_path)
    return KicktimerApp(opened, paint_interval_s=None, clock=lambda: 0.0)


async def test_two_enters_play_the_demo(pick: KicktimerApp, opened: OpenerFactory) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "in all" in screen_text(pilot)
        await pilot.press("enter")
        assert isinstance(pick.screen, LiveScreen)
        assert opened.lives[0].plan.name == "Demo"
        await pilot.press("enter")
        assert opened.lives[0].state.n == 1


async def test_two_quick_enters_open_only_one_session(pick: KicktimerApp, opened: OpenerFactory) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        for _ in range(2):
            pick.post_message(events.Key("enter", "\r"))
        await pilot.pause()
        await pilot.pause()
        assert len(opened.lives) == 1


async def test_rebound_keys_choose_a_workout_and_the_default_ones_do_not(
    opened: OpenerFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    keymap = Keymap(
        chosen={"accept": ("f9",), "scroll-up": ("f7",), "scroll-down": ("f12",), "race": ("f11",), "light": ("f1",)}
    )
    app = KicktimerApp(opened, keymap=keymap, paint_interval_s=None, clock=lambda: 0.0)
    async with app.run_test(size=(80, 24)) as pilot:
        workouts, race = app.screen.query_one("#workouts", OptionList), app.screen.query_one("#race", Input)
        search = app.screen.query_one("#search", Input)
        await pilot.press("down", "down", "tab", "enter")
        assert (workouts.highlighted, race.has_focus, opened.lives) == (0, False, [])
        await pilot.press("f12", "f12", "f7")
        assert workouts.highlighted == 1
        assert "F7 F12 choose" in screen_text(pilot)
        await pilot.press("f11", "4", "colon", "2", "0", "f9")
        assert (race.value, search.has_focus, opened.lives) == ("4:20", True, [])
        before = app.theme
        await pilot.press("f1", "f9")
        assert app.theme != before
        assert isinstance(app.screen, LiveScreen)
        assert app.screen.controls.keymap is keymap


async def test_tab_moves_between_the_workouts_and_the_race_time(pick: KicktimerApp) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        race = pick.screen.query_one("#race", Input)
        for key in ("tab", "shift+tab"):
            await pilot.press(key)
            assert race.has_focus
            await pilot.press(key)
            assert not race.has_focus


async def test_race_time_of_a_single_runner_is_optional_and_checked(pick: KicktimerApp, opened: OpenerFactory) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        place = [entry.spec for entry in list_workouts(Path())].index("8x400-burner")
        await pilot.press(*["down"] * place)
        assert "no target" in screen_text(pilot)
        await pilot.press("tab", *"3.58", "enter")
        assert "3:58?" in screen_text(pilot)
        assert isinstance(pick.screen, PickScreen)
        await pilot.press("backspace", "backspace", "backspace", *":58.2", "enter")
        assert "1:03.5" in screen_text(pilot)
        await pilot.press("enter")
        assert opened.lives[0].plan.groups[0].reps[0].targets["Runner"].ms == 63_520


async def test_own_files_come_first_and_faulty_ones_show_their_faults(pick: KicktimerApp, tmp_path: Path) -> None:
    folder = tmp_path / "workouts"
    folder.mkdir()
    (folder / "a.yaml").write_text(FAULTY)
    (folder / "b.yaml").write_text(OWN)
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "✗ a.yaml" in screen_text(pilot)
        assert "line 2" in screen_text(pilot)
        await pilot.press("enter")
        assert isinstance(pick.screen, PickScreen)
        assert "has a fault" in screen_text(pilot)
        await pilot.press("down")
        assert "[/] own" in screen_text(pilot)


def test_shipped_workouts_of_a_checkout_are_listed_once() -> None:
    from kicktimer.library import shipped_workouts

    names = [name for name, _ in shipped_workouts()]

    found = list_workouts(Path(__file__).parents[3] / "workouts")
    assert [entry.spec for entry in found if entry.spec in names] == sorted(
        names, key=lambda name: (name != "demo", name)
    )
    assert len(found) == len(names)


async def test_error_in_opening_a_session_is_shown(pick: KicktimerApp, opened: OpenerFactory) -> None:
    opened.problem = KicktimerError("logs/: no permission", "--log-dir")
    async with pick.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        assert isinstance(pick.screen, PickScreen)
        assert "logs/: no permission (--log-dir)" in screen_text(pilot)


async def test_squad_in_the_folder_is_offered(pick: KicktimerApp, tmp_path: Path) -> None:
    (tmp_path / "squad.yaml").write_text("name: Monday\nathletes: [{name: Matan, races: {1500m: 4:00}}]\n")
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "Monday · 1 athletes" in screen_text(pilot)
        await pilot.press("ctrl+s", "ctrl+s", "enter")
        assert "Runner, alone" in screen_text(pilot)


async def test_fault_in_the_squad_is_shown(pick: KicktimerApp, tmp_path: Path) -> None:
    (tmp_path / "squad.yaml").write_text("athletes: [{nam: Matan}]\n")
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "squad.yaml: line 1" in screen_text(pilot)


async def test_pick_screen_returns_after_a_session(opened: OpenerFactory) -> None:
    app = KicktimerApp(opened, squad=squad(), paint_interval_s=None, clock=lambda: 0.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter", "enter")
        await press(pilot, "ctrl+q", "ctrl+q", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, PickScreen)
        assert "saved at" in screen_text(pilot)
        assert app.closed_session is not None
        assert app.closed_session.saved


async def test_error_of_the_start_opener_ends_the_app(opened: OpenerFactory) -> None:
    opened.problem = KicktimerError("no room")
    app = KicktimerApp(opened, start=opened(cast("Plan", None)), paint_interval_s=None)
    async with app.run_test() as pilot:
        await pilot.pause()
    assert app.exit_error is opened.problem


async def test_file_is_edited_at_the_first_fault_and_rereads_the_file(
    pick: KicktimerApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "workouts"
    folder.mkdir()
    (folder / "a.yaml").write_text(FAULTY)
    commands: list[list[str]] = []

    def edited(command: list[str], **_: object) -> None:
        commands.append(command)
        (folder / "a.yaml").write_text(OWN)

    monkeypatch.setenv("VISUAL", "my-editor -x")
    monkeypatch.setattr("kicktimer.tui.screens.pick_screen.subprocess.run", edited)
    monkeypatch.setattr(KicktimerApp, "suspend", lambda _: nullcontext())
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "✗ a.yaml" in screen_text(pilot)
        await pilot.press("ctrl+e")
        assert commands == [["my-editor", "-x", "+2", str(folder / "a.yaml")]]
        assert "✗" not in screen_text(pilot)


async def test_shipped_workout_is_not_edited(pick: KicktimerApp) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+e")
        assert "shipped" in screen_text(pilot)


@pytest.mark.parametrize(
    ("editor", "command"),
    [
        ("vim", ["vim", "+2", "/w/a.yaml"]),
        ("code --new-window", ["code", "--new-window", "--wait", "--goto", "/w/a.yaml:2"]),
    ],
)
def test_editor_command_names_the_line(editor: str, command: list[str]) -> None:
    entry = WorkoutEntry("/w/a.yaml", None, "", (Fault("/w/a.yaml", 2, 1, "x"),), own=True)
    assert editor_command({"EDITOR": editor}, entry) == command
    assert editor_command({"PATH": ""}, entry) is None


async def test_workouts_in_the_folder_are_listed_and_squads_are_not(pick: KicktimerApp, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OWN)
    (tmp_path / "people.yaml").write_text("athletes: [{name: Ada}]\n")
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "[/] own" in screen_text(pilot)
        assert "people" not in screen_text(pilot)


async def test_groups_of_a_squad_may_have_their_own_workouts(pick: KicktimerApp, tmp_path: Path) -> None:
    (tmp_path / "squad.yaml").write_text(
        "athletes: [{name: Ada}, {name: Ben, group: B}]\ngroups: {A: {}, B: {workout: 6x300-burner}}\n"
    )
    async with pick.run_test(size=(120, 40)) as pilot:
        assert "cannot" not in screen_text(pilot)
        assert "Ben" in screen_text(pilot)


async def test_group_workouts_are_found_beside_the_squad_file(opened: OpenerFactory, tmp_path: Path) -> None:
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


def place_of(spec: str) -> list[str]:
    """Returns the keys that highlight a listed workout."""
    return ["down"] * [Path(entry.spec).name for entry in list_workouts(Path())].index(spec)


async def test_workout_changed_outside_is_read_again_when_the_session_starts(
    pick: KicktimerApp, opened: OpenerFactory, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(OWN)
    async with pick.run_test(size=(80, 24)) as pilot:
        await pilot.press(*place_of("mine.yaml"))
        (tmp_path / "mine.yaml").write_text(OWN.replace("reps: 3", "reps: 5"))
        await pilot.press("enter")
        assert len(opened.lives[0].plan.groups[0].reps) == 5


async def test_fault_made_outside_is_shown_with_its_line_and_nothing_starts(
    pick: KicktimerApp, opened: OpenerFactory, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(OWN)
    async with pick.run_test(size=(80, 24)) as pilot:
        (tmp_path / "mine.yaml").write_text(FAULTY)
        await pilot.press("enter")
        assert isinstance(pick.screen, PickScreen)
        assert "fault in line 2" in screen_text(pilot)
        assert "line 2: `400s` is a time" in screen_text(pilot)
        assert "✗ mine.yaml" in screen_text(pilot)
        assert not opened.lives
        (tmp_path / "mine.yaml").write_text(OWN)
        await pilot.press("enter")
        assert len(opened.lives) == 1


async def test_workout_deleted_outside_is_not_run(pick: KicktimerApp, opened: OpenerFactory, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OWN)
    async with pick.run_test(size=(80, 24)) as pilot:
        (tmp_path / "mine.yaml").unlink()
        await pilot.press("enter")
        assert "there is no such file" in screen_text(pilot)
        assert not opened.lives


@pytest.mark.parametrize("given", [True, False])
async def test_squad_changed_outside_is_read_again_when_the_session_starts(
    opened: OpenerFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, given: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ("given.yaml" if given else "squad.yaml")
    path.write_text("name: Monday\nathletes: [{name: Ada}]\n")
    read = load_squad(path)[0] if given else None
    app = KicktimerApp(
        opened, squad=read, squad_file=str(path) if given else "", paint_interval_s=None, clock=lambda: 0.0
    )
    async with app.run_test(size=(80, 24)) as pilot:
        path.write_text("name: Monday\nathletes:\n  - {name: Ada}\n  - {nam: Ben}\n")
        await pilot.press("enter")
        assert f"{path.name}: line 4" in screen_text(pilot)
        assert not opened.lives
        path.write_text("name: Monday\nathletes: [{name: Ada}, {name: Ben}]\n")
        await pilot.press("enter")
        assert [each.name for each in opened.lives[0].plan.athletes] == ["Ada", "Ben"]


async def test_faulty_squad_is_not_replaced_by_the_runner_in_silence(
    pick: KicktimerApp, opened: OpenerFactory, tmp_path: Path
) -> None:
    (tmp_path / "squad.yaml").write_text("athletes: [{nam: Matan}]\n")
    async with pick.run_test(size=(80, 24)) as pilot:
        assert "squad.yaml has a fault" in screen_text(pilot)
        await pilot.press("enter")
        assert not opened.lives
        await pilot.press("ctrl+s", "ctrl+s", "enter")
        assert "Runner, alone" in screen_text(pilot)
        await pilot.press("enter")
        assert [each.name for each in opened.lives[0].plan.athletes] == ["Runner"]


async def test_squad_written_outside_can_be_chosen(pick: KicktimerApp, tmp_path: Path) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        (tmp_path / "squad.yaml").write_text("name: Monday\nathletes: [{name: Ada}]\n")
        await pilot.press("ctrl+s", "ctrl+s", "enter")
        assert "Monday · 1 athletes" in screen_text(pilot)
        (tmp_path / "squad.yaml").unlink()
        await pilot.press("enter")
        assert "squad.yaml: there is no such file" in screen_text(pilot)


async def test_given_squad_of_the_folder_is_listed_once(
    opened: OpenerFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "squad.yaml").write_text("name: Monday\nathletes: [{name: Ada}]\n")
    app = KicktimerApp(
        opened, squad=load_squad("squad.yaml")[0], squad_file="./squad.yaml", paint_interval_s=None, clock=lambda: 0.0
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+s", "ctrl+s")
        assert "Runner, alone (2 of 3)" in screen_text(pilot)


async def test_fault_in_a_groups_workout_is_shown_with_file_and_line(
    pick: KicktimerApp, opened: OpenerFactory, tmp_path: Path
) -> None:
    (tmp_path / "squad.yaml").write_text(
        "athletes: [{name: Ada}, {name: Ben, group: B}]\ngroups: {A: {}, B: {workout: b.yaml}}\n"
    )
    (tmp_path / "b.yaml").write_text(OWN)
    async with pick.run_test(size=(80, 24)) as pilot:
        (tmp_path / "b.yaml").write_text(FAULTY)
        await pilot.press(*place_of("8x400-burner"), "enter")
        assert "b.yaml: line 2" in screen_text(pilot)
        assert not opened.lives


# -- searching, typing, coming back


async def test_typing_searches_the_workouts(pick: KicktimerApp, opened: OpenerFactory) -> None:
    async with pick.run_test(size=(80, 24)) as pilot:
        workouts = pick.screen.query_one("#workouts", OptionList)
        await pilot.press(*"burner")
        found = [str(workouts.get_option_at_index(at).prompt) for at in range(workouts.option_count)]
        assert "8 x 400 burner" in found
        assert "Demo" not in found
        await pilot.press(*" hands")
        assert workouts.option_count < len(found)
        await pilot.press("escape")
        assert workouts.option_count == len(list_workouts(Path()))
        await pilot.press(*"nothing like it")
        assert "No workout is called so" in screen_text(pilot)
        await pilot.press("enter")
        assert not opened.lives


@pytest.mark.parametrize(
    ("line", "reps", "said"),
    [("6x300 @1500 r60 closing2", 6, "6 reps, 1800 m"), ("8 x 400m w/ 90s rest", 8, "Read as")],
)
async def test_workout_is_typed_and_its_reading_is_shown(
    pick: KicktimerApp, opened: OpenerFactory, line: str, reps: int, said: str
) -> None:
    async with pick.run_test(size=(100, 30)) as pilot:
        pick.screen.query_one("#search", Input).value = line
        await pilot.pause()
        assert said in screen_text(pilot)
        await pilot.press("enter")
        assert len(opened.lives[0].plan.groups[0].reps) == reps


async def test_typed_workout_with_a_fault_says_what_to_write(pick: KicktimerApp, opened: OpenerFactory) -> None:
    async with pick.run_test(size=(100, 30)) as pilot:
        pick.screen.query_one("#search", Input).value = "6x800 r2"
        await pilot.pause()
        assert "6x800 r2min" in screen_text(pilot)
        await pilot.press("enter")
        assert not opened.lives


async def test_last_workout_and_squad_are_two_keys(
    pick: KicktimerApp, opened: OpenerFactory, own_folders: Path, tmp_path: Path
) -> None:
    (tmp_path / "squad.yaml").write_text("name: Monday\nathletes: [{name: Ada}]\n")
    (tmp_path / "others.yaml").write_text("name: Others\nathletes: [{name: Ben}]\n")
    async with pick.run_test(size=(100, 30)) as pilot:
        await pilot.press("ctrl+s", "ctrl+s", "enter")
        assert "Others" in screen_text(pilot)
        pick.screen.query_one("#search", Input).value = "5x200 r45"
        await pilot.press("enter")
    assert len(opened.lives) == 1
    again = KicktimerApp(opened, paint_interval_s=None, clock=lambda: 0.0)
    async with again.run_test(size=(100, 30)) as pilot:
        assert "Others" in screen_text(pilot)
        await pilot.press("enter", "space")
        assert opened.lives[1].plan.squad_name == "Others"
        assert [rep.distance_mm for rep in opened.lives[1].plan.groups[0].reps] == [200_000] * 5
        assert opened.lives[1].state.n == 1, "the countdown runs"
    (own_folders / "kicktimer" / "recent.json").write_text("{")
    async with KicktimerApp(opened, paint_interval_s=None, clock=lambda: 0.0).run_test() as pilot:
        assert "Monday" in screen_text(pilot), "a damaged file is no matter"
