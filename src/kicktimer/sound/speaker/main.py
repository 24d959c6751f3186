"""The speaker process: `python -m kicktimer.sound.speaker`.

Reads the messages of `protocol` from its standard input, the options first, answers on its standard output, and
plays. It lives in a process of its own so that nothing in the program can move a cue, and nothing in an audio library
can harm a session. It ends with its input, and with its parent. Audio libraries print to file descriptor 2: the
parent makes that the log.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kicktimer.cue_table import CUE_SPECS
from kicktimer.sound.protocol import LineDecoder, ScheduledCue, SpeakerOptions, encode
from kicktimer.sound.speaker import clips, priority
from kicktimer.sound.speaker.clip_loader import ClipLoader
from kicktimer.sound.speaker.failover import SinkFailover, sink_candidates
from kicktimer.sound.speaker.scheduler import CueScheduler

FAULTS = 3
"""So many bad sounds of a user's own are named; the log has all."""
STOOD_STILL = 0.25
"""Seconds of lateness of the loop after which the whole process is held to have stood still."""
UNPACK = 5.0
"""Seconds before they start in which clips of speech are unpacked."""
UNPACK_LATE = 0.5
"""Seconds after their moment until which they still are."""
STILL = 0.1
"""Nothing is unpacked so many seconds before and after a tone or a counted number begins."""
PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> None:
    """Have the kernel send this signal when the parent ends (Linux); elsewhere the end of the input tells it."""
    if sys.platform != "linux":
        return
    try:
        import ctypes  # noqa: PLC0415 - not every Python is built with it, and only Linux needs it

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    except (ImportError, OSError, AttributeError) as problem:
        log(f"the parent's death is seen by the end of the input only: {problem}")


def log(text: str) -> None:
    sys.stderr.write(f"{time.monotonic():.3f} {text}\n")
    sys.stderr.flush()


