"""Memory that the speaker gives back: only what the system can bring back as it was."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kicktimer.sound.memory import clean_code

PIECE = """\
{start}-{end} {mode} 00000000 fe:00 1234                       {path}
Size:                  8 kB
KernelPageSize:        4 kB
Rss:                   8 kB
Anonymous:             {own} kB
Swap:                  0 kB
VmFlags: rd ex mr mw me
"""


def piece(mode: str = "r-xp", path: str = "/usr/lib/liba.so.1.2", own: int = 0) -> str:
    return PIECE.format(start="7f0000001000", end="7f0000003000", mode=mode, path=path, own=own)


def test_the_code_of_a_library_is_given_back() -> None:
    assert clean_code(piece() + piece("r--p", "/a b/x.so")) == [(0x7F0000001000, 8192)] * 2


@pytest.mark.parametrize(
    "kept",
    [
        piece(own=4),  # it was changed when it was loaded
        piece("rw-p"),
        piece("rwxp"),
        piece("r--s", "/usr/share/sounds/voice.wav"),
        piece(path=""),
        piece(path="[heap]"),
        piece(path="/usr/lib/liba.so.1.2 (deleted)"),
    ],
)
def test_what_might_not_come_back_is_kept(kept: str) -> None:
    assert clean_code(kept + piece() + kept) == [(0x7F0000001000, 8192)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what lies where")
def test_a_process_lives_on_with_less() -> None:
    program = (
        "import json, sqlite3, pathlib, re\n"
        "from kicktimer.sound import memory\n"
        "def size(): return int(pathlib.Path('/proc/self/status').read_text().partition('RssFile:')[2].split()[0])\n"
        "before = size(); dropped = memory.trim(); after = size()\n"
        "assert sqlite3.connect(':memory:').execute('select 6 * 7').fetchone() == (42,)\n"
        "assert re.fullmatch('a+', 'aaa') and json.loads('[1]') == [1]\n"
        "print(dropped > 0, after < before)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
