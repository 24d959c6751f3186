"""`SpeakerClient`: the app's access to sound. It keeps one speaker process running and sends it the schedule of cues.

No method waits for anything: each leaves a request for the client's own thread and returns. None raises because of
sound; failures are shown in `state` and written to the log. `on_change` and `on_bell` are called on the client's
thread, so a caller hands over to its own loop there (`loop.call_soon_threadsafe`). The bell must be rung by the code
that draws on the terminal (`App.bell` in a Textual app), because a byte from another thread or process could split an
escape sequence. Without `on_bell` there is no bell.

The client pings the process every `PING_INTERVAL_S`. A process that does not answer for `PING_TIMEOUT_S` is killed with
all its children, a new process is started, and all cues that are still to come are sent to it. A crash therefore costs
about a second of sound, and no time of the session.
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

COMMAND = (sys.executable, "-P", "-m", "kicktimer.sound.speaker")
"""The command line of a speaker process. `-P`: a file in the user's folder never replaces a module.

All options go to its standard input, because every user of the machine can read command lines.
"""
PING_INTERVAL_S = 0.25
PING_TIMEOUT_S = 1.0
"""A process that leaves a ping unanswered for longer than this has hung."""
START_TIMEOUT_S = 8.0
"""Replaces `PING_TIMEOUT_S` until the process has answered for the first time."""
SINK_BACKOFF_S = (10.0, 30.0, 120.0)
"""A sink that made a process hang or crash is not tried for this long: after the first time, the second, and later."""
RESTART_BACKOFF_S = (0.0, 0.0, 0.2, 0.5, 1.0, 2.0)
"""The wait before the next process, by the number of processes in a row that ended soon after their start."""
BACKOFF_RESET_UPTIME_S = 5.0
"""A process that ran for this long resets the restart backoff."""
BACKOFF_RESET_UPTIME_KILLED_S = 1.0
"""Replaces `BACKOFF_RESET_UPTIME_S` for a process that had a sink and was killed from outside."""
ERROR_RETRY_S = 1.0
"""The wait after an unexpected exception in the client's own thread."""
PLAY_NOW_TIMEOUT_S = 0.3
"""A cue of `play` is dropped if the process cannot be sent it within this time."""
CLOSE_TIMEOUT_S = 0.9
"""`close` waits at most this long for the client's thread, which may hang in a callback."""
MAX_LOG_BYTES = 1_000_000
"""A log that is larger when the client starts is emptied."""


