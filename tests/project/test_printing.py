"""What commands print goes through `kicktimer.cli.output`, which makes users' text safe for a terminal."""

from __future__ import annotations

import ast
from pathlib import Path

import kicktimer

PACKAGE = Path(kicktimer.__file__).parent
ALLOWED = {
    "cli/output.py": 6,
    "cli/doctor.py": 1,  # the bell
    "cli/key_test.py": 2,  # the sequences that ask for the kitty protocol
}


def writes(tree: ast.AST) -> int:
    """Returns how often a module calls `print`, or the `write` of stdout or stderr."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sum(ast.unparse(call) in ("print", "sys.stdout.write", "sys.stderr.write") for call in calls)


def test_only_the_output_module_writes_to_the_terminal() -> None:
    found = {
        str(path.relative_to(PACKAGE)): count
        for folder in ("cli", "journal", "session", "view", "workout", "squad", "plan")
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        if (count := writes(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == ALLOWED
