"""The doctor's sound test: it plays every cue as a session would, and asks the coach whether they were heard.

The name of a cue is shown at the moment at which it should be heard, so a loudspeaker that lags is noticed. The coach
can change the output, the volume and the delay. A change is tried at once, and saved in the settings only after the
coach has confirmed that the sound was heard. Without a terminal the cues are played and no question is asked.
"""

from __future__ import annotations

import shutil
import time
from datetime import date
from typing import TYPE_CHECKING

from kicktimer.cli.findings import print_finding
from kicktimer.cli.output import print_text
from kicktimer.cli.sound_test_cues import (
    BEAT_STEPS,
    EXAMPLE_NAME,
    FIXED_STEPS,
    TRIAL_STEPS,
    TestStep,
    check_voice,
    result_step,
)
from kicktimer.cue_table import CUE_SPECS
from kicktimer.errors import KicktimerError
from kicktimer.settings import MAX_DELAY_S, settings_path
from kicktimer.settings_store import save_settings
from kicktimer.sound import ScheduledCue, SoundOutput, SpeakerClient, SpeakerState, outputs
from kicktimer.sound_check import note_heard
from kicktimer.text import clean, display_width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kicktimer.settings import Settings

OPEN_TIMEOUT_S = 8.0  # the speaker tries one output after another until one works
LEAD_S = 0.7  # silence before the first cue
VOLUME_STEP = 10  # percent
INSTALL_HINT = "Is a loudspeaker there? On Debian and Raspberry Pi OS: sudo apt install libportaudio2 alsa-utils"
BAD_SOUNDS_NOTE = "built-in sounds are used instead of"  # begins the speaker's note about sound files it cannot use
QUESTION = """
Did you hear everything?
  y yes   n no   a again   o another output   + - volume   d delay   q leave"""
AUTO_OUTPUT = SoundOutput("auto", "", "kicktimer's choice: the first that works")


def create_speaker(settings: Settings, log: Path, ring: Callable[[], None] | None) -> SpeakerClient:
    """Returns a speaker like that of a session with one group. `ring` rings the terminal's bell, None: it cannot."""
    return SpeakerClient(
        sink=settings.sound,
        device=settings.device,
        groups=["A"],
        log=log,
        on_change=lambda _: None,
        on_bell=ring,
        delay=settings.delay,
        volume=settings.gain,
        keep_awake=settings.keep_awake,
        own_sounds=settings.sounds_folder,
    )


