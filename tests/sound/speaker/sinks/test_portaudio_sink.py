"""The PortAudio sink with a fake sounddevice: how streams exclude each other, and how devices are listed anew."""

from __future__ import annotations

import json
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.sound import devices
from kicktimer.sound.speaker.sinks.base import BlockedError, SinkError
from kicktimer.sound.speaker.sinks.portaudio_sink import PortAudioSink

if TYPE_CHECKING:
    from collections.abc import Iterator


class FakeSoundDevice(SimpleNamespace):
    """The package sounddevice with one device. Ending PortAudio while a stream is open is an error."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        super().__init__(RawOutputStream=self.stream, living=[], starts=0, _initialized=1)

    def stream(self, **_: Any) -> Any:
        made = SimpleNamespace(device=0, latency=0.1, start=lambda: None, abort=lambda **_: None)
        made.close = lambda **_: self.living.remove(made)
        self.living.append(made)
        return made

    def query_devices(self, device: int | None = None) -> Any:
        known = {"name": "Box", "index": 0, "max_output_channels": 2}
        return [known] if device is None else known

    def _terminate(self) -> None:
        assert not self.living, "a stream that plays was closed"
        self._initialized -= 1

    def _initialize(self) -> None:
        self._initialized += 1
        self.starts += 1


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSoundDevice]:
    library = FakeSoundDevice()
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    monkeypatch.setattr(PortAudioSink, "_used", True)
    yield library
    assert PortAudioSink._open_streams == 0


def list_devices_as(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    text = json.dumps([[name, "ALSA"] for name in names])
    monkeypatch.setattr(devices, "COMMAND", (sys.executable, "-c", f"print({text!r})"))


def test_trial_of_a_missing_device_does_not_disturb_the_playing_stream(
    library: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_devices_as(monkeypatch, "default")
    playing = PortAudioSink()
    playing.open()
    with pytest.raises(SinkError, match="it is not there"):
        PortAudioSink("Box").open()
    assert library.starts == 1
    assert len(library.living) == 1
    playing.close()


def test_chosen_device_is_blocked_until_the_other_stream_is_closed(
    library: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_devices_as(monkeypatch, "Box")
    playing, better = PortAudioSink(), PortAudioSink("Box")
    playing.open()
    with pytest.raises(BlockedError):
        better.open()
    closing = threading.Thread(target=playing.close)
    closing.start()
    closing.join()
    better.open()
    assert library.starts == 2
    assert better.device == "Box"
    better.close()
    better.close()


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "print('{')", "import os; os.abort()"])
def test_failed_listing_raises_a_sink_error(
    library: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(devices, "COMMAND", (sys.executable, "-c", program))
    playing = PortAudioSink()
    playing.open()
    with pytest.raises(SinkError, match="cannot be listed"):
        PortAudioSink("Box").open()
    playing.close()
