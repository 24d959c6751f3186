"""Loads and saves the user's settings, `settings.toml` in the platform's configuration directory.

    log_dir = "~/track/sessions"    # where sessions are saved
    sound = "pipe"                  # as --sound: auto, off, bell, simpleaudio, portaudio, pipe
    device = ""                     # one of its outputs, as `kicktimer doctor` sets it
    volume = 100                    # percent
    delay = "250ms"                 # the delay of the loudspeaker
    cues_off = ["split"]            # cues that are not played
    keep_awake = false              # an inaudible tone for a loudspeaker that turns itself off
    caller = true                   # count the seconds aloud as athletes come in
    results = "time"                # what is spoken after a finish: time, difference, off
    sounds = "~/track/sounds"       # a folder with the user's own WAV files
    keys = "remote"                 # a ready-made set of keys, or keys of one's own in a table at the end:
    [keys]
    preset = "remote"               # the set that the table changes; left out: the default keys
    hold = ["f5", "page down"]      # any action of the key table, with a key or a list of keys
    [gpio]                          # buttons and a horn on the pins of a Raspberry Pi: see `gpio_settings`
    button = 17

A missing file or line means the default. A wrong file raises a `KicktimerError` that lists all its faults, and none of
it applies. Options of the command line override these settings.

`save_settings` changes single settings of the file and keeps the user's comments and layout.
"""

from __future__ import annotations

