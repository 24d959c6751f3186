"""Work on sounds that takes its time, on a thread of ordinary priority: it delays no cue.

It unpacks speech before it is due, reads a coach's own sounds, and has texts spoken. What is not ready in time is
replaced by what is there: the built-in sound, or a chime.
"""

from __future__ import annotations

import sys
import threading
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

from kicktimer.sound.speaker.wav import LARGEST, WavError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from kicktimer.sound.speaker.clips import Clips, Sound
    from kicktimer.sound.speech import SpeechProgram

MOST_FILES = 250
"""Files of a coach's own at most: so many sounds there are, and half as many again."""
MOST_BYTES = 32_000_000
"""Bytes of them at most."""
MOST_TEXTS = 200
SWITCH = 0.001
"""Seconds after which work gives the interpreter to a thread that asks for it."""


class ClipLoader:
    """One thread for what is short and wanted soon, one for what may take seconds; on each one job after another.

    `changed` and `log` are called on them.
    """

    def __init__(self, clips: Clips, *, changed: Callable[[], None], log: Callable[[str], None]) -> None:
        self._clips = clips
        self._changed = changed
        self._log = log
        self._soon: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._known: set[str] = set()
        self._voice: SpeechProgram | None = None
        self._looked = False
        sys.setswitchinterval(SWITCH)
        for jobs in (self._soon, self._jobs):
            threading.Thread(target=self._run, args=(jobs,), daemon=True).start()

    def _run(self, jobs: SimpleQueue[Callable[[], None]]) -> None:
        # Not behind other programs: one that waits for the processor, the interpreter's lock in its hands, holds up
        # the cues, too.
        while True:
            job = jobs.get()
            try:
                job()
            except Exception as problem:  # noqa: BLE001 - one sound that fails is one sound less
                self._log(f"a sound could not be made: {type(problem).__name__}: {problem}")

    def unpack(self, sounds: Iterable[Sound]) -> None:
        """Have these made, soon."""
        for sound in sounds:
            if not sound.unpacked() and not sound.waits:
                sound.waits = True
                self._soon.put(partial(self._clips.unpack, sound))

    def read_own(self, folder: Path) -> None:
        """Replace sounds by the files of a folder."""
        self._jobs.put(lambda: self._read_own(folder))

    def _read_own(self, folder: Path) -> None:
        try:
            found = [path for path in folder.iterdir() if path.suffix.casefold() == ".wav"]
            # Those that would replace something come first, and are the first to be named.
            paths = sorted(found, key=lambda path: (path.stem not in self._clips.sounds, path))
        except OSError as problem:
            self._clips.faults.append(f"{folder}: {problem.strerror}")
            paths = []
        room = MOST_BYTES
        for number, path in enumerate(paths):
            if not path.is_file():  # a pipe would be waited for
                self._clips.faults.append(f"{path.name}: no file")
                continue
            size = min(path.stat().st_size, LARGEST)
            room -= size
            if number >= MOST_FILES or room < 0:
                self._clips.faults.append(f"{path.name}: there are too many sounds before it")
                break
            self._clips.own(path)
        for fault in self._clips.faults:
            self._log(f"sounds: {fault}")
        self._changed()

    def prepare(self, texts: Iterable[str], folder: Path) -> None:
        """Have texts spoken that nobody has recorded."""
        for text in texts:
            if text not in self._known and len(self._known) < MOST_TEXTS:
                self._known.add(text)
                self._jobs.put(partial(self._prepare, text, folder))

    def _prepare(self, text: str, folder: Path) -> None:
        if self._clips.recorded(text):
            return
        from kicktimer.sound import speech  # noqa: PLC0415 - it brings 4 MB of cryptography: for those who need it

        if not self._looked:
            self._looked = True
            self._voice = speech.installed()
            speech.tidy(folder)
        if self._voice is None:
            return
        try:
            self._clips.prepare(text, speech.spoken(text, self._voice, folder))
        except (speech.SpeechError, WavError, OSError) as problem:
            self._log(f"{text!r} will be a chime: {problem}")
        else:
            self._changed()
