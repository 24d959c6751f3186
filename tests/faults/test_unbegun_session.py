"""Leaving a session that has not begun, when its log cannot be removed."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

import pytest

from kicktimer.journal.disk import Disk
from tests.test_live_session import open_session
from tests.virtual_time import VirtualLoop, run

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.live_session import LiveSession


def open_and_leave(directory: Path, meanwhile: str) -> LiveSession:
    """Opens a session, lets something happen to its log, and closes the session without a command."""
    loop = VirtualLoop()
    sessions = []

    async def main() -> None:
        session = open_session(loop, directory)
        sessions.append(session)
        session.start()
        await asyncio.sleep(1)
        if meanwhile == "removed":
            session.log_path.unlink()
        elif meanwhile == "directory":
            session.log_path.unlink()
            session.log_path.mkdir()
        assert await session.aclose()

    run(main(), loop)
    return sessions[0]


@pytest.mark.parametrize("meanwhile", ["nothing", "removed"])
def test_log_without_facts_is_gone(tmp_path: Path, meanwhile: str) -> None:
    session = open_and_leave(tmp_path, meanwhile)
    assert not session.log_path.exists()
    assert session.close(), "closing again does no harm"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM, errno.EIO])
def test_log_that_cannot_be_removed_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    tried = []

    def refuse(_: Disk, path: Path) -> None:
        if path.suffix == ".jsonl":
            tried.append(path)
            raise OSError(number, "refused")

    monkeypatch.setattr(Disk, "remove", refuse)
    session = open_and_leave(tmp_path, "nothing")
    assert session.log_path in tried
    assert session.log_path.exists()


def test_directory_in_place_of_the_log_is_no_error(tmp_path: Path) -> None:
    assert open_and_leave(tmp_path, "directory").log_path.is_dir()
