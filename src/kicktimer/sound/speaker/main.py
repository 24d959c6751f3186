"""The speaker process: `python -m kicktimer.sound.speaker`.

It reads the messages of `protocol` from standard input, the options first, plays the cues, and answers on standard
output. It is a process of its own so that the app cannot delay a cue and an audio library cannot crash the session. It
ends when its input or its parent ends. Audio libraries print to file descriptor 2, which the parent redirects to the
log.
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
from kicktimer.sound.speaker import clips, realtime_priority
from kicktimer.sound.speaker.candidates import sink_candidates
from kicktimer.sound.speaker.clip_loader import ClipLoader
from kicktimer.sound.speaker.failover import SinkFailover
from kicktimer.sound.speaker.scheduler import CueScheduler

MAX_NAMED_FAULTS = 3
"""The coach is told of at most this many faulty sound files. The log names all of them."""
SUSPENDED_S = 0.25
"""When the loop runs this much too late, the whole process was suspended."""
UNPACK_AHEAD_S = 5.0
"""Clips of speech are unpacked when they start within this time."""
UNPACK_LATE_S = 0.5
"""Clips of speech that should have started up to this long ago are still unpacked."""
UNPACK_PAUSE_S = 0.1
"""Nothing is unpacked this long before and after the start of a tone or a counted number."""
PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> None:
    """Lets the kernel send signal `number` to this process when its parent ends. Linux only.

    On other systems, the end of the input shows that the parent has ended.
    """
    if sys.platform != "linux":
        return
    try:
        import ctypes  # noqa: PLC0415 - some Pythons are built without it, and only Linux needs it

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    except (ImportError, OSError, AttributeError) as problem:
        log(f"only the end of the input will show that the parent has ended: {problem}")


def log(text: str) -> None:
    sys.stderr.write(f"{time.monotonic():.3f} {text}\n")
    sys.stderr.flush()


def exit_now(*_: object) -> None:
    """Ends the process at once, with every program that it has started.

    There is no clean-up, because audio libraries crash or hang in theirs.
    """
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


@dataclass(slots=True)
class ParentPipe:
    """The pipes to the parent. Neither blocks: the parent may be too busy to read."""

    lines: LineDecoder = field(default_factory=LineDecoder)
    unsent: bytearray = field(default_factory=bytearray)
    """Bytes that did not fit into the pipe yet."""

    def send(self, *message: object) -> None:
        self.unsent += encode(*message)
        self.flush()

    def flush(self) -> None:
        """Writes what the pipe has room for. Ends the process if the parent has closed it."""
        try:
            while self.unsent:
                del self.unsent[: os.write(1, self.unsent)]
        except BlockingIOError:
            return
        except BrokenPipeError:
            exit_now()

    def receive(self) -> list[list[Any]]:
        """Returns the messages that have arrived. Ends the process at the end of the input."""
        try:
            data = os.read(0, 65536)
        except BlockingIOError:
            return []
        if not data:
            exit_now()
        messages, faults = self.lines.feed(data)
        for fault in faults:
            log(f"not understood: {fault}")
        return messages


class SpeakerLoop:
    """Joins the messages from the parent, the clips, the scheduler and the sinks."""

    def __init__(self, options: SpeakerOptions, link: ParentPipe) -> None:
        self.clips = clips.Clips(clips.find_sounds_folder(), options.groups, options.volume)
        self._clips_changed = threading.Event()
        self._sink_state: tuple[str, str, str] | None = None
        self._last_sent: list[str] = []
        self._options = options
        self.loader = ClipLoader(self.clips, on_change=self._clips_changed.set, log=log)
        if options.own_sounds:
            self.loader.read_own(Path(options.own_sounds))
        self.scheduler = CueScheduler(
            self.clips.clip, rate=clips.RATE, delay=options.delay, keep_awake=options.keep_awake
        )
        self._link = link
        candidates = sink_candidates(
            options.sink,
            options.groups,
            dict(options.avoid),
            lambda cue: link.send("bell", cue),
            device=options.device,
            has_bell=options.bell,
            keep_awake=options.keep_awake,
        )
        self.failover = SinkFailover(
            candidates,
            self.scheduler,
            report=self._note_sink,
            note_trial=lambda name: link.send("trying", name),
            note_played=lambda ident: link.send("played", ident),
            trusted=options.trusted,
        )
        if options.avoid:  # the sink of the previous process has failed, and the next one may take seconds to start
            self.failover.report_state()

    def _note_sink(self, sink: str, device: str, note: str) -> None:
        current = self.failover.current
        # A sink that hangs while it holds the interpreter's lock stops the handler of SIGHUP. SIGKILL needs none.
        die_with_parent(signal.SIGKILL if current is not None and current.can_freeze_process else signal.SIGHUP)
        self._sink_state = (sink, device, note)
        self._send_state()

    def _send_state(self) -> None:
        """Sends the sink, the device, and what is wrong with them or with a user's own sounds, if it has changed."""
        if self._sink_state is None:
            return
        sink, device, note = self._sink_state
        faults = "; ".join(self.clips.faults[:MAX_NAMED_FAULTS])
        if more := len(self.clips.faults[MAX_NAMED_FAULTS:]):
            faults += f" and {more} more"
        notes = [note, faults and f"built-in sounds are used instead of {faults}"]
        if self._options.device and sink == "simpleaudio":
            notes.append("simpleaudio knows no device but the default one")
        if self._options.keep_awake and sink in ("simpleaudio", "bell"):
            notes.append(f"{sink} cannot keep a loudspeaker awake")
        message = ["state", sink, device, "; ".join(each for each in notes if each)]
        if message != self._last_sent:
            self._last_sent = message
            self._link.send(*message)

    def handle(self, message: list[Any], now: float) -> None:
        """Handles one message of `protocol`. A message of another form is logged and ignored."""
        match message:
            case [
                "at", str(ident), (int() | float()) as at, str(cue), str(group), str(text), None | float() as until,
            ] if cue in CUE_SPECS:  # fmt: skip
                self.scheduler.add(ScheduledCue(ident, float(at), cue, group, text, until))
            case ["now", str(ident), str(cue), str(group), str(text)] if cue in CUE_SPECS:
                earliest = now + self._options.delay  # a cue is played `delay` s before its moment
                self.scheduler.add(ScheduledCue(ident, earliest, cue, group, text))
            case ["cancel", str(ident)]:
                self.scheduler.remove(ident)
            case ["prepare", *texts]:
                self.loader.prepare([text for text in texts if isinstance(text, str)], Path(self._options.cache))
            case ["mute", bool(on)]:
                self.scheduler.muted = on
            case ["ping", int(number)]:
                self._link.send("pong", number)
            case ["quit"]:
                exit_now()
            case _:
                log(f"not understood: {message}")

    def step(self, now: float) -> float:
        """Does everything that is due. Returns the moment of the next step."""
        # A stream begins cues on another thread. Cues that are known to have begun keep their places in a new layout.
        self.failover.collect_reports()
        self.scheduler.update_layout(now)
        layout = self.scheduler.layout
        if all(item.cue.spec.waits for item in layout.window(now - UNPACK_PAUSE_S, now + UNPACK_PAUSE_S)):
            # While a tone or a number begins, the processors are left to it. Other speech has to be unpacked first.
            upcoming = layout.window(now - UNPACK_LATE_S, now + UNPACK_AHEAD_S)
            self.loader.unpack(item.sound for item in upcoming if not self.scheduler.has_begun(item.cue.id))
        if self._clips_changed.is_set():
            self._clips_changed.clear()
            self.scheduler.invalidate()
            self._send_state()
        self.failover.step(now)
        return self.failover.pump(now)


