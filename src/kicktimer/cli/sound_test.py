"""The doctor's part about sound: every cue by name, through what a session would use, and the coach's word on it.

A cue is named on the screen at the moment when it should be heard, so that a loudspeaker that lags shows itself. Where
there is nobody to ask it plays, and asks nothing. What the coach changes (output, volume, delay) is tried at once, and
kept in the settings only once it was heard.
"""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import TYPE_CHECKING

from kicktimer.cue_table import CUE_SPECS
from kicktimer.errors import KicktimerError
from kicktimer.settings import MOST_DELAY, save_settings, settings_path
from kicktimer.sound import ScheduledCue, SoundOutput, SpeakerClient, SpeakerState, outputs
from kicktimer.sound.speech import SpeechError, installed, spoken
from kicktimer.sound_check import note_heard
from kicktimer.text import clean, columns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kicktimer.settings import Settings

FOUND_S = 8.0  # how long a speaker may look for something that sounds
LEAD_S = 0.7  # before the first cue
STEP = 10  # percent of volume
NAME = "Dana"
PLAYERS = "Is a loudspeaker there? On Debian and Raspberry Pi OS: sudo apt install libportaudio2 alsa-utils"
FAULTY = "built-in sounds are used instead of"  # as the speaker's note begins that tells of sounds of one's own
QUESTION = """
Did you hear everything?
  y yes   n no   a again   o another output   + - volume   d delay   q leave"""
AUTO = SoundOutput("auto", "", "kicktimer's choice: the first that works")


@dataclass(frozen=True, slots=True)
class TestStep:
    """A cue, what is said of it, and the seconds until the next."""

    cue: str
    meaning: str
    lasts: float = 1.2
    text: str = ""


STEPS = {
    spec.name: TestStep(spec.name, spec.doctor_text, spec.doctor_lasts_s, spec.doctor_speech)
    for spec in CUE_SPECS.values()
}
ALL = tuple(step for name, step in STEPS.items() if name != "result")  # a result depends on the settings: `_result`
TRIAL = (STEPS["go"], STEPS["say"])
BEATS = (*(TestStep("pip", "now", 1.0) for _ in range(4)), TestStep("go", "NOW", 1.5))
RESULTS = {"time": ("63.7", "sixty-three seven"), "difference": ("+0.2", "plus two")}


def tell(tag: str, text: str) -> None:
    """One finding, on as many lines as it needs."""
    lines = wrap(
        clean(text), max(40, shutil.get_terminal_size().columns - 6), break_on_hyphens=False, break_long_words=False
    )
    print("\n".join(f"{'' if number else tag:5}{line}" for number, line in enumerate(lines)), flush=True)


def asked(question: str) -> str:
    """What somebody answers on the terminal; what was typed before the question is no answer. Raises EOFError."""
    import termios  # noqa: PLC0415 - only where there is a terminal

    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    return input(question).strip()


def speaker_of(settings: Settings, log: Path, ring: Callable[[], None] | None) -> SpeakerClient:
    """A speaker as a session of one group has it, but that it plays all cues."""
    return SpeakerClient(
        sink=settings.sound,
        device=settings.device,
        groups=["A"],
        log=log,
        on_change=lambda _: None,
        on_bell=ring,
        delay=settings.delay,
        volume=settings.gain,
        awake=settings.keep_awake,
        own=settings.sounds_folder,
    )