def leave(*_: object) -> None:
    """End at once, with every program that was started. No clean-up: audio libraries crash or hang in theirs."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


@dataclass(slots=True)
class ParentPipe:
    """The pipes to the parent. What does not fit into the pipe at once waits: the parent may be busy."""

    lines: LineDecoder = field(default_factory=LineDecoder)
    waiting: bytearray = field(default_factory=bytearray)

    def send(self, *message: object) -> None:
        self.waiting += encode(*message)
        self.flush()

    def flush(self) -> None:
        try:
            while self.waiting:
                del self.waiting[: os.write(1, self.waiting)]
        except BlockingIOError:
            return
        except BrokenPipeError:
            leave()

    def receive(self) -> list[list[Any]]:
        try:
            data = os.read(0, 65536)
        except BlockingIOError:
            return []
        if not data:
            leave()
        messages, faults = self.lines.feed(data)
        for fault in faults:
            log(f"not understood: {fault}")
        return messages


class SpeakerLoop:
    """Everything between the messages and the sinks."""

    def __init__(self, options: SpeakerOptions, link: ParentPipe) -> None:
        self.clips = clips.Clips(clips.folder(), options.groups, options.volume)
        self._renewed = threading.Event()
        self._heard: tuple[str, str, str] | None = None
        self._told: list[str] = []
        self._awake = options.keep_awake
        self._delay = options.delay
        self._device = options.device
        self._cache = Path(options.cache)
        self.workshop = ClipLoader(self.clips, changed=self._renewed.set, log=log)
        if options.own_sounds:
            self.workshop.read_own(Path(options.own_sounds))
        self.scheduler = CueScheduler(self.clips.clip, rate=clips.RATE, delay=options.delay, keep_awake=options.keep_awake)
        self._link = link
        tried = sink_candidates(
            options.sink,
            options.groups,
            dict(options.avoid),
            lambda cue: link.send("bell", cue),
            device=options.device,
            has_bell=options.bell,
            awake=options.keep_awake,
        )
        self.outlets = SinkFailover(
            tried,
            self.scheduler,
            say=self._say,
            trying=lambda name: link.send("trying", name),
            played=lambda ident: link.send("played", ident),
            trusted=options.trusted,
        )
        if options.avoid:  # what hung plays no more, and what comes instead may take seconds
            self.outlets.tell()

    def _say(self, sink: str, device: str, note: str) -> None:
        current = self.outlets.current
        # Where a hang would stop Python too, only a signal that needs none can end this process with its parent.
        die_with_parent(signal.SIGKILL if current is not None and current.can_freeze_process else signal.SIGHUP)
        self._heard = (sink, device, note)
        self._tell()

    def _tell(self) -> None:
        """What the sound comes out of, and what is wrong with a user's own sounds."""
        if self._heard is None:
            return
        sink, device, note = self._heard
        faults = "; ".join(self.clips.faults[:FAULTS])
        if more := len(self.clips.faults[FAULTS:]):
            faults += f" and {more} more"
        notes = [note, faults and f"built-in sounds are used instead of {faults}"]
        if self._device and sink == "simpleaudio":
            notes.append("simpleaudio knows no device but the default one")
        if self._awake and sink in ("simpleaudio", "bell"):
            notes.append(f"{sink} cannot keep a loudspeaker awake")
        told = ["state", sink, device, "; ".join(each for each in notes if each)]
        if told != self._told:
            self._told = told
            self._link.send(*told)

    def obey(self, message: list[Any], now: float) -> None:
        """Do what one message says. One of another shape is told to the log, and nothing else."""
        match message:
            case [
                "at", str(ident), (int() | float()) as at, str(cue), str(group), str(text), None | float() as until,
            ] if cue in CUE_SPECS:  # fmt: skip
                self.scheduler.add(ScheduledCue(ident, float(at), cue, group, text, until))
            case ["now", str(ident), str(cue), str(group), str(text)] if cue in CUE_SPECS:
                self.scheduler.add(
                    ScheduledCue(ident, now + self._delay, cue, group, text)
                )  # no sooner can it be heard
            case ["cancel", str(ident)]:
                self.scheduler.remove(ident)
            case ["prepare", *texts]:
                self.workshop.prepare([text for text in texts if isinstance(text, str)], self._cache)
            case ["mute", bool(on)]:
                self.scheduler.muted = on
            case ["ping", int(number)]:
                self._link.send("pong", number)
            case ["quit"]:
                leave()
            case _:
                log(f"not understood: {message}")

    def turn(self, now: float) -> float:
        """Everything that is due. Returns the moment of the next turn."""
        # A stream begins cues on another thread. Cues that are known to have begun keep their places in a new layout.
        self.outlets.collect_reports()
        self.scheduler.update_layout(now)
        plan = self.scheduler.layout
        if all(item.cue.spec.waits for item in plan.window(now - STILL, now + STILL)):
            # The processors are for what sounds now; but what is said at once has to be unpacked first.
            coming = plan.window(now - UNPACK_LATE, now + UNPACK)
            self.workshop.unpack(item.sound for item in coming if not self.scheduler.has_begun(item.cue.id))
        if self._renewed.is_set():
            self._renewed.clear()
            self.scheduler.invalidate()
            self._tell()
        self.outlets.step(now)
        return self.outlets.pump(now)


def first_line() -> bytes:
    """Waited for: without it there is nothing to do. What follows it is not read yet."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            leave()
        line += byte
    return bytes(line)


def main() -> None:
    signal.signal(signal.SIGHUP, leave)
    options = SpeakerOptions.from_line(first_line())
    die_with_parent(signal.SIGHUP)
    if options.parent and os.getppid() != options.parent:
        leave()  # it has ended before we could ask to be told
    for number in (0, 1):
        os.set_blocking(number, False)
    link = ParentPipe()
    speaker = SpeakerLoop(options, link)
    log(f"speaker {os.getpid()} for {options.sink}: {priority.raise_priority()} priority")
    gc.collect()
    gc.freeze()
    gc.disable()  # nothing here makes cycles that grow, and a collection would stop the mixing thread
    wake = time.monotonic()
    while True:
        writable = speaker.outlets.filenos()
        if link.waiting:
            writable.append(1)
        ready, room, _ = select.select([0], writable, [], max(0.0, wake - time.monotonic()))
        now = time.monotonic()
        if now - wake > STOOD_STILL:
            log(f"stood still for {now - wake:.3f} s")
            speaker.outlets.reset_watchdogs(now)
        if ready:
            for message in link.receive():
                speaker.obey(message, now)
        if 1 in room:
            link.flush()
        wake = speaker.turn(now)


def run() -> None:
    """Runs the process. An unexpected error goes to the log; the audio libraries' own clean-up never runs."""
    try:
        main()
    except BaseException:  # noqa: BLE001 - the process is about to end, and the log is all that remains
        import traceback  # noqa: PLC0415 - only where something has failed

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
