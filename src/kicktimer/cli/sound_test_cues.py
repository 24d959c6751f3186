"""The cues that the doctor's sound test plays, and how long each takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kicktimer.cli.findings import print_finding
from kicktimer.cue_table import CUE_SPECS
from kicktimer.sound.speech import SpeechError, find_speech_program, speak_to_file

if TYPE_CHECKING:
    from kicktimer.settings import Settings

EXAMPLE_NAME = "Dana"
EXAMPLE_RESULTS = {"time": ("63.7", "sixty-three seven"), "difference": ("+0.2", "plus two")}
"""By the setting `results`: the text of a spoken result, and the words that are heard."""


@dataclass(frozen=True, slots=True)
class TestStep:
    """A cue of the sound test.

    `meaning` is shown beside its name, `duration_s` is the time until the next step, and `text` is what a voice speaks.
    """

    cue: str
    meaning: str
    duration_s: float = 1.2
    text: str = ""


STEPS = {
    spec.name: TestStep(spec.name, spec.doctor_text, spec.doctor_lasts_s, spec.doctor_speech)
    for spec in CUE_SPECS.values()
}
FIXED_STEPS = tuple(step for name, step in STEPS.items() if name != "result")
"""All cues but the result, which depends on the settings: see `result_step`."""
TRIAL_STEPS = (STEPS["go"], STEPS["say"])
"""A short test, after a setting was changed."""
BEAT_STEPS = (*(TestStep("pip", "now", 1.0) for _ in range(4)), TestStep("go", "NOW", 1.5))
"""Regular beats, each shown as it is due: they make the delay of a loudspeaker audible."""


def result_step(settings: Settings, *, named: bool) -> TestStep:
    """Returns the step for a spoken result in the form that the settings choose, with a name if `named`."""
    step = STEPS["result"]
    text, words = EXAMPLE_RESULTS["difference" if settings.results == "difference" else "time"]
    if not named:
        return replace(step, meaning=f"{step.meaning}: {words}", text=text)
    return TestStep("result", f"{step.meaning}: {EXAMPLE_NAME}, {words}", 3.0, f"{EXAMPLE_NAME}\n{text}")


def check_voice() -> bool:
    """Returns whether names can be spoken, and prints the finding. A voice is tried: its program may lack its data."""
    voice = find_speech_program()
    if voice is None:
        print_finding(
            "tip", "voice: no program here speaks names and `say:` lines: a chime is heard instead. "
            "On Debian and Raspberry Pi OS: sudo apt install espeak-ng",
        )  # fmt: skip
        return False
    with TemporaryDirectory(prefix="kicktimer-") as scratch:
        try:
            speak_to_file(EXAMPLE_NAME, voice, Path(scratch))
        except (SpeechError, OSError) as error:
            print_finding("tip", f"voice: {voice.executable} is there and speaks nothing ({error}): install it anew")
            return False
    print_finding("ok", f"voice: {voice.executable} speaks names and `say:` lines")
    return True
