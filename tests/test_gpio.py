"""Buttons and the horn on gpiozero's mock pins, and the horn's thread on a clock that the test moves."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, cast

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory

from harness.still_session import app_for, press, screen_text, still_session
from kicktimer import gpio
from kicktimer.cli.app import open_pins
from kicktimer.gpio import MAX_LATE_S, ContactFilter, Gpio, GpioError, Horn, HornSchedule
from kicktimer.gpio_settings import GpioSettings
from kicktimer.live_session import LiveSession
from kicktimer.session import Phase
from kicktimer.session.commands import Hold, Recall, Release, Start
from kicktimer.settings import Settings
from kicktimer.tui.screens.dialogs import JoinDialog
from tests.session.driver import plan
from tests.virtual_time import START, VirtualLoop, clock_of, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

HORN_S = 0.4


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    pins = MockFactory()
    before, gpiozero.Device.pin_factory = gpiozero.Device.pin_factory, pins
    yield pins
    pins.reset()
    gpiozero.Device.pin_factory = before


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class VirtualTime:
    """A clock, and the condition on which one thread waits for it: `move_to` wakes the thread exactly when it wants."""

    def __init__(self) -> None:
        self.now = START
        self._changed = threading.Condition()
        self._deadline = START
        self._waits = False

    def __call__(self) -> float:
        return self.now

    def __enter__(self) -> None:
        self._changed.acquire()

    def __exit__(self, *_: object) -> None:
        self._changed.release()

    def notify(self) -> None:
        self._wake_thread()

    def wait(self, timeout: float | None) -> None:
        self._deadline = float("inf") if timeout is None else self.now + timeout
        self._waits = True
        self._changed.notify_all()
        assert self._changed.wait_for(lambda: not self._waits, 10), "the test has left the thread waiting"

    def _wake_thread(self) -> None:
        self._waits = False
        self._changed.notify_all()

    def move_to(self, moment: float) -> None:
        """Moves the clock on, from one wake of the thread to the next."""
        with self._changed:
            while True:
                assert self._changed.wait_for(lambda: self._waits, 10), "the thread is stuck"
                if self._deadline > moment:
                    self.now = moment
                    return
                self.now = max(self.now, self._deadline)
                self._wake_thread()


# -- buttons


def opened(settings: GpioSettings, clock: Callable[[], float] = time.monotonic) -> tuple[Gpio, list[tuple[str, float]]]:
    """Returns the pins and the list of presses, which grows."""
    presses: list[tuple[str, float]] = []
    pins = Gpio(settings, clock=clock)
    pins.connect(lambda key, stamp: presses.append((key, stamp)), lambda _: None)
    return pins, presses


def test_press_has_the_moment_of_the_edge(factory: MockFactory) -> None:
    clock = Clock()
    pins, presses = opened(GpioSettings(button=17, buttons={23: "m"}), clock)
    clock.now = 12.25
    factory.pin(17).drive_low()
    clock.now = 12.5
    factory.pin(23).drive_low()
    clock.now = 13.0
    factory.pin(17).drive_high()
    factory.pin(23).drive_high()
    assert presses == [("", 12.25), ("m", 12.5)]
    pins.close()
    factory.pin(17).drive_low()
    assert len(presses) == 2, "closed pins take no press"


def test_pulled_down_button_is_pressed_when_its_pin_is_high(factory: MockFactory) -> None:
    pins, presses = opened(GpioSettings(button=17, pull="down"), Clock())
    factory.pin(17).drive_high()
    factory.pin(17).drive_low()
    assert len(presses) == 1
    pins.close()


def test_bounces_of_the_contact_are_no_presses(factory: MockFactory) -> None:
    clock = Clock()
    pins, presses = opened(GpioSettings(button=17), clock)
    pin = factory.pin(17)
    for closes_at in (10.0, 10.003, 10.006):  # it bounces when it closes, is held, and bounces when it opens
        clock.now = closes_at
        pin.drive_low()
        clock.now = closes_at + 0.001
        pin.drive_high()
    clock.now = 10.008
    pin.drive_low()
    for opens_at in (12.0, 12.004, 12.008):
        clock.now = opens_at
        pin.drive_high()
        clock.now = opens_at + 0.002
        pin.drive_low()
    clock.now = 12.012
    pin.drive_high()
    assert presses == [("", 10.0)]
    clock.now = 12.1
    pin.drive_low()
    assert presses == [("", 10.0), ("", 12.1)], "a press after that counts"
    pins.close()


def test_two_presses_in_a_tenth_of_a_second_are_two() -> None:
    contact = ContactFilter()
    assert contact.close(5.0)
    contact.open(5.06)
    assert contact.close(5.1)


def test_held_button_is_pressed_once(factory: MockFactory) -> None:
    clock = Clock()
    pins, presses = opened(GpioSettings(button=17), clock)
    factory.pin(17).drive_low()
    for clock.now in range(1, 30):
        factory.pin(17).drive_low()
    assert len(presses) == 1
    pins.close()


def test_button_that_is_held_at_the_start_is_no_press(factory: MockFactory) -> None:
    clock = Clock()
    factory.pin(17).drive_low()
    pins, presses = opened(GpioSettings(button=17), clock)
    clock.now = 5
    factory.pin(17).drive_high()
    clock.now = 6
    factory.pin(17).drive_low()
    assert len(presses) <= 1
    pins.close()


def seconds(live: Any) -> Callable[[], float]:
    return lambda: live.t / 1000


async def test_buttons_start_and_take_arrivals_as_their_keys_do(factory: MockFactory) -> None:
    live = still_session()
    live.bounces = True
    clock = Clock()
    pins = Gpio(GpioSettings(button=17, buttons={23: "b"}), clock=clock)

    async def push(pin: int, at: float) -> None:
        clock.now = at
        await asyncio.to_thread(factory.pin(pin).drive_low)  # as the pin library does, from a thread of its own
        clock.now = at + 0.03
        await asyncio.to_thread(factory.pin(pin).drive_high)
        await pilot.pause()
        app.paint()
        await pilot.pause()

    app = app_for(live, pins=pins)
    async with app.run_test(size=(100, 30)) as pilot:
        await push(17, 0.0)
        group = next(iter(live.state.groups.values()))
        assert group.phase is Phase.COUNTDOWN
        await push(17, 0.2)
        assert live.taps == [], "a second press right after the start is a bounce of it"
        live.advance_to(12_000)
        await push(23, 70.25)
        assert live.taps == [(70_250, "Noa")]
        await push(17, 71.0)
        await push(17, 71.059)
        assert live.taps == [(70_250, "Noa"), (71_000, None)], "a press 59 ms after the last one is a bounce"
        await push(17, 71.2)
        assert live.taps[-1] == (71_200, None)
        await push(17, 72.0)
        assert live.errors == 1
        assert "was not taken" in screen_text(pilot), "a refused press can be kept, as that of a key"
    pins.close()


async def test_button_is_an_arrival_where_the_keyboard_types_a_name(factory: MockFactory) -> None:
    live = still_session()
    pins = Gpio(GpioSettings(button=17, buttons={23: "b"}), clock=seconds(live))
    app = app_for(live, pins=pins)
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "space")
        live.advance_to(75_000)
        await press(pilot, "ctrl+n")
        assert isinstance(app.screen, JoinDialog)
        factory.pin(23).drive_low()
        factory.pin(17).drive_low()
        await pilot.pause()
        assert live.taps == [(75_000, "Noa"), (75_000, None)]
        assert "LATE-COMER: ▁" in screen_text(pilot)
    pins.close()


async def test_button_does_nothing_on_the_pick_screen(factory: MockFactory) -> None:
    live = still_session()
    pins = Gpio(GpioSettings(button=17), clock=seconds(live))
    app = app_for(live, pins=pins)
    async with app.run_test(size=(100, 30)) as pilot:
        app.live = None
        app.pop_screen()
        await pilot.pause()
        factory.pin(17).drive_low()
        await pilot.pause()
        assert live.commands == []
        app.live = live  # type: ignore[assignment]
    pins.close()


# -- the horn


def test_schedule_sounds_each_moment_once_and_for_the_pulse() -> None:
    horn = HornSchedule(HORN_S)
    horn.replace({"A/0/go": 10.0, "A/0/over": 20.0})
    assert not horn.advance(9.999)
    assert horn.next_change(9.999) == 10.0
    assert horn.advance(10.0)
    assert horn.next_change(10.0) == pytest.approx(10.4)
    assert not horn.advance(10.4)
    horn.replace({"A/0/go": 11.0, "A/0/over": 20.0})  # the coach has moved GO by a second: it has sounded
    assert not horn.advance(11.1)
    assert horn.next_change(11.1) == 20.0


def test_schedule_leaves_out_what_it_notices_too_late() -> None:
    horn = HornSchedule(HORN_S)
    horn.replace({"early": 10.0, "late": 10.0 - MAX_LATE_S})
    assert horn.advance(10.01)
    horn.replace({"late": 10.0 - MAX_LATE_S})
    assert not horn.advance(10.01)
    assert horn.next_change(10.01) is None


def test_schedule_holds_the_relay_through_overlapping_moments() -> None:
    horn = HornSchedule(HORN_S)
    horn.replace({"A": 10.0, "B": 10.2})
    assert horn.advance(10.0)
    assert horn.advance(10.2)
    assert horn.advance(10.5)
    assert not horn.advance(10.65)


class Relay:
    """Records when the horn's thread switches, on the test's clock."""

    def __init__(self, time_: VirtualTime) -> None:
        self.time = time_
        self.switched: list[tuple[float, bool]] = []

    def __call__(self, closed: bool) -> None:
        self.switched.append((round(self.time.now - START, 6), closed))


def session_with_horn(
    loop: VirtualLoop, directory: Path, schedule: Callable[[Mapping[str, float]], None], **gpio_: Any
) -> LiveSession:
    session = LiveSession.open(
        plan(rest=("target", 30_000), targets=(64_000,), reps=3),
        workout={},
        squad={},
        log_dir=directory,
        sink="off",
        clock=clock_of(loop),
        settings=Settings(gpio=GpioSettings(horn=27, **gpio_)),
    )
    session.sound.connect_horn(schedule)
    session.start()
    return session


def run_with_horn(
    directory: Path, steps: list[tuple[float, Any]], until: float, **gpio_: Any
) -> list[tuple[float, bool]]:
    """Runs a session and the horn's thread on one virtual clock. Returns when the relay switched, in s of the session.

    Each step is a moment, and a command without its `t` or a call with the session.
    """
    loop, time_ = VirtualLoop(), VirtualTime()
    relay = Relay(time_)
    horn = Horn(relay, HORN_S, on_failure=pytest.fail, clock=time_, condition=cast("Any", time_))

    async def main() -> None:
        session = session_with_horn(loop, directory, horn.schedule, **gpio_)
        for at, step in [*steps, (until, lambda _: None)]:
            while loop.now < START + at:
                await asyncio.sleep(min(0.05, START + at - loop.now))
                time_.move_to(loop.now)
            if isinstance(step, type):
                group = {"group": "A"} if "group" in step.__dataclass_fields__ else {}
                assert session.execute(step(t=session.now(), **group)) is None
            else:
                step(session)
        await session.aclose()

    run(main(), loop)
    time_.move_to(time_.now)
    horn.close()
    return relay.switched


def test_horn_sounds_at_go_without_lateness_and_falls_silent(tmp_path: Path) -> None:
    switched = run_with_horn(tmp_path, [(0, Start)], 210)
    assert switched == [(10.0, True), (10.4, False), (104.0, True), (104.4, False), (198.0, True), (198.4, False)]


def test_horn_is_silent_while_held_and_sounds_at_the_new_go(tmp_path: Path) -> None:
    switched = run_with_horn(tmp_path, [(0, Start), (9.95, Hold), (30, Release)], 50)
    assert [closed for _, closed in switched] == [True, False]
    assert switched[0][0] > 30


def test_horn_is_silent_after_a_recall_and_sounds_again_at_the_next_go(tmp_path: Path) -> None:
    steps = [(0, Start), (10.1, Recall), (10.15, Hold)]
    assert run_with_horn(tmp_path, steps, 60) == [(10.0, True), (10.1, False)]
    (_, first), *later = run_with_horn(tmp_path, [(0, Start), (15, Recall)], 60)[0::2]
    assert first
    assert len(later) == 1, "the rep gets its GO once more"


def test_horn_is_silent_while_muted(tmp_path: Path) -> None:
    mute = lambda session: session.sound.toggle_mute()  # noqa: E731
    assert run_with_horn(tmp_path, [(0, Start), (5, mute), (50, mute)], 105) == [(104.0, True), (104.4, False)]


def test_horn_falls_silent_when_the_session_is_closed(tmp_path: Path) -> None:
    assert run_with_horn(tmp_path, [(0, Start)], 10.2) == [(10.0, True), (10.2, False)]


def test_horn_can_sound_at_recovery_and_end(tmp_path: Path) -> None:
    switched = run_with_horn(tmp_path, [(0, Start)], 300, horn_on=("recovery", "over"))
    assert [at for at, closed in switched if closed] == [74.0, 168.0, 262.0]


@pytest.mark.parametrize("active_high", [True, False])
def test_relay_closes_on_its_pin(factory: MockFactory, active_high: bool) -> None:
    pins = Gpio(GpioSettings(horn=27, horn_ms=100, active_high=active_high))
    schedule = pins.begin_session()
    assert schedule is not None
    pin = factory.pin(27)
    assert pin.state is not active_high, "the relay is open at first"
    changed = threading.Event()
    switch = pin._change_state

    def note_change(value: bool) -> Any:
        switch(value)
        if value is active_high:
            changed.set()

    pin._change_state = note_change
    schedule({"A/0/go": time.monotonic()})
    assert changed.wait(10)
    pins.close()
    assert gpiozero.Device.pin_factory is factory


def test_next_session_has_a_horn_too() -> None:
    time_ = VirtualTime()
    relay = Relay(time_)
    horn = Horn(relay, HORN_S, on_failure=pytest.fail, clock=time_, condition=cast("Any", time_))
    for moment in (1.0, 2.0):
        horn.begin_session()
        horn.schedule({"A/0/go": START + moment})
        time_.move_to(START + moment + 0.5)
    horn.close()
    assert relay.switched == [(1.0, True), (1.4, False), (2.0, True), (2.4, False)]


async def test_horn_that_fails_is_told_and_the_session_goes_on(
    factory: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpio, "write_crash_report", lambda _: "report.txt")
    live = still_session()
    pins = Gpio(GpioSettings(horn=27))
    app = app_for(live, pins=pins)
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "space")

        def fail(_: object) -> None:
            raise OSError("the chip is gone")

        monkeypatch.setattr(factory.pin(27), "_change_state", fail)
        told = asyncio.Event()
        monkeypatch.setattr(live, "play_error", told.set)
        live.sound.schedule_horn({"A/0/go": time.monotonic()})
        await asyncio.wait_for(told.wait(), 10)
        app.paint()
        await pilot.pause()
        assert "the horn has failed; the session goes on" in screen_text(pilot)
        live.advance_to(75_000)
        await press(pilot, "a")
        assert live.taps == [(75_000, "Matan")]
    monkeypatch.undo()


# -- missing parts


def test_missing_library_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    with pytest.raises(GpioError, match="gpiozero is not installed; keys work") as caught:
        Gpio(GpioSettings(button=17))
    assert "pip install gpiozero lgpio" in caught.value.hint


def test_machine_without_pins_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> None:
        raise gpiozero.BadPinFactory("Unable to load any default pin factory!")

    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setattr(gpiozero.Device, "_default_pin_factory", staticmethod(nothing))
    with pytest.raises(GpioError, match="no GPIO pins are found here") as caught:
        Gpio(GpioSettings(button=17))
    assert "lgpio" in caught.value.hint


def test_pin_in_use_is_named_and_the_others_are_given_back(
    factory: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpio, "write_crash_report", lambda _: "report.txt")
    other = gpiozero.Button(23)
    with pytest.raises(GpioError, match="GPIO 23 cannot be opened"):
        Gpio(GpioSettings(button=17, buttons={23: "m"}))
    gpiozero.Button(17).close()
    other.close()


async def test_app_says_that_the_pins_are_missing_until_the_session_begins() -> None:
    live = still_session()
    app = app_for(live, pins_problem="no buttons, no horn: no GPIO pins are found here; keys work")
    async with app.run_test(size=(100, 30)) as pilot:
        app.paint()
        await pilot.pause()
        assert "no GPIO pins are found here" in screen_text(pilot)
        await press(pilot, "space")
        live.advance_to(12_000)
        app.paint()
        await pilot.pause()
        assert "no GPIO pins" not in screen_text(pilot)


def test_no_pin_library_is_loaded_without_the_setting(tmp_path: Path) -> None:
    code = "import sys, kicktimer.cli.app, kicktimer.tui.app; print(*(n for n in sys.modules if 'gpio' in n))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["kicktimer.gpio_settings"]


def test_command_goes_on_without_pins_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert open_pins(Settings()) == (None, "")
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    pins, problem = open_pins(Settings(gpio=GpioSettings(button=17)))
    assert pins is None
    assert problem.startswith("no buttons, no horn: the library gpiozero is not installed")
    assert "pip install gpiozero lgpio" in capsys.readouterr().err
