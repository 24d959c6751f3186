"""The live shell: clock + session + journal + speaker, on one asyncio loop. No screen.

It wakes itself at the core's next deadline, turns key stamps into commands, hands every fact to the journal and the
whole future to the speaker, and tells whoever draws (`on_change`) that something is new. The session never waits for
the disk, the loudspeaker or the screen.

Clocks: a session's clock is the machine's boot-time clock, which also counts while a lid is closed; key stamps and
timers are on `time.monotonic()`. `Clock` knows both; wall time is kept with each fact and never computed with.

A rehearsal at `speed` N is a session whose clock runs N times as fast as the machine's; its `player` presses the keys.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kicktimer import __version__
from kicktimer.crash_report import write_crash_report
from kicktimer.journal import LOG_VERSION, JournalWriter, log_path, new_id
from kicktimer.plan import dump
from kicktimer.session import Event, Refusal, State, advance, decide, initial_state, next_deadline, to_fact
from kicktimer.session.commands import Bounce, Tap, Undo
from kicktimer.session_audio import SessionAudio
from kicktimer.settings import Settings
from kicktimer.wake_lock import keep_awake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kicktimer.plan import Plan
    from kicktimer.rehearsal import Player
    from kicktimer.session import AnyCommand
    from kicktimer.sound import SpeakerState
    from kicktimer.wake_lock import WakeLock

BOUNCE_MS = 400  # the same athlete's key again
SPACE_BOUNCE_MS = 60
LOOK_S = 1.0  # the clock is looked at so often even where nothing is due: timers stand still while the machine sleeps
JUMP_S = 0.05  # by so much the two clocks part in a sleep, never by themselves
DEFAULT = Settings()
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class SystemClock:
    """The machine's clocks, in seconds.

    `boottime` counts sleep, `monotonic` does not and is what keys and timers carry.
    """

    monotonic: Callable[[], float] = time.monotonic

    def boottime(self) -> float:
        name = getattr(time, "CLOCK_BOOTTIME", None)
        return self.monotonic() if name is None else time.clock_gettime(name)

    def wall(self) -> str:
        return datetime.now().astimezone().isoformat(timespec="milliseconds")


class LiveSession:
    """One session, live. All methods are for the loop's thread.

    `sink` is an output of sound instead of the one that is set. Raises `KicktimerError` where the session's file cannot
    be made, before anything has begun.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        workout: Mapping[str, Any],
        squad: Mapping[str, Any],
        log_dir: Path,
        settings: Settings = DEFAULT,
        sink: str | None = None,
        on_change: Callable[[], None] = lambda: None,
        on_bell: Callable[[], None] | None = None,
        clock: SystemClock | None = None,
        speed: float = 1.0,
        player: Player | None = None,
    ) -> None:
        self.plan = plan
        self.state: State = initial_state(plan)
        self.trouble = ""
        self.on_change = on_change
        self._clock = clock or SystemClock()
        self._opened = self._clock.boottime()
        self._ms = 1000 * speed  # of the session's clock in a second of the machine's
        self._player = player
        self._saved_n = 0
        self._presses: dict[str | None, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake: WakeLock | None = None
        self._shut = False
        self._fault = ""
        self._epoch = 0
        self._apart = self._clock.boottime() - self._clock.monotonic()
        self.log_id = new_id(datetime.now().astimezone())
        header = {
            "kicktimer_log": LOG_VERSION,
            "id": self.log_id,
            "app": f"kicktimer {__version__}",
            "workout": dict(workout),
            "squad": dict(squad),
            "plan": dump(plan),
            "started": self._clock.wall(),
            "clock": {
                "name": "boottime" if hasattr(time, "CLOCK_BOOTTIME") else "monotonic",
                "at_open": round(self._opened, 6),
                "boot_id": _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else "",
            },
        }
        self._writer = JournalWriter(log_path(log_dir, self.log_id), header, self._on_saved, self._on_trouble)
        self.sound = SessionAudio(
            settings,
            self.state,
            sink=sink,
            log=log_dir / "sound.log",
            on_change=lambda: self._from_thread(self._changed),
            on_bell=None if on_bell is None else lambda: self._from_thread(on_bell),
        )

    @property
    def log_path(self) -> Path:
        """Where the session is saved."""
        return self._writer.path

    @property
    def saved(self) -> bool:
        """Whether the disk has acknowledged every fact so far."""
        return self._saved_n >= self.state.n

    @property
    def speaker(self) -> SpeakerState:
        """What the sound comes out of. A fault of our own stands in its note."""
        state = self.sound.speaker
        return replace(state, note=self._fault) if self._fault else state

    @property
    def awake_problem(self) -> str:
        """Why the machine may fall asleep or blank its screen, "" where it will not."""
        return "" if self._awake is None else self._awake.problem

    def now(self) -> int:
        """The session's clock, in ms."""
        return round((self._clock.boottime() - self._opened) * self._ms)

    def moment(self, stamp: float) -> int:
        """A stamp of `time.monotonic()` on the session's clock, in ms."""
        apart = self._clock.boottime() - self._clock.monotonic()
        return max(0, round((stamp + apart - self._opened) * self._ms))

    def start(self) -> None:
        """Arms the timers and starts the speaker. To be called inside the running loop."""
        assert not self._shut
        self._loop = asyncio.get_running_loop()
        self.sound.start()
        self._awake = keep_awake()
        self._arm()

    def do(self, command: AnyCommand) -> Refusal | None:
        """Brings about what fell due before the command, then the command. A refusal has changed nothing."""
        if self._shut:
            return Refusal("the session is closed")
        self._advance(command.t)
        if not isinstance(command, Tap) and command.t < self.state.now:
            command = replace(command, t=self.state.now)  # only an arrival keeps a stamp from before the newest fact
        outcome = decide(self.state, command)
        if isinstance(outcome, Refusal):
            return outcome
        self._take(outcome.events, outcome.state)
        if isinstance(command, Undo):
            self._presses.clear()  # the next press is meant: it puts right what was taken back
        return None

    def pressed(self, stamp: float, athlete: str) -> None:
        """An athlete's key was pressed as an answer: while it repeats itself it is no arrival either."""
        self._presses[athlete] = self.moment(stamp)

    def tap(self, stamp: float, *, athlete: str | None = None, group: str | None = None) -> Refusal | None:
        """An arrival at a key's stamp. A key that repeats itself is no arrival; the log keeps it as a bounce."""
        t = self.moment(stamp)
        key = athlete if athlete is not None else f"\0{group}"  # no athlete has such a name
        last = self._presses.get(key)
        self._presses[key] = t
        if last is not None and t - last < (BOUNCE_MS if athlete is not None else SPACE_BOUNCE_MS):
            if self.state.begun:
                self.do(Bounce(t=t, athlete=athlete, group=group))
            return None
        return self.do(Tap(t=t, athlete=athlete, group=group))

    def play_error(self) -> None:
        """Plays the error cue, unless one was just played or a GO is near."""
        self._safely(self.sound.play_error, self._clock.monotonic())

    async def close(self) -> bool:
        """`shut`, without holding up the loop."""
        self._let_go()
        return await asyncio.get_running_loop().run_in_executor(None, self.shut)

    def shut(self) -> bool:
        """Lets go of timers, speaker and file, within some seconds; once more does no harm. True where all is saved.

        No `session_ended` is written: who leaves for good says `End` first. A log without it is `interrupted`.
        """
        self._let_go()
        saved = self._writer.close()
        self.sound.close()
        if self._awake is not None:
            self._awake.close()
        if self.state.n == 0:  # nothing was begun: nothing to keep
            with contextlib.suppress(FileNotFoundError):
                self._writer.path.unlink()
        return saved

    def _let_go(self) -> None:
        """From here on nothing is armed, no thread calls in, and commands are refused."""
        self._shut = True
        self._loop = None
        if self._timer is not None:
            self._timer.cancel()

    def _advance(self, now: int) -> None:
        outcome = advance(self.state, now)
        if outcome.events:
            self._take(outcome.events, outcome.state)

    def _take(self, events: tuple[Event, ...], state: State) -> None:
        """Append, then apply: the facts go to the journal, then they are the state.

        A fault of our own in saving, sound or drawing costs just that: the clock and the keys go on.
        """
        wall = self._clock.wall()
        self._safely(self._writer.append, [{**to_fact(event), "wall": wall} for event in events])
        self.state = state
        self._arm()
        if self._player is not None:
            self._safely(self._player.heard, events, state)
        self._safely(self._schedule)
        self._safely(self.on_change)

    def _safely(self, call: Callable[..., object], *arguments: object) -> None:
        try:
            call(*arguments)
        except Exception as error:  # noqa: BLE001 - see `_take`; it is reported, not lost
            if not self._fault:
                self._fault = (
                    f"a fault in the program itself ({type(error).__name__}): please send {write_crash_report(error)}"
                )

    def _schedule(self) -> None:
        """Tells the speaker everything that is certain to sound."""
        self._slept()
        origin = self._opened - self._apart
        self.sound.update(self.state, lambda ms: ms / self._ms + origin, self._epoch)

    def _arm(self) -> None:
        """Sets the timer for the next deadline."""
        if self._loop is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        moments = [next_deadline(self.state), None if self._player is None else self._player.due()]
        deadline = min((moment for moment in moments if moment is not None), default=None)
        wait = LOOK_S if deadline is None else min(LOOK_S, max(0.0, (deadline - self.now()) / self._ms))
        self._timer = self._loop.call_later(wait, self._wake)

    def _wake(self) -> None:
        try:
            if self._slept():
                self._safely(self._schedule)
            now = self.now()
            while self._player is not None and (due := self._player.due()) is not None and due <= now:
                self.do(self._player.take()[1])  # no effect where the coach's own keys have made it illegal
            self._advance(now)
        finally:
            self._arm()

    def _slept(self) -> bool:
        """Whether the machine has slept since: then moments lie elsewhere on the speaker's clock."""
        apart = self._clock.boottime() - self._clock.monotonic()
        if abs(apart - self._apart) <= JUMP_S:
            return False
        self._apart = apart
        self._epoch += 1
        return True

    def _changed(self) -> None:
        self._safely(self.on_change)

    def _from_thread(self, call: Callable[[], None]) -> None:
        """Has the loop make the call. A loop that is closed has no use for it any more."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(call)

    def _on_saved(self, n: int) -> None:
        self._saved_n = n
        self._from_thread(self._saved)

    def _saved(self) -> None:
        self._safely(self.sound.note_saved, self._saved_n)
        self._changed()

    def _on_trouble(self, text: str) -> None:
        self.trouble = text
        self._from_thread(self._trouble_reported)

    def _trouble_reported(self) -> None:
        if not self.trouble.endswith(str(self.log_path)):  # the session is not saved, rather than moved to another file
            self.play_error()
        self._changed()
