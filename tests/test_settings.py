"""The user's settings: loading, faults of wrong files, and saving changes."""

from __future__ import annotations

import math
import os
import re
import stat
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cue_table import CUE_NAMES, CUE_SPECS
from kicktimer.errors import KicktimerError
from kicktimer.journal import default_directory
from kicktimer.settings import Settings, load_settings, settings_path
from kicktimer.settings_store import save_settings
from kicktimer.sound import SINKS


def test_missing_file_means_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in settings_path().parents
    assert load_settings() == Settings()
    assert load_settings().sound == "auto"
    assert load_settings().log_directory == default_directory()


def test_file_overrides_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('log_dir = "~/track"\nsound = "off"\n')
    settings = load_settings(path)
    assert settings.log_directory == Path("~/track").expanduser()
    assert settings.sound == "off"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0.25", 0.25), ('"0.25s"', 0.25), ('"250ms"', 0.25), ('" 35.5 ms"', 0.0355), ("2", 2.0), ('"0"', 0.0)],
)
def test_delay_is_a_number_of_seconds_or_text_with_a_unit(tmp_path: Path, text: str, seconds: float) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"delay = {text}\n")
    assert load_settings(path).delay == seconds


def test_half_the_volume_is_10_db_less() -> None:
    assert Settings(volume=0).gain == 0.0
    assert Settings(volume=100).gain == 1.0
    for volume in (100, 60, 20, 2):
        softer = 20 * math.log10(Settings(volume=volume // 2).gain / Settings(volume=volume).gain)
        assert softer == pytest.approx(-10.0)


def test_cues_off_are_not_played() -> None:
    assert Settings().cues == set(CUE_NAMES)
    assert Settings(cues_off=("split", "ten", "ten")).cues == set(CUE_NAMES) - {"split", "ten"}


def test_sounds_folder_is_the_setting_or_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert Settings().sounds_folder is None
    beside = settings_path().parent / "sounds"
    beside.mkdir(parents=True)
    assert Settings().sounds_folder == beside
    assert Settings(sounds=Path("~/mine")).sounds_folder == Path("~/mine").expanduser()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("volumes = 50", "there is no setting `volumes`; `volume`?"),
        ('sounds = "off"', "sounds: write the whole path, from / or ~"),
        ('sounds = "/a\\u0000b"', "sounds: no path holds a zero byte"),
        ("device = 1", "device: write a text in quotes"),
        ("volume = 101", "volume: write a number from 0 to 100"),
        ("volume = 0.5", "volume: write a whole number"),
        ("volume = true", "volume: write a whole number"),
        ("delay = 250", 'delay: a loudspeaker lags from 0 to 2 seconds: write 0.25 or "250ms"'),
        ("delay = nan", "delay: a loudspeaker lags"),
        ("delay = true", "delay: a loudspeaker lags"),
        ('delay = "2001ms"', "delay: a loudspeaker lags"),
        ('delay = "0,25s"', "delay: `0,25s` has a comma; decimals use a point: 0.25s"),
        ('cues_off = ["count"]', "caller = false"),
        ('cues_off = ["split", "result"]', 'results = "off"'),
        ('cues_off = "pip"', "cues_off: write a list of cues"),
        (
            'cues_off = ["go", "pips", "lst"]',
            "there is no cue `pips`; `pip`?; there is no cue `lst`; `last`? (cues are ",
        ),
        ("keep_awake = 1", "keep_awake: write true or false"),
        ('caller = "no"', "caller: write true or false"),
        ('results = "times"', "results: write one of 'time', 'difference', 'off'"),
        ("volume = " + "1" * 5000, "settings.toml: "),
        ("cues_off = " + "[" * 5000 + "]" * 5000, "settings.toml: "),
        ('sound = "loud"', "sound: write one of 'auto', 'off'"),
        ('log_dir = "track"', "log_dir: write the whole path, from / or ~"),
        ("sound: off", "settings.toml: line 1: Expected '='"),
        ("\xff", "not text"),
        ("#" * 70_000, "larger than 64 KiB"),
    ],
)
def test_wrong_file_is_refused_with_its_problem(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(KicktimerError) as caught:
        load_settings(path)
    assert str(path) in caught.value.message
    assert problem in caught.value.message


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('sound = "loud"\nvolume = 111\n')
    with pytest.raises(KicktimerError) as caught:
        load_settings(path)
    assert len(caught.value.message.splitlines()) == 2
    with pytest.raises(KicktimerError, match="cannot be read"):
        load_settings(tmp_path)


def test_the_readme_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```toml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    path = tmp_path / "settings.toml"
    path.write_text(block)
    shown = load_settings(path)
    assert list(tomllib.loads(block)) == list(Settings.model_fields)
    assert shown.model_copy(update={"log_dir": None, "sounds": None}) == Settings()
    assert all(line.count("  # ") == 1 for line in block.splitlines())


def test_sinks_are_those_of_the_speaker() -> None:
    assert set(get_args(Settings.model_fields["sound"].annotation)) == set(SINKS)


# -- changing single settings

CHANGES = {
    "log_dir": st.sampled_from(["/var/lib/a", "~/track", None]),
    "sound": st.sampled_from(SINKS),
    "device": st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    "volume": st.integers(0, 100),
    "delay": st.floats(0, 2) | st.sampled_from(["250ms", "0.3s", 1]),
    "cues_off": st.lists(st.sampled_from([cue for cue, spec in CUE_SPECS.items() if not spec.off_hint]), max_size=4),
    "keep_awake": st.booleans(),
    "caller": st.booleans(),
    "results": st.sampled_from(["time", "difference", "off"]),
    "sounds": st.sampled_from(["/srv/sounds", Path("/x/ü"), None]),
    "theme": st.sampled_from(["day", "night", "colour-blind", "contrast", "terminal"]),
}
COMMENT = st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=10).map(lambda text: f"# {text}")
LINES = {  # ways to write a setting in TOML; each C stands for a comment
    "sound": ['sound = "off"', "'sound'='off'", '"sound"  =  """\noff"""', '\tsound = "off" C'],
    "device": ["device = 'a # b = \"c'", 'device = """a\n# \\"""\n\nb"""" C', "device = '''\n# no\n'''"],
    "volume": ["volume = 0x20 C", "volume=7"],
    "cues_off": ['cues_off = [ C\n  "pip", C\n C\n  "go" ]', "cues_off = [] C"],
    "caller": ["caller = false C", "caller = true"],
}


@st.composite
def settings_files(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[str], str]:
    """Draws a valid file: its pieces with their settings' names ("" for other lines), its comments, its line break."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    comments: list[str] = []

    def comment() -> str:
        comments.append(f"{draw(COMMENT)} {len(comments)}.")
        return comments[-1]

    pieces = []
    for name in draw(st.permutations(sorted(LINES))):
        pieces += [("", comment()) for _ in range(draw(st.integers(0, 1)))] + [("", "")] * draw(st.integers(0, 1))
        if draw(st.booleans()):
            first, *rest = draw(st.sampled_from(LINES[name])).split(" C")
            lines = "".join([first, *(f" {comment()}{each}" for each in rest)])
            pieces.append((name, lines.replace("\n", end)))
    return pieces, comments, end


@given(settings_files(), st.booleans(), st.lists(st.fixed_dictionaries({}, optional=CHANGES), max_size=4))
def test_saved_changes_are_loaded_and_all_else_stays(
    file: tuple[list[tuple[str, str]], list[str], str], ended: bool, sequence: list[dict]
) -> None:
    pieces, comments, end = file
    text = end.join(piece for _, piece in pieces) + (end if ended and pieces else "")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        path.write_bytes(text.encode())
        expected = load_settings(path).model_dump()
        for changes in sequence:
            saved = save_settings(changes, path)
            for name, value in changes.items():
                default = Settings.model_fields[name].default
                expected[name] = default if value is None else getattr(Settings(**{name: value}), name)
            assert load_settings(path) == saved
            assert load_settings(path).model_dump() == expected
        now = path.read_bytes().decode()
    changed = {name for changes in sequence for name in changes}
    assert changed or now == text
    place = 0
    for name, piece in pieces:
        if name not in changed:
            assert piece in now[place:]
            place = now.index(piece, place) + len(piece)
    ends = [line.rpartition("#")[1:] for line in now.split(end)]
    assert [comment for comment in comments if tuple(comment.rpartition("#")[1:]) not in ends] == []
    if end == "\r\n" and end in text:
        assert "\n" not in now.replace(end, "")


def test_change_touches_only_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('# Track\n\nlog_dir = "~/track"   # on the stick\nvolume=80# loud\n\n# the end')
    save_settings({"volume": 55, "device": 'a "b"\n', "log_dir": None}, path)
    assert path.read_text() == '# Track\n\n# on the stick\nvolume=55# loud\n\n# the end\ndevice = "a \\"b\\"\\n"\n'


def test_saving_creates_folders_and_keeps_symlinks(tmp_path: Path) -> None:
    path = tmp_path / "config" / "kicktimer" / "settings.toml"
    save_settings({"volume": 50}, path)
    assert path.read_text() == "volume = 50\n"
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    path.chmod(0o640)
    save_settings({"volume": 60}, link)
    assert link.is_symlink()
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("volume = 60\n", 0o640)
    assert os.listdir(path.parent) == ["settings.toml"]  # noqa: PTH208
    dangling = tmp_path / "dangling.toml"
    dangling.symlink_to(tmp_path / "new" / "settings.toml")
    save_settings({"volume": 70}, dangling)
    assert load_settings(tmp_path / "new" / "settings.toml").volume == 70


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("volume = 500\n", {"volume": 50}),  # the file is wrong before the change
        ("sound: off\n", {"volume": 50}),
        ("[volume]\n", {"device": "x"}),
        ("volume = 5\n", {"volume": 101}),
        ("volume = 5\n", {"volum": 50}),
        ("volume = 5\n", {"volume": 50, "delay": float("nan")}),
        ("volume = 5\n", {"volume": 50, "cues_off": ["boo"]}),
        ("volume = 5\n", {"volume": 50, "device": "\udcff"}),
        ("volume = 5\n", {"volume": 50, "device": "x" * 70_000}),
        ("volume = 5\n", {"volume": object()}),
    ],
)
def test_wrong_change_is_refused_and_leaves_the_file(tmp_path: Path, text: str, changes: dict) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(KicktimerError):
        save_settings(changes, path)
    assert path.read_text() == text
    assert os.listdir(tmp_path) == ["settings.toml"]  # noqa: PTH208


def test_full_disk_is_reported_and_leaves_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("volume = 5\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KicktimerError, match="cannot be written: No space left on device"):
        save_settings({"volume": 50}, path)
    assert path.read_text() == "volume = 5\n"
    assert os.listdir(tmp_path) == ["settings.toml"]  # noqa: PTH208