class SoundTest:
    """Somebody listens: `run` once. `ask` puts a question and gives the answer; without it nothing is asked."""

    def __init__(
        self,
        settings: Settings,
        make: Callable[[Settings], SpeakerClient],
        ask: Callable[[str], str] | None,
        *,
        find: Callable[[], Sequence[SoundOutput]] = outputs,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._make = make
        self._ask = ask
        self._find = find
        self._now = now
        self._sleep = sleep
        self._speaker: SpeakerClient | None = None
        self._heard: SpeakerState | None = None  # what cues have come out of since the speaker was started
        self._changes: dict[str, object] = {}
        self._plays = 0
        self._note = ""  # as it was told last

    def run(self) -> bool:
        """False where nothing sounds, or where the coach says that nothing is heard."""
        if self._settings.sound == "off":
            tell("ok", "sound: off, as asked for; `kicktimer doctor --sound auto` plays it")
            return True
        lines = (*ALL, _result(self._settings, named=_voice()))
        try:
            if not self._open():
                return False
            self._listen(lines)
            self._own_sounds()
            if self._ask is None:
                tell("", "Heard nothing? Turn the volume up, look at the output that is chosen, then try --sound bell.")
                return True
            return self._answers(self._ask, lines)
        finally:
            self._close()

    # -- playing

    def _open(self) -> bool:
        """A speaker for the settings as they are now. False, and said so, where nothing sounds."""
        self._close()
        self._speaker = self._make(self._settings)
        self._speaker.start()
        self._speaker.prepare([NAME])
        until = self._now() + FOUND_S
        while not self._speaker.state.alive and self._now() < until:
            self._sleep(0.05)
        self._heard = None
        state = self._speaker.state
        self._note = state.note
        if not state.alive or state.sink in ("", "off"):
            tell("MEND", f"sound: nothing here sounds. {state.note}")
            tell("", PLAYERS)
            return False
        how = f"volume {self._settings.volume} %, delay {self._settings.delay * 1000:.0f} ms"
        tell("ok", f"sound: through {_through(state)}, {how}")
        if state.note:
            tell("", f"{state.note}.")
        if state.sink == "bell" and self._settings.sound == "auto":
            tell("", f"A bell has no words. {PLAYERS}")
        return True

    def _close(self) -> None:
        if self._speaker is not None:
            self._speaker.close()
            self._speaker = None

    def _listen(self, lines: Sequence[TestStep]) -> None:
        """Cues with their names, but for those that are off or cannot be heard."""
        assert self._speaker is not None
        cues = self._settings.cues - ({"result"} if self._settings.results == "off" else set())
        rung = {cue for cue in cues if CUE_SPECS[cue].rings_bell} if self._speaker.state.sink == "bell" else cues
        self._play([line for line in lines if line.cue in rung], _row)
        if unrung := [line.cue for line in lines if line.cue in cues - rung]:
            tell("", f"a bell does not ring for: {', '.join(unrung)}")
        off = [line.cue for line in lines if line.cue not in cues]
        if off:
            tell("", f"off in the settings: {', '.join(off)}")

    def _play(self, lines: Sequence[TestStep], show: Callable[[TestStep], None]) -> None:
        """Cues one after the other, each shown when it is due."""
        assert self._speaker is not None
        self._plays += 1
        self._heard = self._speaker.state
        at = self._now() + LEAD_S + self._settings.delay
        due = []
        for line in lines:
            due.append(at)
            at += line.lasts
        self._speaker.schedule(
            [
                ScheduledCue(f"{self._plays}/{number}", moment, line.cue, "A", line.text)
                for number, (line, moment) in enumerate(zip(lines, due, strict=True))
            ]
        )
        for line, moment in zip(lines, due, strict=True):
            self._wait(moment)
            show(line)
        self._wait(at)

    def _wait(self, moment: float) -> None:
        self._sleep(max(0.0, moment - self._now()))

    def _own_sounds(self) -> None:
        """Told after the cues: reading them takes its time."""
        assert self._speaker is not None
        folder, note = self._settings.sounds_folder, self._speaker.state.note
        if note not in ("", self._note):
            tell("", f"{note}.")
        if FAULTY in note:
            tell(
                "tip",
                f"own sounds: mend these files in {folder}, or take them out; docs/sounds.md tells what is played",
            )
        elif folder is not None:
            tell("ok", f"own sounds: from {folder}")

    # -- answers

    def _answers(self, ask: Callable[[str], str], lines: Sequence[TestStep]) -> bool:
        denied = False
        while True:
            print(QUESTION)
            match _answer(ask, "> ").lower():
                case "y" | "yes":
                    if (heard := self._truly_heard()) is not None:
                        return self._keep(heard)
                case "n" | "no":
                    denied = True
                    tell(
                        "", "Turn the machine and the loudspeaker up, and wake it. Still nothing? Pick another output:"
                    )
                    self._pick(ask)
                case "a" | "again":
                    self._listen(lines)
                case "o" | "output":
                    self._pick(ask)
                case "+" | "=":
                    self._louder(STEP)
                case "-":
                    self._louder(-STEP)
                case "d" | "delay":
                    self._delay(ask)
                case "q" | "quit":
                    if self._changes:
                        tell("", "The settings are as they were.")
                    return not denied
                case other:
                    tell("", f"{clean(other)[:20]!r} is no answer here" if other else "an answer is a letter and Enter")

    def _truly_heard(self) -> SpeakerState | None:
        """What the cues came out of. None where nothing has sounded there yet: then something does now."""
        assert self._speaker is not None
        state, heard = self._speaker.state, self._heard
        if heard is not None and state.alive and (state.sink, state.device) == (heard.sink, heard.device):
            return heard
        tell("", f"It comes out of {_through(state)} now. Listen once more:")
        self._play(TRIAL, _row)
        return None

    def _keep(self, heard: SpeakerState) -> bool:
        """Keeps what was heard, and says where. False where it cannot be kept."""
        kept = True
        try:
            note_heard(heard.sink, heard.device, date.today())  # noqa: DTZ011 - the user's own day
            tell("ok", f"heard today through {_through(heard)}: the live screen will not ask")
            if heard.sink == "simpleaudio" and self._settings.sound == "auto":
                tell("", "With several groups another output plays, and it asks: `kicktimer doctor --sound portaudio`.")
        except KicktimerError as error:
            tell("tip", f"{error.message}: {error.hint}")
        if self._changes:
            try:
                save_settings(self._changes)
                told = ", ".join(f"{name} {value}" for name, value in self._changes.items() if value != "")
                tell("ok", f"saved in {settings_path()}: {told}")
            except KicktimerError as error:
                tell("MEND", " ".join(f"{error.message} {error.hint}".split()))
                kept = False
        return kept

    def _change(self, **changes: object) -> bool:
        """Other settings, at once. False where nothing sounds then, or another output than is asked for: not kept."""
        before = self._settings
        self._settings = before.model_copy(update=changes)
        if self._open() and ("sound" not in changes or self._is_set()):
            self._changes.update(changes)
            return True
        self._settings = before
        return False

    def _is_set(self) -> bool:
        """Whether sound comes out of what is set, not out of what stands in for it."""
        assert self._speaker is not None
        state, sink, device = self._speaker.state, self._settings.sound, self._settings.device
        name = device.partition(":")[2] if sink == "pipe" else device  # "pacat:jbl" is told as "pacat to jbl"
        return sink == "auto" or (state.sink == sink and clean(name) in state.device)

    def _pick(self, ask: Callable[[str], str]) -> None:
        print("  Looking for outputs …", flush=True)
        found = (AUTO, *self._find())
        width = shutil.get_terminal_size().columns - 8
        for number, output in enumerate(found, 1):
            here = (output.sink, output.device) == (self._settings.sound, self._settings.device)
            print(f"{'*' if here else ' '} {number:3}  {_cut(clean(output.title), width)}")
        answer = _answer(ask, "Number (* is set now; Enter: leave it): ")
        if not answer or answer == "q":
            return
        if not answer.isascii() or not answer.isdigit() or not 1 <= int(answer[:4]) <= len(found):
            tell("", f"There is no output “{answer[:20]}”: a number from 1 to {len(found)}.")
            return
        output = found[int(answer[:4]) - 1]
        if self._change(sound=output.sink, device=output.device):
            self._play(TRIAL, _row)
            if self._settings.delay:
                tell("tip", f"a delay of {self._settings.delay * 1000:.0f} ms is still set: d, if it was another's")
        else:
            tell("MEND", f"{output.title}: no sound comes out of it. As before:")
            if self._open():
                self._play(TRIAL, _row)

    def _louder(self, step: int) -> None:
        volume = min(100, max(0, self._settings.volume + step))
        if volume == self._settings.volume:
            tell("", f"It is {volume} % already." + (" Turn the machine or the loudspeaker up." if step > 0 else ""))
        elif self._change(volume=volume):
            self._play(TRIAL, _row)

    def _delay(self, ask: Callable[[str], str]) -> None:
        now = round(self._settings.delay * 1000)
        answer = _answer(ask, f"ms that it lags (a wire 0, Bluetooth 100 to 350; Enter: {now}): ").removesuffix("ms")
        wanted = answer.strip() or str(now)
        if not wanted.isascii() or not wanted.isdigit() or int(wanted[:6]) > MOST_DELAY * 1000:
            tell("", f"A whole number of ms, from 0 to {MOST_DELAY * 1000:.0f}.")
            return
        if int(wanted) != now and not self._change(delay=int(wanted) / 1000):
            return
        print("     Each beep belongs to its word:\n    ", end="", flush=True)
        self._play(BEATS, lambda line: print(f" {line.meaning}", end="", flush=True))
        print()
        tell("", "Heard after the word: a larger number. Before it: a smaller one.")


def _answer(ask: Callable[[str], str], question: str) -> str:
    try:
        return clean(ask(question))
    except UnicodeDecodeError:  # a key that this terminal sends in another encoding
        return ""
    except EOFError:
        print()
        return "q"


def _row(line: TestStep) -> None:
    print(f"       {line.cue:9} {line.meaning}", flush=True)


def _result(settings: Settings, *, named: bool) -> TestStep:
    """What is spoken after a finish, with a name where a voice can speak one."""
    step = STEPS["result"]
    text, words = RESULTS["difference" if settings.results == "difference" else "time"]
    if not named:
        return replace(step, meaning=f"{step.meaning}: {words}", text=text)
    return TestStep("result", f"{step.meaning}: {NAME}, {words}", 3.0, f"{NAME}\n{text}")


def _voice() -> bool:
    """Whether names can be spoken, and what to do where not. It is tried: a program may be there without its voices."""
    voice = installed()
    if voice is None:
        tell(
            "tip", "voice: no program here speaks names and `say:` lines: a chime is heard instead. "
            "On Debian and Raspberry Pi OS: sudo apt install espeak-ng",
        )  # fmt: skip
        return False
    with TemporaryDirectory(prefix="kicktimer-") as scratch:
        try:
            spoken(NAME, voice, Path(scratch))
        except (SpeechError, OSError) as problem:
            tell("tip", f"voice: {voice.program} is there and speaks nothing ({problem}): install it anew")
            return False
    tell("ok", f"voice: {voice.program} speaks names and `say:` lines")
    return True


def _through(state: SpeakerState) -> str:
    if state.sink == "":
        return "nothing"
    return clean(f"{state.sink} ({state.device})") if state.device else state.sink


def _cut(text: str, width: int) -> str:
    """As much of it as fits."""
    if columns(text) <= width:
        return text
    while columns(text) >= width:
        text = text[:-1]
    return f"{text}…"
