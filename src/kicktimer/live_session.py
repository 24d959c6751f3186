"""Runs a session in real time on an asyncio loop: it connects the session, the journal and the speaker.

A timer fires at the session's next deadline. Every new fact goes to the journal, the speaker gets a new list of coming
cues, and `on_change` tells the screen to redraw. The session never waits for the disk, the loudspeaker or the screen.

A session's clock is the machine's boot-time clock, which also counts while the machine sleeps. Key stamps and timers
use `time.monotonic()`, which does not (see `system_clock`). The wall time is stored with each fact and never used in a
computation.

A rehearsal at `speed` N has a clock that runs N times as fast, and a `player` that presses the keys.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kicktimer import __version__
from kicktimer.crash_report import write_crash_report
from kicktimer.journal import LOG_VERSION, JournalWriter, log_path, new_session_id, next_seq
from kicktimer.plan import dump
from kicktimer.session import AnyEvent, Refusal, State, advance, decide, initial_state, next_deadline, resume, to_fact
from kicktimer.session.commands import Bounce, Redo, Tap, Unassign, Undo
from kicktimer.session.events import Held
from kicktimer.session_audio import SessionAudio
from kicktimer.settings import Settings
from kicktimer.system_clock import system_clock
from kicktimer.wake_lock import keep_awake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kicktimer.interrupted_session import InterruptedSession
    from kicktimer.journal import SaveTrouble
    from kicktimer.plan import Plan
    from kicktimer.rehearsal import Player
    from kicktimer.session import AnyCommand
    from kicktimer.session.events import ClockBasis
    from kicktimer.sound import SpeakerState
    from kicktimer.system_clock import SystemClock
    from kicktimer.wake_lock import WakeLock

ATHLETE_BOUNCE_MS = 400  # a second press of an athlete's key within this time is key repeat
SPACE_BOUNCE_MS = 60
MAX_LOGGED_REPEATS = 100
MAX_TIMER_S = 0.25  # timers do not count sleep: it is noticed this late at most, and until then an old cue can sound
SLEEP_DETECTION_S = 0.05  # boot time gains more than this on monotonic time only while the machine sleeps
DEFAULT_SETTINGS = Settings()


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of `ms` in which nothing happened: the machine `slept`, or the program was stopped.

    `groups` are held because their GO fell due in it.
    """

    ms: int
    slept: bool
    groups: tuple[str, ...]