class SpeakerClient:
    """Plays cues through a speaker process. Times are seconds on `time.monotonic()`."""

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
        keep_awake: bool = False,
        own_sounds: Path | None = None,
        cache: Path | None = None,
    ) -> None:
        """Checks the options. Raises UsageError for a value that has no meaning.

        - `device` is a name from `outputs()`, "" for the system's default. If it is missing, the default plays and the
          note of the state says so.
        - `delay` is the loudspeaker's own, in seconds: everything is played this much earlier.
        - `volume` goes from 0 to 1.
        - `cues` are the kinds of cues that `schedule` plays, None for all.
        - `keep_awake` plays an inaudible tone for loudspeakers that switch off in silence.
        - `own_sounds` is a folder of WAV files that replace the built-in sounds of the same names.
        - `cache` is the folder for recorded texts, by default in the user's cache folder.
        """
        if sink not in SINKS:
            raise UsageError(f"there is no sound output called {sink!r}", f"choose one of: {', '.join(SINKS)}")
        if not 0.0 <= volume <= 1.0:
            raise UsageError(f"a volume of {volume} is out of range", "from 0 (silent) to 1 (as loud as it gets)")
        if cues is not None and (unknown := sorted(set(cues) - set(CUE_NAMES))):
            raise UsageError(f"there is no cue called {unknown[0]!r}", f"choose from: {', '.join(CUE_NAMES)}")
        from platformdirs import user_cache_path  # noqa: PLC0415 - the speaker process imports this package without it

        self._options = SpeakerOptions(
            sink=sink,
            groups=tuple(groups) or ("A",),
            device=device,
            volume=volume,
            delay=delay,
            keep_awake=keep_awake,
            own_sounds="" if own_sounds is None else str(own_sounds.absolute()),
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
        self._requests: deque[bytes] = deque()
        self._play_count = 0
        self._play_requests: deque[tuple[float, bytes]] = deque()
        self._muted = False
        self._ledger = ScheduleLedger()
        self._trusted = ("", "")
        """The sink and device that played last, unless they made a process hang or crash."""
        self._closing = False
        self._wake_lock = threading.Lock()  # held for single writes only, so that no closed descriptor is written to
        self._wake_open = True
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._thread: threading.Thread | None = None
        self._child: SpeakerProcess | None = None
        self._log_file = -1

    # The methods below are for the caller.

    def start(self) -> None:
        """Starts the process in the background."""
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
            self._thread.start()

    def schedule(self, wanted: Collection[ScheduledCue]) -> None:
        """Replaces the schedule. Cancels the cues that are no longer in it, unless they have begun."""
        self._wanted = tuple(cue for cue in wanted if cue.cue in self._cues)
        self._wake()

    def prepare(self, texts: Collection[str]) -> None:
        """Has texts recorded by the system's voice, for cues to come."""
        self._texts = tuple(dict.fromkeys((*self._texts, *texts)))
        self._requests.append(encode("prepare", *texts))
        self._wake()

    def play(self, cue: str, group: str = "A", text: str = "") -> None:
        """Plays a cue at once, also one that `cues` leaves out. Without sound at that moment it is dropped.

        Speech still waits for a quiet place, up to its `CueSpec.max_wait_s`, and cannot be taken back.
        """
        self._play_count += 1
        self._play_requests.append((time.monotonic(), encode("now", f"now-{self._play_count}", cue, group, text)))
        self._wake()

    def mute(self, on: bool) -> None:  # noqa: FBT001 - the only argument
        """Mutes all sound, or ends that. The schedule goes on in silence."""
        self._muted = on
        self._requests.append(encode("mute", on))
        self._wake()

    @property
    def state(self) -> SpeakerState:
        """The latest state, for the screen."""
        return self._state

    def close(self) -> None:
        """Ends the process with all its children. Takes at most a second."""
        if self._closing:
            return
        self._closing = True
        self._wake()
        if self._thread is None:
            self._close_wake_pipe()
        elif self._thread is not threading.current_thread():
            self._thread.join(CLOSE_TIMEOUT_S)
            if self._thread.is_alive() and self._child is not None:
                self._child.kill()  # the thread hangs in a callback, and the process must not outlive the client

    # The methods below run on the client's own thread, except `_wake`.

    def _wake(self) -> None:
        """Interrupts the select call of the client's thread. Called on any thread."""
        with self._wake_lock, contextlib.suppress(BlockingIOError):  # a full pipe wakes the thread, too
            if self._wake_open:
                os.write(self._wake_write, b"!")

    def _close_wake_pipe(self) -> None:
        with self._wake_lock:
            self._wake_open = False
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _run(self) -> None:
        while not self._closing:
            try:
                if self._log_file < 0:
                    self._log_file = self._open_log()
                    self._log(f"it is {datetime.now().astimezone().isoformat(timespec='seconds')}")
                self._supervise()
            except Exception as error:  # noqa: BLE001 - a bug here must not end all sound
                self._log("".join(traceback.format_exception(error)))
                note = f"sound is started anew after an error in the program, which is described in {self._log_path}"
                self._set_state(replace(self._state, alive=False, note=clean(note)))
                if self._child is not None:
                    self._child.close()
                self._sleep(ERROR_RETRY_S)
        self._set_state(replace(self._state, alive=False))
        if self._log_file >= 0:
            os.close(self._log_file)
        self._close_wake_pipe()

    def _supervise(self) -> None:
        """Runs one process after another until the client is closed."""
        short_runs = 0
        failures: dict[str, int] = {}
        avoided_until: dict[str, float] = {}
        while not self._closing:
            started = time.monotonic()
            avoid = tuple((name, until - started) for name, until in avoided_until.items() if until > started)
            try:
                options = replace(self._options, avoid=avoid, trusted=self._trusted)
                child = SpeakerProcess(COMMAND, options, self._log_file)
            except OSError as error:
                note = f"no sound: its process does not start ({error.strerror})"
                self._set_state(SpeakerState("", note=note, muted=self._muted))
                short_runs += 1
            else:
                self._child = child
                reason = self._exchange_messages(child)
                child.close()
                if self._closing:
                    break
                uptime = time.monotonic() - started
                self._log(f"{reason} after {uptime:.1f} s; a new one is started")
                if child.failed:
                    self._trusted = ("", "")
                killed = child.sink and not child.failed
                long_enough = BACKOFF_RESET_UPTIME_KILLED_S if killed else BACKOFF_RESET_UPTIME_S
                short_runs = short_runs + 1 if uptime < long_enough else 0
                sink = child.suspected_sink
                if sink and child.failed:
                    failures[sink] = failures.get(sink, 0) + 1
                    backoff = SINK_BACKOFF_S[min(failures[sink], len(SINK_BACKOFF_S)) - 1]
                    avoided_until[sink] = time.monotonic() + backoff
                self._set_state(
                    replace(self._state, alive=False, note=f"sound is started anew: {reason}", muted=self._muted)
                )
            self._sleep(RESTART_BACKOFF_S[min(short_runs, len(RESTART_BACKOFF_S) - 1)])

    def _sleep(self, seconds: float) -> None:
        """Waits, but not after the client was closed."""
        end = time.monotonic() + seconds
        while not self._closing and (left := end - time.monotonic()) > 0:
            self._select([], [], left)

    def _select(self, readable: list[int], writable: list[int], seconds: float) -> tuple[list[int], list[int]]:
        """Waits for one of the descriptors, for `_wake` or for the timeout. Returns the descriptors that are ready."""
        ready_to_read, ready_to_write, _ = select.select([self._wake_read, *readable], writable, [], seconds)
        if self._wake_read in ready_to_read:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_read, 4096)
        return ready_to_read, ready_to_write

    def _exchange_messages(self, child: SpeakerProcess) -> str:
        """Sends and receives messages until the process must be replaced. Returns the reason."""
        self._ledger.reset_process()
        sent: tuple[ScheduledCue, ...] | None = None
        child.send(encode("mute", self._muted))
        child.send(encode("prepare", *self._texts))
        next_ping = 0.0
        checked = time.monotonic()
        while not self._closing:
            now = time.monotonic()
            if now >= next_ping:
                child.ping(now)
                next_ping = now + PING_INTERVAL_S
            if self._wanted is not sent:
                sent = self._wanted
                for line in self._ledger.updates(sent or (), now):
                    child.send(line)
            while self._requests:
                child.send(self._requests.popleft())
            while self._play_requests:
                requested, line = self._play_requests.popleft()
                if now - requested < PLAY_NOW_TIMEOUT_S and self._state.alive:
                    child.send(line)
            writable = [child.stdin] if child.outgoing else []
            ready_to_read, ready_to_write = self._select([child.stdout], writable, max(0.0, next_ping - now))
            if ready_to_write and not child.flush():
                return child.describe_exit("the speaker ended")
            if child.stdout in ready_to_read:
                messages = child.receive()
                if messages is None:
                    return child.describe_exit("the speaker ended")
                for message in messages:
                    self._handle(child, message)
            # If this thread itself was held up, the process's answers may still be unread: it is judged the next time.
            previous, checked = checked, time.monotonic()
            held_up = checked - previous >= PING_TIMEOUT_S / 2
            timeout = PING_TIMEOUT_S if child.answered else START_TIMEOUT_S
            if not held_up and child.silent_for(checked) > timeout:
                child.failed = True
                return "the speaker hung"
        return "closed"

    def _handle(self, child: SpeakerProcess, message: list[Any]) -> None:
        """Handles one message of the process. A message of an unknown shape is logged."""
        match message:
            case ["pong", int(number)]:
                child.note_pong(number)
            case ["played", str(ident)]:
                self._ledger.note_heard(ident)
            case ["trying", str(name)]:
                child.opening_sink = name
            case ["state", str(sink), str(device), str(note)]:
                child.opening_sink, child.sink = "", sink
                self._trusted = sink, device
                self._set_state(SpeakerState(sink, clean(device), clean(note), alive=sink != "", muted=self._muted))
            case ["bell", str(cue)] if cue in CUE_SPECS:
                if self._on_bell is not None and CUE_SPECS[cue].rings_bell:
                    self._call_back(self._on_bell)
            case _:
                self._log(f"unknown message from the speaker: {message}")

    def _set_state(self, state: SpeakerState) -> None:
        if state != self._state:
            self._state = state
            self._call_back(lambda: self._on_change(state))

    def _call_back(self, callback: Callable[[], None]) -> None:
        """Calls a callback and logs its exceptions: a caller that has closed its loop must not end all sound."""
        try:
            callback()
        except Exception as error:  # noqa: BLE001 - see above
            self._log(f"a callback failed: {type(error).__name__}: {error}")

    def _open_log(self) -> int:
        """Opens the log, or the null device if that fails: sound matters more than its log. Returns a descriptor."""
        # O_NOFOLLOW: a link must not redirect the log. O_NONBLOCK: opening a named pipe must not wait for a reader.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            self._log_path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._log_path, flags, 0o600)
        except (OSError, ValueError):  # ValueError: a path with a zero byte
            return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        if os.fstat(descriptor).st_size > MAX_LOG_BYTES:
            with contextlib.suppress(OSError):  # a file that can only be appended to is left as it is
                os.ftruncate(descriptor, 0)
        return descriptor

    def _log(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a full disk is reported by the journal
            os.write(self._log_file, f"{time.monotonic():.3f} parent: {text}\n".encode(errors="backslashreplace"))
