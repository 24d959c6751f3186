"""A thousand random keys in every state start and end only the groups that the contract lets them start and end."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest
from textual import events

from harness.still_session import CHARACTERS, NAMES, StillLive, app_for, squad, still_session
from kicktimer.session import Phase, Refusal, State, advance
from kicktimer.session.commands import Close, Hold, Start, Tap
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.screens.live_screen import LiveScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.session import AnyCommand

PRESSES = 1000
GO = 10_000
FINISHES = {"tap", "assign", "insert", "close", "drop", "undo"}
"""Commands that can end the last rep: by a finish, by closing it, by a drop, or by undoing what kept it open."""

ASKED_TWICE = {"skip": ("slash", "slash"), "recall": ("ctrl+r", "ctrl+r"), "end": ("ctrl+q", "ctrl+q")}
"""The first and the second key of commands that the screen asks about."""
KEYS = (
    *(["space", "enter"] * 6), *"abcdefz7", *(["tab", "backspace", "up", "down", "left", "right", "escape"] * 2),
    "full_stop", "comma", "slash", "slash", "minus", "equals_sign", "ctrl+r", "ctrl+r", "semicolon", "apostrophe",
    "delete", "insert", "backslash", "vertical_line", "left_square_bracket", "right_square_bracket", "ctrl+a", "ctrl+e",
    "left_curly_bracket", "right_curly_bracket", "ctrl+y", "ctrl+k", *"ש9", "ctrl+g", "ctrl+n", "f1",
    "f5", "question_mark", "ctrl+q", "ctrl+c", "ctrl+t",
)  # fmt: skip


class CheckedSession(StillLive):
    """Knows the key that each command came from, and checks what the command did to every group."""

    key = ""
    before_key = ""

    def execute(self, command: AnyCommand) -> Refusal | None:
        self.state = before = advance(self.state, command.t).state
        refusal = super().execute(command)
        if refusal is None:
            check_command(self, command, before)
        return refusal


def check_command(live: CheckedSession, command: AnyCommand, before: State) -> None:
    what, key = command.do, live.key
    for name, group in live.state.groups.items():
        was = before.groups.get(name)
        phase = None if was is None else was.phase
        if group.phase is phase:
            continue
        if group.phase is Phase.COUNTDOWN:
            assert (what, key) in {
                ("start", "space"), ("start", "enter"), ("release", "comma"), ("recall", "ctrl+r"),
                ("recall", "comma"), ("undo", "backspace"),
            }, (what, key)  # fmt: skip
            if key == "enter":
                assert before.n == 0, "enter has started a group after the session began"
            if what == "start":
                assert phase is Phase.READY
                assert name == command.group or all(each.phase is Phase.READY for each in before.groups.values())
        if group.phase is Phase.DONE:
            assert what in FINISHES | {"skip", "move", "delete", "late_start"}, what
    if live.state.ended is not None:
        assert (what, key) == ("end", "ctrl+q")
    if what in ASKED_TWICE:
        first, second = ("ctrl+r", "comma") if (what, key) == ("recall", "comma") else ASKED_TWICE[what]
        assert key == second, "the command came from another key"
        assert first in live.before_key, "the key was pressed only once"


def ready() -> CheckedSession:
    seen = still_session("3x400 @1500 r30", squad(NAMES[:6], groups=3))
    return CheckedSession(seen.plan)


def started(t: int) -> Callable[[], CheckedSession]:
    def make() -> CheckedSession:
        live = ready()
        live.key = "space"
        live.execute(Start(t=0))
        live.advance_to(t)
        return live

    return make


def recovering() -> CheckedSession:
    live = started(GO)()
    for place, name in enumerate(NAMES[:6]):
        live.advance_to(GO + 64_000 + 400 * place)
        live.execute(Tap(t=live.t, athlete=name))
    return live


def holding() -> CheckedSession:
    live = recovering()
    live.execute(Hold(t=live.t, group="A"))
    return live


def last_rep() -> CheckedSession:
    live = started(GO)()
    for _ in range(2):
        for name in "ABC":
            live.execute(Close(t=live.t, group=name))
        live.advance_to(live.t + 30_000)
    return live


def done() -> CheckedSession:
    live = last_rep()
    for name in "ABC":
        live.execute(Close(t=live.t, group=name))
    assert live.state.finished
    return live


STATES = [ready, started(5000), started(GO), recovering, holding, last_rep, done]


@pytest.mark.parametrize(
    "scene", STATES, ids=["ready", "countdown", "running", "recovering", "held", "last-rep", "done"]
)
async def test_random_keys_start_and_end_only_what_they_may(
    scene: Callable[[], CheckedSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(scene.__name__)
    live = scene()
    first, opened_at = live.state, live.t
    pressed: list[str] = []
    act = KicktimerApp.on_key

    def on_key(self: KicktimerApp, event: events.Key) -> None:
        live.before_key, live.key = " ".join(pressed[-30:]), event.key
        pressed.append(event.key)
        act(self, event)

    monkeypatch.setattr(KicktimerApp, "on_key", on_key)
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        while len(pressed) < PRESSES and pilot.app.is_running:
            for _ in range(25):
                live.t += random.choice((0, 40, 300, 2500))
                key = random.choice(KEYS)
                if key == "ctrl+q":
                    await pilot.pause()
                    if live.state.n == 0 or live.state.finished:
                        continue  # nothing runs: the key would leave the session
                for each in (key, "escape") if key == "ctrl+q" else (key,):  # a second press would end the session
                    event = events.Key(each, each if len(each) == 1 else CHARACTERS.get(each))
                    event.time = live.t / 1000
                    pilot.app.post_message(event)
            await pilot.pause()
            assert live.state.ended is None
            if live.state.finished is not first.finished or live.state.n > first.n + 150:
                while not isinstance(pilot.app.screen, LiveScreen):
                    await pilot.app.pop_screen()
                live.state, live.t = replace(first), opened_at
    assert len(pressed) >= PRESSES
