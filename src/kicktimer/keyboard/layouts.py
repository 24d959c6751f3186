"""Which key of the Latin layout stands where a letter of another layout is typed, and how athletes' keys are compared.

A coach whose keyboard is set to Hebrew presses the key of `a` and types `ש`. The press was meant for the athlete whose
key is `a`. Source: the layouts `il`, `ru`, `ua`, `gr`, `ara` and `fr` of xkeyboard-config.
"""

from __future__ import annotations

import unicodedata

_LATIN_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LAYOUTS = {
    "Hebrew": ("/'קראטוןםפ", "שדגכעיחלך", "זסבהנמצ"),
    "Russian": ("йцукенгшщз", "фывапролд", "ячсмить"),
    "Ukrainian": ("йцукенгшщз", "фівапролд", "ячсмить"),
    "Greek": (";ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"),
    "Arabic": ("ضصثقفغعهخح", "شسيبلاتنم", "ئءؤر.ىة"),
}
_DIGITS = {"é": "2", "è": "7", "ç": "9", "à": "0"}  # AZERTY types digits with shift; these keys without it are letters


def _positions() -> dict[str, str]:
    found = dict(_DIGITS)
    for rows in _LAYOUTS.values():
        for letters, latin in zip(rows, _LATIN_ROWS, strict=True):
            found.update({letter: key for letter, key in zip(letters, latin, strict=True) if letter.isalpha()})
    return found


POSITIONS = _positions()
"""The key of the Latin layout for each letter of the layouts above."""


def latin_position(char: str) -> str:
    """The key of the Latin layout on which `char` is typed, "" where that is not known."""
    return POSITIONS.get(char.lower(), "")


def key_identity(char: str) -> str:
    """The form in which keys are compared: normal form C, lower case.

    `İ` and `ı` are letters of their own: lower case alone makes two characters of the one, and upper case an `I` of the
    other, which would name the athlete whose key is `i`.
    """
    char = unicodedata.normalize("NFC", char)
    return char if char in "İı" else char.lower()


_LATIN_TWINS = str.maketrans("АВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXIJSABEZHIKMNOPTYX")
"""Capitals of the Cyrillic and the Greek alphabet that look like Latin ones."""


def appearance(key: str) -> str:
    """What a key looks like on the screen: one character for all keys that cannot be told apart there."""
    return shown_key(key_identity(key)).translate(_LATIN_TWINS)


def look_alike(one: str, other: str) -> bool:
    """Whether two different keys look the same on the screen: `ı` and `i` are both shown as `I`."""
    return key_identity(one) != key_identity(other) and appearance(one) == appearance(other)


def shown_key(key: str) -> str:
    """An athlete's key as screens show it: upper case, where that is a single character."""
    upper = key.upper()
    return upper if len(upper) == 1 else key
