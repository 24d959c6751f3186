"""The list of outputs to choose from, and the sinks that are tried for a chosen one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.sound import SoundOutput, devices, outputs
from kicktimer.sound.devices import parse_aplay_pcms, parse_pactl_sinks
from kicktimer.sound.players import split_device
from kicktimer.sound.speaker.candidates import sink_candidates
from kicktimer.sound.speaker.sinks.base import SinkError
from kicktimer.sound.speaker.sinks.pipe_sink import PipeSink
from kicktimer.sound.speaker.sinks.portaudio_sink import match_device
from kicktimer.text import clean

if TYPE_CHECKING:
    from pathlib import Path

PACTL = """\
Sink #0
\tState: IDLE
\tName: rig
\tDescription: Null Output
\tDriver: module-null-sink.c
\tProperties:
\t\tdevice.description = "Null Output"
Sink #1
\tName: bluez_output.AA_BB.1
\tDescription: JBL \x1b[2JGo: 3
Sink #2
\tName: bad\x1b[2J
\tDescription: Nobody
Sink #3
\tName: alone
"""
APLAY = """\
null
    Discard all samples
lavrate
    Rate Converter Plugin
pulse
    PulseAudio Sound Server
default:CARD=Headphones
    bcm2835 Headphones, bcm2835 Headphones
    Default Audio Device
sysdefault:CARD=Headphones
    bcm2835 Headphones, bcm2835 Headphones
plughw:CARD=Headphones,DEV=0
    bcm2835 Headphones
plughw:CARD=Box,DEV=0
    USB \x1b]0;box\x07
hdmi:CARD=vc4,DEV=0
front:CARD=Box,DEV=0
    Front output
bluealsa
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the only directory on the PATH, which is empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(devices, "COMMAND", (str(tmp_path / "listing"),))
    return tmp_path


def write_program(folder: Path, name: str, script: str = "exit 0") -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def write_printing_program(folder: Path, name: str, text: str) -> None:
    """Writes a program that prints a text."""
    (folder / f"{name}.txt").write_text(text.rstrip("\n") + "\n")
    write_program(folder, name, f'while IFS= read -r line; do printf "%s\\n" "$line"; done <{folder}/{name}.txt')


def test_outputs_of_all_programs_are_listed_in_order(path: Path) -> None:
    write_printing_program(
        path, "listing", '[["USB box", "ALSA"], ["a\\u001b[31mb", "ALSA"], ["both", "ALSA"], ["both", "JACK"]]'
    )
    write_printing_program(path, "pactl", PACTL)
    write_printing_program(path, "aplay", APLAY)
    write_program(path, "pacat")
    found = [output for output in outputs() if output.sink != "simpleaudio"]
    assert found == [
        SoundOutput("portaudio", "", "portaudio: the default device"),
        SoundOutput("portaudio", "USB box", "portaudio: USB box (ALSA)"),
        SoundOutput("portaudio", "a[31mb", "portaudio: a[31mb (ALSA)"),
        SoundOutput("portaudio", "both", "portaudio: both"),
        SoundOutput("pipe", "", "pacat: the default device"),
        SoundOutput("pipe", "pacat:rig", "pacat: Null Output (rig)"),
        SoundOutput("pipe", "pacat:bluez_output.AA_BB.1", "pacat: JBL [2JGo: 3 (bluez_output.AA_BB.1)"),
        SoundOutput("pipe", "pacat:alone", "pacat: alone"),
        SoundOutput(
            "pipe",
            "aplay:default:CARD=Headphones",
            "aplay: bcm2835 Headphones, bcm2835 Headphones (default:CARD=Headphones)",
        ),
        SoundOutput("pipe", "aplay:plughw:CARD=Box,DEV=0", "aplay: USB ]0;box (plughw:CARD=Box,DEV=0)"),
        SoundOutput("pipe", "aplay:hdmi:CARD=vc4,DEV=0", "aplay: hdmi:CARD=vc4,DEV=0"),
        SoundOutput("pipe", "aplay:pulse", "aplay: PulseAudio Sound Server (pulse)"),
        SoundOutput("pipe", "aplay:bluealsa", "aplay: bluealsa"),
        SoundOutput("bell", "", "the terminal's bell"),
    ]


@pytest.mark.parametrize("script", ["exit 1", "kill -ABRT $$", "echo '{'", "echo '[[1]]'", "echo 7", "printf '\\377'"])
def test_failed_listing_does_not_affect_the_others(path: Path, script: str) -> None:
    write_program(path, "listing", script)
    write_program(path, "pacat")
    write_program(path, "pactl", script)
    found = [output for output in outputs() if output.sink != "simpleaudio"]
    assert found == [
        SoundOutput("pipe", "", "pacat: the default device"),
        SoundOutput("bell", "", "the terminal's bell"),
    ]


def test_hung_listing_is_killed_and_the_others_are_returned(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "LISTING_TIMEOUT_S", 0.5)
    for name in ("listing", "aplay"):
        write_program(path, name, "exec /bin/sleep 60")
    write_program(path, "pacat")
    write_printing_program(path, "pactl", PACTL)
    begun = time.monotonic()
    found = outputs()
    assert time.monotonic() - begun < 30
    assert SoundOutput("pipe", "pacat:rig", "pacat: Null Output (rig)") in found
    assert not any(output.sink == "portaudio" for output in found)


def test_bell_is_always_listed(path: Path) -> None:
    assert [output.sink for output in outputs() if output.sink != "simpleaudio"] == ["bell"]


@given(st.text())
def test_parsers_return_clean_text_for_any_input(text: str) -> None:
    shown = [name for pair in parse_aplay_pcms(text) for name in pair] + [
        name for pair in parse_pactl_sinks(text) for name in pair
    ]
    assert all(clean(each) == each for each in shown)


@pytest.mark.parametrize(
    ("wanted", "place"),
    [("USB", 1), ("USB box", 1), ("USB box two", 2), ("USB  box", 1), ("H", None), ("HD", 3), ("x", None)],
)
def test_device_matches_by_name_or_by_unique_prefix(wanted: str, place: int | None) -> None:
    names = ["Headset", "USB box", "USB box two", "HDMI"] if wanted != "USB" else ["Headset", "USB box"]
    assert match_device(wanted, names) == place


def candidate_titles(wanted: str, device: str, groups: tuple[str, ...] = ("A",)) -> list[str]:
    return [each.title for each in sink_candidates(wanted, groups, {}, lambda _: None, has_bell=True, device=device)]


def test_chosen_device_is_tried_before_the_default_one(path: Path) -> None:
    write_program(path, "pacat")
    write_program(path, "aplay")
    rest = ["pacat", "aplay", "the terminal's bell"]
    assert candidate_titles("portaudio", "USB box") == ["the device USB box", "portaudio", *rest]
    assert candidate_titles("auto", "USB box") == ["the device USB box", "portaudio", *rest]
    assert candidate_titles("pipe", "aplay:hw:1") == [
        "aplay to hw:1",
        "pacat",
        "aplay",
        "portaudio",
        "the terminal's bell",
    ]
    assert candidate_titles("auto", "pacat:rig") == [
        "pacat to rig",
        "pacat",
        "aplay",
        "portaudio",
        "the terminal's bell",
    ]
    assert candidate_titles("pipe", "rig")[0] == "pacat to rig"
    assert candidate_titles("simpleaudio", "USB box") == ["simpleaudio", "portaudio", *rest]
    assert candidate_titles("bell", "rig") == ["the terminal's bell"]
    assert candidate_titles("off", "rig") == ["off"]


def test_device_without_a_program_belongs_to_the_first_installed_one(path: Path) -> None:
    assert split_device("rig") == ("pacat", "rig")
    write_program(path, "aplay")
    assert split_device("hw:1,0") == ("aplay", "hw:1,0")
    assert split_device("pacat:a:b") == ("pacat", "a:b")
    assert split_device("pacat:") == ("pacat", "")


@pytest.mark.parametrize("device", ["-x", "a b; exit 3", "--help"])
def test_device_is_passed_as_one_argument_and_never_as_an_option(path: Path, device: str) -> None:
    write_program(path, "pacat", f'printf "%s\\n" "$1" >{path}/arguments; exec /bin/sleep 60')
    sink = PipeSink("pacat", device)
    sink.open()
    end = time.monotonic() + 10
    while not ((path / "arguments").exists() and (path / "arguments").read_text().endswith("\n")):
        assert time.monotonic() < end
        time.sleep(0.01)
    sink.close()
    assert (path / "arguments").read_text() == f"--device={device}\n"


@pytest.mark.parametrize("device", ["a\0b", "\ud800"])
def test_impossible_device_name_raises_a_sink_error(path: Path, device: str) -> None:
    write_program(path, "pacat")
    with pytest.raises(SinkError, match="no device"):
        PipeSink("pacat", device).open()
