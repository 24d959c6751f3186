from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from kicktimer.cue_table import CUE_NAMES, CUE_SPECS, CueName, CueSpec, Priority

if TYPE_CHECKING:
    from types import ModuleType

CHECKOUT = Path(__file__).parents[1]
SOUNDS = CHECKOUT / "sounds"
NOT_CUES = {"chime.wav", "voice.wav"}  # the fallback for texts that nobody can speak, and all speech


@pytest.fixture(name="tool")
def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sounds_doc", CHECKOUT / "tools" / "make_sounds_doc.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


def test_table_has_each_cue_name_once() -> None:
    assert get_args(CueName) == CUE_NAMES
    assert list(CUE_SPECS) == [spec.name for spec in CUE_SPECS.values()] == list(CUE_NAMES)


@pytest.mark.parametrize("spec", CUE_SPECS.values(), ids=CUE_NAMES)
def test_every_cue_has_its_sound_files(spec: CueSpec) -> None:
    assert all((SOUNDS / name).is_file() for name in spec.files)


def test_every_tone_file_belongs_to_a_cue() -> None:
    assert {path.name for path in SOUNDS.glob("*.wav")} - NOT_CUES == {
        name for spec in CUE_SPECS.values() if not spec.spoken for name in spec.files
    }


@pytest.mark.parametrize("spec", CUE_SPECS.values(), ids=CUE_NAMES)
def test_properties_of_a_cue_fit_together(spec: CueSpec) -> None:
    assert spec.exact or not spec.guarded
    assert spec.rings_bell or spec.spoken or spec.name == "error"
    assert bool(spec.doctor_speech) == (spec.spoken and spec.name != "result")  # the doctor makes up its own result
    assert spec.waits == (spec.priority in (Priority.LINE, Priority.ANNOUNCEMENT, Priority.RESULT))
    assert spec.send_grace_s >= spec.max_wait_s  # speech that may still wait is sent after a restart, too


def test_page_about_sounds_has_the_current_table(tool: ModuleType) -> None:
    text = tool.PAGE.read_text(encoding="utf-8")
    assert text == tool.page(text), "run tools/make_sounds_doc.py"


def test_page_about_sounds_names_each_cue_in_its_own_row(tool: ModuleType) -> None:
    assert re.findall(r"^\| `(\w+)` \|", tool.table(), re.MULTILINE) == list(CUE_NAMES)
