"""The formats of `kicktimer export` that are no text: an Excel workbook, and FIT activities, one file for each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.atomic_write import atomic_write
from kicktimer.cli.output import print_message
from kicktimer.errors import KicktimerError, UsageError
from kicktimer.exports.fit_activity import fit_activity, laps_of
from kicktimer.exports.xlsx_workbook import MAX_SESSION_SHEETS, write_workbook
from kicktimer.review.charts.labels import count_label

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from kicktimer.cli.export_text import Chosen
    from kicktimer.review.records import SessionRecord

MAX_NAME_BYTES = 60
MAX_FILES = 10_000


def write_xlsx(file: BinaryIO, chosen: Chosen) -> None:
    """Writes the sessions as a workbook."""
    write_workbook(file, chosen.sessions, by_month=chosen.count > MAX_SESSION_SHEETS)


def write_fit(chosen: Chosen, output: str | None) -> None:
    """Writes an activity for each session and athlete with a time: one to the file `output`, several into that folder.

    Raises `KicktimerError` where there is none, and before anything is written where `output` is missing.
    """
    if output is None:
        raise UsageError("FIT needs a file or a folder to write", "-o FOLDER")
    path = Path(output)
    if chosen.is_one and (chosen.athlete or path.suffix.lower() == ".fit"):
        session = next(chosen.sessions)
        names = [name for name in session.names if not chosen.athlete or name == chosen.athlete]
        if len(names) != 1:
            raise UsageError("a FIT file is one athlete's", "--athlete NAME, or -o FOLDER for a file for each")
        _write(path if path.suffix else path / _file_name(session, names[0], set()), fit_activity(session, names[0]))
        return
    if path.suffix.lower() == ".fit":
        raise UsageError("several activities do not fit into one FIT file", "-o FOLDER")
    count = sum(1 for _ in _write_all(chosen, path))
    if not count:
        raise KicktimerError("nobody has a time in what was chosen: no FIT file was written")
    print_message(f"written: {count_label(count, 'FIT file')} in {path}")


def _write_all(chosen: Chosen, folder: Path) -> Iterator[Path]:
    taken: set[str] = set()
    for session in chosen.sessions:
        for name in session.names:
            if chosen.athlete not in ("", name) or not laps_of(session.reps_of(name))[0]:
                continue
            if len(taken) >= MAX_FILES:
                raise KicktimerError(
                    f"more than {MAX_FILES} FIT files", "--since DAY or --athlete NAME leaves out some"
                )
            file = folder / _file_name(session, name, taken)
            taken.add(file.name)
            atomic_write(file, fit_activity(session, name))
            yield file


def _write(path: Path, data: bytes) -> None:
    atomic_write(path, data)
    print_message(f"written: {path}")


def _file_name(session: SessionRecord, name: str, taken: set[str]) -> str:
    """Returns a name of letters, digits and hyphens that is not taken: day, workout, athlete."""
    base = f"{session.date[:10]}-{_slug(session.workout)}-{_slug(name)}"
    number = 1
    while (found := f"{base}.fit" if number == 1 else f"{base}-{number}.fit") in taken:
        number += 1
    return found


def _slug(text: str) -> str:
    """Returns a user's text as a part of a file name: a path, a dot or a space never comes from it."""
    words = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    short = "-".join(words).encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    return short.strip("-") or "x"
