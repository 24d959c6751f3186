"""`kicktimer forget`: takes an athlete's name out of every saved session. The times stay, as nobody's."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path

from kicktimer.atomic_write import atomic_write
from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_message, printable
from kicktimer.errors import KicktimerError
from kicktimer.history import forget_index, load_choices, save_choices
from kicktimer.journal import (
    Log,
    encode_log,
    has_name,
    is_in_use,
    names_in,
    read_log,
    removed_name,
    without_names,
)
from kicktimer.plan import load
from kicktimer.results import replay_sound, results
from kicktimer.review.charts.labels import count_label
from kicktimer.review.records import session_record, with_a_date
from kicktimer.text import clean

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from kicktimer.review.records import RepRecord


@dataclass(slots=True)
class _Found:
    """What a search for a name has found. `kept` are logs that cannot be rewritten, each with the reason."""

    logs: list[Path] = field(default_factory=list)
    kept: list[tuple[Path, str]] = field(default_factory=list)


def forget(options: argparse.Namespace) -> int:
    """Rewrites the logs, one after the other, each atomically. Returns 1 if the name stays in one of them."""
    directory = log_directory(options)
    name = clean(options.athlete)
    if not name:
        raise KicktimerError("whose name?", "kicktimer forget ATHLETE")
    choices = load_choices(directory)
    names = [name, *(old for old, new in choices.merged.items() if new.casefold() == name.casefold())]
    found = _search(directory, names)
    in_choices = any(has_name(each, names) for pair in choices.merged.items() for each in pair)
    if not found.logs and not found.kept and not in_choices:
        raise KicktimerError(
            f"{name} is in no saved session in {directory}", "names are spelled as in `kicktimer list`"
        )
    busy = [path for path in found.logs if is_in_use(path)]
    if busy:
        raise KicktimerError(f"{printable(busy[0].name)} is in use by a session that runs", "end it first")
    _ask(names, found, sure=options.sure)
    rewritten = 0
    for path in found.logs:
        problem = _rewrite(path, names)
        if problem:
            found.kept.append((path, problem))
        else:
            rewritten += 1
    merged = {old: new for old, new in choices.merged.items() if not has_name(old, names) and not has_name(new, names)}
    if in_choices:
        for old in set(choices.merged) - set(merged):
            choices = choices.merge(old, None)
        save_choices(directory, choices)
    forget_index(directory)
    with contextlib.suppress(OSError):  # recordings of spoken names; they are made again when they are needed
        shutil.rmtree(user_cache_path("kicktimer") / "spoken")
    print_message(
        f"{' and '.join(names)}: taken out of {count_label(rewritten, 'session')}. The times are still there."
    )
    print_message("Squad files, exports and copies of logs elsewhere are yours: they are as they were.")
    for path, problem in found.kept:
        print_message(f"the name is still in {printable(path.name)}: {problem}")
    return 1 if found.kept else 0


def _ask(names: list[str], found: _Found, *, sure: bool) -> None:
    """Says what will be done, and asks. Raises `KicktimerError` unless the answer is the name."""
    spelled = f" (also spelled {', '.join(names[1:])})" if len(names) > 1 else ""
    print_message(
        f"{names[0]}{spelled} is in {count_label(len(found.logs), 'session')}. The name, the races and the personal"
        " figures are taken out of all of them. This cannot be undone."
    )
    if sure:
        return
    if not sys.stdin.isatty():
        raise KicktimerError("nothing was changed", "type the name when asked, or say --sure")
    print_message("To do so, type the name:")
    if clean(sys.stdin.readline()).casefold() != names[0].casefold():
        raise KicktimerError("nothing was changed: that was not the name")


def _search(directory: Path, names: list[str]) -> _Found:
    """Returns the logs with one of the names. Only those whose bytes may hold it are read as logs."""
    needles = {each.casefold() for each in names}
    needles |= {json.dumps(each, ensure_ascii=ascii_)[1:-1].casefold() for each in names for ascii_ in (True, False)}
    found = _Found()
    for path in sorted(directory.glob("*.jsonl")):
        try:
            text = path.read_bytes().decode(errors="replace").casefold()
            if not any(needle in text for needle in needles):
                continue
            log = read_log(path)
        except (OSError, KicktimerError) as error:
            found.kept.append((path, f"it cannot be read ({getattr(error, 'message', error)})"))
            continue
        if log.fault is not None:
            repair = f"kicktimer repair {printable(path.stem)}, then delete {printable(path.name)} and forget again"
            found.kept.append((path, f"it is damaged in line {log.fault.line}: {repair}"))
        else:
            records = (log.header, *log.facts)
            others = names_in(records)
            if any(has_name(each, names, others=others) for each in records):
                found.logs.append(path)
    return found


def _rewrite(path: Path, names: list[str]) -> str:
    """Rewrites a log whose results stay the same but for names. Returns why it is left as it is, "" if it is not."""
    log = read_log(path)
    before = _reps(log)
    taken = {name for name, _ in (before or ())}
    new: dict[str, str] = {}
    for name in names:
        new[name] = removed_name(taken | set(new.values()))
    others = names_in((log.header, *log.facts))
    header = without_names(log.header, new, others)
    facts = tuple(without_names(fact, new, others) for fact in log.facts)
    after = _reps(Log(header, facts, 0))
    if before is None or after is None:
        return "it does not say what was run"
    by_fold = {name.casefold(): to for name, to in new.items()}
    expected = [(by_fold.get(name.casefold(), name), _all_but_names(rep)) for name, rep in before]
    if expected != [(name, _all_but_names(rep)) for name, rep in after]:
        return "without the name its times would change"
    try:
        atomic_write(path, encode_log(header, facts))
    except OSError as error:
        return f"it cannot be written ({error.strerror})"
    return ""


def _reps(log: Log) -> list[tuple[str, RepRecord]] | None:
    """Returns what everybody ran, None for a log that says nothing of it."""
    try:
        plan = load(log.header.get("plan"))
        replayed = replay_sound(plan, log.facts)
        record = session_record(with_a_date({**log.header, "race": None}), plan, results(replayed.state))
    except (KicktimerError, KeyError, ValueError, RecursionError):
        return None
    return [(rep.athlete, rep) for rep in record.reps] if not replayed.problem else None


def _all_but_names(rep: RepRecord) -> dict[str, Any]:
    """Returns all that a rep's record says but the names of the athlete and the group."""
    return {name: getattr(rep, name) for name in rep.__slots__ if name not in ("athlete", "group")}
