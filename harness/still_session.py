"""A live session with a clock that tests advance, for tests of the app: no disk, no sound and no timers.

The session itself (`decide`, `advance`) is the real one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual import events

from kicktimer.library import load_workout
from kicktimer.live_session import ATHLETE_BOUNCE_MS, SPACE_BOUNCE_MS
from kicktimer.plan import build_plan
from kicktimer.session import Refusal, advance, decide, initial_state
from kicktimer.session.commands import Bounce, Start, Tap
from kicktimer.session_audio import NEXT_SPOKEN_RESULT
from kicktimer.sound import SpeakerState
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.key_reader import KeyReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.pilot import Pilot

    from kicktimer.cues import SpokenResult
    from kicktimer.journal import SaveTrouble
    from kicktimer.live_session import Gap, LiveSession
    from kicktimer.plan import Plan
    from kicktimer.session import AnyCommand, AnyEvent
    from kicktimer.session.transition import Outcome

NAMES = ("Matan", "Noa", "Gil", "Tamar", "Yonatan", "Maya", "Eitan", "Shira", "Daniel", "Lior")


class StillSound:
    """Stands for `kicktimer.session_audio.SessionAudio`, as far as screens use it.

    `sounds` says whether a sound output works. `played` counts the plays of GO, `heard` the confirmations.
    """

    def __init__(self) -> None:
        self.not_heard_today = False
        self.caller_enabled = True
        self.spoken_results: SpokenResult = "time"
        self.muted = False
        self.sounds = True
        self.volume = 100
        self.go_silenced_reason = ""
        self.sounding = False
        self.played = 0
        self.heard = 0

    def toggle_mute(self) -> bool:
        self.muted = not self.muted
        return self.muted

    def toggle_caller(self) -> bool:
        self.caller_enabled = not self.caller_enabled
        return self.caller_enabled

    def connect_horn(self, schedule: Callable[[Mapping[str, float]], None]) -> None:
        self.schedule_horn = schedule

    def cycle_spoken_results(self) -> str:
        self.spoken_results = NEXT_SPOKEN_RESULT[self.spoken_results]
        return self.spoken_results

    def play_go(self) -> bool:
        self.sounding = self.sounds and not self.muted
        self.played += self.sounding
        return self.sounding

    def confirm_heard(self) -> bool:
        heard = self.sounding and self.sounds and not self.muted
        self.heard += heard
        self.not_heard_today = self.not_heard_today and not heard
        return heard


class StillLive:
    """Stands for `kicktimer.live_session.LiveSession`, as far as the app uses it.

    `t` is the session's clock in ms; `advance_to` sets it. Stamps are seconds of the same clock. `commands`, `taps`,
    `answers` and `facts` keep the commands, the arrivals (moment and athlete), the keys that answered a question, and
    the events. With
    `bounces`, a second press of a key that comes too soon is a bounce, as in the real one.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.state = initial_state(plan)
        self.log_id = "2026-05-04T18-00-00"
        self.header = {"id": self.log_id, "started": "2026-05-04T18:00:00+02:00"}
        self.log_path = Path("logs/2026-05-04T18-00-00.jsonl")
        self.saved = True
        self.trouble: SaveTrouble | None = None
        self.last_gap: Gap | None = None
        self.errors = 0
        self.sound = StillSound()
        self._speaker = SpeakerState("portaudio", alive=True)
        self.awake_problem = ""
        self.t = 0
        self.taps: list[tuple[int, str | None]] = []
        self.answers: list[tuple[int, str]] = []
        self.commands: list[AnyCommand] = []
        self.facts: list[AnyEvent] = []
        self.closed = False
        self.bounces = False
        self._last_presses: dict[tuple[str | None, str | None], int] = {}

    @property
    def unsaved_facts(self) -> range:
        return range(0) if self.saved else range(max(1, self.state.n), self.state.n + 1)

    @property
    def speaker(self) -> SpeakerState:
        return replace(self._speaker, muted=self.sound.muted)

    @speaker.setter
    def speaker(self, state: SpeakerState) -> None:
        self._speaker = state

    def start(self) -> None:
        pass

    def now(self) -> int:
        return self.t

    def session_ms(self, stamp: float) -> int:
        return max(0, round(stamp * 1000))

    def advance_to(self, t: int) -> None:
        """Sets the clock, and lets everything happen that is due by then."""
        self.t = t
        self._take(advance(self.state, t))

    def _take(self, outcome: Outcome) -> None:
        self.state = outcome.state
        self.facts.extend(outcome.events)

    def play_error(self) -> None:
        self.errors += 1

    def execute(self, command: AnyCommand) -> Refusal | None:
        self.commands.append(command)
        self._take(advance(self.state, command.t))
        if not isinstance(command, Tap) and command.t < self.state.now:
            command = replace(command, t=self.state.now)
        outcome = decide(self.state, command)
        if isinstance(outcome, Refusal):
            return outcome
        self._take(outcome)
        return None

    def ignore_repeats(self, stamp: float, athlete: str) -> None:
        self.answers.append((self.session_ms(stamp), athlete))

    def note_repeat(self, stamp: float, key: str, athlete: str | None = None) -> None:
        self.execute(Bounce(t=self.session_ms(stamp), key=key, athlete=athlete))

    def tap(self, stamp: float, *, athlete: str | None = None, group: str | None = None) -> Refusal | None:
        t = self.session_ms(stamp)
        last, self._last_presses[athlete, group] = self._last_presses.get((athlete, group)), t
        if self.bounces and last is not None and t - last < (SPACE_BOUNCE_MS if athlete is None else ATHLETE_BOUNCE_MS):
            return self.execute(Bounce(t=t, athlete=athlete, group=group))
        self.taps.append((t, athlete))
        return self.execute(Tap(t=t, athlete=athlete, group=group))

    async def aclose(self) -> bool:
        return self.close()

    def close(self) -> bool:
        self.closed = True
        return self.saved