class LiveSession:
    """A session in real time. All methods must be called on the thread of the event loop.

    `LiveSession.open` begins a new session, and `LiveSession.resume` carries one on. `last_gap` is the newest gap that
    the screen has not told yet; the screen sets it to None.
    """

    def __init__(
        self,
        plan: Plan,
        state: State,
        open_writer: Callable[[Callable[[int], None], Callable[[SaveTrouble | None], None]], JournalWriter],
        *,
        header: Mapping[str, Any],
        log_id: str,
        opened_at: float,
        settings: Settings,
        sink: str | None,
        sound_log: Path,
        on_change: Callable[[], None],
        on_bell: Callable[[], None] | None,
        clock: SystemClock,
        speed: float = 1.0,
        player: Player | None = None,
    ) -> None:
        """Goes on from `state`; `opened_at` is what `clock.boottime` showed at 0 of the session's clock."""
        self.header = header
        self.plan = plan
        self.state = state
        self.log_id = log_id
        self.trouble: SaveTrouble | None = None
        self.on_change = on_change
        self.last_gap: Gap | None = None
        self._clock = clock
        self._opened_at = opened_at
        self._ms_per_s = 1000 * speed  # ms of the session's clock in one second of the machine's
        self._player = player
        self._saved_n = state.n
        self._last_presses: dict[str, int] = {}
        self._repeats = ("", 0)  # the key that repeated last, and how often in a row
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake: WakeLock | None = None
        self._closed = False
        self._error_note = ""
        self._epoch = 0
        self._sleep_offset = self._clock.boottime() - self._clock.monotonic()
        self._awake_at = self._clock.monotonic()  # when it was last known that the machine had not slept
        self._before_sleep = (float("-inf"), 0.0)  # until when stamps are older than the last sleep; their offset
        self._writer = open_writer(self._on_saved, self._on_trouble)
        self.sound = SessionAudio(
            settings,
            self.state,
            sink=sink,
            log=sound_log,
            on_change=lambda: self._call_in_loop(self._notify_change),
            on_bell=None if on_bell is None else lambda: self._call_in_loop(on_bell),
        )

    @classmethod
    def open(
        cls,
        plan: Plan,
        *,
        workout: Mapping[str, Any],
        squad: Mapping[str, Any],
        log_dir: Path,
        settings: Settings = DEFAULT_SETTINGS,
        sink: str | None = None,
        on_change: Callable[[], None] = lambda: None,
        on_bell: Callable[[], None] | None = None,
        clock: SystemClock | None = None,
        speed: float = 1.0,
        player: Player | None = None,
        more_header: Mapping[str, Any] | None = None,
    ) -> LiveSession:
        """Opens a new session and creates its log. Raises `KicktimerError` if it cannot.

        `sink` replaces the sound output of the settings, `more_header` has further fields of the log's header.
        """
        clock = clock or system_clock()
        opened_at, started = clock.boottime(), clock.wall()
        log_id = new_session_id(started)
        header = {
            "kicktimer_log": LOG_VERSION,
            "id": log_id,
            "app": f"kicktimer {__version__}",
            "workout": dict(workout),
            "squad": dict(squad),
            "plan": dump(plan),
            "started": started.isoformat(timespec="milliseconds"),
            "seq": next_seq(log_dir),
            "clock": clock.anchor(opened_at, 0),
            **(more_header or {}),
        }
        return cls(
            plan,
            initial_state(plan),
            partial(JournalWriter, log_path(log_dir, log_id), header),
            header=header,
            log_id=log_id,
            opened_at=opened_at,
            settings=settings,
            sink=sink,
            sound_log=log_dir / "sound.log",
            on_change=on_change,
            on_bell=on_bell,
            clock=clock,
            speed=speed,
            player=player,
        )

    @classmethod
    def resume(
        cls,
        session: InterruptedSession,
        opened_at: float,
        basis: ClockBasis,
        *,
        settings: Settings = DEFAULT_SETTINGS,
        sink: str | None = None,
        on_change: Callable[[], None] = lambda: None,
        on_bell: Callable[[], None] | None = None,
    ) -> LiveSession:
        """Carries a session on in its own log. Raises `KicktimerError` if that cannot be written.

        `opened_at` is what the clock of `session` showed at 0 of the session's clock, and `basis` how that is known.
        """
        log = session.log
        live = cls(
            session.plan,
            session.state,
            partial(JournalWriter, session.path, log.header, log=log),
            header=log.header,
            log_id=log.id,
            opened_at=opened_at,
            settings=settings,
            sink=sink,
            sound_log=session.path.parent / "sound.log",
            on_change=on_change,
            on_bell=on_bell,
            clock=session.clock,
        )
        live._resume(basis, live.now() - session.state.now, slept=False)
        return live

    @property
    def log_path(self) -> Path:
        """The file that the session is saved in at present."""
        return self._writer.path

    @property
    def saved(self) -> bool:
        """Whether the disk has acknowledged every fact so far."""
        return self._saved_n >= self.state.n

    @property
    def unsaved_facts(self) -> range:
        """The numbers of the facts that the disk has not acknowledged."""
        return range(self._saved_n + 1, self.state.n + 1)

    @property
    def speaker(self) -> SpeakerState:
        """The state of the speaker. After an internal error its note is the message about that error."""
        state = self.sound.speaker
        return replace(state, note=self._error_note) if self._error_note else state

    @property
    def awake_problem(self) -> str:
        """A sentence that says why the machine may fall asleep or blank its screen, "" if it will not."""
        return "" if self._awake is None else self._awake.problem

    def now(self) -> int:
        """Returns the present time on the session's clock, in ms."""
        return round((self._clock.boottime() - self._opened_at) * self._ms_per_s)

    def session_ms(self, stamp: float) -> int:
        """Converts a stamp of `time.monotonic()`, in seconds, to the session's clock, in ms.

        A key that was pressed just before the machine fell asleep may be handled only after it has woken.
        """
        self._notice_sleep()
        asleep_after, offset = self._before_sleep
        if stamp >= asleep_after:
            offset = self._clock.boottime() - self._clock.monotonic()
        return max(0, round((stamp + offset - self._opened_at) * self._ms_per_s))

    def start(self) -> None:
        """Sets the timer, starts the speaker and keeps the machine awake. Must be called inside the running loop."""
        assert not self._closed
        self._loop = asyncio.get_running_loop()
        self.sound.start()
        self._awake = keep_awake()
        self._set_timer()

    def execute(self, command: AnyCommand) -> Refusal | None:
        """Applies what was due before the command, then the command. A command that is refused changes nothing."""
        if self._closed:
            return Refusal("the session is closed")
        self._notice_sleep()  # the key may be the one that woke the machine
        self._advance(command.t)
        if not isinstance(command, Tap | Bounce) and command.t < self.state.now:
            command = replace(command, t=self.state.now)  # only a press may be older than the newest fact
        outcome = decide(self.state, command)
        if isinstance(outcome, Refusal):
            return outcome
        self._record(outcome.events, outcome.state)
        if isinstance(command, Undo | Redo | Unassign):
            self._last_presses.clear()  # a press right after one of these corrects it, and is no key repeat
        return None

    def ignore_repeats(self, stamp: float, athlete: str) -> None:
        """Ignores the repeats of an athlete's key that was pressed, at `stamp`, to answer a question on the screen."""
        self._last_presses[athlete] = self.session_ms(stamp)

    def note_repeat(self, stamp: float, key: str, athlete: str | None = None) -> None:
        """Records a repeat of `key`, which is held down. `athlete` is the one whose key it is.

        After `MAX_LOGGED_REPEATS` in a row only every such number of them is recorded: a bag may lie on the keyboard.
        """
        held_key, count = self._repeats
        self._repeats = (key, count + 1 if key == held_key else 1)
        if self._repeats[1] > MAX_LOGGED_REPEATS and self._repeats[1] % MAX_LOGGED_REPEATS:
            return
        if self.state.begun and self.state.ended is None:
            self.execute(Bounce(t=self.session_ms(stamp), key=key, athlete=athlete))

    def tap(self, stamp: float, *, athlete: str | None = None, group: str | None = None) -> Refusal | None:
        """Records an arrival at the stamp of a key. A key repeat is recorded as a bounce instead."""
        t = self.session_ms(stamp)
        key = athlete if athlete is not None else f"\0{group}"  # cannot be an athlete's name
        last = self._last_presses.get(key)
        self._last_presses[key] = t
        if last is not None and t - last < (ATHLETE_BOUNCE_MS if athlete is not None else SPACE_BOUNCE_MS):
            if self.state.begun:
                pressed = "space" if athlete is None else self.state.athletes[athlete].key
                self.execute(Bounce(t=t, athlete=athlete, group=group, key=pressed))
            return None
        refusal = self.execute(Tap(t=t, athlete=athlete, group=group))
        asleep_after, offset = self._before_sleep
        if refusal is None and stamp < asleep_after:  # the recovery that it began may have run out in the sleep
            self._resume("boottime", round((self._sleep_offset - offset) * self._ms_per_s), slept=True)
        return refusal

    def play_error(self) -> None:
        """Plays the error cue, unless one was just played or a GO is near."""
        self._contain_errors(self.sound.play_error, self._clock.monotonic())

    async def aclose(self) -> bool:
        """Closes the session without blocking the event loop. Returns whether all facts are saved."""
        self._disconnect()
        return await asyncio.get_running_loop().run_in_executor(None, self.close)

    def close(self) -> bool:
        """Closes the log, the speaker and the wake lock, within a few seconds. Returns whether all facts are saved.

        It does not write `session_ended`: for that, execute `End` first. A log without it is `interrupted`. The log of
        a session without facts is deleted. Closing again does no harm.
        """
        self._disconnect()
        saved = self._writer.close()
        self.sound.close()
        if self._awake is not None:
            self._awake.close()
        return saved

    def _disconnect(self) -> None:
        """Cancels the timer. From now on, commands are refused and callbacks of other threads are dropped."""
        self._closed = True
        self._loop = None
        if self._timer is not None:
            self._timer.cancel()

    def _advance(self, now: int) -> None:
        outcome = advance(self.state, now)
        if outcome.events:
            self._record(outcome.events, outcome.state)

    def _record(self, events: tuple[AnyEvent, ...], state: State) -> None:
        """Appends the events to the journal and then replaces the state.

        An exception in the journal, the sound or the screen is contained, so that clock and keys go on working.
        """
        wall = self._clock.wall().isoformat(timespec="milliseconds")
        self._contain_errors(self._writer.append, [{**to_fact(event), "wall": wall} for event in events])
        self.state = state
        self._set_timer()
        if self._player is not None:
            self._contain_errors(self._player.observe, events, state)
        self._contain_errors(self._schedule)
        self._contain_errors(self.on_change)

    def _contain_errors(self, call: Callable[..., object], *arguments: object) -> None:
        """Makes the call. The first exception is written to a crash report, which the note of `speaker` then names."""
        try:
            call(*arguments)
        except Exception as error:  # noqa: BLE001 - see `_record`
            if not self._error_note:
                self._error_note = (
                    f"a fault in the program itself ({type(error).__name__}): please send {write_crash_report(error)}"
                )

    def _schedule(self) -> None:
        """Gives the speaker the present list of coming cues."""
        origin = self._opened_at - self._sleep_offset
        self.sound.update(self.state, lambda ms: ms / self._ms_per_s + origin, self._epoch)

    def _set_timer(self) -> None:
        """Sets the timer for the next deadline, or for `MAX_TIMER_S` from now if that is earlier."""
        if self._loop is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        moments = [next_deadline(self.state), None if self._player is None else self._player.next_t()]
        deadline = min((moment for moment in moments if moment is not None), default=None)
        wait = MAX_TIMER_S if deadline is None else min(MAX_TIMER_S, max(0.0, (deadline - self.now()) / self._ms_per_s))
        self._timer = self._loop.call_later(wait, self._on_timer)

    def _on_timer(self) -> None:
        try:
            self._notice_sleep()
            now = self.now()
            while self._player is not None and (due := self._player.next_t()) is not None and due <= now:
                self.execute(self._player.pop()[1])  # a refusal is ignored: the coach's own keys may have caused it
            self._advance(now)
        finally:
            self._set_timer()

    def _notice_sleep(self) -> None:
        """Finds out whether the machine has slept since the last call, and if so carries the session on.

        The session's times then have new values on the speaker's clock, so the epoch is increased. A loop that was
        only blocked, or a program that was stopped by a signal, is no sleep: the speaker played the cues meanwhile.
        """
        offset = self._clock.boottime() - self._clock.monotonic()
        slept_s = offset - self._sleep_offset
        if abs(slept_s) <= SLEEP_DETECTION_S:
            self._awake_at = self._clock.monotonic()
            return
        self._before_sleep = self._awake_at, self._sleep_offset
        self._sleep_offset = offset
        self._epoch += 1
        if slept_s > 0 and self.state.n and self.state.ended is None:
            self._resume("boottime", round(slept_s * self._ms_per_s), slept=True)
        else:
            self._contain_errors(self._schedule)

    def _resume(self, basis: ClockBasis, gap_ms: int, *, slept: bool) -> None:
        """Carries the session on after a gap, of which the screen is to tell that it was `gap_ms` long."""
        now = self.now()
        outcome = resume(self.state, now, basis=basis, clock=self._clock.anchor(self._opened_at, now))
        held = tuple(event.group for event in outcome.events if isinstance(event, Held))
        if not self.state.finished:
            self.last_gap = Gap(gap_ms, slept, held)
        self._record(outcome.events, outcome.state)

    def _notify_change(self) -> None:
        self._contain_errors(self.on_change)

    def _call_in_loop(self, call: Callable[[], None]) -> None:
        """Makes the call on the loop's thread. Does nothing once the session or the loop is closed."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(call)

    def _on_saved(self, n: int) -> None:
        self._saved_n = n
        self._call_in_loop(self._report_saved)

    def _report_saved(self) -> None:
        self._contain_errors(self.sound.note_saved, self._saved_n)
        self._notify_change()

    def _on_trouble(self, trouble: SaveTrouble | None) -> None:
        self.trouble = trouble
        self._call_in_loop(self._trouble_reported)

    def _trouble_reported(self) -> None:
        if self.trouble is not None and not self.trouble.is_saved:
            self.play_error()
        self._notify_change()
