"""Which sink plays: the first of the wanted ones that works, another where it fails, the better one when it is back.

`Outlets.step(now)` is called from the speaker's loop. A sink is opened on a helper thread and has to stand a canary
of silence for `CANARY` s before it plays; so a device that hangs delays nothing that plays already.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from kicktimer.sound.players import installed_players, split_device
from kicktimer.sound.speaker.sinks.base import BlockedError, Sink, SinkError, empty_scheduler
from kicktimer.sound.speaker.sinks.bell_sink import make_bell_sink, make_off_sink
from kicktimer.sound.speaker.sinks.pipe_sink import PipeSink
from kicktimer.sound.speaker.sinks.portaudio_sink import PortAudioSink
from kicktimer.sound.speaker.sinks.simpleaudio_sink import SimpleAudioSink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kicktimer.sound.speaker.scheduler import CueScheduler

CANARY = 0.7
"""Seconds of silence that a sink has to live through: more than it takes to notice that it hangs."""
OPENING = 4.0
"""Seconds after which an opening counts as hung."""
AT_ONCE = 1.0
"""Seconds after which a sink that failed is tried again while nothing plays, or only the bell does."""
HOPES = 30
"""So often in a row beside the bell: then there is no such device, and it is tried as seldom as beside another sink."""
RETRY = (5.0, 10.0, 20.0, 40.0, 60.0)
"""Seconds until a sink that was lost is tried again."""
IN_VAIN = 600.0
"""The same for one for which the sink that played was given up, and which did not work after all."""
QUIET = 4.0
"""Beside a stream a better sink is only tried while no cue is due for so many seconds."""
BESIDE_BELL = 0.6
"""Beside the bell one is tried while no pip or GO is due for so many seconds: a trial can crash the process. It fits
between two pips: who stands at the line hears no bell, and a whole countdown is too long to wait."""
LONG = 8.0
"""Seconds without any stream after which that is enough even for a sink that may freeze the process."""
LINGERS, AT_HAND = 0.5, 0.3
"""Seconds after which an opening takes long, and before a cue at which something has to play it."""
CLOSING = 1.0
"""Seconds for which the closing of a sink that made way is waited for."""
STEP = 0.1


@dataclass(frozen=True, slots=True)
class SinkCandidate:
    """One thing to try."""

    title: str  # unique, as it is said to the user
    make: Callable[[], Sink]
    wait: float = 0.0
    """Seconds before it may be tried: it made a speaker hang or crash a moment ago."""
    stopgap: bool = False
    """It needs no device: while others are still being opened, it plays what comes due."""


@dataclass(slots=True)
class _Trial:
    sink: Sink
    rank: int
    begun: float
    thread: threading.Thread
    problem: str = ""
    opened: float | None = None
    abandoned: bool = False
    blocked: bool = False
    """Its device is there, but the sink that plays has to be closed first."""


def sink_candidates(
    wanted: str,
    groups: Sequence[str],
    avoid: Mapping[str, float],
    ring: Callable[[str], None],
    *,
    has_bell: bool,
    device: str = "",
    awake: bool = False,
) -> list[SinkCandidate]:
    """What to try for a user's wish, best first. What is in `avoid` failed a moment ago, and waits so many seconds.

    `device` is tried before the default one of the same sink. `awake`: a loudspeaker has to be kept awake, which only
    a stream does; and which device it is, too.
    """
    program, name = split_device(device)
    piped = bool(device) and (wanted == "pipe" or (wanted == "auto" and device != name))
    found: dict[str, list[SinkCandidate]] = {
        "off": [SinkCandidate("off", make_off_sink)],
        "simpleaudio": [SinkCandidate("simpleaudio", SimpleAudioSink)],
        "portaudio": [SinkCandidate("portaudio", PortAudioSink)],
        "pipe": [SinkCandidate(program, partial(PipeSink, program)) for program in installed_players()],
        "bell": [SinkCandidate("the terminal's bell", lambda: make_bell_sink(ring), stopgap=True)] if has_bell else [],
    }
    if wanted in ("off", "bell"):
        return found[wanted]
    if piped:
        found["pipe"].insert(0, SinkCandidate(f"{program} to {name}", partial(PipeSink, program, name)))
    elif device and wanted in ("auto", "portaudio"):
        found["portaudio"].insert(0, SinkCandidate(f"the device {device}", partial(PortAudioSink, device)))
    order = ["pipe", "portaudio", "bell"] if piped else ["portaudio", "pipe", "bell"]
    plain = len(groups) <= 1 and not awake and not device
    if wanted == "auto" and plain and importlib.util.find_spec("simpleaudio") is not None:
        order.insert(0, "simpleaudio")
    elif wanted != "auto":
        order = [wanted, *(name for name in order if name != wanted)]
    return [replace(choice, wait=avoid.get(name, 0.0)) for name in order for choice in found[name]]


class SinkFailover:
    """The sink in use and the one on trial.

    `say(sink, device, note)` tells of changes, `trying(name)` of a try, `played(id)` of a cue that was begun.
    What is `trusted` (sink and device) has stood its canary in a process before this one: it plays at once, this once.
    """

    def __init__(
        self,
        sink_candidates: Sequence[SinkCandidate],
        scheduler: CueScheduler,
        *,
        say: Callable[[str, str, str], None],
        trying: Callable[[str], None],
        played: Callable[[str], None] = lambda _: None,
        trusted: tuple[str, str] = ("", ""),
    ) -> None:
        self.current: Sink | None = None
        self._rank = len(sink_candidates)
        self._choices = sink_candidates
        self._scheduler = scheduler
        self._say = say
        self._trying = trying
        self._played = played
        self._trusted = trusted
        self._silence = empty_scheduler()
        self._trial: _Trial | None = None
        now = time.monotonic()
        self._retry_at = {rank: now + choice.wait for rank, choice in enumerate(sink_candidates) if choice.wait}
        self._problems = dict.fromkeys(self._retry_at, "it hung or crashed a moment ago")
        self._failed_at: dict[int, float] = {}
        self._tries: dict[int, int] = {}
        self._streamed = float("-inf")
        """When a stream last played."""
        self._next: int | None = None
        """What the sink that played has made way for, and since when, and who closes that one."""
        self._cleared: int | None = None
        self._way_made = 0.0
        self._closing: threading.Thread | None = None

    def sinks(self) -> list[Sink]:
        """Those that have to be pumped."""
        opened = [self._trial.sink] if self._trial is not None and self._trial.opened is not None else []
        return [*opened, *([self.current] if self.current is not None else [])]

    def filenos(self) -> list[int]:
        """Whose being writable calls for a turn."""
        numbers = [sink.fileno() for sink in self.sinks()]
        return [number for number in numbers if number is not None]

    def reset_watchdogs(self, now: float) -> None:
        for sink in self.sinks():
            sink.reset_watchdog(now)

    def pump(self, now: float) -> float:
        """Have them play what is due. Returns when to come back."""
        wake = min([now + STEP, *(sink.pump(now) for sink in self.sinks())])
        self.collect_reports()
        return wake

    def collect_reports(self) -> None:
        """Hear which cues the sinks have begun."""
        for sink in self.sinks():
            self._collect(sink)

    def _collect(self, sink: Sink) -> None:
        begun, missed = sink.take_reports()
        for ident, start in begun:
            self._scheduler.note_begun(ident, start)
            self._played(ident)
        for ident in missed:
            sys.stderr.write(f"{time.monotonic():.3f} too late to be played: {ident}\n")

    def step(self, now: float) -> None:
        """See to faults, trials and what comes back. Called before `pump`."""
        if self._streamed == float("-inf") or not self._makeshift:
            self._streamed = now
        if self.current is not None and (fault := self.current.find_fault(now)) is not None:
            lost, rank = self.current, self._rank
            self.current, self._rank = None, len(self._choices)
            self._give_up(rank, lost, fault, now)
        if self._trial is not None:
            self._watch(self._trial, now)
        if self._trial is None:
            self._try_next(now)
        elif (
            self.current is None
            and now > self._trial.begun + LINGERS
            and self._scheduler.layout.window(now, now + AT_HAND)
        ):
            self._fill_in(self._trial)

    def _try_next(self, now: float) -> None:
        if self._next is not None:
            closing = self._closing is not None and self._closing.is_alive()
            if not closing or now > self._way_made + CLOSING:
                rank, self._next = self._next, None
                self._try(rank, self._choices[rank].make(), now)
            return
        for rank in self._order():
            if self._may_try(rank, now):
                sink = self._choices[rank].make()
                if self._harmless(sink, now):
                    self._try(rank, sink, now)
                    return

    def _try(self, rank: int, sink: Sink, now: float) -> None:
        self._trying(sink.name)
        trial = _Trial(sink, rank, now, threading.Thread(target=lambda: None))
        trial.thread = threading.Thread(target=self._open, args=(trial,), daemon=True)
        self._trial = trial
        trial.thread.start()

    def _order(self) -> list[int]:
        """What is better than what plays, in the order of trial.

        While makeshift, the one that failed longest ago comes first, those that never did before all: ones that take
        long to fail would else keep the others, and the bell, from their turn.
        """
        ranks = list(range(self._rank))
        if self._makeshift:
            ranks.sort(key=lambda rank: self._failed_at.get(rank, float("-inf")))
        return ranks

    def _harmless(self, sink: Sink, now: float) -> bool:
        """Whether a trial may begin: it can crash the process, or freeze it, and what plays with it."""
        plan = self._scheduler.layout
        if self.current is None:
            return True
        if self._makeshift and (not sink.can_freeze_process or now > self._streamed + LONG):
            return all(not item.cue.spec.guarded for item in plan.window(now - 0.3, now + BESIDE_BELL))
        return not plan.window(now - 1.0, now + QUIET)

    def _safe(self, now: float) -> bool:
        """Whether another sink can take over, and no cue is cut, rung by neither or begun late."""
        plan = self._scheduler.layout
        if self.current is None:
            return True
        if self._makeshift:
            near = plan.window(now - 0.3, now + 0.3)
            return all(self._scheduler.has_begun(item.cue.id) for item in near if item.start < now) and not any(
                item.start >= now for item in near
            )
        rate = self._scheduler.rate
        return all(item.start + max(1.0, item.frames / rate) <= now for item in plan.window(now - 10.0, now + 0.5))

    @property
    def _makeshift(self) -> bool:
        """No stream plays: nothing does, or the bell. A trial costs no sound then, unless it harms the process."""
        return self.current is None or self.current.name == "bell"

    def _may_try(self, rank: int, now: float) -> bool:
        failed = self._failed_at.get(rank)
        if failed is not None and self._makeshift and (self.current is None or self._tries.get(rank, 0) <= HOPES):
            return now >= failed + AT_ONCE
        return now >= self._retry_at.get(rank, 0.0)

    @staticmethod
    def _open(trial: _Trial) -> None:
        try:
            trial.sink.open()
        except BlockedError as problem:
            trial.problem, trial.blocked = str(problem), True
        except SinkError as problem:
            trial.problem = str(problem)
        except Exception as problem:  # noqa: BLE001 - whatever an audio library raises, the next sink may work
            trial.problem = f"{type(problem).__name__}: {problem}"
        if trial.abandoned:
            trial.sink.close()  # it has opened after all, when nobody waited for it any more

    def _watch(self, trial: _Trial, now: float) -> None:
        if trial.opened is None:
            if trial.thread.is_alive():
                if now - trial.begun > OPENING:
                    self._fail(trial, "it hangs while it is opened", now)
                return
            if trial.blocked and self.current is not None:
                if self._safe(now) and not self._scheduler.layout.window(now - 1.0, now + QUIET):
                    self._make_way(trial, self.current, now)
                return
            if trial.problem:
                self._fail(trial, trial.problem, now)
                return
            trial.opened = now
            trial.sink.reset_watchdog(now)
        fault = trial.sink.find_fault(now)
        if fault is not None:
            self._fail(trial, fault, now)
        elif now - trial.opened >= self._canary(trial.sink) and self._safe(now):
            self._trial = None
            self._promote(trial, now)

    def _canary(self, sink: Sink) -> float:
        proven = sink.name in ("off", "bell") or (sink.name, sink.device) == self._trusted
        return 0.0 if proven else CANARY

    def _promote(self, trial: _Trial, now: float) -> None:
        former, self.current, self._rank = self.current, trial.sink, trial.rank
        if former is not None:
            self._retire(former)
        trial.sink.attach(self._scheduler)
        trial.sink.pump(now)
        self._trusted = ("", "")
        self._problems.pop(trial.rank, None)
        self._tries.pop(trial.rank, None)
        if trial.rank == self._cleared:
            self._cleared = None
        self.tell()

    def _fill_in(self, trial: _Trial) -> None:
        """Have what needs no device play while that one is on trial: a server that hangs makes each take seconds."""
        for rank, choice in enumerate(self._choices):
            if choice.stopgap and rank > trial.rank:
                self.current, self._rank = choice.make(), rank
                self.current.attach(self._scheduler)
                self.tell()
                return

    def _make_way(self, trial: _Trial, former: Sink, now: float) -> None:
        """Give up what plays for a better sink that cannot be opened beside it."""
        self._trial = self.current = None
        self._rank = len(self._choices)
        self._next = self._cleared = trial.rank
        self._way_made = now
        self._closing = self._retire(former)
        self.tell()

    def _retire(self, former: Sink) -> threading.Thread:
        """Close a sink that works. It begins no more, and what it has begun is not played again."""
        former.attach(self._silence)
        self._collect(former)
        return self._shut(former)

    def _fail(self, trial: _Trial, problem: str, now: float) -> None:
        self._trial = None
        trial.abandoned = True
        self._give_up(trial.rank, trial.sink, problem, now)

    def _give_up(self, rank: int, sink: Sink, problem: str, now: float) -> None:
        sys.stderr.write(f"{now:.3f} {self._choices[rank].title}: {problem}\n")
        if sink.name == self._trusted[0]:  # PortAudio's has no device before it is open
            self._trusted = ("", "")
        self._problems[rank] = problem
        self._failed_at[rank] = now
        tries = self._tries[rank] = self._tries.get(rank, 0) + 1
        self._retry_at[rank] = now + (IN_VAIN if rank == self._cleared else RETRY[min(tries, len(RETRY)) - 1])
        if rank == self._cleared:
            self._cleared = None
        self._shut(sink)
        self.tell()

    def _shut(self, sink: Sink) -> threading.Thread:
        thread = threading.Thread(target=sink.close, daemon=True)
        thread.start()
        return thread

    def tell(self) -> None:
        """Say what plays, and why nothing better does."""
        worse = [
            f"{self._choices[rank].title}: {self._problems[rank]}"
            for rank in sorted(self._problems)
            if rank < self._rank
        ]
        if self.current is None:
            hope = "no sound, cues are only on the screen" if len(worse) == len(self._choices) else "no sound yet"
            self._say("", "", f"{hope} ({'; '.join(worse)})" if worse else "")
            return
        note = f"sound comes out of {self._choices[self._rank].title} ({'; '.join(worse)})" if worse else ""
        self._say(self.current.name, self.current.device, note)

    def close(self) -> None:
        for sink in self.sinks():
            self._shut(sink)
