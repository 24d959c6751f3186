"""What a user sets once: `settings.toml` in the system's directory for settings (TOML, so that `no` is a word).

    log_dir = "~/track/sessions"    # where sessions are saved
    sound = "pipe"                  # as --sound: auto, off, bell, simpleaudio, portaudio, pipe
    device = ""                     # which of its outputs; `kicktimer doctor` lets one pick
    volume = 100                    # percent
    delay = "250ms"                 # the loudspeaker's own
    cues_off = ["split"]            # cues that are not played
    keep_awake = false              # a tone that nobody hears, for a loudspeaker that falls asleep
    caller = true                   # count the seconds aloud as athletes come in
    results = "time"                # what is said after a finish: time, difference, off
    sounds = "~/track/sounds"       # a folder with WAV files of one's own

No file means the defaults, as does every line that is left out. A file that is wrong is a `KicktimerError` that tells
all its faults at once; it is never half obeyed. What the command line says goes before what stands here.

`save_settings` changes single lines; the rest of the file belongs to whoever wrote it.
"""

from __future__ import annotations

import json
import math
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from kicktimer.atomic_write import atomic_write
from kicktimer.cue_table import CUE_NAMES, CUE_SPECS
from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.journal import default_directory
from kicktimer.text import closest_match
from kicktimer.units import clip, parse_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 65_536
MOST_DELAY = 2.0
HALF_AS_LOUD_DB = 10.0
"""What takes half the loudness away, in the ear (Stevens)."""
_MILLISECONDS = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*ms\s*")
_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"""+|' r"'''.*?'''+|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|" r"(?P<comment>#[^\n\r]*)", re.DOTALL
)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    log_dir: Path | None = None
    sound: Literal["auto", "off", "bell", "simpleaudio", "portaudio", "pipe"] = "auto"
    device: str = Field(default="", strict=True)
    """Which output of that sink, as `kicktimer.sound.outputs()` names it; "" for the one that the system chooses."""
    volume: int = Field(default=100, strict=True, ge=0, le=100)
    delay: float = 0.0
    """Seconds that the loudspeaker lags."""
    cues_off: tuple[str, ...] = ()
    keep_awake: bool = Field(default=False, strict=True)
    caller: bool = Field(default=True, strict=True)
    """A workout's own `caller` goes before it."""
    results: Literal["time", "difference", "off"] = "time"
    sounds: Path | None = None

    @field_validator("log_dir", "sounds")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        if path is None:
            return None
        path = Path(os.path.expanduser(path))  # noqa: PTH111 - it never raises: a user that is not there stays as written
        if not path.is_absolute():  # it would be another directory wherever kicktimer is started
            raise ValueError("write the whole path, from / or ~")
        if "\0" in str(path):
            raise ValueError("no path holds a zero byte")
        return path

    @field_validator("delay", mode="before")
    @classmethod
    def _seconds(cls, given: object) -> float:
        """A number of seconds, or a text: "0.25s", "250ms"."""
        seconds: float = math.nan
        if isinstance(given, str):
            milliseconds = _MILLISECONDS.fullmatch(given)
            try:
                seconds = float(milliseconds[1]) / 1000 if milliseconds else parse_duration(given, "delay") / 1000
            except ScalarError as error:
                raise ValueError(f'{error.message}; write 0.25 or "250ms"') from error
        elif isinstance(given, int | float) and not isinstance(given, bool):
            seconds = given
        if not 0.0 <= seconds <= MOST_DELAY:  # and nan is in no range
            raise ValueError(f'a loudspeaker lags from 0 to {MOST_DELAY:g} seconds: write 0.25 or "250ms"')
        return float(seconds)

    @field_validator("cues_off", mode="before")
    @classmethod
    def _cues(cls, given: object) -> tuple[str, ...]:
        if not isinstance(given, list | tuple) or not all(isinstance(name, str) for name in given):
            raise ValueError('write a list of cues: ["split", "ten"]')
        if hints := [spec.off_hint for spec in CUE_SPECS.values() if spec.name in given and spec.off_hint]:
            raise ValueError(hints[0])
        unknown = [_unknown(name, CUE_NAMES, "cue") for name in given if name not in CUE_SPECS]
        if unknown:
            cues = ", ".join(spec.name for spec in CUE_SPECS.values() if not spec.off_hint)
            raise ValueError(f"{'; '.join(unknown)} (cues are {cues})")
        return tuple(given)

    @property
    def log_directory(self) -> Path:
        """Where sessions are saved."""
        return self.log_dir or default_directory()

    @property
    def gain(self) -> float:
        """The factor of all samples, 0 to 1, for which half the volume is heard as half as loud.

        The ear is not linear: half the factor is 6 dB less and hardly softer; half the loudness takes 10 dB.
        """
        return float((self.volume / 100) ** (HALF_AS_LOUD_DB / (20 * math.log10(2))))

    @property
    def cues(self) -> frozenset[str]:
        """The cues that are played."""
        return frozenset[str](CUE_NAMES) - set(self.cues_off)

    @property
    def sounds_folder(self) -> Path | None:
        """WAV files of one's own: the folder that is set, else `sounds` beside the settings, if it is there."""
        beside = settings_path().parent / "sounds"
        return self.sounds or (beside if beside.is_dir() else None)


def settings_path() -> Path:
    return user_config_path("kicktimer", appauthor=False) / "settings.toml"


