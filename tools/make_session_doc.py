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


def page() -> str:
    """Returns the whole document."""
    return HEAD + "\n".join([*_diagram(), "", *_changes(), "", *_commands(), ""])


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
        f"After a command about arrivals or athletes these facts can follow: {_list([f'`{e}`' for e in FOLLOWS])}.",
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