import json
import math
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from kicktimer.atomic_write import atomic_write
from kicktimer.cue_table import CUE_NAMES, CUE_SPECS
from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.gpio_settings import GpioSettings, parse_gpio
from kicktimer.journal import default_directory
from kicktimer.keyboard.key_names import parse_key
from kicktimer.text import UNICODE_SPACES, closest_match, name_space
from kicktimer.units import clip, parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BYTES = 65_536
MAX_DELAY_S = 2.0
HALF_LOUDNESS_DB = 10.0
"""The change of level that the ear hears as half the loudness (Stevens)."""
_MILLISECONDS = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*ms\s*")
_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"""+|' r"'''.*?'''+|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|" r"(?P<comment>#[^\n\r]*)", re.DOTALL
)
_TABLE_HEADER = re.compile(r"\s*\[")


@dataclass(frozen=True, slots=True)
class KeySettings:
    """The keys that the user has chosen.

    `preset` is the name of a ready-made set, "" for the default keys. `keys` are the keys of some actions, by the ids
    of the key table, with Textual's names of the keys.
    """

    preset: str = ""
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)


class _TableFaultsError(ValueError):
    """Faults in the table `table`. `faults` has one for each wrong line, by its name there; "" stands for the table."""

    def __init__(self, table: str, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.table = table
        self.faults = faults


class Settings(BaseModel):
    """The user's settings; the fields are the keys of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    log_dir: Path | None = None
    sound: Literal["auto", "off", "bell", "simpleaudio", "portaudio", "pipe"] = "auto"
    device: str = Field(default="", strict=True)
    """An output of the sink, as `kicktimer.sound.outputs()` names it; "" for the system's default output."""
    volume: int = Field(default=100, strict=True, ge=0, le=100)
    delay: float = 0.0
    """The delay of the loudspeaker in seconds."""
    cues_off: tuple[str, ...] = ()
    keep_awake: bool = Field(default=False, strict=True)
    caller: bool = Field(default=True, strict=True)
    """Whether the seconds are counted aloud; a workout's own `caller` overrides it."""
    results: Literal["time", "difference", "off"] = "time"
    sounds: Path | None = None
    keys: KeySettings = KeySettings()
    gpio: GpioSettings | None = None
    """Buttons and a horn on the pins of a Raspberry Pi; None where there are none."""

    @field_validator("log_dir", "sounds")
    @classmethod
    def _check_absolute(cls, path: Path | None) -> Path | None:
        if path is None:
            return None
        path = Path(os.path.expanduser(path))  # noqa: PTH111 - unlike Path.expanduser it never raises
        if not path.is_absolute():  # a relative path would depend on the directory where kicktimer is started
            raise ValueError("write the whole path, from / or ~")
        if "\0" in str(path):
            raise ValueError("no path holds a zero byte")
        return path

    @field_validator("delay", mode="before")
    @classmethod
    def _parse_delay(cls, given: object) -> float:
        """Returns the delay in seconds, from a number of seconds or text such as "0.25s" or "250ms"."""
        seconds: float = math.nan
        if isinstance(given, str):
            milliseconds = _MILLISECONDS.fullmatch(given)
            try:
                seconds = float(milliseconds[1]) / 1000 if milliseconds else parse_duration(given, "delay") / 1000
            except ScalarError as error:
                hint = error.hint if "comma" in error.message else 'write 0.25 or "250ms"'
                raise ValueError(f"{error.message}; {hint}") from error
        elif isinstance(given, int | float) and not isinstance(given, bool):
            seconds = given
        if not 0.0 <= seconds <= MAX_DELAY_S:  # this condition also refuses NaN
            raise ValueError(f'a loudspeaker lags from 0 to {MAX_DELAY_S:g} seconds: write 0.25 or "250ms"')
        return float(seconds)

    @field_validator("cues_off", mode="before")
    @classmethod
    def _check_cue_names(cls, given: object) -> tuple[str, ...]:
        if not isinstance(given, list | tuple) or not all(isinstance(name, str) for name in given):
            raise ValueError('write a list of cues: ["split", "ten"]')
        if hints := [spec.off_hint for spec in CUE_SPECS.values() if spec.name in given and spec.off_hint]:
            raise ValueError(hints[0])
        unknown = [_unknown_name_message(name, CUE_NAMES, "cue") for name in given if name not in CUE_SPECS]
        if unknown:
            cues = ", ".join(spec.name for spec in CUE_SPECS.values() if not spec.off_hint)
            raise ValueError(f"{'; '.join(unknown)} (cues are {cues})")
        return tuple(given)

    @field_validator("keys", mode="before")
    @classmethod
    def _parse_keys(cls, given: object, info: ValidationInfo) -> KeySettings:
        """Returns the keys; checks them with the `check_keys` of the validation's context, if there is one."""
        keys, faults = (given, {}) if isinstance(given, KeySettings) else _parse_keys(given)
        check_keys = (info.context or {}).get("check_keys")
        if check_keys is not None:
            faults = check_keys(keys) | faults
        if faults:
            raise _TableFaultsError("keys", faults)
        return keys

    @field_validator("gpio", mode="before")
    @classmethod
    def _parse_gpio(cls, given: object) -> GpioSettings | None:
        if given is None or isinstance(given, GpioSettings):
            return given
        if given == {}:
            return None
        settings, faults = parse_gpio(given)
        if faults:
            raise _TableFaultsError("gpio", faults)
        return settings

    @property
    def log_directory(self) -> Path:
        """The directory in which sessions are saved."""
        return self.log_dir or default_directory()

    @property
    def gain(self) -> float:
        """The factor for all samples, 0 to 1, with which half the volume sounds half as loud.

        Half the factor would be only 6 dB less, which sounds hardly softer; half the loudness takes 10 dB.
        """
        return float((self.volume / 100) ** (HALF_LOUDNESS_DB / (20 * math.log10(2))))

    @property
    def cues(self) -> frozenset[str]:
        """The names of the cues that are played."""
        return frozenset[str](CUE_NAMES) - set(self.cues_off)

    @property
    def sounds_folder(self) -> Path | None:
        """The folder with the user's own WAV files: `sounds`, else the folder `sounds` beside the settings file.

        None if there is neither.
        """
        default = settings_path().parent / "sounds"
        return self.sounds or (default if default.is_dir() else None)


def settings_path() -> Path:
    """Returns the path of the settings file, which need not exist."""
    return user_config_path("kicktimer", appauthor=False) / "settings.toml"


def load_settings(
    path: Path | None = None, *, check_keys: Callable[[KeySettings], dict[str, str]] | None = None
) -> Settings:
    """Returns the settings of the file; raises `KicktimerError` with all faults if the file is wrong.

    `check_keys` returns what is wrong with the keys, by the id of the action. Without it, ids and clashes of keys are
    not checked: the settings do not know the key table.
    """
    path = path or settings_path()
    return _parse_settings(_read_text(path), path, check_keys)


