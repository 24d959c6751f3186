"""The sound server that these tests capture. They skip themselves, and say why, where there is none."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.sound_rig import RigError, Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def own_server() -> Iterator[Server]:
    for program in ("pulseaudio", "pactl", "parec"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: nothing can be captured")
    with tempfile.TemporaryDirectory(prefix="kicktimer-") as folder:  # short: a socket's path has 107 bytes at most
        server = Server(Path(folder))
        try:
            server.start()
        except RigError as problem:
            pytest.skip(str(problem))
        yield server
        server.stop()


@pytest.fixture
def server(own_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The running server, and this process's sound goes to it."""
    for name, value in own_server.environment.items():
        monkeypatch.setenv(name, value)
    if own_server.process is None:
        own_server.start()
    return own_server
