"""`SettingsStore`: changes of keys and of wrong files; comments stay."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import KicktimerError
from kicktimer.keyboard.key_names import NAMED_KEYS
from kicktimer.settings import KeySettings, Settings, SettingsError, load_settings, read_settings
from kicktimer.settings_store import SettingsStore

ACTIONS = ("hold", "skip", "close", "mute", "redo")
KEYS = st.builds(
    KeySettings,
    st.sampled_from(["", "remote"]),
    st.dictionaries(
        st.sampled_from(ACTIONS), st.lists(st.sampled_from(sorted(NAMED_KEYS)), max_size=2, unique=True).map(tuple)
    ),
)
FILES = (
    "",
    "# only this",
    'volume = 5 # a\nkeys = "remote" # b\n',
    "# a\n[keys] # b\n# c\nhold = 'f5' # d\n\n# e\nskip = [\n 'f6', # f\n 'f7'\n]\n# g",
    "# a\r\nvolume = 5\r\n[keys]\r\npreset = 'remote' # b\r\n\r\nmute = 'f9' # c\r\n",
    "keys.hold = 'f5' # a\nkeys.skip = 'f6'\n",
    "keys = {hold = 'f5', preset = 'remote'} # a\nvolume = 5\n",
)


@given(st.sampled_from(FILES), st.lists(KEYS | st.integers(0, 100), max_size=5))
def test_keys_and_values_go_round_and_all_else_stays(text: str, changes: list[KeySettings | int]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        path.write_bytes(text.encode())
        store = SettingsStore(path)
        expected = store.settings
        for value in changes:
            name = "keys" if isinstance(value, KeySettings) else "volume"
            before = path.read_bytes().decode()
            store.save({name: value})
            expected = expected.model_copy(update={name: value})
            assert store.settings == load_settings(path) == expected
            assert SettingsStore(path).error is None
            after = path.read_bytes().decode()
            own_lines = [line for line in before.splitlines() if line.startswith("#")]
            assert [line for line in own_lines if line not in after.splitlines()] == []
            if "\r\n" in before:
                assert "\n" not in after.replace("\r\n", "")


def test_an_unchanged_key_keeps_its_line(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[keys]\nhold = 'F 5'   # left\nskip = 'f6'  # right\n")
    SettingsStore(path).save({"keys": KeySettings("", {"hold": ("f5",), "skip": ("f7",)})})
    assert path.read_text() == "[keys]\nhold = 'F 5'   # left\nskip = [\"f7\"]  # right\n"


def test_what_is_right_in_a_wrong_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("log_dir = '/srv'\nvolume = 500\ncaler = true\n[keys]\nhold = 'f5'\nskip = 'q'\n")
    settings, error = read_settings(path)
    assert settings == Settings(log_dir=Path("/srv"), keys=KeySettings(keys={"hold": ("f5",)}))
    assert isinstance(error, SettingsError)
    assert [(fault.line, fault.name) for fault in error.faults] == [(2, "volume"), (3, "caler"), (6, "keys")]


def test_a_change_may_leave_other_faults_but_none_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("volume = 500\ndelay = 9\n")
    store = SettingsStore(path)
    with pytest.raises(SettingsError, match="volume: write a number"):
        store.save({"volume": 101})
    store.save({"volume": 50})
    assert path.read_text() == "volume = 50\ndelay = 9\n"
    assert [str(fault) for fault in store.faults] == [
        'line 2: delay: a loudspeaker lags from 0 to 2 seconds: write 0.25 or "250ms"'
    ]


def test_a_file_that_cannot_be_read_gives_the_defaults(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    assert store.settings == Settings()
    assert ["cannot be read" in str(fault) for fault in store.faults] == [True]
    with pytest.raises(KicktimerError, match="cannot be read"):
        store.save({"volume": 5})
