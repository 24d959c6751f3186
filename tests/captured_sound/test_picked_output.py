"""An output that is picked in the doctor is the only one that plays, and is saved in the settings."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.sound_rig import SOUND_THRESHOLD
from harness.terminal import Terminal
from kicktimer.cue_table import CUE_SPECS
from kicktimer.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.sound_rig import SoundServer

pytestmark = [pytest.mark.sound, pytest.mark.terminal]


@pytest.fixture
def second(server: SoundServer) -> Iterator[str]:
    """Adds a sink beside the default one, and yields its name."""
    load = ["pactl", "load-module", "module-null-sink", "sink_name=second", "norewinds=1"]
    number = subprocess.run(load, capture_output=True, text=True, check=True).stdout.strip()
    yield "second"
    subprocess.run(["pactl", "unload-module", number], check=True)


@contextmanager
def recorded(sink: str, into: Path) -> Iterator[None]:
    """Records a sink into a file of raw samples."""
    with into.open("wb") as file:
        process = subprocess.Popen(
            ["parec", "-d", f"{sink}.monitor", "--format=s16le", "--channels=2", "--latency-msec=20", "--raw"],
            stdout=file,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def loudest(recording: Path) -> int:
    samples = np.fromfile(recording, dtype="<i2")
    assert len(samples), "nothing was recorded"
    return int(np.abs(samples.astype(np.int32)).max())


def test_picked_output_plays_and_is_saved(tmp_path: Path, second: str) -> None:
    config = tmp_path / ".config" / "kicktimer" / "settings.toml"
    config.parent.mkdir(parents=True)
    off = [cue for cue, spec in CUE_SPECS.items() if cue != "go" and not spec.off_hint]
    config.write_text(f'# mine\ncues_off = {off}\nresults = "off"\n')
    first, other = tmp_path / "first.raw", tmp_path / "other.raw"
    with Terminal(["doctor", "--sound", "pipe"], tmp_path) as doctor:
        with recorded("rig", first), recorded(second, other):
            doctor.wait_for("\n>")
        assert loudest(first) > SOUND_THRESHOLD > loudest(other)
        doctor.press("o\r")
        found = re.search(rf"(\d+)  pacat: .*{second}", doctor.wait_for("Enter: leave it"))
        assert found
        with recorded("rig", first), recorded(second, other):
            doctor.press(f"{found[1]}\r")
            doctor.wait_for(lambda text: text.endswith("\n>") or "\n>\n" in text.partition("Enter: leave it")[2])
        assert loudest(other) > SOUND_THRESHOLD > loudest(first)
        doctor.press("y\r")
        doctor.wait_for("Press any keys")
        doctor.press("\r\r")
        assert doctor.wait_for_exit() == 0
    settings = load_settings(config)
    assert (settings.sound, settings.device) == ("pipe", f"pacat:{second}")
    assert config.read_text().startswith("# mine\n")
    assert f'"pacat to {second}"' in (tmp_path / ".local/state/kicktimer/heard.json").read_text()
