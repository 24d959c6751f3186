"""Changes the user's settings in their file, and keeps the user's comments, order and layout.

`save_settings` changes single settings. `SettingsStore` holds the settings of a running app: those of the file, what is
wrong with it, and the changes that the coach makes. Every change is written at once, atomically.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import threading
import tomllib
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit
from pydantic import ValidationError

from kicktimer.atomic_write import atomic_write
from kicktimer.errors import KicktimerError
from kicktimer.journal import check_writable
from kicktimer.keyboard.key_names import written_key
from kicktimer.settings import (
    MAX_BYTES,
    TABLE_HEADER,
    KeySettings,
    Settings,
    SettingsError,
    SettingsFault,
    parse_settings,
    read_settings,
    read_text,
    settings_path,
    split_statements,
    unknown_name_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    CheckKeys = Callable[[KeySettings], dict[str, str]]

_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"""+|' r"'''.*?'''+|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|" r"(?P<comment>#[^\n\r]*)", re.DOTALL
)


class SettingsStore:
    """The settings of a running app, and their file.

    `settings` are those that hold now, with the default of every setting that is wrong in the file. `error` is what is
    wrong with the file, None if nothing is. `check_keys` returns what is wrong with keys, by the id of the action.
    """

    def __init__(self, path: Path | None = None, *, check_keys: CheckKeys | None = None) -> None:
        self.path = path or settings_path()
        self._check_keys = check_keys
        self._lock = threading.Lock()
        self.settings, self.error = read_settings(self.path, check_keys=check_keys)

    def reload(self) -> None:
        """Reads the file again."""
        with self._lock:
            self.settings, self.error = read_settings(self.path, check_keys=self._check_keys)

    def save(self, changes: Mapping[str, object]) -> None:
        """Changes settings, in the file too. The value None restores a default.

        Raises `KicktimerError`, and changes nothing, if a value is wrong or the file cannot be changed. Faults of other
        settings in the file do not matter. Sessions can be saved in a new `log_dir`, or it is refused. May be called in
        any thread.
        """
        with self._lock:
            log_dir = changes.get("log_dir")
            with contextlib.suppress(ValidationError):  # `_save` says what is wrong with the path
                if log_dir is not None:
                    check_writable(Settings.model_validate({"log_dir": log_dir}).log_directory)
            self.settings, self.error = _save(changes, self.path, self._check_keys)

    @property
    def faults(self) -> tuple[SettingsFault, ...]:
        """The faults of the file."""
        if isinstance(self.error, SettingsError):
            return self.error.faults
        return () if self.error is None else (SettingsFault(0, "", self.error.message),)


def save_settings(changes: Mapping[str, object], path: Path | None = None) -> Settings:
    """Changes single settings in the file and returns the new settings. The value None removes a setting.

    The rest of the file stays as it is. Raises `KicktimerError`, and leaves the file unchanged, if the file or a change
    is wrong, or if the file cannot be written.
    """
    path = path or settings_path()
    _, error = read_settings(path)
    if error is not None:
        raise error
    return _save(changes, path, None)[0]


def _save(
    changes: Mapping[str, object], path: Path, check_keys: CheckKeys | None
) -> tuple[Settings, KicktimerError | None]:
    """Changes settings in the file. Returns the new settings, and what is still wrong with the file."""
    text = read_text(path)
    _check_toml(text, path)
    for name, value in changes.items():
        if name == "keys" and isinstance(value, KeySettings):
            text = _replace_keys(text, value)
        else:
            text = _replace_setting(text, name, None if value is None else _format_toml_value(name, value))
    data = text.encode()
    if len(data) > MAX_BYTES:
        raise KicktimerError(f"the settings {path} would be larger than {MAX_BYTES >> 10} KiB")
    settings, error = parse_settings(text, path, check_keys)
    faults = error.faults if isinstance(error, SettingsError) else ()
    if wrong := tuple(fault for fault in faults if fault.name in changes):
        raise SettingsError(path, wrong, "")
    try:
        atomic_write(path, data)
    except OSError as failure:
        raise KicktimerError(f"the settings {path} cannot be written: {failure.strerror}") from failure
    return settings, error


def _check_toml(text: str, path: Path) -> None:
    """Raises `KicktimerError` for a text that is no TOML."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        error = parse_settings(text, path)[1]
        assert error is not None
        raise error from None


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


def _replace_keys(text: str, keys: KeySettings) -> str:
    """Returns the text with these keys: as `keys = "preset"`, or as a table for keys of one's own.

    Lines of a table `[keys]` that stay as they are keep their place and their comments. Keys that are written otherwise
    become such a table, as tomlkit 0.13 fails on some of them.
    """
    statements = split_statements(text)
    if not any(TABLE_HEADER.match(each) for each in statements):
        end = "\r\n" if "\r\n" in text else "\n"
        if not keys.keys and sum("keys" in tomllib.loads(each) for each in statements) <= 1:
            return _replace_setting(text, "keys", json.dumps(keys.preset) if keys.preset else None)
        others = [
            _replace_value(each, "keys", None, end) if "keys" in tomllib.loads(each) else each for each in statements
        ]
        return _add_key_table("".join(others), keys, end)
    document = tomlkit.parse(text)
    table = document.get("keys")
    if not isinstance(table, MutableMapping):
        raise KicktimerError("the file has a table that is no setting", "correct the file first")
    present = parse_settings(text, Path())[0].keys
    old = {"preset": (present.preset,)} | present.keys if present.preset else present.keys
    new = {"preset": (keys.preset,)} | keys.keys if keys.preset else keys.keys
    for name in old.keys() - new.keys():
        del table[name]
    for name, value in new.items():
        if old.get(name) != value:
            table[name] = keys.preset if name == "preset" else list(map(written_key, value))
    changed: str = tomlkit.dumps(document)
    return re.sub(r"(?<!\r)\n", "\r\n", changed) if "\r\n" in text else changed


def _add_key_table(text: str, keys: KeySettings, end: str) -> str:
    """Returns the text with a table of these keys at its end. `end` is the file's line break."""
    gap = "" if not text or text.endswith("\n") else end
    lines = [f"preset = {json.dumps(keys.preset)}"] if keys.preset else []
    lines += [f"{name} = {_format_toml_value(name, list(map(written_key, own)))}" for name, own in keys.keys.items()]
    return text + gap + "".join(f"{line}{end}" for line in ["[keys]", *lines])


def _replace_setting(text: str, name: str, value: str | None) -> str:
    """Returns the text of a valid file with the setting `name` changed or added, or without it if `value` is None."""
    if name not in Settings.model_fields:
        raise KicktimerError(unknown_name_message(name, tuple(Settings.model_fields), "setting"))
    line_end = "\r\n" if "\r\n" in text else "\n"
    statements = split_statements(text)
    end = next((place for place, each in enumerate(statements) if TABLE_HEADER.match(each)), len(statements))
    if any(name in tomllib.loads(each) for each in statements[end:] if TABLE_HEADER.match(each)):
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
