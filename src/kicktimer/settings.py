"""What a user sets once: `settings.toml` in the system's directory for settings (TOML, so that `no` is a word).

    log_dir = "~/track/sessions"    # where sessions are saved
    sound = "pipe"                  # as --sound: auto, off, bell, simpleaudio, portaudio, pipe

No file means the defaults, as does every line that is left out. A file that is wrong is a `KicktimerError` that tells
all its faults at once; it is never half obeyed. What the command line says goes before what stands here.
"""

from __future__ import annotations

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from kicktimer.errors import KicktimerError
from kicktimer.journal import default_directory

MOST_BYTES = 65_536


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    log_dir: Path | None = None
    sound: Literal["auto", "off", "bell", "simpleaudio", "portaudio", "pipe"] = "auto"

    @field_validator("log_dir")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        if path is None:
            return None
        path = Path(os.path.expanduser(path))  # noqa: PTH111 - it never raises: a user that is not there stays as written
        if not path.is_absolute():  # it would be another directory wherever kicktimer is started
            raise ValueError("write the whole path, from / or ~")
        return path

    @property
    def log_directory(self) -> Path:
        """Where sessions are saved."""
        return self.log_dir or default_directory()


def settings_path() -> Path:
    return user_config_path("kicktimer", appauthor=False) / "settings.toml"


def load_settings(path: Path | None = None) -> Settings:
    path = path or settings_path()
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise KicktimerError(f"{path} is no settings file: it is larger than {MOST_BYTES >> 10} KiB")
        return Settings.model_validate(tomllib.loads(data.decode()))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise KicktimerError(f"the settings {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KicktimerError(f"{path} is no settings file: it is not text (UTF-8)") from error
    except tomllib.TOMLDecodeError as error:
        raise KicktimerError(f"{path}: {error}", 'a line is a name, = and a value in quotes: sound = "off"') from error
    except ValidationError as error:
        faults = "\n".join(f"{path}: {fault}" for fault in _faults(error))
        raise KicktimerError(faults, "mend the file, or remove it to have the defaults") from error


def _faults(error: ValidationError) -> list[str]:
    told = []
    for fault in error.errors(include_url=False):
        name = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            near = get_close_matches(name, Settings.model_fields, n=1)
            told.append(f"there is no setting `{name}`" + (f"; `{near[0]}`?" if near else ""))
        else:
            told.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
    return told
