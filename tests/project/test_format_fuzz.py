"""Runs `tools/fuzz_formats.py` with few enough mutated files for a test run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FILES = 5_000


def test_mutated_files_give_plans_or_faults() -> None:
    tool = Path(__file__).parents[2] / "tools" / "fuzz_formats.py"
    command = [sys.executable, tool, str(FILES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{FILES} files, of which ")
