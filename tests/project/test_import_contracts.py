"""What may import what: the contracts of pyproject.toml, and what is really loaded when a part is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_import_contracts_are_kept() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("kicktimer.cli", {"textual", "sounddevice", "simpleaudio"}),  # `plan` and `list` answer at once
        ("kicktimer.live_session", {"textual", "rich", "sounddevice", "simpleaudio"}),
        ("kicktimer.journal", {"textual", "rich", "asyncio", "pydantic"}),
        ("kicktimer.sound", {"textual", "rich", "sounddevice", "simpleaudio"}),  # a crash in these is the child's
        ("kicktimer.sound.speaker.main", {"textual", "rich", "pydantic"}),
        ("kicktimer.settings", {"textual", "rich"}),
        ("kicktimer.wake_lock", {"textual", "asyncio"}),
        ("kicktimer.rehearsal", {"textual", "rich", "asyncio"}),
        ("kicktimer.view", {"textual", "rich", "asyncio"}),
    ],
)
def test_what_has_no_screen_loads_none(module: str, never: set[str]) -> None:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert never.isdisjoint(done.stdout.split())
