"""The formats of `kicktimer export` that are no text: an Excel workbook, and FIT activities, one file for each."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.atomic_write import atomic_write
from kicktimer.cli.output import print_message
from kicktimer.errors import KicktimerError, UsageError
from kicktimer.exports.fit_activity import FILE_ID_BYTES, fit_activity, is_same_activity, laps_of
from kicktimer.exports.xlsx_workbook import MAX_SESSION_SHEETS, write_workbook
from kicktimer.review.charts.labels import count_label

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from kicktimer.cli.export_text import Chosen
    from kicktimer.review.records import SessionRecord

MAX_FILE_NAME_BYTES = 80
MAX_ATHLETE_BYTES = 40
MAX_NUMBER_BYTES = 5
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
        data = fit_activity(session, names[0])
        file = path if path.suffix else _free_path(path, session, names[0], data, set())
        atomic_write(file, data)
        print_message(f"written: {file}")
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
            data = fit_activity(session, name)
            file = _free_path(folder, session, name, data, taken)
            taken.add(file.name)
            atomic_write(file, data)
            yield file


def _free_path(folder: Path, session: SessionRecord, name: str, data: bytes, taken: set[str]) -> Path:
    """Returns the path of an activity, named by day, workout and athlete, and a number where that name is taken.

    A file that is there is replaced only by a newer export of the same session and athlete.
    """
    day, athlete = session.moment.date().isoformat(), _slug(name, MAX_ATHLETE_BYTES)
    others = len(f"{day}---.fit".encode()) + len(athlete.encode()) + MAX_NUMBER_BYTES - 1
    base = f"{day}-{_slug(session.workout, MAX_FILE_NAME_BYTES - others)}-{athlete}"
    number = 1
    while True:
        path = folder / (f"{base}.fit" if number == 1 else f"{base}-{number}.fit")
        if path.name not in taken and _may_replace(path, data):
            return path
        number += 1


def _may_replace(path: Path, data: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return is_same_activity(file.read(FILE_ID_BYTES.stop), data)
    except FileNotFoundError:
        return True
    except OSError:  # a folder, or somebody else's file
        return False


def _slug(text: str, max_bytes: int) -> str:
    """Returns a user's text as a part of a file name: a path, a dot or a space never comes from it.

    A vowel sign or an accent stays with its letter.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = plain.encode("utf-8", "ignore").decode()  # no halves of a pair
    kept = ""
    for char in plain:
        is_mark = unicodedata.category(char).startswith("M") and kept != "" and not kept.endswith(" ")
        kept += char if char.isalnum() or is_mark else " "
    short = "-".join(kept.split()).encode()[:max_bytes].decode(errors="ignore")
    return short.strip("-") or "x"
