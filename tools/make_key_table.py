"""Writes the key table of README.md from the table of keys: `.venv/bin/python tools/make_key_table.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.tui.footer_and_help import KeyNames, long_name
from kicktimer.tui.keys import ACTION_BY_ID, ACTIONS, ATHLETE_KEYS_README, row_ids

if TYPE_CHECKING:
    from kicktimer.tui.keys import KeyAction

README = Path(__file__).parent.parent / "README.md"
BEGIN = "<!-- The table is made by tools/make_key_table.py from src/kicktimer/tui/keys.py. -->\n"
END = "<!-- End of the table. -->\n"


def with_key_table(text: str) -> str:
    """Returns the text with the key table between the two marker comments."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{key_table()}\n\n{END}{after}"


def key_table() -> str:
    """Returns the table in Markdown: the actions of the live screen with their default keys."""
    names = KeyNames()
    lines = ["| key | does | name in the settings |", "|---|---|---|"]
    for action in ACTIONS:
        if action.section is None:
            continue
        sentence = (action.readme or action.help).replace("{", "`{").replace("}", "}`")
        lines.append(_row(_keys(action), names.fill(sentence), _ids(action)))
        if action.id == "space":
            lines.append(_row("an athlete's key", ATHLETE_KEYS_README, ""))
    return "\n".join(lines)


def _keys(action: KeyAction) -> str:
    row = [ACTION_BY_ID[action_id].keys for action_id in row_ids(action.id)]
    names = [f"`{long_name(keys[0])}`" for keys in row]
    others = [f"`{long_name(key)}`" for keys in row for key in keys[1:]]
    text = f"{names[0]} … {names[-1]}" if len(names) > 2 else " ".join(names)
    text += f" (or {', '.join(others)})" if others else ""
    return f"{text} and a key" if action.then_athlete else text


def _ids(action: KeyAction) -> str:
    ids = [f"`{action_id}`" for action_id in row_ids(action.id)]
    return f"{ids[0]} … {ids[-1]}" if len(ids) > 2 else " ".join(ids)


def _row(*cells: str) -> str:
    row = " | ".join(cell.replace("|", r"\|") for cell in cells)
    return f"| {row} |"


if __name__ == "__main__":
    README.write_text(with_key_table(README.read_text(encoding="utf-8")), encoding="utf-8")
