"""Writes the table of cues in docs/sounds.md from `CUE_SPECS`: `.venv/bin/python tools/make_sounds_doc.py`."""

from __future__ import annotations

from pathlib import Path

from kicktimer.cue_table import CUE_SPECS, CueSpec

PAGE = Path(__file__).parent.parent / "docs" / "sounds.md"
BEGIN = "<!-- This table is made by tools/make_sounds_doc.py from src/kicktimer/cue_table.py. -->\n"
END = "<!-- End of the table of cues. -->\n"


def page(text: str) -> str:
    """Returns the page with an up-to-date table between the two comments. Raises ValueError if one is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE} needs the two comments that enclose the table of cues")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def table() -> str:
    """Returns the table of all cues in Markdown."""
    rows = [f"| `{spec.name}` | {_files(spec)} | {spec.heard} | {spec.meaning} |" for spec in CUE_SPECS.values()]
    return "\n".join(["| cue | file | what is heard | what it means |", "|---|---|---|---|", *rows, ""])


def _files(spec: CueSpec) -> str:
    first, last = spec.files[0], spec.files[-1]
    return f"`{first}`" if first == last else f"`{first}` … `{last}`"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
