"""Sessions as Markdown: tables that stay tables, whatever people are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import given

from harness.sample_season import save_season
from kicktimer.cli import main
from kicktimer.exports.markdown_text import escape
from kicktimer.exports.session_markdown import session_markdown, sessions_markdown
from kicktimer.exports.shown_times import ShownTimes
from tests.exports.records import session_records

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from kicktimer.review.records import SessionRecord


def cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line)[1:-1]


@given(session_records())
def test_every_row_of_a_table_has_as_many_cells(session: SessionRecord) -> None:
    for text in (session_markdown(session, ShownTimes()), sessions_markdown([session])):
        for block in text.strip().split("\n\n"):
            lines = block.split("\n")
            if lines[0].startswith("|"):
                assert len({len(cells(line)) for line in lines}) == 1
    text = session_markdown(session, ShownTimes())
    assert all(escape(rep.athlete) in text for rep in session.reps)


def test_session_is_shared_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_season(tmp_path / "logs", sessions=1, athletes=2)
    capsys.readouterr()
    assert main(["show", "--share", "--log-dir", str(tmp_path / "logs")]) == 0
    text = capsys.readouterr().out
    assert text.startswith("**8x400 burner**, Monday 2026-04-06\n\n| rep |  | Dana K | Matan |\n|---|---|---:|---:|\n")
    assert "\n| 7\\* | 400m | " in text
    assert text.count("\n| ") == 1 + 8 + 1, "the head, eight reps, the means"
    assert main(["export", "2026-04-06", "--to", "md", "--log-dir", str(tmp_path / "logs")]) == 0
    assert capsys.readouterr().out == text
