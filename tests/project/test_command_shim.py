"""`make install` and `make uninstall` put the command into `~/.local/bin` and take it away, and touch no other file."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Returns a checkout that is set up, with a program that prints its arguments. Its path has to be quoted."""
    path = tmp_path / "Coach's own $HOME folder"
    (path / "tools").mkdir(parents=True)
    (path / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", path)
    shutil.copy(ROOT / "tools" / "command_shim.sh", path / "tools")
    program = path / ".venv" / "bin" / "kicktimer"
    program.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    program.chmod(0o755)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    return path


def make(checkout: Path, home: Path, target: str, *, on_path: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs `make`. The set-up counts as up to date."""
    path = f"{home}/.local/bin:{os.environ['PATH']}" if on_path else "/usr/bin:/bin"
    return subprocess.run(
        ["make", "-s", "-o", ".venv/.ready", target], cwd=checkout, check=False, capture_output=True, text=True,
        env={"HOME": str(home), "PATH": path, "SHELL": "/bin/zsh"},
    )  # fmt: skip


def test_the_installed_command_calls_the_checkout(checkout: Path, home: Path) -> None:
    for _ in range(2):  # the second time it replaces its own
        done = make(checkout, home, "install")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"installed: {home}/.local/bin/kicktimer\ntry: kicktimer --help\n"
    shim = home / ".local" / "bin" / "kicktimer"
    assert [path.name for path in shim.parent.iterdir()] == ["kicktimer"]
    called = subprocess.run([shim, "plan", "8x400 @1500", ""], check=True, capture_output=True, text=True)
    assert called.stdout == "<plan><8x400 @1500><>"
    assert make(checkout, home, "uninstall").stdout == f"removed: {shim}\n"
    assert not shim.exists()
    assert make(checkout, home, "uninstall").returncode == 0


def test_the_command_of_a_moved_checkout_says_so(checkout: Path, home: Path) -> None:
    make(checkout, home, "install")
    checkout.rename(checkout.with_name("moved"))
    called = subprocess.run([home / ".local/bin/kicktimer"], check=False, capture_output=True, text=True)
    assert called.returncode == 127
    assert "Call make install" in called.stderr


def test_a_folder_that_is_not_on_the_path_is_named_with_the_line_to_add(checkout: Path, home: Path) -> None:
    done = make(checkout, home, "install", on_path=False)
    assert done.returncode == 0
    assert f"{home}/.local/bin is not on the PATH. Add this line to ~/.zshrc" in done.stdout
    assert '  export PATH="$HOME/.local/bin:$PATH"\n' in done.stdout
    assert [path.name for path in home.iterdir()] == [".local"]  # no shell's settings were written


@pytest.mark.parametrize("kind", ["file", "link", "dangling link", "folder"])
def test_somebody_elses_file_stays(checkout: Path, home: Path, kind: str) -> None:
    shim = home / ".local" / "bin" / "kicktimer"
    make(checkout, home, "install")
    ours = shim.read_text()
    shim.unlink()
    elsewhere = home / "elsewhere"
    if kind == "file":
        shim.write_text("#!/bin/sh\necho mine\n")
    elif kind == "folder":
        shim.mkdir()
    else:
        shim.symlink_to(elsewhere)
    if kind == "link":
        elsewhere.write_text(ours)
    before = (shim.lstat().st_ino, shim.lstat().st_mtime_ns)
    for target in ("install", "uninstall"):
        done = make(checkout, home, target)
        assert done.returncode != 0
        assert "it stays as it is" in done.stderr
        assert (shim.lstat().st_ino, shim.lstat().st_mtime_ns) == before
    assert elsewhere.exists() == (kind == "link")
