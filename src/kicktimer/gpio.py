"""Buttons and a horn on the pins of a Raspberry Pi, by gpiozero. Nothing imports this module without `[gpio]` settings.

A button's press is stamped with `time.monotonic()` in the pin's callback, on a thread of the pin library, and passed
on with that stamp. A thread closes the horn's relay at the moments that it was given, on the same clock.
"""

from __future__ import annotations

import threading
import time
import warnings
from typing import TYPE_CHECKING, Any, Protocol

from kicktimer.crash_report import write_crash_report
from kicktimer.errors import KicktimerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from kicktimer.gpio_settings import GpioSettings

CONTACT_BOUNCE_S = 0.02
"""A press this soon after the contact opened or closed is a bounce of it (Ganssle measured up to 6 ms, once 157 ms)."""
MAX_LATE_S = 0.3
"""The horn is not sounded later than this after its moment: athletes would start by it."""
CLOSE_TIMEOUT_S = 1.0


class GpioError(KicktimerError):
    """Raised where the pins cannot be used. The message fits on a line of the screen."""


class ContactFilter:
    """Tells presses from the bounces of a contact, when it closes and when it opens. Moments are in seconds."""

    def __init__(self) -> None:
        self._last_change = float("-inf")

    def close(self, now: float) -> bool:
        """Records that the contact has closed. Returns whether that is a press."""
        is_press = now - self._last_change >= CONTACT_BOUNCE_S
        self._last_change = now
        return is_press

    def open(self, now: float) -> None:
        """Records that the contact has opened."""
        self._last_change = now


class HornSchedule:
    """When the horn's relay is closed: for `pulse_s` from each moment that is due. Moments are in seconds.

    Each id sounds once, even if its moment is changed later. A moment that was noticed more than `MAX_LATE_S` late is
    left out. An id that is taken out of the schedule while it sounds falls silent.
    """

    def __init__(self, pulse_s: float) -> None:
        self._pulse_s = pulse_s
        self._moments: dict[str, float] = {}
        self._begun: dict[str, float] = {}  # when each id began to sound; -inf for one that was left out

    def replace(self, moments: Mapping[str, float]) -> None:
        """Replaces the moments by these, by their ids."""
        self._moments = dict(moments)

    def advance(self, now: float) -> bool:
        """Begins what is due, and returns whether the relay is closed at `now`."""
        for each, moment in self._moments.items():
            if moment <= now and each not in self._begun:
                self._begun[each] = now if now - moment <= MAX_LATE_S else float("-inf")
        return any(now < end for end in self._ends())

    def next_change(self, now: float) -> float | None:
        """Returns the next moment after `now` at which the relay may change; None if there is none."""
        coming = [moment for each, moment in self._moments.items() if each not in self._begun]
        return min([*coming, *(end for end in self._ends() if end > now)], default=None)

    def _ends(self) -> list[float]:
        return [self._begun[each] + self._pulse_s for each in self._moments if each in self._begun]


class Horn:
    """A thread that closes and opens a relay by `switch`, as its schedule says.

    `switch(True)` closes the relay. If it raises, the horn is given up and `on_failure` called, on any thread.
    `condition` and `clock` are replaced in tests.
    """

    def __init__(
        self,
        switch: Callable[[bool], None],
        pulse_s: float,
        on_failure: Callable[[Exception], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        condition: threading.Condition | None = None,
    ) -> None:
        self._switch = switch
        self._pulse_s = pulse_s
        self._on_failure = on_failure
        self._clock = clock
        self._changed = condition or threading.Condition()  # guards all below
        self._schedule = HornSchedule(pulse_s)
        self._closed_relay = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="horn")
        self._thread.start()

    def begin_session(self) -> None:
        """Forgets the moments of the session before, whose ids may come again."""
        with self._changed:
            self._schedule = HornSchedule(self._pulse_s)
            self._changed.notify()

    def schedule(self, moments: Mapping[str, float]) -> None:
        """Replaces the moments at which the horn sounds, by their ids. A moment that is gone does not sound any more.

        They are in seconds of `clock`.
        """
        with self._changed:
            self._schedule.replace(moments)
            self._changed.notify()

    def close(self) -> None:
        """Opens the relay and ends the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(CLOSE_TIMEOUT_S)

    def _run(self) -> None:
        try:
            with self._changed:
                while not self._stopping:
                    now = self._clock()
                    self._set_relay(closed=self._schedule.advance(now))
                    change = self._schedule.next_change(now)
                    self._changed.wait(None if change is None else max(0.0, change - self._clock()))
                self._set_relay(closed=False)
        except Exception as error:  # noqa: BLE001 - a library's; the session goes on without a horn
            self._on_failure(error)

    def _set_relay(self, *, closed: bool) -> None:
        """Switches the relay if it has to change. The lock is held, so a moment that was taken out never sounds."""
        if closed != self._closed_relay:
            self._switch(closed)
            self._closed_relay = closed


class PressHandler(Protocol):
    """Takes a press: an athlete's key, "" for the button that acts like `space`, and its stamp, on any thread."""

    def __call__(self, key: str, stamp: float) -> None: ...


