"""Snapshots of the screens. After an intended change: `pytest tests/tui --snapshot-update`, then look at them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.still_session import NAMES, StillLive, app_for, run_reps, squad, still_session
from kicktimer.history import History
from kicktimer.journal import SaveTrouble
from kicktimer.session.commands import Hold, Rate, Start, Tap
from kicktimer.settings_store import SettingsStore
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.keymap import DEFAULT_KEYMAP, build_keymap, key_faults
from kicktimer.tui.screens import pick_screen
from kicktimer.tui.screens.history_screen import HistoryScreen
from kicktimer.tui.screens.settings_screen import SettingsScreen
from kicktimer.workout import parse_oneliner

if TYPE_CHECKING:
    from collections.abc import Callable


def ready() -> StillLive:
    return still_session(who=squad(NAMES))


def unheard() -> StillLive:
    live = ready()
    live.sound.not_heard_today = True
    return live


def running() -> StillLive:
    live = still_session(who=squad(NAMES))
    go = run_reps(live, 2)
    live.advance_to(go + 64_300)
    live.execute(Tap(t=go + 63_620, athlete="Matan"))
    live.execute(Tap(t=go + 64_180))
    return live


def reminder() -> StillLive:
    live = still_session(who=squad(NAMES))
    live.advance_to(run_reps(live, 6) - 12_300)
    return live


def holding() -> StillLive:
    live = still_session(who=squad(NAMES[:3]))
    go = run_reps(live, 3)
    live.execute(Hold(t=go - 20_000))
    live.advance_to(go - 10_000)
    return live


def alone() -> StillLive:
    live = still_session(who=squad(("Runner",)))
    live.advance_to(run_reps(live, 4) + 31_800)
    return live


def many() -> StillLive:
    live = still_session(who=squad([f"Athlete {place}" for place in range(36)]))
    live.advance_to(run_reps(live, 2) + 40_300)
    return live


def groups() -> StillLive:
    """Returns a session of three groups. Two arrivals have no name in the group in focus, one in another group."""
    athletes = (*NAMES, "Avigail", "Ben", "Carmel", "Dvir", "Hila", "Omer")
    live = still_session(who=squad(athletes, groups=3))
    live.execute(Start(t=0))
    for key, t in (("Matan", 73_700), ("", 74_300), ("Noa", 74_400), ("", 75_300), ("Gil", 75_900)):
        live.advance_to(t)
        live.execute(Tap(t=t, athlete=key) if key else Tap(t=t, group="A"))
    live.advance_to(76_000)
    live.execute(Tap(t=76_000, group="B"))
    live.advance_to(76_500)
    return live


def finished() -> StillLive:
    live = still_session(who=squad(NAMES[:3]))
    end = run_reps(live, 8)
    live.execute(Rate(t=end, athlete="Matan", relaxation=4, rep=8))
    return live


def trouble() -> StillLive:
    live = running()
    live.trouble = SaveTrouble("no space left", Path("logs/2026-05-04T18-00-00.jsonl"))
    live.saved = False
    return live


LOGS = Path(__file__).parents[1] / "journal" / "logs"
SCENES = [
    ("ready", ready, (80, 24), ()),
    ("unheard", unheard, (80, 24), ()),
    ("sound", unheard, (80, 24), ("f6",)),
    ("run", running, (80, 24), ()),
    ("run-large", running, (120, 40), ()),
    ("reminder", reminder, (80, 24), ()),
    ("reminder-huge", reminder, (200, 60), ()),
    ("hold", holding, (80, 24), ()),
    ("alone", alone, (80, 24), ()),
    ("many", many, (80, 24), ()),
    ("smallest", running, (40, 12), ()),
    ("too-small", running, (38, 10), ()),
    ("groups", groups, (80, 24), ()),
    ("groups-large", groups, (120, 40), ("tab",)),
    ("groups-huge", groups, (200, 60), ()),
    ("help", groups, (80, 24), ("question_mark",)),
    ("join", groups, (80, 24), ("ctrl+n", "D", "a", "n")),
    ("trouble", trouble, (80, 24), ()),
    ("trouble-small", trouble, (40, 12), ()),
    ("night", running, (80, 24), ("ctrl+t",)),
    ("leave", running, (80, 24), ("ctrl+q",)),
    ("summary", finished, (80, 24), ("enter",)),
]


@pytest.mark.parametrize(("scene", "size", "keys"), [pytest.param(*rest, id=name) for name, *rest in SCENES])
def test_live(
    snap_compare: Callable[..., bool], scene: Callable[[], StillLive], size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    assert snap_compare(app_for(scene()), terminal_size=size, press=keys)


def test_pick(snap_compare: Callable[..., bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    lines = ("3x40 @5.0 r4", "8x400 @1500 r30", "2x(200+300+400) @98%1500 r30 R4:00")
    listed = [pick_screen.WorkoutEntry(line, parse_oneliner(line)) for line in lines]
    listed.append(
        pick_screen.WorkoutEntry("workouts/mine.yaml", None, "line 2: `400s` is a time (metres? write 400m)", own=True)
    )
    monkeypatch.setattr(pick_screen, "list_workouts", lambda _: listed)

    def nothing(*_: object) -> object:
        raise AssertionError

    assert snap_compare(KicktimerApp(nothing, paint_interval_s=None), terminal_size=(80, 24), press=("down", "down"))  # type: ignore[arg-type]


SETTINGS_TEXT = """# Track
volume = 80
log_dir = "/srv/track"
cues_off = ["split"]
[keys]
hold = "f5"
"""
WRONG_SETTINGS = 'volume = 500\nsound = "loud"\ncaler = true\nlog_dir = "/srv/track"\n'


@pytest.mark.parametrize("size", [(80, 24), (140, 45), (40, 12)], ids=["80x24", "140x45", "40x12"])
@pytest.mark.parametrize(
    ("text", "keys"),
    [
        pytest.param(SETTINGS_TEXT, ("down",), id="settings"),
        pytest.param(SETTINGS_TEXT, ("down", "down", "enter"), id="typing"),
        pytest.param(WRONG_SETTINGS, ("down",), id="wrong"),
    ],
)
def test_settings(  # noqa: PLR0917 - fixtures and parameters
    snap_compare: Callable[..., bool],
    text: str,
    keys: tuple[str, ...],
    size: tuple[int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "settings.toml").write_text(text)
    monkeypatch.chdir(tmp_path)  # the path on the screen is a relative one, as its folder differs in every run
    store = SettingsStore(Path("settings.toml"), check_keys=key_faults)
    app = KicktimerApp(
        None,
        first_screen=lambda: SettingsScreen(store, build_keymap(store.settings.keys)),
        settings_store=store,
        paint_interval_s=None,
    )
    assert snap_compare(app, terminal_size=size, press=keys)


@pytest.mark.parametrize("theme", ["colour-blind", "contrast", "terminal"])
def test_theme(snap_compare: Callable[..., bool], theme: str) -> None:
    app = app_for(groups())
    app.theme = theme
    assert snap_compare(app, terminal_size=(120, 40))


def test_without_colour(snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(app_for(running()), terminal_size=(80, 24))


REVIEW_KEYS: dict[str, tuple[str, ...]] = {
    "history": (),
    "filtered": ("tab", "tab", "tab", "right"),
    "session": ("enter",),
    "bars": ("enter", "pagedown", "pagedown", "pagedown"),
    "correction": ("enter", "t", *"Ada 2 1:05", "enter", "t", *"Zoe 1 60", "enter"),
    "athlete": ("enter", "k"),
    "comparison": ("enter", "k", "c", "right"),
}


@pytest.mark.parametrize("size", [(80, 24), (140, 45)], ids=["80x24", "140x45"])
@pytest.mark.parametrize("screen", REVIEW_KEYS)
def test_review(snap_compare: Callable[..., bool], screen: str, size: tuple[int, int], tmp_path: Path) -> None:
    for number, log in enumerate(sorted(LOGS.glob("*.jsonl")), start=1):
        header, facts = log.read_text(encoding="utf-8").split("\n", 1)
        fields = {**json.loads(header), "id": f"s{number}", "seq": number, "app": "kicktimer", "clock": {"name": "x"}}
        (tmp_path / f"{number}.jsonl").write_text(f"{json.dumps(fields)}\n{facts}", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text("no log\n")
    with History(tmp_path) as history:
        app = KicktimerApp(None, first_screen=lambda: HistoryScreen(history, DEFAULT_KEYMAP), paint_interval_s=None)
        assert snap_compare(app, terminal_size=size, press=REVIEW_KEYS[screen])
