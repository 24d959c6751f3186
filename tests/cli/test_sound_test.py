"""`kicktimer doctor`: what is played and named, what a coach's answers do, and that nothing is left behind.

The speaker, the coach and the clock are stand-ins, but for the last tests: the real program in a real terminal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.terminal import Terminal
from kicktimer.cli import sound_test
from kicktimer.cli.sound_test import ALL, AUTO, BEATS, FAULTY, LEAD_S, TRIAL, SoundTest
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


def as_asked(settings: Settings) -> SpeakerState:
    """A machine on which every output works."""
    if settings.sound == "pipe":
        return SpeakerState("pipe", f"pacat to {settings.device.partition(':')[2]}", alive=True)
    if settings.sound == "auto":
        return SpeakerState("simpleaudio", "the default device", alive=True)
    return SpeakerState(settings.sound, settings.device, alive=True)


class Silent:
    """A speaker that plays into a list."""

    def __init__(self, stage: Stage, settings: Settings) -> None:
        self.settings = settings
        self.state = stage.machine(settings)
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
class Stage:
    """A coach with answers, a machine, and a clock that moves while somebody waits. Answers that run out are ctrl+d."""

    machine: Callable[[Settings], SpeakerState] = as_asked
    answers: list[str] = field(default_factory=list)
    speakers: list[Silent] = field(default_factory=list)
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

    def speaker(self, settings: Settings) -> Silent:
        self.speakers.append(Silent(self, settings))
        return self.speakers[-1]

    def run(self, settings: Settings | None = None, *, asks: bool = True) -> bool:
        listening = SoundTest(
            settings or load_settings(), self.speaker, self.ask if asks else None,
            find=lambda: OUTPUTS, now=lambda: self.now, sleep=self.sleep,
        )  # fmt: skip
        try:
            return listening.run()
        finally:
            assert not any(speaker.running for speaker in self.speakers)

    def played(self) -> list[list[str]]:
        """The cues that each speaker was given."""
        return [[cue.cue for cue in speaker.scheduled] for speaker in self.speakers]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sound_test, "installed", lambda: None)
    return tmp_path


def heard(sink: str, device: str = "") -> bool:
    return heard_today(sink, device, date.today())  # noqa: DTZ011


EVERYTHING = [*(line.cue for line in ALL), "result"]
TRIED = [line.cue for line in TRIAL]


# -- what is played


def test_every_cue_is_named_at_the_moment_when_it_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    monkeypatch.setattr(sound_test, "_row", lambda line: stage.shown.append((stage.now, line.cue)))
    assert stage.run(Settings(delay=0.3), asks=False)
    [speaker] = stage.speakers
    assert stage.shown == [(pytest.approx(cue.at), cue.cue) for cue in speaker.scheduled]
    assert [cue.cue for cue in speaker.scheduled] == EVERYTHING
    assert speaker.scheduled[0].at == pytest.approx(1000.0 + LEAD_S + 0.3)
    assert stage.now > speaker.scheduled[-1].at + 1.0  # it is heard out
    assert stage.questions == []


def test_cues_that_are_off_are_not_played_and_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage()
    stage.run(Settings(cues_off=("split", "ten"), results="off"), asks=False)
    assert stage.played() == [[cue for cue in EVERYTHING if cue not in ("split", "ten", "result")]]
    out = capsys.readouterr().out
    assert "off in the settings: split, ten, result" in out
    assert "a split is due" not in out


@pytest.mark.parametrize(("results", "text"), [("time", "63.7"), ("difference", "+0.2")])
def test_a_result_is_spoken_as_the_settings_have_it(results: str, text: str) -> None:
    stage = Stage()
    stage.run(Settings(results=results), asks=False)
    assert stage.speakers[0].scheduled[-1].text == text


def test_a_voice_is_named_and_speaks_a_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    program = tmp_path / "speaks"
    program.write_text('#!/bin/sh\ncat >"$1"\n')
    program.chmod(0o700)
    monkeypatch.setattr(sound_test, "installed", lambda: SpeechProgram(str(program), ("OUT",)))
    stage = Stage()
    stage.run(asks=False)
    assert f"ok   voice: {program} speaks names" in capsys.readouterr().out.replace("\n     ", " ")
    [speaker] = stage.speakers
    assert speaker.scheduled[-1].text.split("\n") == [*speaker.prepared, "63.7"]
    program.write_text("#!/bin/sh\nexit 3\n")
    stage = Stage()
    assert stage.run(asks=False)
    assert "speaks nothing" in capsys.readouterr().out
    assert stage.speakers[0].scheduled[-1].text == "63.7"


def test_without_a_voice_it_is_said_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert Stage().run(asks=False)
    assert "sudo apt install espeak-ng" in capsys.readouterr().out


def test_where_nothing_sounds_that_is_told_and_nothing_asked(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(machine=lambda _: SpeakerState("", note="no sound (PortAudio is missing)"))
    assert not stage.run()
    assert "MEND sound: nothing here sounds. no sound (PortAudio is missing)" in capsys.readouterr().out
    assert (stage.played(), stage.questions) == ([[]], [])


def test_sound_that_is_off_plays_nothing() -> None:
    stage = Stage()
    assert stage.run(Settings(sound="off"))
    assert stage.speakers == []


@pytest.mark.parametrize("late", [False, True])
def test_faulty_sounds_of_ones_own_are_told_once_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], late: bool
) -> None:
    faulty = SpeakerState("bell", note=f"{FAULTY} go.wav: it is no WAV file", alive=True)
    stage = Stage(machine=lambda _: SpeakerState("bell", alive=True) if late else faulty)

    def read_meanwhile(seconds: float) -> None:
        stage.now += seconds
        stage.speakers[0].state = faulty

    stage.sleep = read_meanwhile  # type: ignore[method-assign]
    stage.run(Settings(sounds=tmp_path), asks=False)
    out = " ".join(capsys.readouterr().out.split())
    assert out.count("go.wav: it is no WAV file") == 1
    assert f"tip own sounds: mend these files in {tmp_path}" in out


def test_good_sounds_of_ones_own_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Stage().run(Settings(sounds=tmp_path), asks=False)
    assert f"ok own sounds: from {tmp_path}" in " ".join(capsys.readouterr().out.split())
    Stage().run(asks=False)
    assert "own sounds" not in capsys.readouterr().out


def test_what_devices_are_called_is_only_text(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "JBL\x1b]0;x\x07\x1b[5n\u202e"
    stage = Stage(machine=lambda _: SpeakerState("pipe", evil, note=evil, alive=True), answers=["o", "", "y"])
    stage.run()
    out = capsys.readouterr().out
    assert "JBL" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


# -- what a coach answers


def test_yes_is_noted_for_today_and_changes_no_settings() -> None:
    stage = Stage(answers=["y"])
    assert stage.run()
    assert heard("simpleaudio", "the default device")
    assert not settings_path().exists()
    assert stage.played() == [EVERYTHING]


def test_no_ends_with_another_status_and_is_not_noted() -> None:
    stage = Stage(answers=["n", "", "q"])
    assert not stage.run()
    assert not heard_path().exists()


@pytest.mark.parametrize("answers", [["q"], [], ["what?", "", "q"]])
def test_whoever_leaves_without_an_answer_has_denied_nothing(answers: list[str]) -> None:
    assert Stage(answers=answers).run()
    assert not heard_path().exists()


def test_a_key_in_another_encoding_is_no_answer() -> None:
    stage = Stage()

    def latin(_: str) -> str:
        stage.questions.append("")
        return b"\xe9".decode() if len(stage.questions) == 1 else "y"

    stage.ask = latin  # type: ignore[method-assign]
    assert stage.run()
    assert heard("simpleaudio", "the default device")


def test_an_output_that_is_picked_is_heard_at_once_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text('volume = 70  # the hall\n# device = "x"\n')
    stage = Stage(answers=["o", "2", "y"])
    assert stage.run()
    assert stage.played() == [EVERYTHING, TRIED]
    assert stage.speakers[1].settings == Settings(volume=70, sound="pipe", device="pacat:jbl")
    assert load_settings() == Settings(volume=70, sound="pipe", device="pacat:jbl")
    assert settings_path().read_text().startswith('volume = 70  # the hall\n# device = "x"\n')
    assert heard("pipe", "pacat to jbl")
    assert not heard("simpleaudio", "the default device")
    out = capsys.readouterr().out
    assert "*   1  kicktimer's choice" in out
    assert "    2  pacat: JBL Go" in out


def test_the_way_back_to_kicktimers_choice() -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text('sound = "portaudio"\ndevice = "USB Audio"\n')
    stage = Stage(answers=["o", "1", "y"])
    assert stage.run()
    assert (AUTO.sink, AUTO.device) == ("auto", "")
    assert load_settings() == Settings()


def test_what_was_only_tried_is_not_kept() -> None:
    stage = Stage(answers=["o", "2", "-", "q"])
    assert stage.run()
    assert not settings_path().exists()
    assert not heard_path().exists()


@pytest.mark.parametrize(
    "stand_in", [SpeakerState("simpleaudio", alive=True), SpeakerState("portaudio", "Built-in", alive=True)]
)
def test_an_output_that_does_not_sound_is_not_taken(stand_in: SpeakerState, capsys: pytest.CaptureFixture[str]) -> None:
    def machine(settings: Settings) -> SpeakerState:
        return stand_in if settings.sound == "portaudio" else as_asked(settings)

    stage = Stage(machine=machine, answers=["o", "3", "y"])
    assert stage.run()
    assert "portaudio: USB Audio: no sound comes out of it" in capsys.readouterr().out
    assert stage.played() == [EVERYTHING, [], TRIED]
    assert stage.speakers[-1].settings == Settings()
    assert not settings_path().exists()


@pytest.mark.parametrize("answer", ["0", "5", "-1", "two", "²", "9" * 5000])
def test_a_number_that_is_none_picks_nothing(answer: str) -> None:
    stage = Stage(answers=["o", answer, "q"])
    assert stage.run()
    assert len(stage.speakers) == 1


def test_louder_and_softer_are_heard_at_once_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(answers=["+", "-", "-", "+", "y"])
    assert stage.run()
    assert "It is 100 % already" in capsys.readouterr().out
    assert [speaker.settings.volume for speaker in stage.speakers] == [100, 90, 80, 90]
    assert stage.played() == [EVERYTHING, TRIED, TRIED, TRIED]
    assert load_settings() == Settings(volume=90)
    stage = Stage(answers=["-", "-"])
    stage.run(Settings(volume=5))
    assert [speaker.settings.volume for speaker in stage.speakers] == [5, 0]


def test_volume_can_be_changed_where_something_stands_in_for_a_device_that_is_not_there() -> None:
    stage = Stage(machine=lambda _: SpeakerState("bell", alive=True), answers=["-", "y"])
    assert stage.run(Settings(sound="portaudio", device="gone"))
    assert load_settings() == Settings(volume=90)


def test_what_a_bell_cannot_say_is_not_listed_as_played(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(machine=lambda _: SpeakerState("bell", alive=True), answers=["y"])
    stage.run()
    assert {"pip", "go", "say"} <= set(stage.played()[0])
    assert not {"count", "announce", "result"} & set(stage.played()[0])
    assert "a bell does not ring for: announce, count, result" in capsys.readouterr().out


@pytest.mark.parametrize(("sound", "told"), [("auto", True), ("bell", False)])
def test_who_has_but_a_bell_is_told_what_brings_more(
    sound: str, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(machine=lambda _: SpeakerState("bell", alive=True), answers=["y"])
    assert stage.run(Settings(sound=sound))
    assert ("A bell has no words" in capsys.readouterr().out) is told


def test_the_delay_is_tried_on_beats_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(answers=["d", "250 ms", "d", "", "y"])
    assert stage.run()
    assert [speaker.settings.delay for speaker in stage.speakers] == [0.0, 0.25]
    beats = [line.cue for line in BEATS]
    assert stage.played() == [EVERYTHING, beats + beats]
    assert load_settings() == Settings(delay=0.25)
    assert stage.questions[-2].endswith("Enter: 250): ")
    assert capsys.readouterr().out.count("now now now now NOW") == 2


@pytest.mark.parametrize("answer", ["2001", "-5", "0.25", "a lot", "9" * 5000])
def test_a_delay_that_is_none_changes_nothing(answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(answers=["d", answer, "y"])
    assert stage.run()
    assert "from 0 to 2000" in capsys.readouterr().out
    assert len(stage.speakers) == 1


def test_sound_that_moved_meanwhile_is_listened_to_once_more() -> None:
    stage = Stage()

    def unplugged(_: str) -> str:
        stage.speakers[0].state = SpeakerState("bell", alive=True)
        return "y"

    stage.ask = unplugged  # type: ignore[method-assign]
    assert stage.run()
    assert stage.played() == [EVERYTHING + TRIED]
    assert heard("bell")
    assert not heard("simpleaudio", "the default device")


def test_a_place_for_state_that_cannot_be_written_costs_only_the_note(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "file"))
    assert Stage(answers=["-", "y"]).run()
    assert "it will be asked again" in " ".join(capsys.readouterr().out.split())
    assert load_settings().volume == 90


def test_settings_that_cannot_be_kept_are_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(answers=["-", "y"])
    (home / "file").write_text("")
    monkeypatch.setattr(sound_test, "save_settings", lambda changes: _saved_in_a_file(home / "file", changes))
    assert not stage.run()
    assert "MEND the settings" in capsys.readouterr().out


def _saved_in_a_file(file: Path, changes: dict[str, object]) -> object:
    from kicktimer.settings import save_settings

    return save_settings(changes, file / "settings.toml")


def test_an_interrupt_leaves_no_speaker() -> None:
    stage = Stage()

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    stage.sleep = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        stage.run()
    assert len(stage.speakers) == 1


ANSWERS = st.lists(st.sampled_from(["y", "n", "a", "o", "+", "-", "d", "", "1", "2", "3", "4", "250", "x", "\x1b[A"]))


@given(ANSWERS, st.sampled_from(["auto", "pipe", "bell"]))
def test_whatever_is_answered_only_what_was_heard_is_kept(answers: list[str], works: str) -> None:
    for path in (settings_path(), heard_path()):
        path.unlink(missing_ok=True)

    def machine(settings: Settings) -> SpeakerState:
        return as_asked(settings if settings.sound == works else Settings())

    stage = Stage(machine=machine, answers=list(answers))
    stage.run()
    kept = load_settings()
    if not heard_path().exists():
        assert kept == Settings()
    else:
        assert kept == stage.speakers[-1].settings
        state = stage.speakers[-1].state
        assert heard(state.sink, state.device)
        assert stage.speakers[-1].scheduled


# -- the real program


@pytest.fixture
def doctor(home: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    config = home / ".config" / "kicktimer"
    config.mkdir(parents=True)
    off = [cue for cue in EVERYTHING if cue not in ("go", "over", "count", "result")]
    (config / "settings.toml").write_text(f'cues_off = {off}\nresults = "off"\n')
    with Terminal(["doctor", "--sound", "bell"], home) as terminal:
        yield terminal


@pytest.mark.terminal
def test_in_a_terminal_it_plays_asks_and_notes(doctor: Terminal, home: Path) -> None:
    screen = doctor.until("\n>")
    assert "sound: through bell (the terminal), volume 100 %, delay 0 ms" in screen
    assert "GO" in screen
    assert "d delay   q leave\n>" in screen  # the question fits
    assert doctor.raw.count("\a") == 2
    doctor.press("y\r")
    assert doctor.leaves() == 0
    assert heard("bell", "the terminal") is False  # another home than this process's
    assert '["bell", "the terminal"]' in (home / ".local/state/kicktimer/heard.json").read_text()
    assert "sound" not in (home / ".config/kicktimer/settings.toml").read_text()


@pytest.mark.terminal
@pytest.mark.parametrize("when", ["GO", "\n>"])
def test_an_interrupt_ends_it_with_the_speaker_gone(doctor: Terminal, when: str) -> None:
    doctor.until(when)
    held = children(doctor.process.pid)
    assert held
    doctor.press("\x03")
    assert doctor.leaves() == 130
    assert gone(held)
    assert "Traceback" not in doctor.text


def test_who_picks_another_output_is_told_of_the_delay_that_was_for_the_one_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Stage(answers=["o", "3", "q"]).run(Settings(delay=0.2))
    assert "a delay of 200 ms is still set" in capsys.readouterr().out
    Stage(answers=["o", "3", "q"]).run()
    assert "is still set" not in capsys.readouterr().out