def save_settings(changes: Mapping[str, object], path: Path | None = None) -> Settings:
    """Changes single settings in the file and returns the new settings. The value None removes a setting.

    The rest of the file stays as it is. Raises `KicktimerError`, and leaves the file unchanged, if the file or a change
    is wrong, or if the file cannot be written.
    """
    path = path or settings_path()
    text = _read_text(path)
    _parse_settings(text, path)
    for name, value in changes.items():
        text = _replace_setting(text, name, None if value is None else _format_toml_value(name, value))
    data = text.encode()
    if len(data) > MAX_BYTES:
        raise KicktimerError(f"the settings {path} would be larger than {MAX_BYTES >> 10} KiB")
    settings = _parse_settings(text, path)
    try:
        atomic_write(path, data)
    except OSError as error:
        raise KicktimerError(f"the settings {path} cannot be written: {error.strerror}") from error
    return settings


def _read_text(path: Path) -> str:
    """Returns the file's text with its own line breaks but without a byte order mark, "" if there is no file."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise KicktimerError(f"{path} is no settings file: it is larger than {MAX_BYTES >> 10} KiB")
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise KicktimerError(f"the settings {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KicktimerError(f"{path} is no settings file: it is not text (UTF-8)") from error


def _parse_settings(
    text: str, path: Path, check_keys: Callable[[KeySettings], dict[str, str]] | None = None
) -> Settings:
    try:
        return Settings.model_validate(tomllib.loads(text), context={"check_keys": check_keys})
    except ValidationError as error:
        faults = "\n".join(f"{path}: {fault}" for fault in _describe_faults(error, text))
        raise KicktimerError(faults, "correct the file, or delete it to use the defaults") from error
    except (ValueError, RecursionError) as error:
        # tomllib raises these two for a number of 5000 digits and for a thousand nested lists.
        _check_common_mistakes(text, str(error), path)
        raise KicktimerError(f"{path}: {error}", 'a line is a name, = and a value in quotes: sound = "off"') from error


def _check_common_mistakes(text: str, message: str, path: Path) -> None:
    """Raises `KicktimerError` if the line that `message` of the TOML parser names has a mistake with a better hint."""
    found = re.search(r"\(at line ([0-9]+), column", message)
    lines = text.split("\n")
    number = min(int(found[1]), len(lines)) if found else 0
    line = lines[number - 1] if number else ""
    comma = re.match(r"\s*([a-z_]+)\s*=\s*([0-9]+),([0-9]+)", line)
    if comma:
        meant = comma[2] if comma[1] == "volume" else f"{comma[2]}.{comma[3]}"
        problem = f"{path}: line {number}: {comma[1]}: `{comma[2]},{comma[3]}` has a comma"
        rule = "a whole number" if comma[1] == "volume" else "decimals use a point"
        raise KicktimerError(problem, f"{rule}: {comma[1]} = {meant}")
    space = re.search(rf"([{UNICODE_SPACES}])\s*(\S*)", line)
    if space:
        before = f"before `{clip(space[2])}`" if space[2] else "at its end"
        problem = f"{path}: line {number}: there is a {name_space(space[1])} {before}"
        raise KicktimerError(problem, "replace it by a space")


def _parse_keys(given: object) -> tuple[KeySettings, dict[str, str]]:
    """Returns the keys of a preset's name or of a table, and the faults in them by their names in the table."""
    if isinstance(given, str):
        return KeySettings(given), {}
    if not isinstance(given, dict):
        return KeySettings(), {"": 'write keys = "remote", or a table with a line for each action: hold = "f5"'}
    faults = {}
    keys = {}
    preset = given.get("preset", "")
    if not isinstance(preset, str):
        preset, faults["preset"] = "", 'write the name of a set of keys: preset = "remote"'
    for name, value in given.items():
        if name == "preset":
            continue
        written = value if isinstance(value, list) else [value]
        if not all(isinstance(key, str) for key in written):
            faults[name] = f'write a key in quotes, or a list of keys: {name} = ["f5", "page down"]'
            continue
        try:
            keys[name] = tuple(dict.fromkeys(map(parse_key, written)))
        except ValueError as error:
            faults[name] = str(error)
    return KeySettings(preset, keys), faults


