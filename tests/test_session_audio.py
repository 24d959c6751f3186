"""What `SessionAudio` sends to the speaker, tested with a speaker that records it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer import session_audio, sound_check
from kicktimer.plan import SpokenLine
from kicktimer.session import State, initial_state
from kicktimer.session_audio import SessionAudio, error_allowed
from kicktimer.settings import Settings
from kicktimer.sound import SpeakerState
from tests.session.driver import GO, Driver, plan

if TYPE_CHECKING:
    from collections.abc import Collection

    from kicktimer.sound import ScheduledCue


class RecordingSpeaker:
    """Replaces `SpeakerClient` and records what it is sent."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.state = SpeakerState("pipe", "pacat", alive=True)
        self.wanted: list[ScheduledCue] = []
        self.texts: list[str] = []
        self.played: list[tuple[str, str]] = []
        self.muted = False

    def start(self) -> None: ...

    def close(self) -> None: ...

    def schedule(self, wanted: Collection[ScheduledCue]) -> None:
        self.wanted = list(wanted)

    def prepare(self, texts: Collection[str]) -> None:
        self.texts += texts

    def play(self, cue: str, group: str) -> None:
        self.played.append((cue, group))

    def mute(self, on: bool) -> None:
        self.muted = on


@pytest.fixture(autouse=True)
def _no_real_speaker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session_audio, "SpeakerClient", RecordingSpeaker)
    monkeypatch.setattr(sound_check, "heard_path", lambda: tmp_path / "state" / "heard.json")


def opened(
    driver: Driver, settings: Settings | None = None, sink: str | None = None, state: State | None = None
) -> SessionAudio:
    """Returns the audio of a session that was opened in `state`, by default before its first fact."""
    return SessionAudio(
        settings or Settings(),
        state or initial_state(driver.plan),
        sink=sink,
        log=Path("log"),
        on_change=lambda: None,
        on_bell=None,
    )


def speaker_of(sound: SessionAudio) -> Any:
    return sound._speaker


def update(sound: SessionAudio, driver: Driver, epoch: int = 0) -> list[ScheduledCue]:
    sound.update(driver.state, lambda ms: ms / 1000 + 50, epoch)
    return list(speaker_of(sound).wanted)


def finished(athletes: tuple[str, ...] = ("Matan",)) -> Driver:
    driver = Driver(plan(athletes, targets=(63_520,) * len(athletes)))
    driver.must(0, "start")
    driver.advance(GO)
    for place, name in enumerate(athletes):
        driver.must(GO + 63_700 + 1000 * place, "tap", athlete=name)
    return driver


def test_result_is_spoken_only_after_it_is_saved() -> None:
    driver = finished()
    sound = opened(driver)
    assert "result" not in {cue.cue for cue in update(sound, driver)}
    sound.note_saved(driver.state.n)
    (result,) = [cue for cue in speaker_of(sound).wanted if cue.cue == "result"]
    assert result.text == "63.7"
    assert result.at == pytest.approx((GO + 63_700 + 1500) / 1000 + 50)


def test_unsaved_result_is_not_spoken() -> None:
    driver = finished()
    sound = opened(driver)
    sound.note_saved(driver.state.n - 1)
    assert "result" not in {cue.cue for cue in update(sound, driver)}


def spoken(sound: SessionAudio) -> list[str]:
    return [cue.text for cue in speaker_of(sound).wanted if cue.cue == "result"]


def test_corrected_result_is_silent_until_the_correction_is_saved() -> None:
    driver = finished()
    sound = opened(driver)
    update(sound, driver)
    sound.note_saved(driver.state.n)
    assert spoken(sound) == ["63.7"]
    driver.must(driver.state.now, "correct", athlete="Matan", rep=1, mark="finish", time=64_200)
    update(sound, driver)
    assert spoken(sound) == []
    sound.note_saved(driver.state.n)
    assert spoken(sound) == ["64.2"]


def test_unsaved_arrival_does_not_silence_the_result_before_it() -> None:
    driver = Driver(plan(("Matan", "Noa"), targets=(63_520, 64_000)))
    driver.must(0, "start")
    driver.advance(GO)
    sound = opened(driver)
    for name, at, heard in (("Matan", 63_700, []), ("Noa", 64_100, ["Matan\n63.7"])):
        driver.must(GO + at, "tap", athlete=name)
        update(sound, driver)
        assert spoken(sound) == heard
        sound.note_saved(driver.state.n)
    assert spoken(sound) == ["Matan\n63.7", "Noa\n64.1"]
    driver.must(GO + 64_200, "undo")
    update(sound, driver)
    assert spoken(sound) == ["Matan\n63.7"], "a result is silent as soon as its arrival is undone"


