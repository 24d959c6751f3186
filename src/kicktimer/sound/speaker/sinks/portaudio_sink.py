"""The sink that plays through PortAudio, by the package `sounddevice`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from array import array
from typing import Any

from kicktimer.sound.speaker import realtime_priority
from kicktimer.sound.speaker.clips import RATE
from kicktimer.sound.speaker.sinks.base import BlockedError, SinkError, StreamSink

LATENCY_S = 0.1
"""The latency that a stream is asked for."""
CHECK_S = 0.1
"""The stream is filled on PortAudio's thread; the speaker's loop calls `pump` this often nevertheless."""
LOCK_TIMEOUT_S = 1.0
"""The opening of a stream waits this long while another stream is opened or closed."""
LIST_TIMEOUT_S = 3.0
"""The process that lists PortAudio's devices has this long."""


class PortAudioSink(StreamSink):
    """A PortAudio stream, which the library fills on a thread of its own."""

    name = "portaudio"

    _lock = threading.Lock()
    """Held while a stream is opened or closed: PortAudio does not support two such calls at the same time."""
    _open_streams = 0
    """The number of open streams. While there is one, PortAudio cannot be restarted: that closes every stream."""
    _used = False
    """PortAudio was used before, so its list of devices may be outdated."""

    def __init__(self, wanted: str = "") -> None:
        """`wanted` is the name of a device, or the beginning of a name. "" stands for the default device."""
        super().__init__(LATENCY_S)
        self.device = ""
        self._wanted = wanted
        self._stream: Any = None
        self._ended = False
        self._problem = ""
        self._channels = 2
        self._has_priority = False
        self._threads_before_open: frozenset[int] = frozenset()

    def open(self) -> None:
        if not PortAudioSink._lock.acquire(timeout=LOCK_TIMEOUT_S):
            raise SinkError("the library is still busy with another stream")
        try:
            self._open()
        finally:
            PortAudioSink._lock.release()

    def _open(self) -> None:
        try:
            import sounddevice  # noqa: PLC0415 - the library can be missing, crash or hang: only this sink loads it
        except ImportError as problem:
            raise SinkError(f"the package sounddevice is missing ({problem})") from problem
        except OSError as problem:
            raise SinkError(f"the library PortAudio is missing ({problem})") from problem
        stream: Any = None
        try:
            self._refresh_devices(sounddevice)
            self._threads_before_open = realtime_priority.thread_ids()
            stream = self._make_stream(sounddevice)
            PortAudioSink._open_streams += 1
            self.device = str(sounddevice.query_devices(stream.device)["name"])
            self.renderer.latency = float(stream.latency)
            stream.start()
            _unload_alsa_plugins()
        except (sounddevice.PortAudioError, ValueError, OSError) as problem:
            if stream is not None:
                self._close_stream(stream)
            raise SinkError(" ".join(str(problem).split())) from problem
        self._stream = stream
        self._watched_from = time.monotonic()

    def _refresh_devices(self, sounddevice: Any) -> None:
        """Lets PortAudio list its devices anew, which takes a restart of the library.

        PortAudio lists devices once, when it starts; it would not see a device that was plugged in later. While another
        stream is open, it cannot be restarted: raises BlockedError if the wanted device is there, else SinkError.
        """
        if PortAudioSink._open_streams == 0:
            if PortAudioSink._used:
                if sounddevice._initialized:  # noqa: SLF001 - there is no public function
                    sounddevice._terminate()  # noqa: SLF001
                sounddevice._initialize()  # noqa: SLF001
            PortAudioSink._used = True
        elif self._wanted:
            if match_device(self._wanted, list_device_names()) is None:
                raise SinkError("it is not there")
            raise BlockedError("it is there, but another stream is open still")

    def _make_stream(self, sounddevice: Any) -> Any:
        device = None
        if self._wanted:
            outputs = [each for each in sounddevice.query_devices() if each["max_output_channels"] > 0]
            index = match_device(self._wanted, [each["name"] for each in outputs])
            if index is None:
                raise SinkError("it is not there")
            device = outputs[index]["index"]
        for channels in (2, 1):
            self._channels = channels
            try:
                return sounddevice.RawOutputStream(
                    device=device,
                    samplerate=RATE,
                    channels=channels,
                    dtype="int16",
                    latency=LATENCY_S,
                    callback=self._fill,
                    finished_callback=self._finished,
                )
            except sounddevice.PortAudioError:
                if channels == 1:
                    raise
        raise AssertionError

    def _fill(self, out: Any, frames: int, _time: Any, _status: Any) -> None:
        """Fills a block of the stream. PortAudio calls it on its own thread."""
        if not self._has_priority:
            self._has_priority = True
            realtime_priority.raise_priority()  # this thread does not inherit the speaker's priority
            realtime_priority.raise_thread_priority(
                self._threads_before_open
            )  # nor do those of the sound server's library
        try:
            block = self.renderer.render(time.monotonic(), frames)
            if self._channels == 2:
                stereo = array("h", bytes(4 * frames))
                stereo[0::2] = block
                stereo[1::2] = block
                block = stereo
            out[:] = block.tobytes()
        except Exception as problem:  # noqa: BLE001 - an exception in a callback would end the stream without a reason
            self._problem = f"{type(problem).__name__}: {problem}"
            out[:] = bytes(len(out))

    def _finished(self) -> None:
        self._ended = True

    def pump(self, now: float) -> float:
        return now + CHECK_S

    def find_fault(self, now: float) -> str | None:
        if self._problem:
            return self._problem
        if self._ended:
            return "the device was lost"
        return "it takes no more sound" if self._is_hung(now) else None

    def close(self) -> None:
        if self._stream is None:
            return  # without waiting for the lock: an opening that hangs may hold it
        with PortAudioSink._lock:
            stream, self._stream = self._stream, None
            if stream is not None:
                self._close_stream(stream)

    @staticmethod
    def _close_stream(stream: Any) -> None:
        try:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)
        except OSError as problem:
            sys.stderr.write(f"portaudio: closing: {problem}\n")
        PortAudioSink._open_streams -= 1


