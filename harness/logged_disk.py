"""A disk whose every write and flush is recorded: a FUSE server with one large file, to stand behind a loop device.

`python logged_disk.py MOUNTPOINT IMAGE RECORD` mounts a folder with two files. `disk.img` is a copy of IMAGE in
memory; writes and flushes of it are appended, in order, to RECORD as pickled `("W", offset, data)` and `("F",)`. What
is written to `ack` is recorded as `("A", data)`, so that a program's acknowledgements stand in their place among the
writes. The server ends when the folder is unmounted. It talks to `/dev/fuse` itself and needs root, but no library.

The numbers are those of the kernel's `include/uapi/linux/fuse.h`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import pickle
import struct
import sys
from pathlib import Path

HEADER = struct.Struct("<IIQQ")  # length, operation, id of the request, number of the file
HEADER_BYTES = 40
REPLY = struct.Struct("<IiQ")
LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC = 1, 2, 3, 4, 14, 15, 16, 17, 18, 20
FLUSH, INIT, OPENDIR, RELEASEDIR, INTERRUPT, DESTROY, BATCH_FORGET, FALLOCATE = 25, 26, 27, 29, 36, 38, 42, 43
ROOT, DISK, ACK = 1, 2, 3
NAMES = {b"disk.img": DISK, b"ack": ACK}
CACHE_S = 3600
MAX_WRITE = 131_072


class LoggedDisk:
    """Answers the kernel's requests until the folder is unmounted."""

    def __init__(self, mount_point: str, image: bytes, record: Path) -> None:
        self._image = bytearray(image)
        self._record = record.open("wb")
        self._fuse = os.open("/dev/fuse", os.O_RDWR)
        libc = ctypes.CDLL(None, use_errno=True)
        options = f"fd={self._fuse},rootmode=40000,user_id=0,group_id=0".encode()
        if libc.mount(b"logged-disk", mount_point.encode(), b"fuse", 0, options):
            raise OSError(ctypes.get_errno(), "mount")

    def serve(self) -> None:
        while True:
            try:
                request = os.read(self._fuse, (1 << 20) + 8192)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
                    continue
                break  # unmounted
            _, operation, unique, node = HEADER.unpack_from(request)
            if operation in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            reply = self._answer(operation, node, request[HEADER_BYTES:])
            data, error_number = (reply, 0) if isinstance(reply, bytes) else (b"", reply)
            os.write(self._fuse, REPLY.pack(REPLY.size + len(data), -error_number, unique) + data)
            if operation == DESTROY:
                break
        self._record.close()

    def _answer(self, operation: int, node: int, body: bytes) -> bytes | int:
        """Returns the answer to a request, or the number of an error."""
        if operation == INIT:
            flags = 1 << 5  # writes of more than a page
            version = struct.pack("<IIIIHHII", 7, 31, 65_536, flags, 12, 9, MAX_WRITE, 1)
            return version.ljust(64, b"\0")
        if operation == LOOKUP:
            found = NAMES.get(body.rstrip(b"\0"))
            return (
                errno.ENOENT
                if found is None
                else struct.pack("<QQQQII", found, 0, *[CACHE_S] * 2, 0, 0) + self._status(found)
            )
        if operation in (GETATTR, SETATTR):
            return struct.pack("<QII", CACHE_S, 0, 0) + self._status(node)
        if operation in (OPEN, OPENDIR):
            return struct.pack("<QII", 1, 1, 0)
        if operation == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            return bytes(self._image[offset : offset + size]) if node == DISK else b""
        if operation == WRITE:
            _, offset, size = struct.unpack_from("<QQI", body)
            self._write(node, offset, body[40 : 40 + size])
            return struct.pack("<II", size, 0)
        if operation == FSYNC:
            if node == DISK:
                pickle.dump(("F",), self._record)
            return b""
        if operation == STATFS:
            return struct.pack("<5Q4I", 1 << 20, 1 << 19, 1 << 19, 100, 50, 4096, 255, 4096, 0).ljust(80, b"\0")
        if operation in (RELEASE, FLUSH, RELEASEDIR, DESTROY):
            return b""
        return errno.EOPNOTSUPP if operation == FALLOCATE else errno.ENOSYS

    def _write(self, node: int, offset: int, data: bytes) -> None:
        if node == DISK:
            self._image[offset : offset + len(data)] = data
            pickle.dump(("W", offset, data), self._record)
        else:
            pickle.dump(("A", data), self._record)

    def _status(self, node: int) -> bytes:
        mode, size = {ROOT: (0o40755, 0), DISK: (0o100644, len(self._image)), ACK: (0o100666, 0)}[node]
        blocks = (size + 511) // 512
        return struct.pack("<6Q10I", node, size, blocks, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


if __name__ == "__main__":
    disk = LoggedDisk(sys.argv[1], Path(sys.argv[2]).read_bytes(), Path(sys.argv[3]))
    print("ready", flush=True)
    disk.serve()
