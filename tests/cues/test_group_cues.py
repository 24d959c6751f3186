"""Cues that are kept for groups that have not changed are those that a new computation gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cues import GroupCues, VoiceSettings, cues
from tests.session.test_properties import play

if TYPE_CHECKING:
    from kicktimer.session import State

VOICES = (VoiceSettings(), VoiceSettings(caller=True, announces=True, results="time", lines=True))


@given(st.data())
def test_kept_cues_equal_new_ones(data: st.DataObject) -> None:
    kept = GroupCues()

    def check(_: set[str], before: State, after: State) -> None:
        for state in (before, after):
            voice = data.draw(st.sampled_from(VOICES))
            assert cues(state, voice, kept) == cues(state, voice)

    play(data, check)