def match_device(wanted: str, names: list[str]) -> int | None:
    """Returns the index of the device that a user means: the name itself, or the only name that starts with it.

    Returns None if no name fits, or if several different ones do.
    """
    from kicktimer.text import clean  # noqa: PLC0415 - 1 MB of Unicode tables, only needed for a chosen device

    cleaned = [clean(name) for name in names]
    wanted = clean(wanted)
    if wanted in cleaned:
        return cleaned.index(wanted)
    matches = [index for index, name in enumerate(cleaned) if name.startswith(wanted)]
    return matches[0] if len({cleaned[index] for index in matches}) == 1 else None


def list_device_names() -> list[str]:
    """Returns the names of PortAudio's output devices, as a new process sees them. Raises SinkError."""
    from kicktimer.sound.devices import COMMAND  # noqa: PLC0415 - only needed when a chosen device is missing

    try:
        done = subprocess.run(
            COMMAND, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIST_TIMEOUT_S, check=True
        )
        return [str(name) for name, _ in json.loads(done.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as problem:
        raise SinkError(f"the devices cannot be listed ({type(problem).__name__})") from problem


def _unload_alsa_plugins() -> None:
    """Lets ALSA free the plugins of devices that are not open.

    PortAudio queries every named device. With Debian's usual plugins, that loads a video encoder of 10 MB. The function
    belongs to ALSA; PortAudio itself calls it when it ends. Plugins in use stay loaded.
    """
    if sys.platform != "linux":
        return
    try:
        import ctypes  # noqa: PLC0415 - some Pythons are built without it, and only Linux needs it

        ctypes.CDLL("libasound.so.2", mode=os.RTLD_NOLOAD).snd_config_update_free_global()
    except (ImportError, OSError, AttributeError):
        return  # PortAudio does not use ALSA here
