"""Failover: chooses the sink that plays, replaces it when it fails, and returns to a better one when that works again.

The mutable state of `SinkFailover`:
- `_contenders`: one for each sink that can be tried, best first. Each has a `SinkState`; `CHANGES` lists all changes.
- `_playing`: the contender that plays the cues, or None.
- `_trial`: the contender that is being tried, or None. There is one trial at a time.

The speaker's loop calls `step(now)`, which handles these cases in this order:
1. The playing sink has a fault: it fails, and nothing plays.
2. There is a trial. It goes on by the state of its contender:
   OPENING: a helper thread opens the sink, so a device that hangs does not delay what plays.
   BLOCKED: the sink can only be opened when the playing one is closed. It waits for a quiet moment to preempt that one.
   PREEMPTING: the preempted sink is being closed. After that the trial is OPENING again.
   ON_CANARY: the sink plays silence for `CANARY_S`. A device that is going to hang is noticed in that time.
   READY: the sink works. It waits for a moment at which it can take over without harm to a cue.
3. There is no trial: the first better contender that is due is tried, if a trial cannot harm a cue.
4. The trial takes long, nothing plays and a cue is due: a stopgap, the bell, plays until the trial has ended.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

from kicktimer.sound.speaker.contender import Attempt, BackoffPolicy, Contender, SinkState
from kicktimer.sound.speaker.sinks.base import empty_scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kicktimer.sound.speaker.candidates import SinkCandidate
    from kicktimer.sound.speaker.scheduler import CueScheduler
    from kicktimer.sound.speaker.sinks.base import Sink

BACKOFF = BackoffPolicy()
CANARY_S = 0.7
"""How long a new sink plays silence before it may take over: longer than it takes to notice that it hangs."""
OPEN_TIMEOUT_S = 4.0
"""An opening that takes longer counts as hung."""
CLOSE_TIMEOUT_S = 1.0
"""How long the closing of a preempted sink is waited for."""
QUIET_S = 4.0
"""While a stream plays, another sink is tried only if no cue starts within this time."""
QUIET_ON_BELL_S = 0.6
"""While the bell plays, a sink is tried only if no pip or GO starts within this time: a trial can crash the process.

