"""`kicktimer repair`: writes the sound part of a damaged log into a new log. The damaged one is not changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.cli.options import find_log
from kicktimer.cli.output import print_message, printable
from kicktimer.cli.saved_log import damage_text, sound_text
from kicktimer.errors import KicktimerError
from kicktimer.journal import read_log, write_log
from kicktimer.saved_session import replay_log

if TYPE_CHECKING:
    import argparse


def repair(options: argparse.Namespace) -> int:
    """Writes the repaired log and prints what is in it. Writes nothing if the log is sound."""
    path = find_log(options)
    name = printable(path.name)
    log = read_log(path)
    replayed = replay_log(log, name)
    if replayed.fault is None:
        torn = " Its last line was torn, which loses nothing that was shown as saved." if log.torn_bytes else ""
        print_message(f"{name} is sound: there is nothing to repair.{torn}")
        return 0
    if not replayed.sound_facts:
        raise KicktimerError(f"{damage_text(name, replayed.fault)}. {sound_text(0)}: there is nothing to write")
    new = Path(options.output) if options.output else path.with_name(f"{path.stem}-repaired{path.suffix}")
    header = {**log.header, "repaired": {"from": name, "line": replayed.fault.line}}
    try:
        write_log(new, header, log.facts[: replayed.sound_facts])
    except FileExistsError:
        raise KicktimerError(f"{printable(str(new))} is there already", "name another file with -o FILE") from None
    except OSError as error:
        raise KicktimerError(f"{printable(str(new))} cannot be written: {error.strerror}", "-o FILE") from None
    listed = ", which `kicktimer list` shows instead" if new.parent == path.parent else ""
    print_message(f"{damage_text(name, replayed.fault)}.")
    print_message(f"{sound_text(replayed.sound_facts)}, and now in {new}{listed}. {name} is unchanged.")
    return 0
