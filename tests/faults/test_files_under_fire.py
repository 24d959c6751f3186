"""A log whose disk is taken away while it is written: what is mounted over it, and a lazy unmount."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kicktimer.journal import JournalWriter, read_log
from tests.journal.faulty_disk import HEADER, TIMEOUT_S, FakeApp, make_fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def mounted(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own, mounted on a folder. Skips where that is not allowed."""
    folder = tmp_path / "stick"
    folder.mkdir()
    if (
        sys.platform != "linux"
        or os.geteuid()
        or not mounted("mount", "-t", "tmpfs", "-o", "size=256k", "x", str(folder))
    ):
        pytest.skip("needs root, to mount a disk")
    yield folder
    while mounted("umount", "-l", str(folder)):
        pass


def fill(folder: Path) -> None:
    with (folder / "fill").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)


@pytest.mark.parametrize("fire", ["unmounted", "mounted over", "full"])
def test_log_on_a_stick_that_is_lost_is_written_to_a_fallback(stick: Path, tmp_path: Path, fire: str) -> None:
    app = FakeApp()
    fallback = tmp_path / "other"
    writer = JournalWriter(
        stick / "logs" / "x.jsonl", HEADER, app.on_saved, app.on_trouble, fallbacks=[fallback], retry_s=0.01
    )
    writer.append([make_fact(1)])
    app.wait_for_saved(1)
    if fire == "unmounted":
        assert mounted("umount", "-l", str(stick))
    elif fire == "mounted over":
        assert mounted("mount", "-t", "tmpfs", "x", str(stick))
    else:
        fill(stick)
    for n in range(2, 30):
        writer.append([make_fact(n, pad="x" * 500)])
        app.wait_for_saved(n)
        assert len(read_log(writer.path).facts) >= n
    assert writer.path.parent == fallback
    trouble = app.troubles[-1]
    assert trouble is not None
    assert trouble.reason == ("no space left" if fire == "full" else "the stick or disk is gone")
    assert trouble.saved_in == writer.path
    assert writer.close(TIMEOUT_S)
