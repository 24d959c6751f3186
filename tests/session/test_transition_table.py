"""The transition table agrees with the commands, the events and docs/session.md."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import get_args

from kicktimer.session.commands import AnyCommand
from kicktimer.session.events import EVENTS
from kicktimer.session.transition_table import CHANGES, COMMANDS

TOOL = Path(__file__).parents[2] / "tools" / "make_session_doc.py"


def test_document_is_up_to_date_with_the_table() -> None:
    spec = importlib.util.spec_from_file_location("make_session_doc", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(), "run tools/make_session_doc.py"


def test_table_has_every_command_and_only_known_facts() -> None:
    assert set(COMMANDS) == {kind.__dataclass_fields__["do"].default for kind in get_args(AnyCommand)}
    events = {event for rule in COMMANDS.values() for event in rule.events} | {change.event for change in CHANGES}
    assert events <= EVENTS.keys()
    assert len({(change.from_phase, change.event, change.to_phase, change.when) for change in CHANGES}) == len(CHANGES)
