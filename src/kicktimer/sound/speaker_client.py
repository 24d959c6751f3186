"""`Speaker`: what the live shell holds. It keeps one speaker process alive and tells it what to play.

No call waits for anything: each leaves a note for the speaker's own thread and returns. None raises because of sound;
what goes wrong stands in `state` and in the log. `on_change` and `on_bell` are called on the speaker's thread, never
on the caller's: hand over to your own loop there (`loop.call_soon_threadsafe`). The bell has to be rung by whoever
draws on the terminal (in a Textual app `App.bell`), since a byte of another thread or process may fall into the
middle of an escape sequence; without `on_bell` there is no such sink.

The process answers a ping every quarter of a second. One that has not for `SILENT` s is killed with all that it
started, a new one is started, and everything that is still to come is sent again, so a fault costs about a second of
sound and no time.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
import time
import traceback
from collections import deque
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kicktimer.cue_table import CUE_NAMES, CUE_SPECS
from kicktimer.errors import UsageError
from kicktimer.sound.ledger import ScheduleLedger
from kicktimer.sound.protocol import SINKS, ScheduledCue, SpeakerOptions, SpeakerState, encode
from kicktimer.sound.speaker_process import SpeakerProcess
from kicktimer.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

PING = 0.25
SILENT = 1.0
"""Seconds without an answer after which a speaker counts as hung."""
COMING_UP = 8.0
"""The same for one that has only just been started."""
AVOID = (10.0, 30.0, 120.0)
"""Seconds for which a sink is left alone that made the speaker hang or crash once, twice, more often."""
COMMAND = (sys.executable, "-P", "-m", "kicktimer.sound.speaker")
"""A speaker process. `-P`: a file in the user's own folder never stands in for a module. What it is to play on, and
for whom, it is told on its standard input: everybody on the machine can read command lines."""
RESTART = (0.0, 0.0, 0.2, 0.5, 1.0, 2.0)
"""Seconds before the next start, by the number of starts that came to nothing."""
LASTED = 5.0
"""Seconds after which a start has come to something."""
LASTED_SOUNDING = 1.0
"""The same for one that has sounded and was ended from outside."""
AGAIN = 1.0
"""Seconds until the next try after a fault of our own."""
AT_ONCE = 0.3
"""Seconds after which "now" is over."""
LOG_SIZE = 1_000_000
"""Bytes after which the log is begun anew."""


class SpeakerClient:
    """Plays cues through a process of its own. Times are seconds on `time.monotonic()`."""

    def __init__(
        self,
        *,
        sink: str,
        groups: Sequence[str],
        log: Path,
        on_change: Callable[[SpeakerState], None],
        on_bell: Callable[[], None] | None = None,
        device: str = "",
        delay: float = 0.0,
        volume: float = 1.0,
        cues: Collection[str] | None = None,
        awake: bool = False,
        own: Path | None = None,
        cache: Path | None = None,
    ) -> None:
        """Raises UsageError where an option has no meaning.

        `device` is one that `outputs()` names, "" for the system's choice; where it is not there, that is used and
        the note says so.
        `delay` is the loudspeaker's own, in seconds: everything is played that much earlier. `volume` goes from 0 to 1.
        `cues` are the ones that are played, None for all. `awake` keeps a loudspeaker from falling asleep by a tone
        that is not heard. `own` is a folder of WAV files that replace built-in sounds of the same names. `cache` is
        where spoken texts are kept (the user's cache folder unless said otherwise).
        """
        if sink not in SINKS:
            raise UsageError(f"there is no sound output called {sink!r}", f"choose one of: {', '.join(SINKS)}")
        if not 0.0 <= volume <= 1.0:
            raise UsageError(f"a volume of {volume} is out of range", "from 0 (silent) to 1 (as loud as it gets)")
        if cues is not None and (unknown := sorted(set(cues) - set(CUE_NAMES))):
            raise UsageError(f"there is no cue called {unknown[0]!r}", f"choose from: {', '.join(CUE_NAMES)}")
        from platformdirs import user_cache_path  # noqa: PLC0415 - the speaker imports this package too, and needs none

        self._options = SpeakerOptions(
            sink=sink,
            groups=tuple(groups) or ("A",),
            device=device,
            volume=volume,
            delay=delay,
            awake=awake,
            own="" if own is None else str(own.absolute()),
            cache=str((cache or user_cache_path("kicktimer") / "spoken").absolute()),
            bell=on_bell is not None,
            parent=os.getpid(),
        )
        self._cues = frozenset(CUE_NAMES if cues is None else cues)
        self._texts: tuple[str, ...] = ()
        self._log_path = log
        self._on_change = on_change
        self._on_bell = on_bell
        self._state = SpeakerState("")
        self._wanted: tuple[ScheduledCue, ...] | None = None
        self._notes: deque[bytes] = deque()
        self._number = 0
        self._at_once: deque[tuple[float, bytes]] = deque()
        self._muted = False
        self._told = ScheduleLedger()
        self._trusted = ("", "")
        """What played last, until it makes a process hang or crash."""
        self._closing = False
        self._pipe = threading.Lock()  # held for single writes only: no descriptor is written to once it is closed
        self._open = True
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._thread: threading.Thread | None = None
        self._child: SpeakerProcess | None = None
        self._log_file = -1

    # What the shell calls.

    def start(self) -> None:
        """Bring the process up in the background."""
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
            self._thread.start()

    def schedule(self, wanted: Collection[ScheduledCue]) -> None:
        """All that is to sound from now on. What was wanted before and is still to come is not played."""
        self._wanted = tuple(cue for cue in wanted if cue.cue in self._cues)
        self._wake()

    def prepare(self, texts: Collection[str]) -> None:
        """Texts that will be wanted: names and lines to say. What is not ready when it is due is a chime."""
        self._texts = tuple(dict.fromkeys((*self._texts, *texts)))
        self._notes.append(encode("prepare", *texts))
        self._wake()

    def play(self, cue: str, group: str = "A", text: str = "") -> None:
        """Play a cue now, or never: where nothing sounds at the moment, nothing is kept for later."""
        self._number += 1
        self._at_once.append((time.monotonic(), encode("now", f"now-{self._number}", cue, group, text)))
        self._wake()

    def mute(self, on: bool) -> None:  # noqa: FBT001 - the one thing that can be said about it
        """Keep everything going, in silence."""
        self._muted = on
        self._notes.append(encode("mute", on))
        self._wake()

    @property
    def state(self) -> SpeakerState:
        return self._state

    def close(self) -> None:
        """End the process and all that it has started. Takes a second at most."""
        if self._closing:
            return
        self._closing = True
        self._wake()
        if self._thread is None:
            self._shut()
        elif self._thread is not threading.current_thread():
            self._thread.join(0.9)
            if self._thread.is_alive() and self._child is not None:
                self._child.kill()  # the thread hangs in a callback of the caller's: the process must not outlive this

    # The speaker's own thread.

    def _wake(self) -> None:
        with self._pipe, contextlib.suppress(BlockingIOError):  # full: it is awake
            if self._open:
                os.write(self._wake_write, b"!")

    def _shut(self) -> None:
        with self._pipe:
            self._open = False
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _run(self) -> None:
        while not self._closing:
            try:
                if self._log_file < 0:
                    self._log_file = self._opened_log()
                    self._log(f"it is {datetime.now().astimezone().isoformat(timespec='seconds')}")
                self._tend()
            except Exception as problem:  # noqa: BLE001 - a fault of our own must not be the end of all sound
                fault = f"{type(problem).__name__}: {problem}"
                self._log("".join(traceback.format_exception(problem)))
                self._change(replace(self._state, alive=False, note=clean(f"sound is started anew: {fault}")))
                if self._child is not None:
                    self._child.end()
                self._pause(AGAIN)
        self._change(replace(self._state, alive=False))
        if self._log_file >= 0:
            os.close(self._log_file)
        self._shut()

    def _tend(self) -> None:
        """Have one process after another until this is closed."""
        failures = 0
        strikes: dict[str, int] = {}
        avoid: dict[str, float] = {}
        while not self._closing:
            now = time.monotonic()
            waiting = tuple((name, until - now) for name, until in avoid.items() if until > now)
            begun = now
            try:
                options = replace(self._options, avoid=waiting, trusted=self._trusted)
                child = SpeakerProcess(COMMAND, options, self._log_file)
            except OSError as problem:
                self._change(
                    SpeakerState("", note=f"no sound: the speaker does not start: {problem}", muted=self._muted)
                )
                failures += 1
            else:
                self._child = child
                fault = self._serve(child)
                child.end()
                if self._closing:
                    break
                lasted = time.monotonic() - begun
                self._log(f"{fault} after {lasted:.1f} s; a new one is started")
                if child.guilty:
                    self._trusted = ("", "")
                enough = LASTED_SOUNDING if child.sink and not child.guilty else LASTED
                failures = failures + 1 if lasted < enough else 0
                if child.suspect and child.guilty:
                    strikes[child.suspect] = strikes.get(child.suspect, 0) + 1
                    avoid[child.suspect] = time.monotonic() + AVOID[min(strikes[child.suspect], len(AVOID)) - 1]
                self._change(
                    replace(self._state, alive=False, note=f"sound is started anew: {fault}", muted=self._muted)
                )
            self._pause(RESTART[min(failures, len(RESTART) - 1)])

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._closing and (left := end - time.monotonic()) > 0:
            self._nap([], [], left)

    def _nap(self, readable: list[int], writable: list[int], seconds: float) -> tuple[list[int], list[int]]:
        ready, room, _ = select.select([self._wake_read, *readable], writable, [], seconds)
        if self._wake_read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_read, 4096)
        return ready, room

    def _serve(self, child: SpeakerProcess) -> str:
        """Talk to one process until it has to be replaced. Says why."""
        self._told.renew()
        known: tuple[ScheduledCue, ...] | None = None
        child.send(encode("mute", self._muted))
        child.send(encode("prepare", *self._texts))
        next_ping = 0.0
        looked = time.monotonic()
        while not self._closing:
            now = time.monotonic()
            if now >= next_ping:
                child.ping(now)
                next_ping = now + PING
            if self._wanted is not known:
                known = self._wanted
                for line in self._told.lines(known or (), now):
                    child.send(line)
            while self._notes:
                child.send(self._notes.popleft())
            while self._at_once:
                asked, line = self._at_once.popleft()
                if now - asked < AT_ONCE and self._state.alive:
                    child.send(line)
            writable = [child.stdin] if child.outgoing else []
            ready, room = self._nap([child.stdout], writable, max(0.0, next_ping - now))
            if room and not child.flush():
                return child.why("the speaker ended")
            if child.stdout in ready:
                messages = child.receive()
                if messages is None:
                    return child.why("the speaker ended")
                for message in messages:
                    self._hear(child, message)
            previous, looked = looked, time.monotonic()
            # One that answered while this thread itself stood still is heard first: judged in the next turn.
            if looked - previous < SILENT / 2 and child.silent_for(looked) > (SILENT if child.answered else COMING_UP):
                child.guilty = True
                return "the speaker hung"
        return "closed"

    def _hear(self, child: SpeakerProcess, message: list[Any]) -> None:
        match message:
            case ["pong", int(number)]:
                child.pong(number)
            case ["played", str(ident)]:
                self._told.played(ident)
            case ["trying", str(name)]:
                child.trying = name
            case ["state", str(sink), str(device), str(note)]:
                child.trying, child.sink = "", sink
                self._trusted = sink, device
                self._change(SpeakerState(sink, clean(device), clean(note), alive=sink != "", muted=self._muted))
            case ["bell", str(cue)]:
                if self._on_bell is not None and cue in CUE_SPECS and CUE_SPECS[cue].rings_bell:
                    self._tell(self._on_bell)
            case _:
                self._log(f"the speaker said what nobody understands: {message}")

    def _change(self, state: SpeakerState) -> None:
        if state != self._state:
            self._state = state
            self._tell(lambda: self._on_change(state))

    def _tell(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception as problem:  # noqa: BLE001 - a caller that has closed its loop must not end the sound
            self._log(f"a callback failed: {type(problem).__name__}: {problem}")

    def _opened_log(self) -> int:
        # No link to another file is followed, and nobody is waited for who would read a pipe of that name.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            self._log_path.parent.mkdir(parents=True, exist_ok=True)
            found = os.open(self._log_path, flags, 0o600)
        except (OSError, ValueError):  # a path with a zero byte is the latter
            return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)  # sound matters more than its log
        if os.fstat(found).st_size > LOG_SIZE:
            with contextlib.suppress(OSError):  # it may only be added to: then it grows
                os.ftruncate(found, 0)
        return found

    def _log(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a full disk is the journal's to complain of
            os.write(self._log_file, f"{time.monotonic():.3f} parent: {text}\n".encode(errors="backslashreplace"))