It is short enough to fit between two pips. Athletes at the line do not hear the bell, so a trial does not wait until a
countdown is over.
"""
FREEZE_RISK_S = 8.0
"""After this long without a stream, `QUIET_ON_BELL_S` is enough even for a sink that can freeze the process."""
SLOW_OPEN_S = 0.5
"""A trial that takes longer than this may be bridged by a stopgap."""
STOPGAP_AHEAD_S = 0.3
"""The stopgap starts to play when a cue is due within this time."""
STEP_S = 0.1
"""`step` is called at least this often."""


class SinkFailover:
    """The sink that plays, and the one that is tried to replace it.

    It calls `report(sink, device, note)` when the playing sink changes or the reasons against better ones do,
    `note_trial(name of the sink)` before each trial, and `note_played(id)` for each cue that has begun.
    """

    def __init__(
        self,
        candidates: Sequence[SinkCandidate],
        scheduler: CueScheduler,
        *,
        report: Callable[[str, str, str], None],
        note_trial: Callable[[str], None],
        note_played: Callable[[str], None] = lambda _: None,
        trusted: tuple[str, str] = ("", ""),
    ) -> None:
        """`trusted` is a sink and its device that played in the previous speaker process.

        It needs no canary until something else has played or it has failed.
        """
        self._contenders = [
            Contender(rank, candidate, Attempt(candidate.make())) for rank, candidate in enumerate(candidates)
        ]
        for contender in self._contenders:
            if contender.candidate.initial_wait_s:
                contender.retry_at = time.monotonic() + contender.candidate.initial_wait_s
                contender.problem = "it hung or crashed a moment ago"
        self._scheduler = scheduler
        self._report = report
        self._note_trial = note_trial
        self._note_played = note_played
        self._trusted = trusted
        self._playing: Contender | None = None
        self._trial: Contender | None = None
        self._closing: threading.Thread | None = None
        """Closes the sink that was preempted last."""
        self._stream_played_at = float("-inf")
        """The last moment at which a stream played. Before one has, the moment of the first `step`."""

    @property
    def current(self) -> Sink | None:
        """The sink that plays the cues."""
        return None if self._playing is None else self._playing.sink

    @property
    def _on_fallback(self) -> bool:
        """No stream plays, but the bell or nothing. A trial then interrupts no stream."""
        return self.current is None or self.current.name == "bell"

    def open_sinks(self) -> list[Sink]:
        """Returns the sinks that have to be pumped."""
        found = (
            [self._trial]
            if self._trial is not None and self._trial.state in (SinkState.ON_CANARY, SinkState.READY)
            else []
        )
        return [contender.sink for contender in (*found, self._playing) if contender is not None]

    def filenos(self) -> list[int]:
        """Returns the file descriptors whose being writable calls for `pump`."""
        numbers = [sink.fileno() for sink in self.open_sinks()]
        return [number for number in numbers if number is not None]

    def reset_watchdogs(self, now: float) -> None:
        """Tells the sinks that the process was suspended until `now`, so that they do not count as hung."""
        for sink in self.open_sinks():
            sink.reset_watchdog(now)

    def pump(self, now: float) -> float:
        """Lets the sinks play what is due. Returns the moment of the next call."""
        next_call = min([now + STEP_S, *(sink.pump(now) for sink in self.open_sinks())])
        self.collect_reports()
        return next_call

    def collect_reports(self) -> None:
        """Passes on which cues the sinks have begun, and logs those that they missed."""
        for sink in self.open_sinks():
            self._collect_reports(sink)

    def _collect_reports(self, sink: Sink) -> None:
        begun, missed = sink.take_reports()
        for ident, start in begun:
            self._scheduler.note_begun(ident, start)
            self._note_played(ident)
        for ident in missed:
            sys.stderr.write(f"{time.monotonic():.3f} too late to be played: {ident}\n")

    def step(self, now: float) -> None:
        """Handles faults, the trial and retries, as the module describes. Called before `pump`."""
        if self._stream_played_at == float("-inf") or not self._on_fallback:
            self._stream_played_at = now
        if self._playing is not None and (fault := self._playing.sink.find_fault(now)) is not None:
            lost, self._playing = self._playing, None
            self._fail(lost, fault, now)
        if self._trial is not None:
            self._advance_trial(self._trial, now)
        if self._trial is None:
            self._find_trial(now)
        elif (
            self._playing is None
            and self._trial.state is not SinkState.PREEMPTING
            and now > self._trial.tried_at + SLOW_OPEN_S
            and self._scheduler.layout.window(now, now + STOPGAP_AHEAD_S)
        ):
            self._play_stopgap(self._trial, now)

    def _advance_trial(self, trial: Contender, now: float) -> None:
        """Handles the trial by its state. Several changes of state may follow each other at once."""
        attempt = trial.attempt
        if trial.state is SinkState.OPENING:
            if attempt.thread.is_alive():
                if now - trial.since > OPEN_TIMEOUT_S:
                    self._fail_trial(trial, "it hangs while it is opened", now)
                return
            if attempt.problem and not attempt.blocked:
                self._fail_trial(trial, attempt.problem, now)
                return
            trial.change("blocked" if attempt.blocked else "opened", now)
            if not attempt.blocked:
                trial.sink.reset_watchdog(now)
        if trial.state is SinkState.BLOCKED:
            if self._playing is None:
                self._fail_trial(trial, attempt.problem, now)
            elif self._can_take_over(now) and self._is_quiet(now):
                self._preempt(self._playing, trial, now)
        if trial.state is SinkState.PREEMPTING:
            closing = self._closing is not None and self._closing.is_alive()
            if not closing or now > trial.since + CLOSE_TIMEOUT_S:
                self._try(trial, now)
        elif trial.state in (SinkState.ON_CANARY, SinkState.READY):
            if (fault := trial.sink.find_fault(now)) is not None:
                self._fail_trial(trial, fault, now)
                return
            if trial.state is SinkState.ON_CANARY and now - trial.since >= self._canary_s(trial.sink):
                trial.change("proven", now)
            if trial.state is SinkState.READY and self._can_take_over(now):
                self._promote(trial, now)

    def _find_trial(self, now: float) -> None:
        """Starts the trial of the first contender that is better than the playing one, due and harmless."""
        better = self._contenders if self._playing is None else self._contenders[: self._playing.rank]
        if self._on_fallback:
            # Contenders that never failed come first, then the one whose failure is oldest. Otherwise those that take
            # long to fail would keep the others, and the bell, from ever being tried.
            better = sorted(better, key=lambda contender: contender.failed_at)
        for contender in better:
            if self._is_due(contender, now) and self._is_harmless(contender.sink, now):
                self._try(contender, now)
                return

    def _is_due(self, contender: Contender, now: float) -> bool:
        """Whether the wait of a contender is over, by `BackoffPolicy`."""
        retries_left = self.current is None or contender.failures <= BACKOFF.fallback_retries
        if self._on_fallback and retries_left and contender.failed_at > float("-inf"):
            return now >= contender.failed_at + BACKOFF.fallback_retry_s
        return now >= contender.retry_at

    def _is_harmless(self, sink: Sink, now: float) -> bool:
        """Whether a trial may begin now. It can crash or freeze the process, and with it the sink that plays."""
        if self.current is None:
            return True
        if self._on_fallback and (not sink.can_freeze_process or now > self._stream_played_at + FREEZE_RISK_S):
            near = self._scheduler.layout.window(now - 0.3, now + QUIET_ON_BELL_S)
            return not any(item.cue.spec.guarded for item in near)
        return self._is_quiet(now)

    def _is_quiet(self, now: float) -> bool:
        """Whether no cue has started in the last second or starts within `QUIET_S`."""
        return not self._scheduler.layout.window(now - 1.0, now + QUIET_S)

    def _can_take_over(self, now: float) -> bool:
        """Whether another sink can replace the playing one so that no cue is cut off, played twice or late."""
        layout = self._scheduler.layout
        if self.current is None:
            return True
        if self._on_fallback:
            near = layout.window(now - 0.3, now + 0.3)
            return all(item.start < now and self._scheduler.has_begun(item.cue.id) for item in near)
        rate = self._scheduler.rate
        return all(item.start + max(1.0, item.frames / rate) <= now for item in layout.window(now - 10.0, now + 0.5))

    def _canary_s(self, sink: Sink) -> float:
        is_proven = sink.name in ("off", "bell") or (sink.name, sink.device) == self._trusted
        return 0.0 if is_proven else CANARY_S

    def _try(self, contender: Contender, now: float) -> None:
        contender.attempt = Attempt(contender.candidate.make())
        contender.tried_at = now
        contender.change("tried", now)
        self._trial = contender
        self._note_trial(contender.sink.name)
        contender.attempt.thread.start()

    def _promote(self, trial: Contender, now: float) -> None:
        former, self._playing, self._trial = self._playing, trial, None
        if former is not None:
            self._retire(former, now)
        trial.change("promoted", now)
        trial.sink.attach(self._scheduler)
        trial.sink.pump(now)
        trial.problem, trial.failures, trial.has_preempted = "", 0, False
        self._trusted = ("", "")
        self.report_state()

    def _play_stopgap(self, trial: Contender, now: float) -> None:
        """Lets the first stopgap that is worse than the trial play while the trial takes long."""
        for contender in self._contenders[trial.rank + 1 :]:
            if contender.candidate.is_stopgap:
                contender.attempt = Attempt(contender.candidate.make())
                contender.change("filled_in", now)
                contender.sink.attach(self._scheduler)
                self._playing = contender
                self.report_state()
                return

    def _preempt(self, playing: Contender, trial: Contender, now: float) -> None:
        """Retires the playing sink for a better one that cannot be opened while it is open."""
        self._playing = None
        trial.change("preempted", now)
        trial.has_preempted = True
        self._closing = self._retire(playing, now)
        self.report_state()

    def _retire(self, former: Contender, now: float) -> threading.Thread:
        """Closes a sink that works. It begins no more cues; those it has begun are not played again."""
        former.change("retired", now)
        former.sink.attach(empty_scheduler())
        self._collect_reports(former.sink)
        return self._close(former.sink)

    def _fail_trial(self, trial: Contender, problem: str, now: float) -> None:
        self._trial = None
        self._fail(trial, problem, now)

    def _fail(self, contender: Contender, problem: str, now: float) -> None:
        """Gives up a sink, and sets when it is tried again."""
        sys.stderr.write(f"{now:.3f} {contender.candidate.title}: {problem}\n")
        if contender.sink.name == self._trusted[0]:  # whatever the device: PortAudio's is unknown until it is open
            self._trusted = ("", "")
        contender.change("failed", now)
        contender.problem, contender.failed_at = problem, now
        contender.failures += 1
        delay_s = BACKOFF.delay_s(contender.failures, after_preemption=contender.has_preempted)
        contender.retry_at, contender.has_preempted = now + delay_s, False
        contender.attempt.abandoned = True
        self._close(contender.sink)
        self.report_state()

    @staticmethod
    def _close(sink: Sink) -> threading.Thread:
        thread = threading.Thread(target=sink.close, daemon=True)
        thread.start()
        return thread

    def report_state(self) -> None:
        """Reports which sink plays, and why each better one does not."""
        better = self._contenders if self._playing is None else self._contenders[: self._playing.rank]
        reasons = [f"{contender.candidate.title}: {contender.problem}" for contender in better if contender.problem]
        note = ""
        if self._playing is None:
            if reasons:
                all_failed = len(reasons) == len(self._contenders)
                summary = "no sound, cues are only on the screen" if all_failed else "no sound yet"
                note = f"{summary} ({'; '.join(reasons)})"
            self._report("", "", note)
            return
        if reasons:
            note = f"sound comes out of {self._playing.candidate.title} ({'; '.join(reasons)})"
        self._report(self._playing.sink.name, self._playing.sink.device, note)