class Gpio:
    """The pins of the settings, from its creation until `close`. Raises `GpioError` where they cannot be used.

    Before `connect`, presses are dropped.
    """

    def __init__(
        self,
        settings: GpioSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        load: Callable[[], ModuleType] | None = None,
    ) -> None:
        self._clock = clock
        self._devices: list[Any] = []
        self._on_press: PressHandler = _drop_press
        self._on_problem: Callable[[str], None] = _drop_problem
        self._horn: Horn | None = None
        library = (load or _load_gpiozero)()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # each pin library that is not there; what is missing is said below
            _check_pins(library)
            try:
                for pin, key in settings.keys.items():
                    self._open_button(library, settings, pin, key)
                if settings.horn is not None:
                    self._open_horn(library, settings, settings.horn)
            except GpioError:
                self.close()
                raise

    def connect(self, on_press: PressHandler, on_problem: Callable[[str], None]) -> None:
        """Passes presses to `on_press` and a sentence about a horn that fails to `on_problem`, both on any thread."""
        self._on_press, self._on_problem = on_press, on_problem

    def begin_session(self) -> Callable[[Mapping[str, float]], None] | None:
        """Forgets the horn's moments of the session before. Returns what schedules those of a new one; None: no horn.

        It takes the moments in seconds on `time.monotonic()`, by their ids, and replaces those of the call before.
        """
        if self._horn is None:
            return None
        self._horn.begin_session()
        return self._horn.schedule

    def close(self) -> None:
        """Opens the relay and gives the pins back."""
        self._on_press, self._on_problem = _drop_press, _drop_problem
        if self._horn is not None:
            self._horn.close()
        for device in self._devices:
            device.close()
        self._devices.clear()

    def _open_button(self, library: ModuleType, settings: GpioSettings, pin: int, key: str) -> None:
        device = self._open(pin, lambda: library.Button(pin, pull_up=settings.pull == "up"))
        contact = ContactFilter()

        def pressed() -> None:
            stamp = self._clock()
            if contact.close(stamp):
                self._on_press(key, stamp)

        device.when_pressed = pressed
        device.when_released = lambda: contact.open(self._clock())

    def _open_horn(self, library: ModuleType, settings: GpioSettings, pin: int) -> None:
        device = self._open(pin, lambda: library.DigitalOutputDevice(pin, active_high=settings.active_high))

        def switch(closed: bool) -> None:  # noqa: FBT001 - as `Horn` calls it
            device.value = closed

        self._horn = Horn(switch, settings.horn_ms / 1000, self._report_failure, clock=self._clock)

    def _open(self, pin: int, create: Callable[[], Any]) -> Any:
        try:
            device = create()
        except Exception as error:
            hint = f"does another program use it? Details are in {write_crash_report(error)}"
            raise GpioError(f"GPIO {pin} cannot be opened: no buttons, no horn; keys work", hint) from error
        self._devices.append(device)
        return device

    def _report_failure(self, error: Exception) -> None:
        self._on_problem(f"the horn has failed; the session goes on. Details are in {write_crash_report(error)}")


def _load_gpiozero() -> ModuleType:
    try:
        import gpiozero  # noqa: PLC0415 - an extra, loaded for `[gpio]` alone
    except ImportError as error:
        hint = ".venv/bin/pip install gpiozero lgpio; or take [gpio] out of the settings"
        raise GpioError("no buttons, no horn: the library gpiozero is not installed; keys work", hint) from error
    library: ModuleType = gpiozero
    return library


def _check_pins(library: ModuleType) -> None:
    """Raises `GpioError` unless there are pins, and a library that reaches them."""
    try:
        if library.Device.pin_factory is None:
            library.Device.ensure_pin_factory()
    except Exception as error:
        hint = "on a Raspberry Pi: .venv/bin/pip install lgpio; elsewhere take [gpio] out of the settings"
        raise GpioError("no buttons, no horn: no GPIO pins are found here; keys work", hint) from error


def _drop_press(key: str, stamp: float) -> None:
    """Stands for a handler of presses before `connect`."""


def _drop_problem(sentence: str) -> None:
    """Stands for a handler of problems before `connect`."""
