"""What a saved session means so far, and facts that are added to it: corrections, notes and ratings.

A fact that is added has the moment of the log's last fact, and the wall time of now. What was there stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.journal import JournalWriter, LineFault, read_log
from kicktimer.plan import load
from kicktimer.results import replay_sound, results
from kicktimer.session import Refusal, decide, to_fact
from kicktimer.session.commands import Note
from kicktimer.system_clock import local_time
from kicktimer.text import clean, clean_json
from kicktimer.units import parse_duration, parse_mm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kicktimer.journal import Log
    from kicktimer.plan import Plan
    from kicktimer.results import Results
    from kicktimer.session import AnyCommand, State

NO_PLAN = "nothing can be read from a log without its plan; a copy of the file may be sound"


MAX_NOTE_CHARACTERS = 2000
MAX_REP_TIME_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class ReplayedLog:
    """The sound part of a session: what its facts mean up to the first one that is damaged or does not fit.

    `sound_facts` is the number of those facts. `fault` is the line after them that is wrong, None if there is none.
    """

    plan: Plan
    state: State
    sound_facts: int
    fault: LineFault | None

    @property
    def results(self) -> Results:
        return results(self.state)


def replay_log(log: Log, name: str) -> ReplayedLog:
    """Replays the sound part of a log. `name` stands for the log in the message of a `KicktimerError`."""
    plan = load_plan(log, name)
    replayed = replay_sound(plan, map(clean_json, log.facts))
    fault = LineFault(replayed.sound_facts + 2, clean(replayed.problem)) if replayed.problem else log.fault
    return ReplayedLog(plan, replayed.state, replayed.sound_facts, fault)


def load_plan(log: Log, name: str) -> Plan:
    """Returns the plan in the header of a log. Raises `KicktimerError` with the log's `name` if it has none."""
    try:
        return load(clean_json(log.header.get("plan")))
    except (KicktimerError, ValueError, RecursionError) as error:
        message = error.message if isinstance(error, KicktimerError) else str(error).partition("\n")[0]
        raise KicktimerError(f"{name}:1: the header has no sound plan ({clean(message)})", NO_PLAN) from None


def parse_mark(text: str) -> Literal["finish"] | int | float:
    """Returns a mark of a rep as commands have it: `finish`, or metres from GO. Raises `ScalarError`."""
    if text == "finish":
        return "finish"
    mm = parse_mm(text, "mark")
    return mm // 1000 if mm % 1000 == 0 else mm / 1000


def parse_rep_time(text: str) -> int:
    """Returns the time of a rep in ms. Raises `ScalarError`, also for 0 and for more than a day."""
    ms = parse_duration(text, "time")
    if not 0 < ms <= MAX_REP_TIME_MS:
        raise ScalarError(f"{text} is no time of a rep", "like 1:03.5")
    return ms


def make_note(text: str) -> Note:
    """Returns the command that adds a note. Raises `ScalarError` for one without text; a long one is cut."""
    text = clean(text)
    if not text:
        raise ScalarError("an empty note", "a line of text")
    return Note(t=0, text=text[:MAX_NOTE_CHARACTERS])


def amend_log(path: Path, commands: Sequence[AnyCommand]) -> int:
    """Adds the facts of `commands` to a saved session, and returns how many. The moments of the commands do not count.

    Raises `KicktimerError`, and adds nothing, if one of them is refused, if the log is damaged or in use by a running
    session, or if it cannot be written.
    """
    name = clean(path.name)
    log = read_log(path)
    replayed = replay_log(log, name)
    if replayed.fault is not None:
        raise KicktimerError(f"{name} is damaged in line {replayed.fault.line}", f"kicktimer repair {name}, first")
    state = replace(replayed.state, ended=None)  # a session that has ended can still be corrected
    wall = local_time().isoformat(timespec="milliseconds")
    facts = []
    for command in commands:
        outcome = decide(state, replace(command, t=state.now))
        if isinstance(outcome, Refusal):
            raise KicktimerError(f"{outcome.reason}", f"kicktimer show {name} shows who ran what")
        state = outcome.state
        facts += [{**to_fact(event), "wall": wall} for event in outcome.events]
    troubles: list[object] = []
    writer = JournalWriter(path, log.header, lambda _: None, troubles.append, log=log, fallbacks=())
    writer.append(facts)
    if not writer.close():
        raise KicktimerError(f"{name} could not be written: nothing is corrected", "make room on the disk")
    return len(facts)
