"""Hypothesis profiles: `ci` for every run, `deep` (HYPOTHESIS_PROFILE=deep) for a long search by hand."""

import fcntl
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO

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


# How `make test` distributes the tests over processes (pytest-xdist). A plain `pytest` runs them one after the other.

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
LOCK = pytest.StashKey[IO[str]]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Returns the number of processes: two cores are busy with four, as the sound and terminal tests mostly wait."""
    return 4


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Orders the tests for several processes: those that mostly wait first, those that need an idle machine last.

    Tests of one group run one after the other in one process.
    """
    if not IS_WORKER:
        return
    waiting, computing, measuring = [], [], []
    for item in items:
        if idle_machine := item.get_closest_marker("idle_machine"):
            item.add_marker(pytest.mark.xdist_group(f"idle_machine_{idle_machine.args[0]}"))
            measuring.append(item)
        elif item.get_closest_marker("sound") or item.get_closest_marker("terminal"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
            waiting.append(item)
        else:
            computing.append(item)
    items[:] = [*waiting, *computing, *measuring]


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Holds a lock, shared by the processes of this run, until this process has run all its other tests."""
    if not IS_WORKER:
        return (yield)
    shared_folder = Path(session.config.getoption("basetemp")).parent
    with (shared_folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        session.config.stash[LOCK] = lock
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Lets a test that needs an idle machine wait until no process holds the lock."""
    if IS_WORKER and item.get_closest_marker("idle_machine"):
        lock = item.config.stash[LOCK]
        fcntl.flock(lock, fcntl.LOCK_EX)
        fcntl.flock(lock, fcntl.LOCK_UN)