def read_first_line() -> bytes:
    """Waits for the first line of the input and returns it. What follows it is left unread."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            exit_now()
        line += byte
    return bytes(line)


def main() -> None:
    signal.signal(signal.SIGHUP, exit_now)
    options = SpeakerOptions.from_line(read_first_line())
    die_with_parent(signal.SIGHUP)
    if options.parent and os.getppid() != options.parent:
        exit_now()  # the parent has ended before `die_with_parent` was called
    for number in (0, 1):
        os.set_blocking(number, False)
    link = ParentPipe()
    speaker = SpeakerLoop(options, link)
    log(f"speaker {os.getpid()} for {options.sink}: {realtime_priority.raise_priority()} priority")
    gc.collect()
    gc.freeze()
    gc.disable()  # the process creates no growing number of cycles, and a collection would interrupt the mixing thread
    wake = time.monotonic()
    while True:
        writable = speaker.failover.filenos()
        if link.unsent:
            writable.append(1)
        ready, room, _ = select.select([0], writable, [], max(0.0, wake - time.monotonic()))
        now = time.monotonic()
        if now - wake > SUSPENDED_S:
            log(f"the process was suspended for {now - wake:.3f} s")
            speaker.failover.reset_watchdogs(now)
        if ready:
            for message in link.receive():
                speaker.handle(message, now)
        if 1 in room:
            link.flush()
        wake = speaker.step(now)


def run() -> None:
    """Runs the process. An unexpected exception is logged; then it exits without the audio libraries' clean-up."""
    try:
        main()
    except BaseException:  # noqa: BLE001 - the process ends, and the log has to say why
        import traceback  # noqa: PLC0415 - only needed after a failure

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