def test_toggle_caller_turns_counting_on_and_off() -> None:
    driver = Driver(plan(targets=(63_520,)))
    sound = opened(driver, Settings(caller=False))
    driver.must(0, "start")
    driver.advance(GO)
    assert "count" not in {cue.cue for cue in update(sound, driver)}
    assert sound.toggle_caller()
    assert sound.caller_enabled
    assert [cue.text for cue in speaker_of(sound).wanted if cue.cue == "count"][:2] == ["62", "63"]
    assert not sound.toggle_caller()
    assert "count" not in {cue.cue for cue in speaker_of(sound).wanted}


def test_cycle_spoken_results_goes_through_all_choices() -> None:
    driver = finished()
    sound = opened(driver)
    update(sound, driver)
    sound.note_saved(driver.state.n)
    heard = []
    for _ in range(3):
        heard.append(sound.cycle_spoken_results())
        heard.append([cue.text for cue in speaker_of(sound).wanted if cue.cue == "result"])
    assert heard == ["difference", ["+0.2"], "off", [], "time", ["63.7"]]


def test_each_name_is_prepared_once_including_that_of_a_late_comer() -> None:
    driver = Driver(plan(("Matan", "Noa")))
    sound = opened(driver)
    sound.start()
    assert speaker_of(sound).texts == ["Matan", "Noa"]
    driver.must(0, "start")
    driver.must(1000, "join", athlete={"name": "Gil"}, group="A")
    update(sound, driver)
    update(sound, driver)
    assert speaker_of(sound).texts == ["Matan", "Noa", "Gil"]


def test_line_is_not_begun_after_the_end_of_its_rep() -> None:
    of = plan()
    (group,) = of.groups
    reps = tuple(replace(rep, says=(SpokenLine("elapsed", "Tall", value=60_000),)) for rep in group.reps)
    driver = Driver(replace(of, groups=(replace(group, reps=reps),)))
    driver.must(0, "start")
    driver.advance(GO)
    sound = opened(driver)
    assert [cue.until for cue in update(sound, driver) if cue.cue == "say"] == [None]
    driver.must(GO + 63_700, "tap", athlete="Matan")
    assert [cue.until for cue in update(sound, driver) if cue.cue == "say"] == [
        pytest.approx((GO + 63_700) / 1000 + 50)
    ]


def test_cues_have_other_ids_after_a_sleep() -> None:
    driver = Driver(plan())
    driver.must(0, "start")
    sound = opened(driver)
    before, after = update(sound, driver), update(sound, driver, 1)
    assert {cue.id for cue in before}.isdisjoint(cue.id for cue in after)


def test_result_keeps_its_id_after_a_sleep() -> None:
    driver = finished()
    sound = opened(driver)
    sound.note_saved(driver.state.n)
    ids = [[cue.id for cue in update(sound, driver, epoch) if cue.cue == "result"] for epoch in (0, 1)]
    assert ids[0] == ids[1] != []


def test_settings_are_passed_to_the_speaker(tmp_path: Path) -> None:
    driver = Driver(plan())
    settings = Settings(
        sound="pipe", device="pacat:loud", volume=0, delay=0.25, cues_off=("split",), keep_awake=True, sounds=tmp_path
    )
    options = speaker_of(opened(driver, settings)).options
    assert (options["sink"], options["device"], options["volume"], options["delay"]) == ("pipe", "pacat:loud", 0, 0.25)
    assert "split" not in options["cues"]
    assert "go" in options["cues"]
    assert (options["keep_awake"], options["own_sounds"]) == (True, tmp_path)
    other = speaker_of(opened(driver, settings, sink="portaudio")).options
    assert (other["sink"], other["device"]) == ("portaudio", ""), "the device in the settings belongs to another output"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({}, ""), ({"cues_off": ("split",)}, ""), ({"cues_off": ("go",)}, "no GO"), ({"volume": 0}, "volume 0")],
)
def test_setting_that_silences_go_is_named(settings: dict[str, Any], reason: str) -> None:
    sound = opened(Driver(plan()), Settings(**settings))
    assert sound.go_silenced_reason == reason
    speaker_of(sound).state = SpeakerState("bell", alive=True)
    assert sound.go_silenced_reason == reason.replace("volume 0", ""), "the volume does not silence a bell"


