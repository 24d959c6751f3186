"""The log directory: ids, the check before a session, and the list of sessions."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.journal import check_writable, new_session_id
from tests.journal.faulty_disk import FaultyDisk

if TYPE_CHECKING:
    from pathlib import Path


def test_ids_sort_by_time_and_are_unique() -> None:
    now = datetime(2026, 11, 23, 18, 30, 5, tzinfo=UTC)
    ids = [new_session_id(now + timedelta(seconds=n)) for n in range(120)]
    assert ids == sorted(ids)
    assert ids[0].startswith("2026-11-23T183005-")
    assert len({new_session_id(now) for _ in range(20)}) == 20


def test_check_writable_raises_for_every_disk_fault_and_leaves_no_file(tmp_path: Path) -> None:
    new = tmp_path / "a" / "b"
    check_writable(new)
    assert list(new.iterdir()) == []
    (tmp_path / "file").write_text("")
    for method, outcome, place in (
        ("create", errno.EROFS, new),
        ("write", errno.ENOSPC, new),
        ("write", None, new),
        ("sync", errno.EIO, new),
        ("none", None, tmp_path / "file"),
        ("none", None, tmp_path / "file" / "below"),
    ):
        disk = FaultyDisk()
        disk.faults.append((method, outcome))
        with pytest.raises(KicktimerError, match="sessions cannot be saved in") as caught:
            check_writable(place, disk)
        assert "--log-dir" in caught.value.hint
        assert list(new.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_check_writable_raises_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(KicktimerError, match="Permission denied"):
        check_writable(tmp_path)
    tmp_path.chmod(0o700)
