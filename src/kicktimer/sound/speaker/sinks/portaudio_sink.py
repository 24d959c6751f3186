"""What sound comes out of. A sink plays what a `Programme` wants; one that fails says so and is replaced.

A sink is opened and closed on a helper thread, since both can hang. Then `pump(now)` is called from the speaker's
loop whenever its `fileno` is writable or the moment that the last `pump` gave has come. `fault(now)` says why it is
of no more use, or None. A sink is silent until `follow(programme)`. All moments are seconds on `time.monotonic()`.

`latency` is what passes between giving samples away and hearing them; cues are given away that much earlier, so that
they are heard when they are due.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import threading
import time
from array import array
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from kicktimer.sound.speaker import priority
from kicktimer.sound.speaker.clips import RATE, SILENT, Sound
from kicktimer.sound.speaker.scheduler import CueScheduler
from kicktimer.sound.speaker.stream_renderer import StreamRenderer

if TYPE_CHECKING:
    from collections import deque

HUNG = 0.5
"""Seconds without a frame taken after which a stream counts as hung."""
BUSY = 1.0
"""Seconds for which PortAudio's opening of one stream waits for that of another, or for its closing."""
LISTING = 3.0
"""Seconds in which a process of its own has to list PortAudio's devices."""
NEVER = float("inf")

T = TypeVar("T")


class SinkError(Exception):
    """A sink that cannot be used, and why, as part of a sentence for the user."""


class BlockedError(SinkError):
    """The device is there, but can only be opened once every other stream of the same library is closed."""


class Sink(Protocol):
    name: str
    device: str
    freezes: bool
    """A hang in it stops every thread of the process: only a signal that needs no Python can end it."""

    def open(self) -> None:
        """Take the device. Raises SinkError, BlockedError where it is to be tried again without what plays."""

    def close(self) -> None:
        """Give it back. May hang, never raises."""

    def follow(self, scheduler: CueScheduler) -> None: ...

    def fileno(self) -> int | None: ...

    def pump(self, now: float) -> float: ...

    def fault(self, now: float) -> str | None: ...

    def forgive(self, now: float) -> None:
        """The whole process stood still until now: that is not the sink's fault."""

    def handed(self) -> tuple[list[tuple[str, float]], list[str]]:
        """Since the last call: cues that were begun, as (id, start), and ids of those that came too late."""


def drained(queue: deque[T]) -> list[T]:
    """Everything that another thread has put there so far."""
    found: list[T] = []
    while queue:
        found.append(queue.popleft())
    return found


def nothing(_cue: str, _group: str, _text: str) -> Sound:
    return SILENT


class _Stream:
    """What the sinks have in common that take frames all the time."""

    freezes = False

    def __init__(self, latency: float) -> None:
        self.feed = StreamRenderer(CueScheduler(nothing, rate=RATE), latency)
        self._watched_from = NEVER

    def follow(self, scheduler: CueScheduler) -> None:
        self.feed.follow(scheduler)

    def fileno(self) -> int | None:
        return None

    def forgive(self, now: float) -> None:
        self._watched_from = now

    def handed(self) -> tuple[list[tuple[str, float]], list[str]]:
        return drained(self.feed.begun), drained(self.feed.missed)

    def _hung(self, now: float) -> bool:
        return now - max(self.feed.taken or 0.0, self._watched_from) > HUNG


def chosen(wanted: str, names: list[str]) -> int | None:
    """Which of the names a user means: that very one, else the only one that begins so."""
    from kicktimer.text import clean  # noqa: PLC0415 - 1 MB of Unicode's tables, for those who choose

    known = [clean(name) for name in names]
    wanted = clean(wanted)
    if wanted in known:
        return known.index(wanted)
    begun = [place for place, name in enumerate(known) if name.startswith(wanted)]
    return begun[0] if len({known[place] for place in begun}) == 1 else None


def _unload_plugins() -> None:
    """Have ALSA give back what it loaded for devices that nobody has opened.

    PortAudio asks it for every device that has a name, which with Debian's usual plugins loads a whole film encoder:
    10 MB. The function is ALSA's own, PortAudio calls it whenever it ends, and what is in use stays.
    """
    if sys.platform != "linux":
        return
    try:
        import ctypes  # noqa: PLC0415 - not every Python is built with it, and only Linux needs it

        ctypes.CDLL("libasound.so.2", mode=os.RTLD_NOLOAD).snd_config_update_free_global()
    except (ImportError, OSError, AttributeError):
        return  # PortAudio plays without ALSA here: there is nothing to give back