def test_output_is_not_heard_today_until_it_is_confirmed() -> None:
    sound = opened(Driver(plan()))
    assert sound.not_heard_today
    assert not sound.confirm_heard(), "nothing has been played"
    assert sound.play_go()
    assert speaker_of(sound).played == [("go", "A")]
    assert sound.confirm_heard()
    assert not sound.not_heard_today
    assert not opened(Driver(plan())).not_heard_today, "another session knows the confirmation"
    speaker_of(sound).state = SpeakerState("portaudio", "HDMI", alive=True)
    assert sound.not_heard_today, "another output needs its own confirmation"
    for state in (SpeakerState("off", alive=True), SpeakerState("")):
        speaker_of(sound).state = state
        assert not sound.not_heard_today


def test_confirmation_fails_if_the_output_changed_after_go() -> None:
    sound = opened(Driver(plan()))
    assert sound.play_go()
    speaker_of(sound).state = SpeakerState("bell", "the terminal", alive=True)
    assert not sound.confirm_heard()
    assert sound.not_heard_today


@pytest.mark.parametrize("state", [SpeakerState(""), SpeakerState("off", alive=True), SpeakerState("pipe", "pacat")])
def test_go_is_not_played_without_an_output(state: SpeakerState) -> None:
    sound = opened(Driver(plan()))
    speaker_of(sound).state = state
    assert not sound.play_go()
    assert speaker_of(sound).played == []
    speaker_of(sound).state = SpeakerState("pipe", "pacat", alive=True)
    assert not sound.confirm_heard()


def test_go_is_not_played_while_muted_or_in_a_session_that_has_begun() -> None:
    driver = Driver(plan())
    sound = opened(driver)
    sound.toggle_mute()
    assert not sound.play_go()
    sound.toggle_mute()
    assert not sound.confirm_heard(), "GO was muted"
    driver.must(0, "start")
    update(sound, driver)
    assert not sound.play_go()
    assert speaker_of(sound).played == []


def test_toggle_mute_mutes_and_unmutes() -> None:
    sound = opened(Driver(plan()))
    for on in (True, False):
        assert sound.toggle_mute() is on
        assert sound.speaker.muted is on, "before the speaker process answers"
        assert speaker_of(sound).muted is on


def in_recovery(settings: Settings | None = None) -> tuple[SessionAudio, float]:
    """Returns the sound of a session in a recovery, and the next GO in seconds on `time.monotonic()`."""
    driver = finished()
    sound = opened(driver, settings)
    update(sound, driver)
    assert driver.group.go is not None
    return sound, driver.group.go / 1000 + 50


def test_error_is_played_at_once_and_at_most_once_in_two_seconds() -> None:
    sound, go = in_recovery()
    assert [sound.play_error(go - 20 + after) for after in (0, 1.9, 2.0)] == [True, False, True]
    assert speaker_of(sound).played == [("error", "A")] * 2


@pytest.mark.parametrize(("delay", "allowed"), [(0, True), (0.25, False)])
def test_error_is_played_only_if_it_is_heard_to_its_end_before_the_first_pip(*, delay: float, allowed: bool) -> None:
    sound, go = in_recovery(Settings(delay=delay))
    assert sound.play_error(go - 3.75) is allowed


def test_error_is_not_played_in_a_countdown_or_over_go() -> None:
    sound, go = in_recovery()
    assert not any(sound.play_error(go + offset) for offset in (-3.6, -3, -1.5, 0, 0.4))
    assert sound.play_error(go + 0.5)


def test_error_is_not_played_while_muted_or_switched_off() -> None:
    sound, go = in_recovery()
    sound.toggle_mute()
    assert not sound.play_error(go - 20)
    sound.toggle_mute()
    assert sound.play_error(go - 20), "a muted error does not count as the last one"
    sound, go = in_recovery(Settings(cues_off=("error",)))
    assert not sound.play_error(go - 20)
    assert speaker_of(sound).played == []


@given(
    st.floats(0, 100), st.lists(st.floats(0, 100), max_size=3), st.floats(0, 2), st.floats(0, 100) | st.just(-math.inf)
)
def test_allowed_error_is_clear_of_every_go_and_of_the_last_error(
    now: float, gos: list[float], delay: float, last: float
) -> None:
    if error_allowed(now, last, gos, delay=delay):
        assert now - last >= 2.0
        begin, end = now + delay, now + delay + 0.61
        assert all(end <= go - 3.0 or begin >= go + 0.5 for go in gos)


def test_time_taken_before_the_session_was_carried_on_is_not_spoken_late() -> None:
    driver = Driver(plan(rest=("ready", 0)))
    driver.must(0, "start")
    driver.must(GO + 64_000, "tap", athlete="Matan")
    for state, count in ((None, 1), (driver.state, 0)):
        sound = opened(driver, state=state)
        update(sound, driver)
        sound.note_saved(driver.state.n)
        assert len(spoken(sound)) == count
