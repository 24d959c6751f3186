"""The table `[gpio]` of the settings: push buttons and a horn on the pins of a Raspberry Pi.

    [gpio]
    button = 17                     # acts like `space`
    buttons = {23 = "m", 24 = "d"}  # act like athletes' keys
    horn = 27                       # a relay that closes at GO
    horn_ms = 400                   # for so long
    horn_on = ["go"]                # also "recovery" and "over"
    pull = "up"                     # "up": a button connects its pin to ground; "down": to 3.3 V
    active_high = true              # false: the relay closes when its pin is low

Pins have their BCM numbers (GPIO 17 is the pin 11 of the header).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from kicktimer.text import closest_match
from kicktimer.units import clip

if TYPE_CHECKING:
    from collections.abc import Callable

Pull = Literal["up", "down"]
HornCue = Literal["go", "recovery", "over"]
HORN_CUES: tuple[HornCue, ...] = get_args(HornCue)
MIN_PIN, MAX_PIN = 2, 27
"""The BCM numbers of the header. 0 and 1 are reserved for the memory of add-on boards."""
PULLED_UP_PINS = (2, 3)
"""These have a resistor to 3.3 V on the board."""
MIN_HORN_MS, MAX_HORN_MS = 50, 3000
BCM_OF_HEADER_PIN = {
    3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23, 18: 24, 19: 10, 21: 9, 22: 25, 23: 11,
    24: 8, 26: 7, 29: 5, 31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GpioSettings:
    """What is connected to which pin (BCM numbers). `buttons` has the athlete's key of each pin."""

    button: int | None = None
    buttons: dict[int, str] = field(default_factory=dict)
    horn: int | None = None
    horn_ms: int = 400
    horn_on: tuple[HornCue, ...] = ("go",)
    pull: Pull = "up"
    active_high: bool = True

    @property
    def keys(self) -> dict[int, str]:
        """The key of each button by its pin: "" for the one that acts like `space`, else an athlete's key."""
        return ({} if self.button is None else {self.button: ""}) | self.buttons


def parse_gpio(given: object) -> tuple[GpioSettings, dict[str, str]]:
    """Returns the settings of a table, and the faults in it by their names in the table; "" stands for the table."""
    if not isinstance(given, dict):
        return GpioSettings(), {"": "write a table: [gpio], and below it lines such as button = 17"}
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, value in given.items():
        parse = _PARSERS.get(name)
        if parse is None:
            near = closest_match(name, tuple(_PARSERS))
            faults[name] = f"there is no setting `{clip(name)}`" + (f"; `{near}`?" if near else f"; {_ALL_NAMES}")
            continue
        try:
            values[name] = parse(value)
        except ValueError as error:
            faults[name] = str(error)
    settings = GpioSettings(**values)
    faults |= {name: fault for name, fault in _find_clashes(settings).items() if name not in faults}
    if not faults and not settings.keys and settings.horn is None:
        faults[""] = "no pin is named: write button = 17 or horn = 27, or remove the table"
    return settings, faults


def _find_clashes(settings: GpioSettings) -> dict[str, str]:
    """Returns what is wrong with pins that are right by themselves."""
    faults = {}
    if settings.button in settings.buttons:
        faults["buttons"] = f"GPIO {settings.button} is `button` already: a pin has one use"
    if settings.horn is not None and settings.horn in settings.keys:
        faults["horn"] = f"GPIO {settings.horn} is a button already: a pin has one use"
    fixed = next((pin for pin in settings.keys if pin in PULLED_UP_PINS), None)
    if settings.pull == "down" and fixed is not None:
        faults["pull"] = f'GPIO {fixed} is always pulled up: choose another pin, or pull = "up"'
    return faults


def _parse_pin(value: object) -> int:
    """Returns a BCM number. Raises ValueError with a hint for all else."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"write the BCM number of a pin, {MIN_PIN} to {MAX_PIN}, without quotes: 17")  # noqa: TRY004 - for a user
    if not MIN_PIN <= value <= MAX_PIN:
        bcm = BCM_OF_HEADER_PIN.get(value)
        meant = f"; pin {value} of the header is {bcm}" if bcm is not None else ""
        reserved = "; 0 and 1 are reserved" if value in (0, 1) else ""
        raise ValueError(f"there is no pin {value}: BCM numbers are {MIN_PIN} to {MAX_PIN}{meant}{reserved}")
    return value


def _parse_buttons(value: object) -> dict[int, str]:
    if not isinstance(value, dict):
        raise ValueError('write pins with athletes\' keys: buttons = {23 = "m", 24 = "d"}')  # noqa: TRY004 - for a user
    buttons: dict[int, str] = {}
    for name, key in value.items():
        if not (name.isascii() and name.isdecimal() and len(name) <= 3):
            raise ValueError(f'`{clip(name)}` is no BCM number of a pin: buttons = {{23 = "m"}}')
        pin = _parse_pin(int(name))
        if pin in buttons:
            raise ValueError(f"GPIO {pin} stands there twice")
        if not (isinstance(key, str) and len(key) == 1 and key.isalnum()):
            raise ValueError(f'GPIO {pin} needs an athlete\'s key, one letter or digit in quotes: {pin} = "m"')
        buttons[pin] = key
    return buttons


def _parse_horn_ms(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not MIN_HORN_MS <= value <= MAX_HORN_MS:
        raise ValueError(f"write whole milliseconds from {MIN_HORN_MS} to {MAX_HORN_MS}: horn_ms = 400")
    return value


def _parse_horn_on(value: object) -> tuple[HornCue, ...]:
    if not isinstance(value, list) or not value or not all(name in HORN_CUES for name in value):
        raise ValueError(f'write a list of {", ".join(HORN_CUES)}: horn_on = ["go"]')
    return tuple(cast("list[HornCue]", value))


def _parse_pull(value: object) -> Pull:
    if value not in get_args(Pull):
        raise ValueError('write "up" (the button connects its pin to ground) or "down" (to 3.3 V)')
    return cast("Pull", value)


def _parse_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("write true or false")  # noqa: TRY004 - for a user
    return value


_PARSERS: dict[str, Callable[[object], Any]] = {
    "button": _parse_pin,
    "buttons": _parse_buttons,
    "horn": _parse_pin,
    "horn_ms": _parse_horn_ms,
    "horn_on": _parse_horn_on,
    "pull": _parse_pull,
    "active_high": _parse_flag,
}
_ALL_NAMES = f"the settings are {', '.join(_PARSERS)}"