class PortAudio(_Stream):
    """A PortAudio stream with a tenth of a second of latency, filled on PortAudio's own thread."""

    name = "portaudio"

    def __init__(self, wanted: str = "") -> None:
        """`wanted` is a device's name, or its beginning; "" the default one."""
        super().__init__(0.1)
        self.device = ""
        self._wanted = wanted
        self._stream: Any = None
        self._ended = False
        self._problem = ""
        self._channels = 2
        self._urgent = False
        self._known: frozenset[int] = frozenset()

    def open(self) -> None:
        if not PortAudio._turn.acquire(timeout=BUSY):
            raise SinkError("the library is still busy with another stream")
        try:
            self._open()
        finally:
            PortAudio._turn.release()

    def _open(self) -> None:
        try:
            import sounddevice  # noqa: PLC0415 - a library that can be missing, crash or hang: loaded by this sink alone
        except ImportError as problem:
            raise SinkError(f"the package sounddevice is missing ({problem})") from problem
        except OSError as problem:
            raise SinkError(f"the library PortAudio is missing ({problem})") from problem
        stream: Any = None
        try:
            self._see_devices(sounddevice)
            self._known = priority.threads()
            stream = self._opened(sounddevice)
            PortAudio._streams += 1
            self.device = str(sounddevice.query_devices(stream.device)["name"])
            self.feed.latency = float(stream.latency)
            stream.start()
            _unload_plugins()
        except (sounddevice.PortAudioError, ValueError, OSError) as problem:
            if stream is not None:
                self._end(stream)
            raise SinkError(" ".join(str(problem).split())) from problem
        self._stream = stream
        self._watched_from = time.monotonic()

    _turn = threading.Lock()
    """Held while a stream is opened or closed: PortAudio does not bear two at once."""
    _streams = 0
    """Those that are open. A fresh start would take them away under those who play through them."""
    _used = False

    def _see_devices(self, sounddevice: Any) -> None:
        """PortAudio lists devices once: one that came back is seen by a fresh start only."""
        if PortAudio._streams == 0:
            if PortAudio._used:
                if sounddevice._initialized:  # noqa: SLF001 - there is no public way
                    sounddevice._terminate()  # noqa: SLF001
                sounddevice._initialize()  # noqa: SLF001
            PortAudio._used = True
        elif self._wanted:
            if chosen(self._wanted, listed()) is None:
                raise SinkError("it is not there")
            raise BlockedError("it is there, but another stream is open still")

    def _opened(self, sounddevice: Any) -> Any:
        device = None
        if self._wanted:
            outputs = [each for each in sounddevice.query_devices() if each["max_output_channels"] > 0]
            place = chosen(self._wanted, [each["name"] for each in outputs])
            if place is None:
                raise SinkError("it is not there")
            device = outputs[place]["index"]
        for channels in (2, 1):
            self._channels = channels
            try:
                return sounddevice.RawOutputStream(
                    device=device,
                    samplerate=RATE,
                    channels=channels,
                    dtype="int16",
                    latency=0.1,
                    callback=self._fill,
                    finished_callback=self._finished,
                )
            except sounddevice.PortAudioError:
                if channels == 1:
                    raise
        raise AssertionError

    def _fill(self, out: Any, frames: int, _time: Any, _status: Any) -> None:
        if not self._urgent:
            self._urgent = True
            priority.urge()  # a thread of PortAudio's own: priority is not handed down to it
            priority.urge_others(self._known)  # nor to those of the sound server's client library
        try:
            block = self.feed.fill(time.monotonic(), frames)
            if self._channels == 2:
                both = array("h", bytes(4 * frames))
                both[0::2] = block
                both[1::2] = block
                block = both
            out[:] = block.tobytes()
        except Exception as problem:  # noqa: BLE001 - an error in a callback would only end the sound: it is reported
            self._problem = f"{type(problem).__name__}: {problem}"
            out[:] = bytes(len(out))

    def _finished(self) -> None:
        self._ended = True

    def pump(self, now: float) -> float:
        return now + 0.1

    def fault(self, now: float) -> str | None:
        if self._problem:
            return self._problem
        if self._ended:
            return "the device was lost"
        return "it takes no more sound" if self._hung(now) else None

    def close(self) -> None:
        if self._stream is None:
            return  # and nothing waits behind an opening that hangs
        with PortAudio._turn:
            stream, self._stream = self._stream, None
            if stream is not None:
                self._end(stream)

    @staticmethod
    def _end(stream: Any) -> None:
        try:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)
        except OSError as problem:
            sys.stderr.write(f"portaudio: closing: {problem}\n")
        PortAudio._streams -= 1