def load_settings(path: Path | None = None) -> Settings:
    path = path or settings_path()
    return _settings(_read(path), path)


def save_settings(changes: Mapping[str, object], path: Path | None = None) -> Settings:
    """Set these lines in the file; None takes a line out. Returns what the settings are then.

    Everything else in it stays as it was. Raises `KicktimerError` where the file is wrong, a change has no meaning or
    the file cannot be written, and then it is as before.
    """
    path = path or settings_path()
    text = _read(path)
    _settings(text, path)
    for name, value in changes.items():
        text = _changed(text, name, None if value is None else _toml(name, value))
    data = text.encode()
    if len(data) > MOST_BYTES:
        raise KicktimerError(f"the settings {path} would be larger than {MOST_BYTES >> 10} KiB")
    settings = _settings(text, path)
    try:
        atomic_write(path, data)
    except OSError as error:
        raise KicktimerError(f"the settings {path} cannot be written: {error.strerror}") from error
    return settings


def _read(path: Path) -> str:
    """The file's text with its line ends as they are, "" where there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise KicktimerError(f"{path} is no settings file: it is larger than {MOST_BYTES >> 10} KiB")
        return data.decode()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise KicktimerError(f"the settings {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KicktimerError(f"{path} is no settings file: it is not text (UTF-8)") from error


def _settings(text: str, path: Path) -> Settings:
    try:
        return Settings.model_validate(tomllib.loads(text))
    except ValidationError as error:
        faults = "\n".join(f"{path}: {fault}" for fault in _faults(error))
        raise KicktimerError(faults, "mend the file, or remove it to have the defaults") from error
    except (
        ValueError,
        RecursionError,
    ) as error:  # a number of 5000 digits and a list in a thousand lists are no TOML error
        raise KicktimerError(f"{path}: {error}", 'a line is a name, = and a value in quotes: sound = "off"') from error


def _faults(error: ValidationError) -> list[str]:
    told = []
    for fault in error.errors(include_url=False):
        name = ".".join(str(part) for part in fault["loc"])
        match fault["type"]:
            case "extra_forbidden":
                told.append(_unknown(name, tuple(Settings.model_fields), "setting"))
            case "bool_type":
                told.append(f"{name}: write true or false")
            case "string_type":
                told.append(f'{name}: write a text in quotes: {name} = "…"')
            case "int_type":
                told.append(f"{name}: write a whole number: {name} = {Settings.model_fields[name].default}")
            case "literal_error":
                told.append(f"{name}: write one of {fault['ctx']['expected'].replace(' or ', ', ')}")
            case "greater_than_equal" | "less_than_equal":
                told.append(f"{name}: write a number from 0 to 100")
            case _:
                told.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
    return told


def _unknown(name: str, choices: tuple[str, ...], kind: str) -> str:
    near = closest_match(name, choices)
    return f"there is no {kind} `{clip(name)}`" + (f"; `{near}`?" if near else "")


# Changing a line.


def _toml(name: str, value: Any) -> str:
    """A value as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() if math.isfinite(value):
            return repr(value)
        case str() | Path():
            text = str(value)
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise KicktimerError(f"{name}: this name is not text and cannot be kept: {text!a}") from error
            return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON's escapes, and one of TOML's
        case list() | tuple():
            return f"[{', '.join(_toml(name, each) for each in value)}]"
    raise KicktimerError(f"{name}: no setting has such a value: {value!r}")


def _changed(text: str, name: str, value: str | None) -> str:
    """The text of a good file with one setting changed, or without it."""
    if name not in Settings.model_fields:
        raise KicktimerError(_unknown(name, tuple(Settings.model_fields), "setting"))
    end = "\r\n" if "\r\n" in text else "\n"
    parts = _statements(text)
    for place, part in enumerate(parts):
        if name in tomllib.loads(part):
            parts[place] = _replaced(part, name, value, end)
            return "".join(parts)
    if value is None:
        return text
    gap = "" if not text or text.endswith("\n") else end
    return f"{text}{gap}{name} = {value}{end}"


def _statements(text: str) -> list[str]:
    """The file in pieces: each setting with its line or lines, each other line.

    A good file has no tables, so a piece is the fewest lines that read by themselves.
    """
    pieces = []
    piece = ""
    for line in text.split("\n"):
        piece += f"{line}\n"
        try:
            tomllib.loads(piece)
        except ValueError:
            continue
        pieces.append(piece)
        piece = ""
    return [*pieces[:-1], pieces[-1][:-1]]


def _replaced(part: str, name: str, value: str | None, end: str) -> str:
    """One setting with another value. What is said beside it stays; what is said inside it goes before it."""
    body = part.rstrip("\r\n")
    last = part[len(body) :]
    comments = [found for found in _STRING_OR_COMMENT.finditer(body) if found["comment"] is not None]
    close = len(body)
    if comments and comments[-1].end() == len(body):
        close = comments.pop().start()
    said = "".join(f"{found['comment']}{end}" for found in comments)
    beside = body[len(body[:close].rstrip()) :]
    if value is None:
        return said + (f"{beside.lstrip()}{last}" if beside.strip() else "")
    begin = re.match(r"[^=]*=[ \t]*", body)
    assert begin is not None, name
    return f"{said}{begin[0]}{value}{beside}{last}"