class SoundTest:
    """One run of the sound test: call `run` once.

    `ask` prints a question and returns the answer; None where there is nobody to answer. `list_outputs`, `now` and
    `sleep` are replaced in tests.
    """

    def __init__(
        self,
        settings: Settings,
        create_speaker: Callable[[Settings], SpeakerClient],
        ask: Callable[[str], str] | None,
        *,
        list_outputs: Callable[[], Sequence[SoundOutput]] = outputs,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._create_speaker = create_speaker
        self._ask = ask
        self._list_outputs = list_outputs
        self._now = now
        self._sleep = sleep
        self._speaker: SpeakerClient | None = None
        self._heard: SpeakerState | None = None  # the output that has played since the speaker was started
        self._changes: dict[str, object] = {}  # settings that were changed and are not saved yet
        self._plays = 0
        self._reported_note = ""  # the speaker's last note that was printed

    def run(self) -> bool:
        """Plays the cues, asks about them, and returns False if no output works or the coach hears nothing."""
        if self._settings.sound == "off":
            print_finding("ok", "sound: off, as asked for; `kicktimer doctor --sound auto` plays it")
            return True
        steps = (*FIXED_STEPS, result_step(self._settings, named=check_voice()))
        try:
            if not self._open():
                return False
            self._play_with_names(steps)
            self._report_own_sounds()
            if self._ask is None:
                print_finding(
                    "", "Heard nothing? Turn the volume up, look at the output that is chosen, then try --sound bell."
                )
                return True
            return self._ask_until_done(self._ask, steps)
        finally:
            self._close()

    # Playing cues.

    def _open(self) -> bool:
        """Starts a speaker with the present settings. Returns False, and prints why, if no output works."""
        self._close()
        self._speaker = self._create_speaker(self._settings)
        self._speaker.start()
        self._speaker.prepare([EXAMPLE_NAME])
        until = self._now() + OPEN_TIMEOUT_S
        while not self._speaker.state.alive and self._now() < until:
            self._sleep(0.05)
        self._heard = None
        state = self._speaker.state
        self._reported_note = state.note
        if not state.alive or state.sink in ("", "off"):
            print_finding("MEND", f"sound: nothing here sounds. {state.note}")
            print_finding("", INSTALL_HINT)
            return False
        how = f"volume {self._settings.volume} %, delay {self._settings.delay * 1000:.0f} ms"
        print_finding("ok", f"sound: through {_output_text(state)}, {how}")
        if state.note:
            print_finding("", f"{state.note}.")
        if state.sink == "bell" and self._settings.sound == "auto":
            print_finding("", f"A bell has no words. {INSTALL_HINT}")
        return True

    def _close(self) -> None:
        if self._speaker is not None:
            self._speaker.close()
            self._speaker = None

    def _play_with_names(self, steps: Sequence[TestStep]) -> None:
        """Plays `steps` and shows their names; skips cues that are switched off or that a bell does not ring for."""
        assert self._speaker is not None
        cues = self._settings.cues - ({"result"} if self._settings.results == "off" else set())
        rung = {cue for cue in cues if CUE_SPECS[cue].rings_bell} if self._speaker.state.sink == "bell" else cues
        self._play([step for step in steps if step.cue in rung], _print_step)
        if unrung := [step.cue for step in steps if step.cue in cues - rung]:
            print_finding("", f"a bell does not ring for: {', '.join(unrung)}")
        off = [step.cue for step in steps if step.cue not in cues]
        if off:
            print_finding("", f"off in the settings: {', '.join(off)}")

    def _play(self, steps: Sequence[TestStep], show: Callable[[TestStep], None]) -> None:
        """Plays `steps` one after the other, and calls `show` for each at the moment at which it is heard."""
        assert self._speaker is not None
        self._plays += 1
        self._heard = self._speaker.state
        at = self._now() + LEAD_S + self._settings.delay
        due = []
        for step in steps:
            due.append(at)
            at += step.duration_s
        self._speaker.schedule(
            [
                ScheduledCue(f"{self._plays}/{number}", moment, step.cue, "A", step.text)
                for number, (step, moment) in enumerate(zip(steps, due, strict=True))
            ]
        )
        for step, moment in zip(steps, due, strict=True):
            self._wait(moment)
            show(step)
        self._wait(at)

    def _wait(self, moment: float) -> None:
        self._sleep(max(0.0, moment - self._now()))

    def _report_own_sounds(self) -> None:
        """Prints whether the own sound files are used. Called after the cues, once the speaker has read the files."""
        assert self._speaker is not None
        folder, note = self._settings.sounds_folder, self._speaker.state.note
        if note not in ("", self._reported_note):
            print_finding("", f"{note}.")
        if BAD_SOUNDS_NOTE in note:
            print_finding(
                "tip",
                f"own sounds: mend these files in {folder}, or take them out; docs/sounds.md tells what is played",
            )
        elif folder is not None:
            print_finding("ok", f"own sounds: from {folder}")

    # Answering the coach.

    def _ask_until_done(self, ask: Callable[[str], str], steps: Sequence[TestStep]) -> bool:
        """Asks until the coach confirms the sound or leaves. Returns False if it is not heard, or not saved."""
        denied = False
        while True:
            print_text(QUESTION)
            match _answer(ask, "> ").lower():
                case "y" | "yes":
                    if (heard := self._confirmed_output()) is not None:
                        return self._save(heard)
                case "n" | "no":
                    denied = True
                    print_finding(
                        "", "Turn the machine and the loudspeaker up, and wake it. Still nothing? Pick another output:"
                    )
                    self._pick_output(ask)
                case "a" | "again":
                    self._play_with_names(steps)
                case "o" | "output":
                    self._pick_output(ask)
                case "+" | "=":
                    self._change_volume(VOLUME_STEP)
                case "-":
                    self._change_volume(-VOLUME_STEP)
                case "d" | "delay":
                    self._change_delay(ask)
                case "q" | "quit":
                    if self._changes:
                        print_finding("", "The settings are as they were.")
                    return not denied
                case other:
                    print_finding(
                        "", f"{clean(other)[:20]!r} is no answer here" if other else "an answer is a letter and Enter"
                    )

    def _confirmed_output(self) -> SpeakerState | None:
        """Returns the output that the coach has heard. If the speaker has changed it since, plays again: None."""
        assert self._speaker is not None
        state, heard = self._speaker.state, self._heard
        if heard is not None and state.alive and (state.sink, state.device) == (heard.sink, heard.device):
            return heard
        print_finding("", f"It comes out of {_output_text(state)} now. Listen once more:")
        self._play(TRIAL_STEPS, _print_step)
        return None

    def _save(self, heard: SpeakerState) -> bool:
        """Records that this output was heard today and saves the changed settings. Returns False if saving fails."""
        saved = True
        try:
            note_heard(heard.sink, heard.device, date.today())  # noqa: DTZ011 - the user's own day
            print_finding("ok", f"heard today through {_output_text(heard)}: the live screen will not ask")
            if heard.sink == "simpleaudio" and self._settings.sound == "auto":
                print_finding(
                    "", "With several groups another output plays, and it asks: `kicktimer doctor --sound portaudio`."
                )
        except KicktimerError as error:
            print_finding("tip", f"{error.message}: {error.hint}")
        if self._changes:
            try:
                save_settings(self._changes)
                changes = ", ".join(f"{name} {value}" for name, value in self._changes.items() if value != "")
                print_finding("ok", f"saved in {settings_path()}: {changes}")
            except KicktimerError as error:
                print_finding("MEND", " ".join(f"{error.message} {error.hint}".split()))
                saved = False
        return saved

    def _try_settings(self, **changes: object) -> bool:
        """Restarts the speaker with `changes`. Returns False, and undoes them, if the requested output fails."""
        before = self._settings
        self._settings = before.model_copy(update=changes)
        if self._open() and ("sound" not in changes or self._plays_requested_output()):
            self._changes.update(changes)
            return True
        self._settings = before
        return False

    def _plays_requested_output(self) -> bool:
        """Returns whether the speaker uses the output in the settings, and not a fallback."""
        assert self._speaker is not None
        state, sink, device = self._speaker.state, self._settings.sound, self._settings.device
        # The speaker reports the device "pacat:jbl" as "pacat to jbl".
        name = device.partition(":")[2] if sink == "pipe" else device
        return sink == "auto" or (state.sink == sink and clean(name) in state.device)

    def _pick_output(self, ask: Callable[[str], str]) -> None:
        print_text("  Looking for outputs …")
        found = (AUTO_OUTPUT, *self._list_outputs())
        width = shutil.get_terminal_size().columns - 8
        for number, output in enumerate(found, 1):
            here = (output.sink, output.device) == (self._settings.sound, self._settings.device)
            print_text(f"{'*' if here else ' '} {number:3}  {_truncate(clean(output.title), width)}")
        answer = _answer(ask, "Number (* is set now; Enter: leave it): ")
        if not answer or answer == "q":
            return
        if not answer.isascii() or not answer.isdigit() or not 1 <= int(answer[:4]) <= len(found):
            print_finding("", f"There is no output “{answer[:20]}”: a number from 1 to {len(found)}.")
            return
        output = found[int(answer[:4]) - 1]
        if self._try_settings(sound=output.sink, device=output.device):
            self._play(TRIAL_STEPS, _print_step)
            if self._settings.delay:
                print_finding(
                    "tip", f"a delay of {self._settings.delay * 1000:.0f} ms is still set: d, if it was another's"
                )
        else:
            print_finding("MEND", f"{output.title}: no sound comes out of it. As before:")
            if self._open():
                self._play(TRIAL_STEPS, _print_step)

    def _change_volume(self, step: int) -> None:
        volume = min(100, max(0, self._settings.volume + step))
        if volume == self._settings.volume:
            print_finding(
                "", f"It is {volume} % already." + (" Turn the machine or the loudspeaker up." if step > 0 else "")
            )
        elif self._try_settings(volume=volume):
            self._play(TRIAL_STEPS, _print_step)

    def _change_delay(self, ask: Callable[[str], str]) -> None:
        now = round(self._settings.delay * 1000)
        answer = _answer(ask, f"ms that it lags (a wire 0, Bluetooth 100 to 350; Enter: {now}): ").removesuffix("ms")
        wanted = answer.strip() or str(now)
        if not wanted.isascii() or not wanted.isdigit() or int(wanted[:6]) > MAX_DELAY_S * 1000:
            print_finding("", f"A whole number of ms, from 0 to {MAX_DELAY_S * 1000:.0f}.")
            return
        if int(wanted) != now and not self._try_settings(delay=int(wanted) / 1000):
            return
        print_text("     Each beep belongs to its word:\n    ", end="")
        self._play(BEAT_STEPS, lambda step: print_text(f" {step.meaning}", end=""))
        print_text()
        print_finding("", "Heard after the word: a larger number. Before it: a smaller one.")


def _answer(ask: Callable[[str], str], question: str) -> str:
    """Returns the answer to `question`: "" where it is not UTF-8, `q` (leave) after ctrl+d."""
    try:
        return clean(ask(question))
    except UnicodeDecodeError:
        return ""
    except EOFError:
        print_text()
        return "q"


def _print_step(step: TestStep) -> None:
    print_text(f"       {step.cue:9} {step.meaning}")


def _output_text(state: SpeakerState) -> str:
    if state.sink == "":
        return "nothing"
    return clean(f"{state.sink} ({state.device})") if state.device else state.sink


def _truncate(text: str, width: int) -> str:
    """Returns `text`, cut to `width` columns with an ellipsis if it is longer."""
    if display_width(text) <= width:
        return text
    while display_width(text) >= width:
        text = text[:-1]
    return f"{text}…"
