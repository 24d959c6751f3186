"""The doctor's sound test: which cues it plays and shows, what each answer does, and that it stops the speaker.

Speaker, coach and clock are fakes, except in the last tests, which run the real program in a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.terminal import Terminal
from kicktimer.cli import sound_test, sound_test_cues
from kicktimer.cli.sound_test import AUTO_OUTPUT, BAD_SOUNDS_NOTE, LEAD_S, SoundTest
from kicktimer.cli.sound_test_cues import BEAT_STEPS, FIXED_STEPS, TRIAL_STEPS
from kicktimer.settings import Settings, load_settings, settings_path
from kicktimer.sound import ScheduledCue, SoundOutput, SpeakerState
from kicktimer.sound.speech import SpeechProgram
from kicktimer.sound_check import heard_path, heard_today
from tests.terminal.test_exits import children, gone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

OUTPUTS = (
    SoundOutput("pipe", "pacat:jbl", "pacat: JBL Go"),
    SoundOutput("portaudio", "USB Audio", "portaudio: USB Audio"),
    SoundOutput("bell", "", "the terminal's bell"),
)


def requested_output(settings: Settings) -> SpeakerState:
    """Returns the state of a speaker on a machine on which every output works."""
    if settings.sound == "pipe":
        return SpeakerState("pipe", f"pacat to {settings.device.partition(':')[2]}", alive=True)
    if settings.sound == "auto":
        return SpeakerState("simpleaudio", "the default device", alive=True)
    return SpeakerState(settings.sound, settings.device, alive=True)


class FakeSpeaker:
    """A speaker that records in lists what it is asked to play."""

    def __init__(self, driver: Driver, settings: Settings) -> None:
        self.settings = settings
        self.state = driver.machine(settings)
        self.scheduled: list[ScheduledCue] = []
        self.prepared: list[str] = []
        self.running = False

    def start(self) -> None:
        self.running = True

    def prepare(self, texts: Collection[str]) -> None:
        self.prepared += texts

    def schedule(self, wanted: Collection[ScheduledCue]) -> None:
        assert self.running
        self.scheduled += wanted

    def close(self) -> None:
        self.running = False


@dataclass
class Driver:
    """Runs the sound test with fake speakers, prepared answers (then ctrl+d), and a clock that `sleep` moves on."""

    machine: Callable[[Settings], SpeakerState] = requested_output
    answers: list[str] = field(default_factory=list)
    speakers: list[FakeSpeaker] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    shown: list[tuple[float, str]] = field(default_factory=list)
    now: float = 1000.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def ask(self, question: str) -> str:
        self.questions.append(question)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)

    def speaker(self, settings: Settings) -> FakeSpeaker:
        self.speakers.append(FakeSpeaker(self, settings))
        return self.speakers[-1]

    def run(self, settings: Settings | None = None, *, interactive: bool = True) -> bool:
        sound_test = SoundTest(
            settings or load_settings(), self.speaker, self.ask if interactive else None,
            list_outputs=lambda: OUTPUTS, now=lambda: self.now, sleep=self.sleep,
        )  # fmt: skip
        try:
            return sound_test.run()
        finally:
            assert not any(speaker.running for speaker in self.speakers)

    def played(self) -> list[list[str]]:
        """Returns the names of the cues that each speaker was given."""
        return [[cue.cue for cue in speaker.scheduled] for speaker in self.speakers]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sound_test_cues, "find_speech_program", lambda: None)
    return tmp_path


def is_heard(sink: str, device: str = "") -> bool:
    return heard_today(sink, device, date.today())  # noqa: DTZ011


ALL_CUES = [*(step.cue for step in FIXED_STEPS), "result"]
TRIAL_CUES = [step.cue for step in TRIAL_STEPS]


# Playing the cues.


def test_each_cue_is_shown_at_the_moment_it_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    monkeypatch.setattr(sound_test, "_print_step", lambda step: driver.shown.append((driver.now, step.cue)))
    assert driver.run(Settings(delay=0.3), interactive=False)
    [speaker] = driver.speakers
    assert driver.shown == [(pytest.approx(cue.at), cue.cue) for cue in speaker.scheduled]
    assert [cue.cue for cue in speaker.scheduled] == ALL_CUES
    assert speaker.scheduled[0].at == pytest.approx(1000.0 + LEAD_S + 0.3)
    assert driver.now > speaker.scheduled[-1].at + 1.0  # the test waits for the end of the last cue
    assert driver.questions == []


def test_cues_that_are_off_are_listed_and_not_played(capsys: pytest.CaptureFixture[str]) -> None:
    driver = Driver()
    driver.run(Settings(cues_off=("split", "ten"), results="off"), interactive=False)
    assert driver.played() == [[cue for cue in ALL_CUES if cue not in ("split", "ten", "result")]]
    out = capsys.readouterr().out
    assert "off in the settings: split, ten, result" in out
    assert "a split is due" not in out


@pytest.mark.parametrize(("results", "text"), [("time", "63.7"), ("difference", "+0.2")])
def test_result_is_spoken_in_the_form_of_the_settings(results: str, text: str) -> None:
    driver = Driver()
    driver.run(Settings(results=results), interactive=False)
    assert driver.speakers[0].scheduled[-1].text == text


def test_installed_voice_is_reported_and_speaks_a_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    program = tmp_path / "speaks"
    program.write_text('#!/bin/sh\ncat >"$1"\n')
    program.chmod(0o700)
    monkeypatch.setattr(sound_test_cues, "find_speech_program", lambda: SpeechProgram(str(program), ("OUT",)))
    driver = Driver()
    driver.run(interactive=False)
    assert f"ok   voice: {program} speaks names" in capsys.readouterr().out.replace("\n     ", " ")
    [speaker] = driver.speakers
    assert speaker.scheduled[-1].text.split("\n") == [*speaker.prepared, "63.7"]
    program.write_text("#!/bin/sh\nexit 3\n")
    driver = Driver()
    assert driver.run(interactive=False)
    assert "speaks nothing" in capsys.readouterr().out
    assert driver.speakers[0].scheduled[-1].text == "63.7"


def test_without_a_voice_the_package_to_install_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert Driver().run(interactive=False)
    assert "sudo apt install espeak-ng" in capsys.readouterr().out


def test_without_a_working_output_the_reason_is_printed_and_no_question_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    driver = Driver(machine=lambda _: SpeakerState("", note="no sound (PortAudio is missing)"))
    assert not driver.run()
    assert "MEND sound: nothing here sounds. no sound (PortAudio is missing)" in capsys.readouterr().out
    assert (driver.played(), driver.questions) == ([[]], [])


def test_sound_off_starts_no_speaker() -> None:
    driver = Driver()
    assert driver.run(Settings(sound="off"))
    assert driver.speakers == []


@pytest.mark.parametrize("late", [False, True])
def test_unusable_own_sound_is_reported_once_with_a_tip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], late: bool
) -> None:
    faulty = SpeakerState("bell", note=f"{BAD_SOUNDS_NOTE} go.wav: it is no WAV file", alive=True)
    driver = Driver(machine=lambda _: SpeakerState("bell", alive=True) if late else faulty)

    def read_meanwhile(seconds: float) -> None:
        driver.now += seconds
        driver.speakers[0].state = faulty

    driver.sleep = read_meanwhile  # type: ignore[method-assign]
    driver.run(Settings(sounds=tmp_path), interactive=False)
    out = " ".join(capsys.readouterr().out.split())
    assert out.count("go.wav: it is no WAV file") == 1
    assert f"tip own sounds: mend these files in {tmp_path}" in out


def test_folder_of_usable_own_sounds_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Driver().run(Settings(sounds=tmp_path), interactive=False)
    assert f"ok own sounds: from {tmp_path}" in " ".join(capsys.readouterr().out.split())
    Driver().run(interactive=False)
    assert "own sounds" not in capsys.readouterr().out


def test_control_characters_in_a_device_name_are_removed(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "JBL\x1b]0;x\x07\x1b[5n\u202e"
    driver = Driver(machine=lambda _: SpeakerState("pipe", evil, note=evil, alive=True), answers=["o", "", "y"])
    driver.run()
    out = capsys.readouterr().out
    assert "JBL" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


# The coach's answers.


def test_yes_is_recorded_for_today_and_changes_no_settings() -> None:
    driver = Driver(answers=["y"])
    assert driver.run()
    assert is_heard("simpleaudio", "the default device")
    assert not settings_path().exists()
    assert driver.played() == [ALL_CUES]


def test_no_returns_false_and_records_nothing() -> None:
    driver = Driver(answers=["n", "", "q"])
    assert not driver.run()
    assert not heard_path().exists()


@pytest.mark.parametrize("answers", [["q"], [], ["what?", "", "q"]])
def test_leaving_without_an_answer_returns_true(answers: list[str]) -> None:
    assert Driver(answers=answers).run()
    assert not heard_path().exists()


def test_answer_that_is_not_utf8_is_ignored() -> None:
    driver = Driver()

    def latin(_: str) -> str:
        driver.questions.append("")
        return b"\xe9".decode() if len(driver.questions) == 1 else "y"

    driver.ask = latin  # type: ignore[method-assign]
    assert driver.run()
    assert is_heard("simpleaudio", "the default device")


def test_picked_output_is_tried_at_once_and_saved_after_yes(capsys: pytest.CaptureFixture[str]) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text('volume = 70  # the hall\n# device = "x"\n')
    driver = Driver(answers=["o", "2", "y"])
    assert driver.run()
    assert driver.played() == [ALL_CUES, TRIAL_CUES]
    assert driver.speakers[1].settings == Settings(volume=70, sound="pipe", device="pacat:jbl")
    assert load_settings() == Settings(volume=70, sound="pipe", device="pacat:jbl")
    assert settings_path().read_text().startswith('volume = 70  # the hall\n# device = "x"\n')
    assert is_heard("pipe", "pacat to jbl")
    assert not is_heard("simpleaudio", "the default device")
    out = capsys.readouterr().out
    assert "*   1  kicktimer's choice" in out
    assert "    2  pacat: JBL Go" in out


def test_picking_auto_removes_output_and_device_from_the_settings() -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text('sound = "portaudio"\ndevice = "USB Audio"\n')
    driver = Driver(answers=["o", "1", "y"])
    assert driver.run()
    assert (AUTO_OUTPUT.sink, AUTO_OUTPUT.device) == ("auto", "")
    assert load_settings() == Settings()


def test_changes_without_a_yes_are_not_saved() -> None:
    driver = Driver(answers=["o", "2", "-", "q"])
    assert driver.run()
    assert not settings_path().exists()
    assert not heard_path().exists()


@pytest.mark.parametrize(
    "stand_in", [SpeakerState("simpleaudio", alive=True), SpeakerState("portaudio", "Built-in", alive=True)]
)
def test_picked_output_that_fails_is_undone(stand_in: SpeakerState, capsys: pytest.CaptureFixture[str]) -> None:
    def machine(settings: Settings) -> SpeakerState:
        return stand_in if settings.sound == "portaudio" else requested_output(settings)

    driver = Driver(machine=machine, answers=["o", "3", "y"])
    assert driver.run()
    assert "portaudio: USB Audio: no sound comes out of it" in capsys.readouterr().out
    assert driver.played() == [ALL_CUES, [], TRIAL_CUES]
    assert driver.speakers[-1].settings == Settings()
    assert not settings_path().exists()


@pytest.mark.parametrize("answer", ["0", "5", "-1", "two", "²", "9" * 5000])
def test_invalid_output_number_changes_nothing(answer: str) -> None:
    driver = Driver(answers=["o", answer, "q"])
    assert driver.run()
    assert len(driver.speakers) == 1


def test_volume_changes_are_tried_at_once_and_saved_after_yes(capsys: pytest.CaptureFixture[str]) -> None:
    driver = Driver(answers=["+", "-", "-", "+", "y"])
    assert driver.run()
    assert "It is 100 % already" in capsys.readouterr().out
    assert [speaker.settings.volume for speaker in driver.speakers] == [100, 90, 80, 90]
    assert driver.played() == [ALL_CUES, TRIAL_CUES, TRIAL_CUES, TRIAL_CUES]
    assert load_settings() == Settings(volume=90)
    driver = Driver(answers=["-", "-"])
    driver.run(Settings(volume=5))
    assert [speaker.settings.volume for speaker in driver.speakers] == [5, 0]


def test_volume_can_be_changed_while_a_fallback_replaces_a_missing_device() -> None:
    driver = Driver(machine=lambda _: SpeakerState("bell", alive=True), answers=["-", "y"])
    assert driver.run(Settings(sound="portaudio", device="gone"))
    assert load_settings() == Settings(volume=90)


def test_cues_without_a_bell_are_listed_and_not_played(capsys: pytest.CaptureFixture[str]) -> None:
    driver = Driver(machine=lambda _: SpeakerState("bell", alive=True), answers=["y"])
    driver.run()
    assert {"pip", "go", "say"} <= set(driver.played()[0])
    assert not {"error", "count", "announce", "result"} & set(driver.played()[0])
    assert "a bell does not ring for: error, announce, count, result" in capsys.readouterr().out


@pytest.mark.parametrize(("sound", "expected"), [("auto", True), ("bell", False)])
def test_auto_with_only_a_bell_names_the_packages_to_install(
    sound: str, expected: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    driver = Driver(machine=lambda _: SpeakerState("bell", alive=True), answers=["y"])
    assert driver.run(Settings(sound=sound))
    assert ("A bell has no words" in capsys.readouterr().out) is expected


def test_delay_is_tried_on_beats_and_saved_after_yes(capsys: pytest.CaptureFixture[str]) -> None:
    driver = Driver(answers=["d", "250 ms", "d", "", "y"])
    assert driver.run()
    assert [speaker.settings.delay for speaker in driver.speakers] == [0.0, 0.25]
    beats = [step.cue for step in BEAT_STEPS]
    assert driver.played() == [ALL_CUES, beats + beats]
    assert load_settings() == Settings(delay=0.25)
    assert driver.questions[-2].endswith("Enter: 250): ")
    assert capsys.readouterr().out.count("now now now now NOW") == 2


@pytest.mark.parametrize("answer", ["2001", "-5", "0.25", "a lot", "9" * 5000])
def test_invalid_delay_changes_nothing(answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    driver = Driver(answers=["d", answer, "y"])
    assert driver.run()
    assert "from 0 to 2000" in capsys.readouterr().out
    assert len(driver.speakers) == 1


def test_yes_after_the_output_changed_plays_again_first() -> None:
    driver = Driver()

    def unplugged(_: str) -> str:
        driver.speakers[0].state = SpeakerState("bell", alive=True)
        return "y"

    driver.ask = unplugged  # type: ignore[method-assign]
    assert driver.run()
    assert driver.played() == [ALL_CUES + TRIAL_CUES]
    assert is_heard("bell")
    assert not is_heard("simpleaudio", "the default device")


def test_settings_are_saved_even_if_heard_json_cannot_be_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "file"))
    assert Driver(answers=["-", "y"]).run()
    assert "it will be asked again" in " ".join(capsys.readouterr().out.split())
    assert load_settings().volume == 90


def test_settings_that_cannot_be_saved_are_reported(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    driver = Driver(answers=["-", "y"])
    (home / "file").write_text("")
    monkeypatch.setattr(sound_test, "save_settings", lambda changes: _save_below_a_file(home / "file", changes))
    assert not driver.run()
    assert "MEND the settings" in capsys.readouterr().out


def _save_below_a_file(file: Path, changes: dict[str, object]) -> object:
    from kicktimer.settings_store import save_settings

    return save_settings(changes, file / "settings.toml")


def test_interrupt_stops_the_speaker() -> None:
    driver = Driver()

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    driver.sleep = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        driver.run()
    assert len(driver.speakers) == 1


ANSWERS = st.lists(st.sampled_from(["y", "n", "a", "o", "+", "-", "d", "", "1", "2", "3", "4", "250", "x", "\x1b[A"]))


@given(ANSWERS, st.sampled_from(["auto", "pipe", "bell"]))
def test_only_confirmed_settings_are_saved_whatever_is_answered(answers: list[str], works: str) -> None:
    for path in (settings_path(), heard_path()):
        path.unlink(missing_ok=True)

    def machine(settings: Settings) -> SpeakerState:
        return requested_output(settings if settings.sound == works else Settings())

    driver = Driver(machine=machine, answers=list(answers))
    driver.run()
    kept = load_settings()
    if not heard_path().exists():
        assert kept == Settings()
    else:
        assert kept == driver.speakers[-1].settings
        state = driver.speakers[-1].state
        assert is_heard(state.sink, state.device)
        assert driver.speakers[-1].scheduled


# The real program.


@pytest.fixture
def doctor(home: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    config = home / ".config" / "kicktimer"
    config.mkdir(parents=True)
    off = [cue for cue in ALL_CUES if cue not in ("go", "over", "count", "result")]
    (config / "settings.toml").write_text(f'cues_off = {off}\nresults = "off"\n')
    with Terminal(["doctor", "--sound", "bell"], home) as terminal:
        yield terminal


@pytest.mark.terminal
def test_doctor_in_a_terminal_plays_asks_and_records(doctor: Terminal, home: Path) -> None:
    screen = doctor.wait_for("\n>")
    assert "sound: through bell (the terminal), volume 100 %, delay 0 ms" in screen
    assert "GO" in screen
    assert "d delay   q leave\n>" in screen  # the question fits
    assert doctor.raw.count("\a") == 2
    doctor.press("y\r")
    doctor.wait_for("Press any keys")
    doctor.press("\r\r")
    assert doctor.wait_for_exit() == 0
    assert is_heard("bell", "the terminal") is False  # another home than this process's
    assert '["bell", "the terminal"]' in (home / ".local/state/kicktimer/heard.json").read_text()
    assert "sound" not in (home / ".config/kicktimer/settings.toml").read_text()


@pytest.mark.terminal
@pytest.mark.parametrize("when", ["GO", "\n>"])
def test_interrupt_in_a_terminal_ends_doctor_and_speaker(doctor: Terminal, when: str) -> None:
    doctor.wait_for(when)
    held = children(doctor.process.pid)
    assert held
    doctor.press("\x03")
    assert doctor.wait_for_exit() == 130
    assert gone(held)
    assert "Traceback" not in doctor.text


def test_picking_another_output_mentions_the_delay_that_is_still_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Driver(answers=["o", "3", "q"]).run(Settings(delay=0.2))
    assert "a delay of 200 ms is still set" in capsys.readouterr().out
    Driver(answers=["o", "3", "q"]).run()
    assert "is still set" not in capsys.readouterr().out
