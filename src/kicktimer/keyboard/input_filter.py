"""Cleans what a terminal sends before it reaches Textual's parser. Pure: time is an argument.

A terminal can send bytes that are not UTF-8, escape sequences that no parser knows, code points beyond Unicode, a paste
that never ends, or a window size of 99999 x 99999. Textual's parser raises on some of these, types the characters of
others as keys, and waits for ever for the end of a paste. `InputFilter` lets through only what a person can have
pressed and what Textual asked the terminal for.

Bytes that are not UTF-8 are read as Latin-1: a terminal that is set to it sends them, and the press must not be lost.
Times are seconds on `time.monotonic()`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEQUENCE_TIMEOUT_S = 0.1
"""An escape sequence or a character whose next byte has not come after this time is taken as it is."""
PASTE_TIMEOUT_S = 0.5
"""A paste whose next byte has not come after this time is over, whether its end was sent or not."""
TYPED_GAP_S = 0.02
"""A single key that comes this long after the last byte was typed: a terminal sends a sequence or a paste in one go."""
MAX_TYPED_BYTES = 4
"""Bytes of a character that is typed; an escape sequence is longer, or begins with Escape."""
MAX_SEQUENCE = 64
"""Characters of a control sequence. The longest one that Textual understands has about 40."""
MAX_STRING = 4096
"""Characters of a string sequence (OSC, DCS, APC, PM, SOS) before its bytes are taken as keys again."""
MIN_SIZE, MAX_COLUMNS, MAX_ROWS = 1, 1000, 500
"""Window sizes that are passed on. Painting a larger window takes seconds and gigabytes."""
MAX_CODE_POINT = 0x10FFFF

ESC = "\x1b"
_STRING_STARTS = "P]_^X"  # DCS, OSC, APC, PM, SOS: answers of the terminal, never a key
_C1_CSI, _C1_SS3 = "\x9b", "\x8f"
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"
_ANSWERED_MODES = ("2026", "2048")  # the modes that Textual asks about
_REPEAT, _RELEASE = "2", "3"  # event types of the kitty keyboard protocol
_CTRL_ALT_SUPER = 0b111110  # modifier bits that turn a text key into a command; bit 0 is shift
_LOCKS = 0b11000000  # caps lock and num lock

_RE_CSI = re.compile(r"\x1b\[([<=>?]?)([0-9:;]*)([ -/]*)([@-~])\Z")
_RE_SIZE = re.compile(r"48;(\d+)(?:;|:[^;]*;)(\d+)")

KEYPAD_CODES = {
    **{57399 + digit: str(digit) for digit in range(10)},
    57409: ".", 57410: "/", 57411: "*", 57412: "-", 57413: "+", 57414: "\r", 57415: "=", 57416: ",",
    57417: "\x1b[D", 57418: "\x1b[C", 57419: "\x1b[A", 57420: "\x1b[B", 57421: "\x1b[5~", 57422: "\x1b[6~",
    57423: "\x1b[H", 57424: "\x1b[F", 57425: "\x1b[2~", 57426: "\x1b[3~", 57427: "\x1b[E",
}  # fmt: skip
"""Keypad keys of the kitty protocol (its table of functional keys), as the same key of the main block sends it."""
KEYPAD_SS3 = {
    **{chr(ord("p") + digit): str(digit) for digit in range(10)},
    "n": ".", "o": "/", "j": "*", "m": "-", "k": "+", "M": "\r", "X": "=", "l": ",", "I": "\t", " ": " ",
}  # fmt: skip
"""Final characters of `ESC O` in application keypad mode (xterm's ctlseqs, "VT220-Style Function Keys")."""


class InputKind(Enum):
    """Whether an `Input` is a key or answer for Textual's parser, the Escape key, or the repeat of a held key."""

    TEXT = "text"  # characters or a sequence for Textual's parser
    ESCAPE = "escape"  # the Escape key by itself
    REPEAT = "repeat"  # as TEXT, but the terminal says that the key is held down


@dataclass(frozen=True, slots=True)
class Input:
    """One key press or one answer of the terminal. `data` is what the key sends in the plain encoding."""

    kind: InputKind
    data: str


def _is_known_nothing(_sequence: str) -> bool:
    return False


class InputFilter:
    """Turns bytes into `Input`s. `is_known` says whether Textual's parser knows an escape sequence as a key.

    `reports_event_types` turns True once the terminal has reported a repeat or a release: then every other key is a
    press, and nobody has to guess which keys are held down. `positions` maps a character to the character that the
    same key types in the Latin layout, as far as the terminal has reported it.
    """

    def __init__(self, is_known: Callable[[str], bool] = _is_known_nothing) -> None:
        self.reports_event_types = False
        self.positions: dict[str, str] = {}
        self._is_known = is_known
        self._bytes = b""  # the beginning of a UTF-8 character
        self._pending = ""  # the beginning of an escape sequence
        self._pasting = False
        self._paste_tail = ""
        self._last_s = float("-inf")  # when the last byte came

    @property
    def timeout_s(self) -> float | None:
        """Seconds after the last byte at which `tick` has something to do; None where nothing is pending."""
        if self._pasting:
            return PASTE_TIMEOUT_S
        return SEQUENCE_TIMEOUT_S if self._bytes or self._pending else None

    def feed(self, data: bytes, now: float) -> list[Input]:
        """The inputs that are complete with these bytes, which came at `now`."""
        found = self.tick(now)
        if now - self._last_s >= TYPED_GAP_S and len(data) <= MAX_TYPED_BYTES:
            self._pasting = False  # a paste whose end was never sent
            if self._pending == ESC:
                found += self.flush()
        self._last_s = now
        for char in self._decode(data):
            found.extend(self._take(char))
        return found

    def tick(self, now: float) -> list[Input]:
        """The inputs that are complete because nothing has followed for long enough."""
        timeout = self.timeout_s
        if timeout is None or now - self._last_s < timeout:
            return []
        if self._pasting:
            self._pasting, self._paste_tail = False, ""
        return self.flush()

    def flush(self) -> list[Input]:
        """Everything that is pending, taken as it is."""
        found = [each for char in self._latin_1(self._bytes) for each in self._take(char)]
        self._bytes = b""
        pending, self._pending = self._pending, ""
        if pending == ESC:
            found.append(Input(InputKind.ESCAPE, ESC))
        elif len(pending) == 2:  # Escape and then a key: an unfinished sequence would be longer
            found += [Input(InputKind.ESCAPE, ESC), Input(InputKind.TEXT, pending[1])]
        return found

    # -- bytes to characters

    def _decode(self, data: bytes) -> Iterator[str]:
        data = self._bytes + data
        self._bytes = b""
        place = 0
        while place < len(data):
            length = _utf8_length(data[place])
            piece = data[place : place + length]
            if len(piece) < length and all(0x80 <= byte < 0xC0 for byte in piece[1:]):
                self._bytes = piece
                return
            try:
                yield piece.decode()
                place += length
            except UnicodeDecodeError:
                yield from self._latin_1(data[place : place + 1])
                place += 1

    @staticmethod
    def _latin_1(data: bytes) -> Iterator[str]:
        """Letters of Latin-1 and the two C1 controls that begin a key sequence. Other bytes are no key."""
        for byte in data:
            char = chr(byte)
            if char.isprintable() or char in (_C1_CSI, _C1_SS3):
                yield char

    # -- characters to inputs

    def _take(self, char: str) -> list[Input]:
        if self._pasting:
            self._paste_tail = (self._paste_tail + char)[-len(_PASTE_END) :]
            self._pasting = self._paste_tail != _PASTE_END
            return []
        if self._pending:
            return self._continue(char)
        if char in (ESC, _C1_CSI, _C1_SS3):
            self._pending = {_C1_CSI: f"{ESC}[", _C1_SS3: f"{ESC}O"}.get(char, ESC)
            return []
        return _plain(char)

    def _continue(self, char: str) -> list[Input]:
        """Adds a character to the escape sequence that is pending."""
        sequence = self._pending + char
        kind = sequence[1]
        if char == ESC and kind not in _STRING_STARTS:
            self._pending = ESC
            return [Input(InputKind.ESCAPE, ESC)] if sequence == ESC + ESC else []  # an unfinished sequence is no key
        if len(sequence) == 2:
            if kind in "[O" or kind in _STRING_STARTS:
                self._pending = sequence
                return []
            self._pending = ""
            return [Input(InputKind.ESCAPE, ESC), *_plain(char)]  # Escape and a key, or Alt and a key: both are kept
        if kind in _STRING_STARTS:
            ended = char == "\x07" or sequence.endswith(f"{ESC}\\") or len(sequence) > MAX_STRING
            self._pending = "" if ended else sequence
            return []
        if kind == "O":
            self._pending = ""
            return self._ss3(char, sequence)
        if sequence.startswith("\x1b[M"):  # a mouse report of the oldest kind: three characters follow
            self._pending = "" if len(sequence) == 6 else sequence
            return []
        if char < " " or char > "~" or len(sequence) > MAX_SEQUENCE:
            self._pending = ""
            return _plain(char)
        if sequence == "\x1b[[" or not "@" <= char <= "~":  # the Linux console's F1 to F5 are ESC [ [ A to E
            self._pending = sequence
            return []
        self._pending = ""
        return self._csi(sequence)

    def _ss3(self, char: str, sequence: str) -> list[Input]:
        twin = KEYPAD_SS3.get(char)
        if twin is not None:
            return [Input(InputKind.TEXT, twin)]
        return [Input(InputKind.TEXT, sequence)] if self._is_known(sequence) else []

    def _csi(self, sequence: str) -> list[Input]:
        if sequence == _PASTE_START:
            self._pasting, self._paste_tail = True, ""
            return []
        match = _RE_CSI.match(sequence)
        if match is None:
            return [Input(InputKind.TEXT, sequence)] if self._is_known(sequence) else []
        private, parameters, intermediate, final = match.groups()
        if private or intermediate:
            return self._answer(sequence, private, parameters, intermediate + final)
        if final == "t":
            return [Input(InputKind.TEXT, sequence)] if _is_possible_size(parameters) else []
        if final in "IO" and not parameters:  # the window has gained or lost the focus
            return [Input(InputKind.TEXT, sequence)]
        if final == "u":
            return self._kitty_key(parameters)
        if final == "~" and parameters.startswith("27;"):  # xterm's modifyOtherKeys: CSI 27 ; modifiers ; code ~
            _, modifiers, code = [*parameters.split(";"), "", ""][:3]
            return self._kitty_key(f"{code};{modifiers}")
        return self._functional_key(sequence, parameters, final)

    @staticmethod
    def _answer(sequence: str, private: str, parameters: str, final: str) -> list[Input]:
        """Answers to what Textual has asked. Mouse reports and all other answers are dropped."""
        asked = private == "?" and final == "$y" and parameters.partition(";")[0] in _ANSWERED_MODES
        answered = asked and parameters.partition(";")[2] in tuple("01234")
        return [Input(InputKind.TEXT, sequence)] if answered else []

    def _functional_key(self, sequence: str, parameters: str, final: str) -> list[Input]:
        """An arrow or function key, with its event type taken out and caps lock and num lock taken off."""
        numbers = parameters.split(";")
        event = ""
        if len(numbers) == 2 and numbers[0].isdecimal():
            modifiers, _, event = numbers[1].partition(":")
            bits = _modifier_bits(modifiers)
            if bits is None:
                return []
            numbers = [numbers[0], str(bits + 1)] if bits else [numbers[0]] if final == "~" else []
            sequence = f"{ESC}[{';'.join(numbers)}{final}"
        return self._key(sequence, event) if self._is_known(sequence) else self._note_event(event)

    def _kitty_key(self, parameters: str) -> list[Input]:
        """A key of the kitty protocol: code : shifted : base layout ; modifiers : event type ; text."""
        codes, modifiers, text = [*parameters.split(";"), "", "", ""][:3]
        code, _, alternates = codes.partition(":")
        modifiers, _, event = modifiers.partition(":")
        bits, char = _modifier_bits(modifiers), _character(code)
        if char is None or bits is None:
            return self._note_event(event)
        if (twin := KEYPAD_CODES.get(ord(char))) is not None:
            return self._key(twin, event)
        base = _character(alternates.rpartition(":")[2]) if ":" in alternates else None
        typed = _character(text.partition(":")[0]) if text else None
        if base is not None and base != char:
            self.positions[char.lower()] = base
        if 57344 <= ord(char) <= 63743:  # the private use area: locks, modifiers by themselves, media keys
            sequence = f"{ESC}[{ord(char)}{f';{bits + 1}' if bits else ''}u"
            return self._key(sequence, event) if self._is_known(sequence) else self._note_event(event)
        if bits & _CTRL_ALT_SUPER:
            command = base if base is not None and not char.isascii() else char  # Ctrl+Q in every layout
            return self._key(f"{ESC}[{ord(command)};{bits + 1}u", event)
        if char in "\r\t\x1b\x7f":
            plain = {"\x1b": Input(InputKind.ESCAPE, ESC)}.get(char, Input(InputKind.TEXT, char))
            if char == "\t" and bits & 1:
                plain = Input(InputKind.TEXT, f"{ESC}[Z")
            return self._mark_event(plain, event)
        if typed is None:
            typed = char.upper() if bits & 1 and char.isalpha() else char
        return self._key(typed, event) if typed.isprintable() else self._note_event(event)

    def _key(self, data: str, event: str) -> list[Input]:
        return self._mark_event(Input(InputKind.TEXT, data), event)

    def _mark_event(self, pressed: Input, event: str) -> list[Input]:
        self._note_event(event)
        if event == _RELEASE:
            return []
        return [Input(InputKind.REPEAT, pressed.data) if event == _REPEAT else pressed]

    def _note_event(self, event: str) -> list[Input]:
        self.reports_event_types |= event in (_REPEAT, _RELEASE)
        return []


def _plain(char: str) -> list[Input]:
    """A character that is typed or a control character; a lone surrogate or a C1 control is no key."""
    if char.isprintable() or char < " " or char == "\x7f":
        return [Input(InputKind.TEXT, char)]
    return []


def _utf8_length(lead: int) -> int:
    """The bytes of the UTF-8 character that begins with this one; 1 for a byte that begins none."""
    return 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF5 else 1


def _character(code: str) -> str | None:
    """The character with this code point in decimal, None where there is none."""
    if not code.isdecimal() or len(code) > 7:
        return None
    number = int(code)
    return chr(number) if 0 < number <= MAX_CODE_POINT and not 0xD800 <= number < 0xE000 else None


def _modifier_bits(text: str) -> int | None:
    """The modifiers without the locks; None where the parameter is none (1 plus at most eight bits)."""
    if not text:
        return 0
    if not text.isdecimal() or len(text) > 3 or not 1 <= int(text) <= 256:
        return None
    return (int(text) - 1) & ~_LOCKS


def _is_possible_size(parameters: str) -> bool:
    """Whether an in-band size report (48 ; rows ; columns ; height ; width) can be that of a window."""
    match = _RE_SIZE.match(parameters)
    if match is None or parameters.count(";") != 4 or max(map(len, re.split("[:;]", parameters))) > 6:
        return False
    rows, columns = map(int, match.groups())
    return MIN_SIZE <= rows <= MAX_ROWS and MIN_SIZE <= columns <= MAX_COLUMNS
