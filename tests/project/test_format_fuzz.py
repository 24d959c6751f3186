"""Mutated files, many of them: `tools/fuzz_formats.py` with a number that fits a test run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NUMBER = 5_000


def test_mutated_files_give_plans_or_faults() -> None:
    tool = Path(__file__).parents[2] / "tools" / "fuzz_formats.py"
    command = [sys.executable, tool, str(NUMBER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{NUMBER} files, of which ")
