"""Input as no keyboard should send it: keys, control characters and escape sequences, cut, joined and mutated."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS: tuple[bytes, ...] = (
    *(bytes([code]) for code in range(256)),
    *(char.encode() for char in "שфαéßıİ漢\u00a0\u200f\U0001f3c3"),
    *(b"\x1b[" + final for final in b"A B C D H F Z I O P Q S [A [E".split()),
    *(b"\x1bO" + bytes([final]) for final in b"ABCDFHPQRSMpqrstuvwxyjklmnoX "),
    *(b"\x1b[%d~" % number for number in (1, 2, 3, 4, 5, 6, 11, 15, 17, 21, 24, 34, 99, 200, 201)),
    *(b"\x1b[%d;%du" % (code, mods) for code in (9, 13, 27, 32, 97, 113, 127) for mods in (1, 2, 5, 65, 129)),
    *(b"\x1b[%d;%du" % (code, mods) for code in (1513, 57358, 57414) for mods in (1, 2, 5, 65, 129)),
    b"\x1b[97;1:2u", b"\x1b[97;1:3u", b"\x1b[1081::113;5u", b"\x1b[1114112u", b"\x1b[99999999u", b"\x1b[55296;1;56320u",
    b"\x1b[27;5;97~", b"\x1b[1;2:2A", b"\x1b[200~pasted text\x1b[201~", b"\x1b[200~", b"\x1b[<0;10;10M", b"\x1b[M !!",
    b"\x1b[48;24;80;480;800t", b"\x1b[48;99999;99999;1;1t", b"\x1b[?2026;2$y", b"\x1b[?62;22c", b"\x1b[24;80R",
    b"\x1b]0;title\x07", b"\x1bP1$r0m\x1b\\", b"\x1b_app\x1b\\", b"\x1b\x1b[A", b"\x9bA", b"\x8fP",
)  # fmt: skip

ENDING = (b"\x11", b"\x03", b"113;", b";113", b"\x1a")
"""What a coach presses to leave the program (ctrl+q, ctrl+c), and their forms in the kitty protocol."""


def mutated_inputs(seed: int, count: int) -> Iterator[bytes]:
    """Yields `count` inputs, the same for the same seed."""
    random = Random(seed)
    for _ in range(count):
        data = bytearray(random.choice(SEEDS))
        for _ in range(random.choice((0, 0, 1, 1, 2, 4))):
            match random.randrange(5):
                case 0:
                    del data[random.randrange(len(data) + 1) :]
                case 1:
                    data += random.choice(SEEDS)
                case 2 if data:
                    data[random.randrange(len(data))] = random.randrange(256)
                case 3:
                    data.insert(random.randrange(len(data) + 1), random.randrange(256))
                case _:
                    data = bytearray(random.choice(SEEDS)) + data
        yield bytes(data)
