"""Where logs live: ids, the trial before a session, the list."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.journal import new_id, probe, sessions
from tests.journal.faulty_disk import HEADER, FaultyDisk, fact, log_of

if TYPE_CHECKING:
    from pathlib import Path


def test_ids_sort_by_time_and_differ() -> None:
    now = datetime(2026, 11, 23, 18, 30, 5, tzinfo=UTC)
    ids = [new_id(now + timedelta(seconds=n)) for n in range(120)]
    assert ids == sorted(ids)
    assert ids[0].startswith("2026-11-23T183005-")
    assert len({new_id(now) for _ in range(20)}) == 20


def test_a_directory_is_tried_before_the_session(tmp_path: Path) -> None:
    new = tmp_path / "a" / "b"
    probe(new)
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
            probe(place, disk)
        assert "--log-dir" in caught.value.hint
        assert list(new.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_rights_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(KicktimerError, match="Permission denied"):
        probe(tmp_path)
    tmp_path.chmod(0o700)


def test_sessions_are_listed_newest_first_with_the_broken_ones(tmp_path: Path) -> None:
    assert sessions(tmp_path / "none") == []
    for name, started in (("a", "2026-11-23T18:00:00+01:00"), ("b", "2026-11-23T18:00:00+00:00"), ("c", "nonsense")):
        header = {**HEADER, "id": name, "started": started}
        (tmp_path / f"{name}.jsonl").write_bytes(log_of([fact(1)], header))
    (tmp_path / "broken.jsonl").write_text("no log\n")
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "link.jsonl").symlink_to("nowhere")
    (tmp_path / "notes.txt").write_text("")
    for name in ("c", "broken"):
        os.utime(tmp_path / f"{name}.jsonl", (10.0 if name == "c" else 5.0,) * 2)
    found = sessions(tmp_path)
    names = [each.path.stem for each in found]
    assert [name for name in names if name in {"a", "b", "c", "broken"}] == ["b", "a", "c", "broken"]
    assert {each.path.stem for each in found if each.log is None} == {"broken", "folder", "link"}
    assert all(each.problem for each in found if each.log is None)
    with pytest.raises(KicktimerError):
        sessions(tmp_path / "notes.txt")
