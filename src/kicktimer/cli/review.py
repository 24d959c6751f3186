"""`kicktimer review`: the review screens; and what counts in reviews: hidden sessions and merged names."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from kicktimer.cli.app import require_terminal
from kicktimer.cli.options import log_directory, settings_store
from kicktimer.cli.output import print_message
from kicktimer.errors import UsageError
from kicktimer.history import History, load_choices, save_choices

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def review(options: argparse.Namespace) -> int:
    """Opens the review on the list, on a session or on an athlete; or changes what counts, and opens nothing."""
    store = settings_store()
    directory = log_directory(options, store.settings)
    if options.hide or options.unhide or options.merge or options.unmerge:
        return _choose(options, directory)
    require_terminal()
    with History(directory) as history:
        name = " ".join(options.what)
        athlete = next((each for each in history.names() if each.casefold() == name.casefold()), None)
        session = history.resolve(name, date.today()) if name and athlete is None else None  # noqa: DTZ011 - their day
        from kicktimer.tui import run_review  # noqa: PLC0415 - Textual is loaded for the screens alone
        from kicktimer.tui.keymap import build_keymap  # noqa: PLC0415

        run_review(
            history,
            build_keymap(store.settings.keys),
            athlete=athlete,
            session=session,
            settings_store=store,
        )
    return 0


def _choose(options: argparse.Namespace, directory: Path) -> int:
    """Changes which sessions are hidden and which names are merged. The logs stay as they are."""
    choices = load_choices(directory)
    with History(directory) as history:
        for name, hidden in ((options.hide, True), (options.unhide, False)):
            if name:
                entry = history.resolve(name, date.today())  # noqa: DTZ011 - the user's own day
                choices = choices.hide(entry.id, hidden=hidden)
                print_message(f"{entry.id} {'no longer counts in reviews' if hidden else 'counts in reviews again'}")
        if options.merge:
            old, separator, new = options.merge.partition("=")
            if not (separator and old.strip() and new.strip()) or old.strip() == new.strip():
                raise UsageError(f"--merge: {options.merge} names no two athletes", "--merge 'Dana K=Dana'")
            choices = choices.merge(old.strip(), new.strip())
            print_message(f"{old.strip()} is reviewed as {new.strip()}")
        if options.unmerge:
            choices = choices.merge(options.unmerge.strip(), None)
            print_message(f"{options.unmerge.strip()} is reviewed under that name")
    save_choices(directory, choices)
    return 0