def _describe_faults(error: ValidationError, text: str) -> list[str]:
    messages: list[str] = []
    for fault in error.errors(include_url=False):
        if isinstance(cause := fault.get("ctx", {}).get("error"), _TableFaultsError):
            lines = {name: _line_of(text, cause.table, name) for name in cause.faults}
            messages.extend(
                f"line {lines[name]}: {cause.table}{f'.{name}' if name else ''}: {cause.faults[name]}"
                for name in sorted(lines, key=lines.__getitem__)
            )
            continue
        name = ".".join(str(statement) for statement in fault["loc"])
        match fault["type"]:
            case "extra_forbidden":
                messages.append(_unknown_name_message(name, tuple(Settings.model_fields), "setting"))
            case "bool_type":
                messages.append(f"{name}: write true or false")
            case "string_type":
                messages.append(f'{name}: write a text in quotes: {name} = "…"')
            case "int_type":
                messages.append(f"{name}: write a whole number: {name} = {Settings.model_fields[name].default}")
            case "literal_error":
                messages.append(f"{name}: write one of {fault['ctx']['expected'].replace(' or ', ', ')}")
            case "greater_than_equal" | "less_than_equal":
                messages.append(f"{name}: write a number from 0 to 100")
            case _:
                messages.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
    return messages


def _line_of(text: str, table: str, name: str) -> int:
    """Returns the number of the line that sets `name` in `table`, else of the line where the table begins."""
    number, header, beginning = 1, "", 0
    for statement in _split_statements(text):
        content = tomllib.loads(statement)
        if _TABLE_HEADER.match(statement):
            header = next(iter(content))
        elif header:
            content = {header: content}
        values = content.get(table)
        beginning = beginning or (number if table in content else 0)
        if isinstance(values, dict) and name in values:
            return number
        number += statement.count("\n")
    return beginning


def _unknown_name_message(name: str, choices: tuple[str, ...], kind: str) -> str:
    near = closest_match(name, choices)
    return f"there is no {kind} `{clip(name)}`" + (f"; `{near}`?" if near else "")


# -- changing single settings


def _format_toml_value(name: str, value: Any) -> str:
    """Returns a value as TOML text; raises `KicktimerError` for a value that no setting can have."""
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
            # TOML strings have JSON's escapes, and must escape the character DEL as well.
            return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(_format_toml_value(name, each) for each in value)}]"
    raise KicktimerError(f"{name}: no setting has such a value: {value!r}")


def _replace_setting(text: str, name: str, value: str | None) -> str:
    """Returns the text of a valid file with the setting `name` changed or added, or without it if `value` is None."""
    if name not in Settings.model_fields:
        raise KicktimerError(_unknown_name_message(name, tuple(Settings.model_fields), "setting"))
    line_end = "\r\n" if "\r\n" in text else "\n"
    statements = _split_statements(text)
    end = next((place for place, each in enumerate(statements) if _TABLE_HEADER.match(each)), len(statements))
    if any(name in tomllib.loads(each) for each in statements[end:] if _TABLE_HEADER.match(each)):
        what = "keys are" if name == "keys" else f"{name} settings are"
        raise KicktimerError(f"the {what} a table of the settings file", "change them there, or remove the table")
    for place, statement in enumerate(statements[:end]):
        if name in tomllib.loads(statement):
            statements[place] = _replace_value(statement, name, value, line_end)
            return "".join(statements)
    if value is None:
        return text
    while end < len(statements) and end and statements[end - 1].lstrip().startswith("#"):
        end -= 1  # comments above a table belong to it
    before = "".join(statements[:end])
    gap = "" if not before or before.endswith("\n") else line_end
    return f"{before}{gap}{name} = {value}{line_end}{''.join(statements[end:])}"


def _split_statements(text: str) -> list[str]:
    """Splits the text of a valid file into pieces: each setting with all its lines, and each other line.

    A piece is the fewest lines that are valid TOML by themselves. The header of a table is a piece of its own.
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


def _replace_value(statement: str, name: str, value: str | None, line_end: str) -> str:
    """Returns the statement with another value, or only its comments if `value` is None.

    A comment after the value stays there; comments inside a list of several lines move to lines before the setting.
    """
    body = statement.rstrip("\r\n")
    own_line_end = statement[len(body) :]  # "" in a last line without a line break
    comments = [found for found in _STRING_OR_COMMENT.finditer(body) if found["comment"] is not None]
    close = len(body)
    if comments and comments[-1].end() == len(body):
        close = comments.pop().start()
    inner_comments = "".join(f"{found['comment']}{line_end}" for found in comments)
    outer_comment = body[len(body[:close].rstrip()) :]
    if value is None:
        return inner_comments + (f"{outer_comment.lstrip()}{own_line_end}" if outer_comment.strip() else "")
    begin = re.match(r"[^=]*=[ \t]*", body)
    assert begin is not None, name
    return f"{inner_comments}{begin[0]}{value}{outer_comment}{own_line_end}"
