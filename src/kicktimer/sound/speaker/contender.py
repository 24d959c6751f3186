"""A sink that takes part in the failover: its state, the table of all changes of state, and its backoff after failures.

`SinkFailover` decides when a change happens; its module describes the states. `Contender.change` checks every change
against `CHANGES`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from kicktimer.sound.speaker.sinks.base import BlockedError, SinkError

if TYPE_CHECKING:
    from kicktimer.sound.speaker.candidates import SinkCandidate
    from kicktimer.sound.speaker.sinks.base import Sink


class SinkState(Enum):
    """What a contender does."""

    WAITING = auto()
    OPENING = auto()
    BLOCKED = auto()
    PREEMPTING = auto()
    ON_CANARY = auto()
    READY = auto()
    PLAYING = auto()


@dataclass(frozen=True, slots=True)
class SinkChange:
    """An event that takes a contender from one state to another, and when it happens."""

    of: SinkState
    event: str
    to: SinkState
    when: str


CHANGES = (
    SinkChange(SinkState.WAITING, "tried", SinkState.OPENING, "its backoff is over, and a trial cannot harm a cue"),
    SinkChange(
        SinkState.WAITING, "filled_in", SinkState.PLAYING, "it is the stopgap, a trial takes long, and a cue is due"
    ),
    SinkChange(SinkState.OPENING, "opened", SinkState.ON_CANARY, "its helper thread has opened it"),
    SinkChange(
        SinkState.OPENING,
        "blocked",
        SinkState.BLOCKED,
        "the device is there, but another stream has to be closed first",
    ),
    SinkChange(
        SinkState.OPENING,
        "failed",
        SinkState.WAITING,
        "it cannot be opened, or opening takes longer than OPEN_TIMEOUT_S",
    ),
    SinkChange(SinkState.BLOCKED, "preempted", SinkState.PREEMPTING, "no cue is near: the playing sink is retired"),
    SinkChange(SinkState.BLOCKED, "failed", SinkState.WAITING, "nothing plays, so there is no sink to preempt"),
    SinkChange(
        SinkState.PREEMPTING, "tried", SinkState.OPENING, "the retired sink is closed, or CLOSE_TIMEOUT_S is over"
    ),
    SinkChange(SinkState.ON_CANARY, "proven", SinkState.READY, "it has played silence for CANARY_S"),
    SinkChange(SinkState.ON_CANARY, "failed", SinkState.WAITING, "it has a fault"),
    SinkChange(SinkState.READY, "promoted", SinkState.PLAYING, "it can take over without harm to a cue"),
    SinkChange(SinkState.READY, "failed", SinkState.WAITING, "it has a fault"),
    SinkChange(SinkState.PLAYING, "failed", SinkState.WAITING, "it has a fault"),
    SinkChange(SinkState.PLAYING, "retired", SinkState.WAITING, "a better sink takes over, or preempts it"),
)
"""Every change of state that there is."""

_NEXT = {(change.of, change.event): change.to for change in CHANGES}


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """How long a sink that failed waits before it is tried again."""

    fallback_retry_s: float = 1.0
    """The wait while nothing plays or only the bell does."""
    fallback_retries: int = 30
    """While the bell plays, `fallback_retry_s` applies to this many failures. After that there is no such device."""
    retry_s: tuple[float, ...] = (5.0, 10.0, 20.0, 40.0, 60.0)
    """The wait otherwise, after the first failure, the second, …; the last one repeats."""
    failed_preemption_s: float = 600.0
    """The wait of a sink that preempted a working one and then failed."""

    def delay_s(self, failures: int, *, after_preemption: bool) -> float:
        """Returns the wait after this many failures, unless `fallback_retry_s` applies."""
        if after_preemption:
            return self.failed_preemption_s
        return self.retry_s[min(failures, len(self.retry_s)) - 1]


@dataclass(slots=True)
class Attempt:
    """One sink, and its opening on a helper thread."""

    sink: Sink
    problem: str = ""
    blocked: bool = False
    """The opening raised BlockedError."""
    abandoned: bool = False
    """The failover has given up this sink. If it opens after all, the helper thread closes it."""
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._open, daemon=True)

    def _open(self) -> None:
        try:
            self.sink.open()
        except SinkError as problem:
            self.problem, self.blocked = str(problem), isinstance(problem, BlockedError)
        except Exception as problem:  # noqa: BLE001 - whatever an audio library raises, the next sink may work
            self.problem = f"{type(problem).__name__}: {problem}"
        if self.abandoned:
            self.sink.close()


@dataclass(slots=True)
class Contender:
    """A candidate with its state and its history."""

    rank: int
    """0 is the best."""
    candidate: SinkCandidate
    attempt: Attempt
    """The current or last attempt. Before the first trial it is a sink that was never opened."""
    state: SinkState = SinkState.WAITING
    since: float = 0.0
    """The moment of the last change of state."""
    tried_at: float = 0.0
    """The moment at which the current or last trial began."""
    has_preempted: bool = False
    """The playing sink was closed for the current trial."""
    problem: str = ""
    """Why it does not play, as part of a sentence for the user; "" if it is not known to fail."""
    failures: int = 0
    """Failures in a row."""
    failed_at: float = float("-inf")
    retry_at: float = 0.0

    @property
    def sink(self) -> Sink:
        return self.attempt.sink

    def change(self, event: str, now: float) -> None:
        """Changes the state by `CHANGES`. Raises ValueError if the table has no such change."""
        if (self.state, event) not in _NEXT:
            raise ValueError(f"no change from {self.state} by {event}")
        self.state, self.since = _NEXT[self.state, event], now
