"""Exports without names: each athlete is a number or initials, the same in every session of one export.

Notes may say anything about anybody, so they are left out. A name that also stands in the workout's name, a group or a
squad is replaced there, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from kicktimer.text import replace_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.review.records import SessionRecord

Style = Literal["numbers", "initials"]


class Anonymizer:
    """Gives each athlete a pseudonym, and remembers it: `Athlete 3`, or `D.K.` (`D.K. 2` for the next one).

    `known` are names that may stand in texts although their athletes are in no session of the export.
    """

    def __init__(self, style: Style, known: Iterable[str] = ()) -> None:
        self._style = style
        self._known = frozenset(known)
        self._pseudonyms: dict[str, str] = {}
        self._texts: dict[str, str] = {}

    def pseudonym(self, name: str) -> str:
        """Returns what stands for the name."""
        found = self._pseudonyms.get(name)
        if found is None:
            found = self._new(name)
            self._pseudonyms[name] = found
            self._texts.clear()
        return found

    def _new(self, name: str) -> str:
        if self._style == "numbers":
            return f"Athlete {len(self._pseudonyms) + 1}"
        initials = "".join(f"{word[0].upper()}." for word in name.split() if word[0].isalnum()) or "?"
        taken = set(self._pseudonyms.values())
        count = 1
        while (found := initials if count == 1 else f"{initials} {count}") in taken:
            count += 1
        return found

    def session(self, session: SessionRecord) -> SessionRecord:
        """Returns the session without a name that its squad or its reps have, and without its notes."""
        for name in dict.fromkeys((*(each.name for each in session.athletes), *session.names)):
            self.pseudonym(name)
        race = session.race
        return replace(
            session,
            workout=self.text(session.workout),
            squad="",
            notes=(),
            race=None if race is None else replace(race, name="", event=self.text(race.event)),
            athletes=tuple(replace(each, name=self.pseudonym(each.name)) for each in session.athletes),
            reps=tuple(
                replace(each, athlete=self.pseudonym(each.athlete), group=self.text(each.group))
                for each in session.reps
            ),
        )

    def text(self, text: str) -> str:
        """Returns the text with a pseudonym in place of each name that stands in it as a word.

        Names of athletes who have not been met count, too, if they are known.
        """
        if text not in self._texts:
            folded = text.casefold()
            for name in sorted(self._known, key=len, reverse=True):
                if name.casefold() in folded and replace_words(text, {name: ""}) != text:
                    self.pseudonym(name)
            self._texts[text] = replace_words(text, self._pseudonyms)
        return self._texts[text]
