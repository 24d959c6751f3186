"""Loads the user's settings, `settings.toml` in the platform's configuration directory.

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
    theme = "day"                   # colours: day, night, colour-blind, contrast, terminal
    keys = "remote"                 # a ready-made set of keys, or keys of one's own in a table at the end:
    [keys]
    preset = "remote"               # the set that the table changes; left out: the default keys
    hold = ["f5", "page down"]      # any action of the key table, with a key or a list of keys
    [gpio]                          # buttons and a horn on the pins of a Raspberry Pi: see `gpio_settings`
    button = 17

A missing file or line means the default. `load_settings` raises `SettingsError`, with all faults, for a wrong file.
`read_settings` returns the faults with what is right in the file: the app must start with a wrong file, too. Options of
the command line override these settings. `kicktimer.settings_store` changes the file.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from kicktimer.cue_table import CUE_NAMES, CUE_SPECS
from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.gpio_settings import GpioSettings, parse_gpio
from kicktimer.journal import default_directory
from kicktimer.keyboard.key_names import parse_key
from kicktimer.text import UNICODE_SPACES, closest_match, name_space
from kicktimer.units import clip, parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic_core import ErrorDetails

MAX_BYTES = 65_536
MAX_DELAY_S = 2.0
HALF_LOUDNESS_DB = 10.0
"""The change of level that the ear hears as half the loudness (Stevens)."""
ThemeName = Literal["day", "night", "colour-blind", "contrast", "terminal"]
_MILLISECONDS = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*ms\s*")
TABLE_HEADER = re.compile(r"\s*\[")


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


@dataclass(frozen=True, slots=True)
class SettingsFault:
    """A fault of the file. `line` counts from 1, 0 where no line is to blame. `name` is that of the setting, or ""."""

    line: int
    name: str
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}" if self.line else self.problem


class SettingsError(KicktimerError):
    """Raised for a wrong file; holds all its faults."""

    def __init__(self, path: Path, faults: tuple[SettingsFault, ...], hint: str) -> None:
        super().__init__("\n".join(f"{path}: {fault}" for fault in faults), hint)
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
    theme: ThemeName = "day"
    """The colours of the app."""
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
        unknown = [unknown_name_message(name, CUE_NAMES, "cue") for name in given if name not in CUE_SPECS]
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
    settings, error = read_settings(path, check_keys=check_keys)
    if error is not None:
        raise error
    return settings


def read_settings(
    path: Path | None = None, *, check_keys: Callable[[KeySettings], dict[str, str]] | None = None
) -> tuple[Settings, KicktimerError | None]:
    """Returns the settings of the file, and what is wrong with it; None if nothing is.

    The settings that are right hold, and all others have their defaults. A file that cannot be read, or is no TOML,
    gives the defaults. `check_keys` is that of `load_settings`.
    """
    path = path or settings_path()
    try:
        text = read_text(path)
    except KicktimerError as error:
        return Settings(), error
    return parse_settings(text, path, check_keys)


def read_text(path: Path) -> str:
    """Returns the file's text with its own line breaks but without a byte order mark, "" if there is no file.

    Raises `KicktimerError` for a file that cannot be read or holds no text.
    """
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


def parse_settings(
    text: str, path: Path, check_keys: Callable[[KeySettings], dict[str, str]] | None = None
) -> tuple[Settings, KicktimerError | None]:
    """Returns the settings of a text, and what is wrong with it, as `read_settings` does. `path` is named in errors."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # tomllib raises these two for a number of 5000 digits and for a thousand nested lists.
        return Settings(), _syntax_error(text, str(error), path)
    context = {"check_keys": check_keys}
    faults: list[SettingsFault] = []
    while True:
        try:
            settings = Settings.model_validate(values, context=context)
        except ValidationError as error:
            faults += _list_faults(error, text)
            values = _without_wrong_values(values, error)
        else:
            break
    if not faults:
        return settings, None
    hint = "correct the file, or delete it to use the defaults"
    return settings, SettingsError(path, tuple(sorted(faults, key=lambda fault: fault.line)), hint)


