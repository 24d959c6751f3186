"""What a live session tells its speaker, with a speaker that only listens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer import session_audio, sound_check
from kicktimer.plan import SpokenLine
from kicktimer.session_audio import SessionAudio
from kicktimer.settings import Settings
from kicktimer.sound import SpeakerState
from tests.session.driver import GO, Driver, plan

if TYPE_CHECKING:
    from collections.abc import Collection

    from kicktimer.sound import ScheduledCue


class Listener:
    """What `kicktimer.sound.Speaker` offers, and what it was told."""

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
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session_audio, "Speaker", Listener)
    monkeypatch.setattr(sound_check, "heard_path", lambda: tmp_path / "state" / "heard.json")


def opened(driver: Driver, settings: Settings | None = None, sink: str | None = None) -> SessionAudio:
    return SessionAudio(
        settings or Settings(), driver.state, sink=sink, log=Path("log"), on_change=lambda: None, on_bell=None
    )


def told(sound: SessionAudio) -> Any:
    return sound._speaker


def follow(sound: SessionAudio, driver: Driver, epoch: int = 0) -> list[ScheduledCue]:
    sound.follow(driver.state, lambda ms: ms / 1000 + 50, epoch)
    return list(told(sound).wanted)


def finished(athletes: tuple[str, ...] = ("Matan",)) -> Driver:
    driver = Driver(plan(athletes, targets=(63_520,) * len(athletes)))
    driver.must(0, "start")
    driver.advance(GO)
    for place, name in enumerate(athletes):
        driver.must(GO + 63_700 + 1000 * place, "tap", athlete=name)
    return driver


def test_a_result_is_spoken_when_it_is_saved_and_not_before() -> None:
    driver = finished()
    sound = opened(driver)
    assert "result" not in {cue.cue for cue in follow(sound, driver)}
    sound.saved(driver.state.n)
    (result,) = [cue for cue in told(sound).wanted if cue.cue == "result"]
    assert result.text == "63.7"
    assert result.at == pytest.approx((GO + 63_700 + 1500) / 1000 + 50)


def test_a_time_that_no_disk_has_taken_is_not_spoken() -> None:
    driver = finished()
    sound = opened(driver)
    sound.saved(driver.state.n - 1)
    assert "result" not in {cue.cue for cue in follow(sound, driver)}


def spoken(sound: SessionAudio) -> list[str]:
    return [cue.text for cue in told(sound).wanted if cue.cue == "result"]


def test_a_correction_that_no_disk_has_taken_is_not_spoken_and_neither_is_what_was_wrong() -> None:
    driver = finished()
    sound = opened(driver)
    follow(sound, driver)
    sound.saved(driver.state.n)
    assert spoken(sound) == ["63.7"]
    driver.must(driver.state.now, "correct", athlete="Matan", rep=1, mark="finish", time=64_200)
    follow(sound, driver)
    assert spoken(sound) == []
    sound.saved(driver.state.n)
    assert spoken(sound) == ["64.2"]


def test_another_arrival_that_is_not_saved_yet_does_not_silence_the_one_before() -> None:
    driver = Driver(plan(("Matan", "Noa"), targets=(63_520, 64_000)))
    driver.must(0, "start")
    driver.advance(GO)
    sound = opened(driver)
    for name, at, heard in (("Matan", 63_700, []), ("Noa", 64_100, ["Matan\n63.7"])):
        driver.must(GO + at, "tap", athlete=name)
        follow(sound, driver)
        assert spoken(sound) == heard
        sound.saved(driver.state.n)
    assert spoken(sound) == ["Matan\n63.7", "Noa\n64.1"]
    driver.must(GO + 64_200, "undo")
    follow(sound, driver)
    assert spoken(sound) == ["Matan\n63.7"], "what was taken back is silent at once"


def test_the_key_counts_and_counts_no_more() -> None:
    driver = Driver(plan(targets=(63_520,)))
    sound = opened(driver, Settings(caller=False))
    driver.must(0, "start")
    driver.advance(GO)
    assert "count" not in {cue.cue for cue in follow(sound, driver)}
    assert sound.call()
    assert sound.calls
    assert [cue.text for cue in told(sound).wanted if cue.cue == "count"][:2] == ["62", "63"]
    assert not sound.call()
    assert "count" not in {cue.cue for cue in told(sound).wanted}


def test_what_is_spoken_goes_round() -> None:
    driver = finished()
    sound = opened(driver)
    follow(sound, driver)
    sound.saved(driver.state.n)
    heard = []
    for _ in range(3):
        heard.append(sound.speak())
        heard.append([cue.text for cue in told(sound).wanted if cue.cue == "result"])
    assert heard == ["difference", ["+0.2"], "off", [], "time", ["63.7"]]


def test_names_and_lines_are_made_ready_once_and_a_late_comers_too() -> None:
    driver = Driver(plan(("Matan", "Noa")))
    sound = opened(driver)
    sound.start()
    assert told(sound).texts == ["Matan", "Noa"]
    driver.must(0, "start")
    driver.must(1000, "join", athlete={"name": "Gil"}, group="A")
    follow(sound, driver)
    follow(sound, driver)
    assert told(sound).texts == ["Matan", "Noa", "Gil"]


def test_the_end_of_a_rep_is_the_last_moment_of_its_lines() -> None:
    of = plan()
    (group,) = of.groups
    reps = tuple(replace(rep, says=(SpokenLine("elapsed", "Tall", value=60_000),)) for rep in group.reps)
    driver = Driver(replace(of, groups=(replace(group, reps=reps),)))
    driver.must(0, "start")
    driver.advance(GO)
    sound = opened(driver)
    assert [cue.until for cue in follow(sound, driver) if cue.cue == "say"] == [None]
    driver.must(GO + 63_700, "tap", athlete="Matan")
    assert [cue.until for cue in follow(sound, driver) if cue.cue == "say"] == [
        pytest.approx((GO + 63_700) / 1000 + 50)
    ]


def test_moments_lie_elsewhere_after_a_sleep() -> None:
    driver = Driver(plan())
    driver.must(0, "start")
    sound = opened(driver)
    before, after = follow(sound, driver), follow(sound, driver, 1)
    assert {cue.id for cue in before}.isdisjoint(cue.id for cue in after)


def test_a_result_is_not_said_again_after_a_sleep() -> None:
    driver = finished()
    sound = opened(driver)
    sound.saved(driver.state.n)
    ids = [[cue.id for cue in follow(sound, driver, epoch) if cue.cue == "result"] for epoch in (0, 1)]
    assert ids[0] == ids[1] != []


def test_what_is_set_reaches_the_speaker(tmp_path: Path) -> None:
    driver = Driver(plan())
    settings = Settings(
        sound="pipe", device="pacat:loud", volume=0, delay=0.25, cues_off=("split",), keep_awake=True, sounds=tmp_path
    )
    options = told(opened(driver, settings)).options
    assert (options["sink"], options["device"], options["volume"], options["delay"]) == ("pipe", "pacat:loud", 0, 0.25)
    assert "split" not in options["cues"]
    assert "go" in options["cues"]
    assert (options["awake"], options["own"]) == (True, tmp_path)
    other = told(opened(driver, settings, sink="portaudio")).options
    assert (other["sink"], other["device"]) == ("portaudio", ""), "the device was picked for another output"


@pytest.mark.parametrize(
    ("settings", "lacks"),
    [({}, ""), ({"cues_off": ("split",)}, ""), ({"cues_off": ("go",)}, "no GO"), ({"volume": 0}, "volume 0")],
)
def test_settings_that_take_go_away_are_told(settings: dict[str, Any], lacks: str) -> None:
    sound = opened(Driver(plan()), Settings(**settings))
    assert sound.lacks == lacks
    told(sound).state = SpeakerState("bell", alive=True)
    assert sound.lacks == lacks.replace("volume 0", ""), "a bell has no volume"


def test_an_output_is_unheard_until_somebody_has_heard_it() -> None:
    sound = opened(Driver(plan()))
    assert sound.unheard
    assert not sound.was_heard(), "nothing has been played"
    assert sound.play_go()
    assert told(sound).played == [("go", "A")]
    assert sound.was_heard()
    assert not sound.unheard
    assert not opened(Driver(plan())).unheard, "it is remembered for today"
    told(sound).state = SpeakerState("portaudio", "HDMI", alive=True)
    assert sound.unheard, "another output is another question"
    for state in (SpeakerState("off", alive=True), SpeakerState("")):
        told(sound).state = state
        assert not sound.unheard


def test_a_yes_is_for_what_go_came_out_of() -> None:
    sound = opened(Driver(plan()))
    assert sound.play_go()
    told(sound).state = SpeakerState("bell", "the terminal", alive=True)
    assert not sound.was_heard()
    assert sound.unheard


@pytest.mark.parametrize("state", [SpeakerState(""), SpeakerState("off", alive=True), SpeakerState("pipe", "pacat")])
def test_what_does_not_sound_plays_no_go(state: SpeakerState) -> None:
    sound = opened(Driver(plan()))
    told(sound).state = state
    assert not sound.play_go()
    assert told(sound).played == []
    told(sound).state = SpeakerState("pipe", "pacat", alive=True)
    assert not sound.was_heard()


def test_no_go_is_played_while_it_is_muted_or_once_a_session_has_begun() -> None:
    driver = Driver(plan())
    sound = opened(driver)
    sound.mute()
    assert not sound.play_go()
    sound.mute()
    assert not sound.was_heard(), "it was not heard while it was muted"
    driver.must(0, "start")
    follow(sound, driver)
    assert not sound.play_go()
    assert told(sound).played == []


def test_mute_is_a_switch() -> None:
    sound = opened(Driver(plan()))
    for on in (True, False):
        assert sound.mute() is on
        assert sound.speaker.muted is on, "at once, whatever the speaker is doing"
        assert told(sound).muted is on