def listed() -> list[str]:
    """The output devices that PortAudio finds now, as a process of its own sees them. Raises SinkError."""
    from kicktimer.sound.devices import COMMAND  # noqa: PLC0415 - for those whose device is away

    try:
        done = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, capture_output=True, timeout=LISTING, check=True)
        return [str(name) for name, _ in json.loads(done.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as problem:
        raise SinkError(f"the devices cannot be listed ({type(problem).__name__})") from problem


PLAYERS = {
    "pacat": (
        f"--playback --raw --rate={RATE} --format=s16le --channels=1 --latency-msec=80 --process-time-msec=20",
        0.06,
    ),
    "aplay": (f"-q -t raw -f S16_LE -c 1 -r {RATE} --buffer-time=80000 --period-time=20000 -", 0.1),
    "pw-cat": (f"--playback --raw --rate={RATE} --format=s16 --channels=1 --latency=80ms -", 0.08),
}
"""The systems' own programs that play what is written to them, in the order of trial, with their latency in seconds,
as measured on a captured sound server. `pw-cat` comes last: its latency is only what was asked for, and as Debian 12
has it (0.3.65) it knows no `--raw` and ends at once."""
TARGET = {"pacat": "--device=", "aplay": "--device=", "pw-cat": "--target="}
"""How they are told what to play on."""
BLOCK = 1024
"""Frames written at once, 21 ms: less than a page, so that a pipe takes all of it or nothing."""


def players() -> list[str]:
    """Those that are installed."""
    return [program for program in PLAYERS if found(program)]


def found(program: str) -> bool:
    """Whether it is on the PATH. `shutil.which` would cost the speaker 1 MB of compression."""
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in os.get_exec_path())  # noqa: PTH118


def target(device: str) -> tuple[str, str]:
    """The program and its device that "pacat:SINK" means; what names no program is the first one's device."""
    program, colon, name = device.partition(":")
    if colon and program in PLAYERS:
        return program, name
    return next(iter(players()), "pacat"), device


class Pipe(_Stream):
    """A stream written to one of the system's own programs through a pipe that holds one page: 43 ms."""

    name = "pipe"

    def __init__(self, program: str, device: str = "") -> None:
        """`device` is what the program plays on, "" its default."""
        arguments, latency = PLAYERS[program]
        super().__init__(latency)
        self._command = [program, *([TARGET[program] + device] if device else []), *arguments.split()]
        self._chosen = bool(device)
        self.device = f"{program} to {device}" if device else program
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""
        self._problem = ""

    def follow(self, scheduler: CueScheduler) -> None:
        super().follow(scheduler)
        if self._process is not None:  # it has been opened for a while: its threads are there
            priority.urge_others(frozenset(), self._process.pid)

    def open(self) -> None:
        try:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0)
        except OSError as problem:
            raise SinkError(f"it does not start ({problem.strerror})") from problem
        except ValueError as problem:  # a zero byte, or half a character
            raise SinkError("no device has such a name") from problem
        number = self.fileno()
        assert number is not None
        os.set_blocking(number, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux; a larger pipe only makes a later stop
            fcntl.fcntl(number, fcntl.F_SETPIPE_SZ, 4096)
        self._watched_from = time.monotonic()

    def fileno(self) -> int | None:
        if self._process is None or self._process.stdin is None or self._problem:
            return None
        return self._process.stdin.fileno()

    def pump(self, now: float) -> float:
        number = self.fileno()
        if number is None:
            return NEVER
        try:
            while self._rest or select.select((), (number,), (), 0)[1]:
                # Rendered only where there is room: the moment at which a frame is taken tells where the clock stands.
                block = self._rest or self.feed.fill(now, BLOCK).tobytes()
                self._rest = block
                self._rest = block[os.write(number, block) :]
        except BlockingIOError:
            return NEVER  # the rest waits until there is room
        except OSError as problem:
            self._problem = f"it ended ({problem.strerror})"
        return NEVER

    def fault(self, now: float) -> str | None:
        if self._process is not None and self._process.poll() is not None:
            hint = ": that device is not there, or it is taken" if self._chosen else ""
            return f"it ended with status {self._process.returncode}{hint}"
        if self._problem:
            return self._problem
        return "it takes no more sound" if self._hung(now) else None

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        process.wait()
