"""Fixtures with a sound server whose output is captured. The tests are skipped where none can be started."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.sound_rig import RigError, SoundServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def own_server() -> Iterator[SoundServer]:
    for program in ("pulseaudio", "pactl", "parec"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: nothing can be captured")
    with tempfile.TemporaryDirectory(prefix="kicktimer-") as folder:  # short: a socket's path has 107 bytes at most
        server = SoundServer(Path(folder))
        try:
            server.start()
        except RigError as problem:
            pytest.skip(str(problem))
        yield server
        server.stop()


@pytest.fixture
def server(own_server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> SoundServer:
    """The running server, with this process's environment set so that its sound goes there."""
    for name, value in own_server.environment.items():
        monkeypatch.setenv(name, value)
    if own_server.has_died:
        print(f"the sound server ended by itself:\n{own_server.log()}")
        own_server.stop()
    if own_server.process is None:
        own_server.start()
    return own_server