def squad(names: Sequence[str] = NAMES[:3], *, groups: int = 1, race_ms: int | None = 238_200) -> Squad:
    """Returns a squad whose race times are 2 s apart. The athletes' keys are a, b, c, …; groups A, B, … alternate."""
    athletes = tuple(
        Athlete(
            name,
            "abcdefghijklmnopqrstuvwxyz0123456789"[place],
            "ABCDEFGH"[place % groups],
            {} if race_ms is None else {1_500_000: race_ms + 2000 * place},
        )
        for place, name in enumerate(names)
    )
    return Squad("Monday squad", athletes, tuple(Group("ABCDEFGH"[place]) for place in range(groups)))


def still_session(spec: str = "8x400-burner", who: Squad | None = None) -> StillLive:
    """Returns a session that has not begun, of a shipped workout, a workout file or a one-liner."""
    return StillLive(build_plan(load_workout(spec)[0], who or squad()))


def run_reps(live: StillLive, reps: int, *, offsets_ms: Sequence[int] = (100, -400, 800, 0), start: bool = True) -> int:
    """Lets all athletes of the first group run some reps, and returns the moment of the next GO.

    Each finish is off its target by one of `offsets_ms`. With `start`, starts the session first.
    """
    if start:
        live.execute(Start(t=live.t))
    for number in range(reps):
        group = next(iter(live.state.groups.values()))
        assert group.go is not None
        live.advance_to(group.go)
        run = live.state.groups[group.name].newest_run
        assert run is not None
        came = sorted(
            (group.go + run.rep.targets[name].ms + offsets_ms[(place + number) % len(offsets_ms)], name)
            for place, name in enumerate(run.present)
        )
        for t, name in came:
            live.advance_to(t)
            live.execute(Tap(t=t, athlete=name))
    go = next(iter(live.state.groups.values())).go
    return live.t if go is None else go


def app_for(live: StillLive, **more: Any) -> KicktimerApp:
    """Returns the app on that session. It paints only when its `paint` is called."""

    def opener(*, on_change: object, on_bell: object) -> LiveSession:
        return cast("LiveSession", live)

    def nothing(*_: object) -> Any:
        raise AssertionError

    return KicktimerApp(nothing, start=opener, paint_interval_s=None, clock=lambda: live.t / 1000, **more)


CHARACTERS = {
    "space": " ", "full_stop": ".", "comma": ",", "slash": "/", "minus": "-", "equals_sign": "=", "semicolon": ";",
    "apostrophe": "'", "question_mark": "?", "backslash": "\\", "left_square_bracket": "[", "right_square_bracket": "]",
    "vertical_line": "|", "left_curly_bracket": "{", "right_curly_bracket": "}", "exclamation_mark": "!", "colon": ":",
}  # fmt: skip


async def press(pilot: Pilot[None], *keys: str, at: int | None = None) -> None:
    """Presses the keys at moment `at` (ms of the session's clock, by default now), then paints."""
    app = cast("KicktimerApp", pilot.app)
    live = cast("StillLive", app.live)
    for key in keys:
        event = events.Key(key, key if len(key) == 1 else CHARACTERS.get(key))
        event.time = (live.t if at is None else at) / 1000
        pilot.app.post_message(event)
        await pilot.pause()
    app.paint()
    await pilot.pause()


async def hold(
    pilot: Pilot[None], key: str, at: int, *, delay: int = 500, interval: int = 30, repeats: int = 20
) -> None:
    """Holds the key down from moment `at` on, with repeats as a keyboard sends them (ms), through the key reader."""
    app = cast("KicktimerApp", pilot.app)
    stamps = [at, *(at + delay + interval * number for number in range(repeats))]
    acting: list[events.Key] = []
    held: list[events.Key] = []
    reader = KeyReader(
        lambda message: acting.append(cast("events.Key", message)), on_repeat=held.append, may_repeat=app.may_repeat
    )
    for stamp in stamps:
        event = events.Key(key, key if len(key) == 1 else CHARACTERS.get(key))
        event.time = stamp / 1000
        reader.take_key(event)
    reader.tick(stamps[-1] / 1000 + 1)
    for event in acting:
        cast("StillLive", app.live).advance_to(round(event.time * 1000))
        pilot.app.post_message(event)
        await pilot.pause()
    for event in held:
        app.note_repeat(event)
    app.paint()
    await pilot.pause()


def screen_text(pilot: Pilot[None]) -> str:
    """Returns the text on the screen."""
    width, height = pilot.app.size
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip)[:width].rstrip() for strip in strips[:height])
