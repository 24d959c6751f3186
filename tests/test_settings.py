"""The user's settings: no file, a good one, and every way to be wrong, each told clearly."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.journal import default_directory
from kicktimer.settings import Settings, load_settings, settings_path
from kicktimer.sound import SINKS


def test_no_file_means_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in settings_path().parents
    assert load_settings() == Settings()
    assert load_settings().sound == "auto"
    assert load_settings().log_directory == default_directory()


def test_a_file_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('log_dir = "~/track"\nsound = "off"\n')
    settings = load_settings(path)
    assert settings.log_directory == Path("~/track").expanduser()
    assert settings.sound == "off"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('sounds = "off"', "there is no setting `sounds`; `sound`?"),
        ('sound = "loud"', "sound: Input should be 'auto', 'off'"),
        ('log_dir = "track"', "log_dir: write the whole path, from / or ~"),
        ("sound: off", "settings.toml: Expected '='"),
        ("\xff", "not text"),
        ("#" * 70_000, "larger than 64 KiB"),
    ],
)
def test_a_bad_file_is_told(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(KicktimerError) as caught:
        load_settings(path)
    assert str(path) in caught.value.message
    assert problem in caught.value.message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('sound = "loud"\nvolume = 11\n')
    with pytest.raises(KicktimerError) as caught:
        load_settings(path)
    assert len(caught.value.message.splitlines()) == 2
    with pytest.raises(KicktimerError, match="cannot be read"):
        load_settings(tmp_path)


def test_the_sinks_are_those_of_the_speaker() -> None:
    assert set(get_args(Settings.model_fields["sound"].annotation)) == set(SINKS)
