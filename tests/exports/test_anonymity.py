"""Pseudonyms: one for each athlete, the same in all sessions, and no name is left anywhere in a record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from kicktimer.exports.anonymity import Anonymizer
from kicktimer.review.records import AthleteRecord, RaceInfo, RepRecord, SessionRecord
from kicktimer.text import replace_words
from tests.exports.records import session_records


@given(session_records(), session_records("s2"))
def test_pseudonyms_stand_for_the_same_athletes_everywhere(first: SessionRecord, second: SessionRecord) -> None:
    anonymizer = Anonymizer("numbers")
    changed = [anonymizer.session(first), anonymizer.session(second)]
    names = {
        rep.athlete: new.athlete
        for session, other in zip((first, second), changed, strict=True)
        for rep, new in zip(session.reps, other.reps, strict=True)
    }
    assert len(set(names.values())) == len(names)
    assert all(new.startswith("Athlete ") for new in names.values())
    for session, other in zip((first, second), changed, strict=True):
        assert not other.notes
        assert not other.squad
        assert [replace(rep, athlete="", group="") for rep in session.reps] == [
            replace(rep, athlete="", group="") for rep in other.reps
        ]


def test_names_in_other_texts_are_replaced_as_words(sample: SessionRecord) -> None:
    found = Anonymizer("initials").session(
        replace(sample, workout="Dana's 8x400, Danae too", race=RaceInfo(1_500_000, "Dana", "final of DANA"))
    )
    assert found.workout == "D.'s 8x400, Danae too"
    assert found.race == RaceInfo(1_500_000, "", "final of D.")
    assert [rep.athlete for rep in found.reps] == ["D.", "D. 2"]


@pytest.fixture
def sample() -> SessionRecord:
    reps = tuple(RepRecord(name, "A", 1, 1, 400_000, None) for name in ("Dana", "Dora"))
    athletes = tuple(AthleteRecord(name) for name in ("Dana", "Dora"))
    return SessionRecord("s", "2026-09-01T18:00:00+00:00", "w", "burner", "finished", athletes=athletes, reps=reps)


def test_longer_names_are_replaced_first_and_nothing_twice() -> None:
    new = {"Ann": "Athlete 1", "Ann Lee": "Athlete 2", "Athlete": "Athlete 3"}
    assert replace_words("Ann Lee and Ann beat an athlete", new) == "Athlete 2 and Athlete 1 beat an Athlete 3"
