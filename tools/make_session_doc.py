"""Writes docs/session.md from the session's transition table. Run: `.venv/bin/python tools/make_session_doc.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.session.state import Phase
from kicktimer.session.transition_table import ALWAYS, CHANGES, COMMANDS, FOLLOWS

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = Path(__file__).parent.parent / "docs" / "session.md"

HEAD = """# The session

<!-- Written by tools/make_session_doc.py from src/kicktimer/session/transition_table.py; a test compares them. -->

Each pace group has its own clock, and the clock has these phases. `held` is not a phase but a flag beside it: while a
group is held, no GO comes. The label of an edge lists the facts of the log that change the phase along it.

A group whose last athlete leaves it outside a rep is `done`. All facts of one command have the same `t`. A group that
somebody enters at the `t` at which it was left empty therefore gets its phase, its GO and its staggered start back:
two moves that exchange the only athletes of two groups leave both clocks as they were. A group that somebody enters
later waits for the coach.

"""


READINGS = """## Readings

How the engine reads the cases that the table leaves open.

- **Early arrivals.** An arrival before the midpoint between the athlete's last taken mark, or GO, and the expected
  moment of the next mark is `early`. It counts for no mark, moves no clock and gets no name by order. It is proposed to
  the athlete whose key was pressed until that athlete has a finish. If no athlete's key was pressed, it is proposed to
  the next awaited athlete for whom no other arrival stands. A name gives it the untaken mark of its rep that is
  expected nearest; if it loses the name, it is early again. The moment of the next mark is the target, or the mean of
  the athlete's earlier reps over the same distance; without either, nothing is early. An arrival without a name is
  measured by the athlete who is expected first. An inserted arrival is never early. After `late_start` the early
  arrivals of the rep are judged again: those that are no longer early count, with the names of the athletes whose keys
  were pressed.
- **Dropped athletes.** The key of an athlete who has dropped out of the running rep, or was absent at its GO, gives an
  early arrival too, even if the athlete has returned since, because that is from the next rep on. If it is named, the
  athlete has a time in the rep and is still not awaited there. `return` is a command of its own.
- **Arrivals without a name in reps with split marks.** Such an arrival counts for the mark whose next athlete is
  expected nearest. At each mark the first arrivals without a name stand for the first athletes in the expected order,
  so an early arrival without a name is measured from them too. Several marks of one athlete can wait at once.
- **Arrivals after `close`.** Until the next GO a named tap still gives its athlete a time, and moves no clock. A tap
  without a name counts for nobody in a closed rep: it is refused if nobody is out in the rep before either. After the
  next GO a closed rep takes no arrival but `insert`.
- **`add`.** In a recovery or countdown it appends a rep, and GO stays where it is. While the last rep of a send-off
  runs, GO comes when the send-off is due, or after a countdown if that is later.
- **A moved GO.** After a send-off, a target or a rep by time, GO does not depend on arrivals. If `adjust`, `release` or
  `add` has moved it, it stays there when an arrival is taken back, and comes 3 s after that at the earliest; if it was
  never moved, it stays where it is. `late_start` shifts a moved GO by as much as the GO of the rep.
- **`late_start` after the rep.** It moves the GO of the newest rep until the next GO. The next GO stays where it is,
  unless it follows from the GO of the rep (a send-off, a target or a rep by time): then it moves too, and comes 3 s
  after the command at the earliest. A skipped or recalled rep has no GO to move.
- **A GO after a hold or without athletes.** No GO comes while a group is held, or has no athlete for the next rep. If
  an athlete enters a running group that was left empty before, GO comes 3 s after that at the earliest.
- **`skip` of a running rep.** GO comes after the recovery, and 3 s after the command at the earliest.
- **Undo.** A recall, and the release of a hold, close the steps before them in their group: undo passes over these. A
  step from before the GO of the rep before is refused. Names by order that a step gave are taken back with it, unless
  the rep that ended has ended all the same. An `unassigned` fact says so, with the number of the undone fact as `of`.
- **Redo.** It is possible until the next fact that is no consequence of the undo, no `bounced` and no `noted`. The
  session is then as before the undo. A GO that the redo moves comes 3 s after it at the earliest.
- **`unassign`.** The arrival waits again, and is proposed in order. If the rep after its rep has ended already, it is
  assigned by order when the next rep of the group ends, or the session.
- **A gap.** After a time in which the program was stopped or the machine slept, a rep that a duration or a target ended
  in it ended at its own moment, and one that waits for arrivals runs on. A GO, or the countdown of a staggered start,
  that fell due in the gap does not come: the group is `held` by the gap, also if GO would come less than 3 s after it.
  Undo does not release it. Every other GO stays where it was. `resumed` has the length of the gap, and how it is known.
"""


def page() -> str:
    """Returns the whole document."""
    return HEAD + "\n".join([*_diagram(), "", *_changes(), "", *_commands(), "", READINGS])


def _diagram() -> list[str]:
    """Returns the lines of the diagram: one edge for each pair of phases, labelled with its events."""
    edges: dict[tuple[Phase, Phase], list[str]] = {}
    for change in CHANGES:
        events = edges.setdefault((change.from_phase, change.to_phase), [])
        if change.event not in events:
            events.append(change.event)
    lines = [f"    {start} --> {end}: {', '.join(events)}" for (start, end), events in edges.items()]
    return ["```mermaid", "stateDiagram-v2", "    [*] --> ready", *lines, "    done --> [*]: session_ended", "```"]


def _changes() -> list[str]:
    rows = [f"| {change.from_phase} | `{change.event}` | {change.to_phase} | {change.when} |" for change in CHANGES]
    return ["## Changes of phase", "", "| from | by | to | when |", "|---|---|---|---|", *rows]


def _commands() -> list[str]:
    lines = [
        "## Commands",
        "",
        "A command is legal if the groups that its facts are about are in one of the phases named here. Otherwise it",
        f"is refused with a reason, and nothing changes. Any command is refused for these reasons: {_list(ALWAYS)}.",
        "After a command about arrivals, athletes or a rep's GO these facts can follow:",
        f"{_list([f'`{e}`' for e in FOLLOWS])}.",
        "",
        "| command | phases | reasons for a refusal | facts |",
        "|---|---|---|---|",
    ]
    for name, rule in COMMANDS.items():
        phases = "any" if rule.phases == frozenset(Phase) else ", ".join(each for each in Phase if each in rule.phases)
        reasons = "; ".join(_plain(each) for each in rule.refused) or "–"
        facts = ", ".join(f"`{event}`" for event in rule.events)
        lines.append(f"| `{name}` | {phases} | {reasons} | {facts} |")
    return lines


def _plain(reason: str) -> str:
    return reason.replace("{}", "…")


def _list(words: Iterable[str]) -> str:
    return "; ".join(_plain(word) for word in words)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
