"""What a disk holds after a power cut, on a real ext4 file system.

`record` runs a program on a fresh file system behind a `logged_disk`. `states` then rebuilds the disk as a power cut
would leave it at many moments, in two ways: every write so far has reached it, or each write since the last flush is
lost with probability 1/2, and the last one is torn at 512 bytes. A disk that lies about flushes is not modelled.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

MKFS = ("mkfs.ext4", "-q", "-F", "-b", "1024", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-J", "size=4")
IMAGE_BYTES = 24 << 20
SECTOR = 512


def available() -> bool:
    """Whether power cuts can be tried here: it needs root, `/dev/fuse`, loop devices and ext4's tools."""
    needed = ("mkfs.ext4", "e2fsck", "losetup", "mount", "umount")
    return os.geteuid() == 0 and Path("/dev/fuse").exists() and all(shutil.which(name) for name in needed)


class DiskState(NamedTuple):
    """A disk after a power cut, and the last fact that had been acknowledged by then."""

    image: bytearray
    acknowledged: int


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout


def new_image(path: Path) -> bytes:
    """Makes an image of an empty ext4 file system and returns it."""
    with path.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    run(*MKFS, str(path))
    return path.read_bytes()


def record(work: Path, image: Path, program: Sequence[str]) -> list[tuple[Any, ...]]:
    """Runs `program DIRECTORY ACK` on the file system of `image`. Returns what reached the disk, in order.

    The program writes into DIRECTORY, and `A n` to the file ACK whenever fact n is acknowledged.
    """
    folder, mount_point, recorded = work / "fuse", work / "mounted", work / "recorded"
    folder.mkdir()
    mount_point.mkdir()
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("logged_disk.py")), str(folder), str(image), str(recorded)],
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    device = ""
    try:
        device = run("losetup", "-f", "--show", str(folder / "disk.img")).strip()
        run("mount", device, str(mount_point))
        subprocess.run([*program, str(mount_point / "logs"), str(folder / "ack")], check=True, timeout=300)
        (folder / "ack").write_bytes(b"end\n")
    finally:
        subprocess.run(["umount", str(mount_point)], check=False)
        if device:
            subprocess.run(["losetup", "-d", device], check=False)
        subprocess.run(["umount", str(folder)], check=False)
        server.wait(20)
        server.stdout.close()
    operations = []
    with recorded.open("rb") as file:
        while (operation := pickle.load(file)) != ("A", b"end\n"):
            operations.append(operation)
    return operations


def states(
    fresh: bytes, operations: Sequence[tuple[Any, ...]], count: int, chance: random.Random, *, drops: bool
) -> Iterator[DiskState]:
    """Yields the disk after a power cut at up to `count` moments. With `drops`, writes without a flush get lost."""
    moments = range(1, len(operations) + 1)
    chosen = set(moments if len(moments) <= count else chance.sample(moments, count))
    flushed, pending, acknowledged = bytearray(fresh), [], 0
    for moment, operation in enumerate(operations, start=1):
        if operation[0] == "W":
            pending.append(operation[1:])
        elif operation[0] == "F":
            for offset, data in pending:
                flushed[offset : offset + len(data)] = data
            pending = []
        else:
            numbers = [int(line[2:]) for line in operation[1].splitlines() if line.startswith(b"A ")]
            acknowledged = max([acknowledged, *numbers])
        if moment not in chosen:
            continue
        image = bytearray(flushed)
        for place, (offset, data) in enumerate(pending):
            kept = data
            if drops and chance.random() < 0.5:
                continue
            if drops and place == len(pending) - 1:
                kept = data[: SECTOR * chance.randint(1, max(1, len(data) // SECTOR))]
            image[offset : offset + len(kept)] = kept
        yield DiskState(image, acknowledged)


@contextmanager
def mounted(image: bytes | bytearray, work: Path) -> Iterator[Path]:
    """Mounts a copy of an image, which runs the file system's own recovery, and yields where.

    A torn superblock cannot be mounted. Then `e2fsck` repairs it from its copy first, as it does when a machine starts.
    """
    copy, mount_point = work / "state.img", work / "checked"
    mount_point.mkdir(exist_ok=True)
    copy.write_bytes(image)
    mount = ("mount", "-o", "loop", str(copy), str(mount_point))
    try:
        run(*mount)
    except subprocess.CalledProcessError:
        subprocess.run(["e2fsck", "-fy", str(copy)], check=False, capture_output=True, timeout=300)
        run(*mount)
    try:
        yield mount_point
    finally:
        run("umount", str(mount_point))
