"""The table `[gpio]` of the settings: what it means, and faults with their lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.gpio_settings import GpioSettings
from kicktimer.settings import Settings, load_settings
from kicktimer.settings_store import save_settings


def read(directory: Path, text: str) -> Settings:
    path = directory / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_table_says_what_is_on_which_pin(tmp_path: Path) -> None:
    text = """
[gpio]
button = 17
buttons = {23 = "m", 24 = "7"}
horn = 27
horn_ms = 600
horn_on = ["go", "over"]
pull = "down"
active_high = false
"""
    found = read(tmp_path, text).gpio
    assert found == GpioSettings(17, {23: "m", 24: "7"}, 27, 600, ("go", "over"), "down", active_high=False)
    assert found.keys == {17: "", 23: "m", 24: "7"}


def test_left_out_lines_have_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "gpio = {button = 4}").gpio == GpioSettings(button=4)
    assert read(tmp_path, '[gpio.buttons]\n23 = "m"\n').gpio == GpioSettings(buttons={23: "m"})
    assert read(tmp_path, "[gpio]\n").gpio is None
    assert read(tmp_path, "").gpio is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("button = 40", "line 2: gpio.button: there is no pin 40: BCM numbers are 2 to 27; pin 40 of the header is 21"),
        ("button = 39", "gpio.button: there is no pin 39: BCM numbers are 2 to 27"),
        ("horn = 0", "gpio.horn: there is no pin 0: BCM numbers are 2 to 27; 0 and 1 are reserved"),
        ("horn = -1", "gpio.horn: there is no pin -1"),
        ('button = "17"', "gpio.button: write the BCM number of a pin, 2 to 27, without quotes: 17"),
        ("button = true", "gpio.button: write the BCM number"),
        ("buttons = 23", "gpio.buttons: write pins with athletes' keys"),
        ('buttons = {GPIO23 = "m"}', "gpio.buttons: `GPIO23` is no BCM number of a pin"),
        (
            'buttons = {29 = "m"}',
            "gpio.buttons: there is no pin 29: BCM numbers are 2 to 27; pin 29 of the header is 5",
        ),
        ('buttons = {23 = "mm"}', "gpio.buttons: GPIO 23 needs an athlete's key, one letter or digit"),
        ('buttons = {23 = " "}', "gpio.buttons: GPIO 23 needs an athlete's key"),
        ("buttons = {23 = 7}", "gpio.buttons: GPIO 23 needs an athlete's key"),
        ('buttons = {23 = "m", 023 = "n"}', "gpio.buttons: GPIO 23 stands there twice"),
        ('button = 17\nbuttons = {17 = "m"}', "line 3: gpio.buttons: GPIO 17 is `button` already"),
        ("button = 17\nhorn = 17", "line 3: gpio.horn: GPIO 17 is a button already"),
        ('button = 3\npull = "down"', "gpio.pull: GPIO 3 is always pulled up"),
        ('horn = 27\npull = "off"', 'gpio.pull: write "up"'),
        ("horn = 27\nhorn_ms = 10", "gpio.horn_ms: write whole milliseconds from 50 to 3000: horn_ms = 400"),
        ("horn = 27\nhorn_ms = 0.4", "gpio.horn_ms: write whole milliseconds"),
        ('horn = 27\nhorn_on = ["start"]', 'gpio.horn_on: write a list of go, recovery, over: horn_on = ["go"]'),
        ("horn = 27\nactive_high = 1", "gpio.active_high: write true or false"),
        ("buton = 17", "gpio.buton: there is no setting `buton`; `button`?"),
        ("xyz = 17", "gpio.xyz: there is no setting `xyz`; the settings are button, buttons, horn"),
        ('pull = "up"', "line 1: gpio: no pin is named: write button = 17"),
    ],
)
def test_fault_is_named_with_its_line_and_a_hint(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(KicktimerError) as caught:
        read(tmp_path, f"[gpio]\n{text}\n")
    assert problem in caught.value.message


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(KicktimerError) as caught:
        read(tmp_path, 'sound = "loud"\n[gpio]\nbutton = 40\nhorn = 41\npull = 1\n')
    assert len(caught.value.message.splitlines()) == 4
    with pytest.raises(KicktimerError, match="gpio: write a table"):
        read(tmp_path, "gpio = 17\n")


def test_saving_a_setting_leaves_the_table(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('keys = "remote"\n# track\n[gpio]\nbutton = 17  # red\n')
    saved = save_settings({"volume": 50, "keys": None}, path)
    assert path.read_text() == "volume = 50\n# track\n[gpio]\nbutton = 17  # red\n"
    assert saved == load_settings(path) == Settings(volume=50, gpio=GpioSettings(button=17))
    with pytest.raises(KicktimerError, match="the gpio settings are a table of the settings file"):
        save_settings({"gpio": None}, path)


def test_the_guide_shows_a_table_that_is_read(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "raspberry-pi.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```\n(\[gpio\]\n.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    expected = GpioSettings(button=17, buttons={23: "m", 24: "d"}, horn=27)
    assert read(tmp_path, block).gpio == expected, "all other lines show the defaults"