def _without_wrong_values(values: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    """Returns the values without those that are wrong. Of a table of keys, the lines that are right stay."""
    wrong: set[object] = set()
    right_keys: dict[str, Any] = {}
    for fault in error.errors(include_url=False):
        cause = fault.get("ctx", {}).get("error")
        keys = values.get("keys")
        of_keys = cause.faults if isinstance(cause, _TableFaultsError) and cause.table == "keys" else {}
        if isinstance(keys, dict) and set(of_keys) & set(keys):
            right_keys = {"keys": {name: key for name, key in keys.items() if name not in of_keys}}
        wrong.add(fault["loc"][0])
    return {name: value for name, value in values.items() if name not in wrong} | right_keys


def _syntax_error(text: str, message: str, path: Path) -> SettingsError:
    found = re.search(r"\(at line ([0-9]+), column", message)
    try:
        _check_common_mistakes(text, message, path)
    except SettingsError as error:
        return error
    line = min(int(found[1]), len(text.split("\n"))) if found else 0
    fault = SettingsFault(line, "", message[: found.start()].rstrip() if found else message)
    return SettingsError(path, (fault,), 'a line is a name, = and a value in quotes: sound = "off"')


def _check_common_mistakes(text: str, message: str, path: Path) -> None:
    """Raises `SettingsError` if the line that `message` of the TOML parser names has a mistake with a better hint."""
    found = re.search(r"\(at line ([0-9]+), column", message)
    lines = text.split("\n")
    number = min(int(found[1]), len(lines)) if found else 0
    line = lines[number - 1] if number else ""
    comma = re.match(r"\s*([a-z_]+)\s*=\s*([0-9]+),([0-9]+)", line)
    if comma:
        meant = comma[2] if comma[1] == "volume" else f"{comma[2]}.{comma[3]}"
        fault = SettingsFault(number, comma[1], f"{comma[1]}: `{comma[2]},{comma[3]}` has a comma")
        rule = "a whole number" if comma[1] == "volume" else "decimals use a point"
        raise SettingsError(path, (fault,), f"{rule}: {comma[1]} = {meant}")
    space = re.search(rf"([{UNICODE_SPACES}])\s*(\S*)", line)
    if space:
        before = f"before `{clip(space[2])}`" if space[2] else "at its end"
        fault = SettingsFault(number, "", f"there is a {name_space(space[1])} {before}")
        raise SettingsError(path, (fault,), "replace it by a space")


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


def _list_faults(error: ValidationError, text: str) -> list[SettingsFault]:
    faults: list[SettingsFault] = []
    for fault in error.errors(include_url=False):
        if isinstance(cause := fault.get("ctx", {}).get("error"), _TableFaultsError):
            lines = {name: _line_of(text, cause.table, name) for name in cause.faults}
            faults.extend(
                SettingsFault(
                    lines[name], cause.table, f"{cause.table}{f'.{name}' if name else ''}: {cause.faults[name]}"
                )
                for name in sorted(lines, key=lines.__getitem__)
            )
            continue
        name = str(fault["loc"][0])
        faults.append(SettingsFault(_line_of(text, name), name, _describe_fault(name, fault)))
    return faults


def _describe_fault(name: str, fault: ErrorDetails) -> str:
    match fault["type"]:
        case "extra_forbidden":
            return unknown_name_message(name, tuple(Settings.model_fields), "setting")
        case "bool_type":
            return f"{name}: write true or false"
        case "string_type":
            return f'{name}: write a text in quotes: {name} = "…"'
        case "int_type":
            return f"{name}: write a whole number: {name} = {Settings.model_fields[name].default}"
        case "literal_error":
            return f"{name}: write one of {fault['ctx']['expected'].replace(' or ', ', ')}"
        case "greater_than_equal" | "less_than_equal":
            return f"{name}: write a number from 0 to 100"
        case _:
            return f"{name}: {fault['msg'].removeprefix('Value error, ')}"


def _line_of(text: str, name: str, key: str = "") -> int:
    """Returns the number of the line that sets `name`, or `key` in the table `name`, else where the table begins."""
    number, header, beginning = 1, "", 0
    for statement in split_statements(text):
        content = tomllib.loads(statement)
        if TABLE_HEADER.match(statement):
            header = next(iter(content))
        elif header:
            content = {header: content}
        beginning = beginning or (number if name in content else 0)
        values = content.get(name)
        if isinstance(values, dict) and key in values:
            return number
        number += statement.count("\n")
    return beginning


def unknown_name_message(name: str, choices: tuple[str, ...], kind: str) -> str:
    near = closest_match(name, choices)
    return f"there is no {kind} `{clip(name)}`" + (f"; `{near}`?" if near else "")


def split_statements(text: str) -> list[str]:
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
