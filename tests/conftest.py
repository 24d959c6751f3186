"""Hypothesis profiles: `ci` for every run, `deep` (HYPOTHESIS_PROFILE=deep) for a long search by hand."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from kicktimer.sound import SpeakerClient
from tests.sound.fake_speaker import returns

settings.register_profile("ci", max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("deep", max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def speaker(tmp_path: Path) -> Iterator[SpeakerClient]:
    """One that is off, for two groups, and not started."""
    speaker = SpeakerClient(
        sink="off", groups=["A", "B"], log=tmp_path / "logs" / "speaker.log", on_change=lambda _: None
    )
    yield speaker
    assert returns(speaker.close)
