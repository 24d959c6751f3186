"""How the doctor prints what it finds."""

from __future__ import annotations

import shutil
from textwrap import wrap

from kicktimer.cli.output import print_text
from kicktimer.text import clean


def print_finding(tag: str, text: str) -> None:
    """Prints `text` after `tag` (`ok`, `tip`, `MEND` or "" for a remark), wrapped to the width of the terminal."""
    lines = wrap(
        clean(text), max(40, shutil.get_terminal_size().columns - 6), break_on_hyphens=False, break_long_words=False
    )
    print_text("\n".join(f"{'' if number else tag:5}{line}" for number, line in enumerate(lines)))
