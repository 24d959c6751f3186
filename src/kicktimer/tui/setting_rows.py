"""What the settings screen lists: a row for each setting, cue and key, with its value and the changes that keys make.

In: the settings, the keymap's table and the sound outputs that were found. Out: headings with frozen rows. A change is
a mapping for `SettingsStore.save`. What the coach types is checked there, by the rules of the file. The module imports
nothing of Textual.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from kicktimer.cue_table import CUE_SPECS
from kicktimer.errors import KicktimerError
from kicktimer.keyboard.key_names import parse_key, written_key
from kicktimer.settings import KeySettings, Settings
from kicktimer.text import clean
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.keymap import PRESETS, build_keymap
from kicktimer.tui.keys import ACTION_BY_ID, ACTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kicktimer.sound import SoundOutput
    from kicktimer.tui.keys import KeyAction

    Changes = Mapping[str, object]

VOLUME_STEP = 5
DELAY_STEP_MS = 10
MAX_DELAY_MS = 2000
_DEFAULTS = Settings()
_MEANINGS = {
    "sound": "what plays; auto: the best that works",
    "device": "which output of it; system: its own",
    "volume": "half of it is heard as half as loud",
    "delay": "how much the loudspeaker lags",
    "keep_awake": "a faint tone for a sleepy loudspeaker",
    "caller": "count the seconds as athletes come in",
    "results": "what is spoken after a finish",
    "theme": "colours; terminal: those of its own",
    "log_dir": "where sessions are saved",
    "sounds": "a folder with WAV files of your own",
    "preset": "a ready-made set of keys",
}
"""What each setting means, in at most 40 columns."""
DELAY_NOTE = "Bluetooth lags 0.1 to 0.35 s; `kicktimer doctor` measures it"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting as the screen lists it.

    `id` is unique. `faults_of` is the setting of the file that it belongs to. `value` is its value as the list shows
    it, `typed` as a field shows it to be changed; None where nothing is typed. `steps` are its values in order, each
    with the change that gives it, and `place` is the present one; no steps where the value is typed only. `default` is
    the change that restores the default.
    """

    id: str
    name: str
    meaning: str
    value: str
    changed: bool
    default: Changes
    faults_of: str
    typed: str | None = None
    hint: str = ""
    steps: tuple[tuple[str, Changes], ...] = ()
    place: int = 0

    @property
    def has_choice(self) -> bool:
        """Whether there is a value to the left or to the right."""
        return len(self.steps) > 1

    def step(self, by: int) -> Changes:
        """Returns the change to the value `by` places further on. Numbers end at their limits; choices begin anew."""
        if self.typed is not None and self.id in ("volume", "delay"):
            return self.steps[min(max(self.place + by, 0), len(self.steps) - 1)][1]
        return self.steps[(self.place + by) % len(self.steps)][1]


def setting_sections(settings: Settings, outputs: Sequence[SoundOutput] | None = None) -> dict[str, list[SettingRow]]:
    """Returns the rows by the headings above them. `outputs` are those of this machine, None before they are known."""
    names = build_keymap(settings.keys).names()
    return {
        "SOUND": [
            _choice(settings, "sound", also={"device": None} if settings.device else {}),
            _device(settings, outputs or ()),
            _volume(settings),
            _delay(settings),
            _switch(settings, "keep_awake"),
        ],
        "VOICE": [_switch(settings, "caller"), _choice(settings, "results")],
        "CUES": [_cue(settings, name) for name, spec in CUE_SPECS.items() if not spec.off_hint],
        "SCREEN": [_choice(settings, "theme")],
        "FOLDERS": [
            _folder(settings, "log_dir", settings.log_directory),
            _folder(settings, "sounds", settings.sounds_folder),
        ],
        "KEYS": [_preset(settings), *(_key(settings, action, names) for action in ACTIONS if _is_of_session(action))],
    }


def read_typed(row: SettingRow, text: str, settings: Settings) -> Changes:
    """Returns the change that a typed text means; without text the default.

    Raises `KicktimerError` for keys that do not exist. All other values are checked as they are saved.
    """
    text = clean(text).strip()
    if not text:
        return row.default
    if row.id == "volume":
        number = text.removesuffix("%").strip()
        return {"volume": int(number) if number.isdecimal() and len(number) < 6 else text}
    if row.id == "delay":
        try:
            seconds = float(text)
        except ValueError:
            return {"delay": text}
        return {"delay": seconds if math.isfinite(seconds) else text}
    if row.id.startswith("key "):
        action_id = row.id.removeprefix("key ")
        try:
            keys = tuple(dict.fromkeys(parse_key(key) for key in text.split(",")))
        except ValueError as error:
            raise KicktimerError(f"{action_id}: {error}") from None
        return _with_key(settings.keys, action_id, keys)
    return {row.id: text}


def _choice(settings: Settings, name: str, also: Mapping[str, object] | None = None) -> SettingRow:
    values = get_args(Settings.model_fields[name].annotation)
    value = getattr(settings, name)
    return SettingRow(
        name, name, _MEANINGS[name], value, value != getattr(_DEFAULTS, name), {name: None, **(also or {})}, name,
        steps=tuple((each, {name: each, **(also or {})}) for each in values), place=values.index(value),
    )  # fmt: skip


def _switch(settings: Settings, name: str) -> SettingRow:
    value: bool = getattr(settings, name)
    return SettingRow(
        name, name, _MEANINGS[name], "on" if value else "off", value != getattr(_DEFAULTS, name), {name: None}, name,
        steps=(("off", {name: False}), ("on", {name: True})), place=int(value),
    )  # fmt: skip


def _device(settings: Settings, outputs: Sequence[SoundOutput]) -> SettingRow:
    """Returns the row of the output. Its steps are the outputs of the sink, or with `auto` all that there are."""
    steps: list[tuple[str, Changes]] = [("", {"device": None})]
    steps += [
        (output.device, {"sound": output.sink, "device": output.device})
        for output in outputs
        if output.device and settings.sound in ("auto", output.sink)
    ]
    devices = [device for device, _ in steps]
    if settings.device not in devices:
        steps.append((settings.device, {}))
        devices.append(settings.device)
    return SettingRow(
        "device", "device", _MEANINGS["device"], clean(settings.device) or "system", settings.device != "",
        {"device": None}, "device", typed=clean(settings.device), hint="pacat:NAME; `kicktimer doctor` lists them",
        steps=tuple(steps), place=devices.index(settings.device),
    )  # fmt: skip


def _volume(settings: Settings) -> SettingRow:
    volumes = sorted({*range(0, 101, VOLUME_STEP), settings.volume})
    return SettingRow(
        "volume", "volume", _MEANINGS["volume"], f"{settings.volume} %", settings.volume != _DEFAULTS.volume,
        {"volume": None}, "volume", typed=str(settings.volume), hint="0 to 100",
        steps=tuple((f"{each} %", {"volume": each}) for each in volumes), place=volumes.index(settings.volume),
    )  # fmt: skip


def _delay(settings: Settings) -> SettingRow:
    now = round(settings.delay * 1000)
    delays = sorted({*range(0, MAX_DELAY_MS + 1, DELAY_STEP_MS), now})
    return SettingRow(
        "delay", "delay", _MEANINGS["delay"], f"{now} ms", settings.delay != _DEFAULTS.delay, {"delay": None}, "delay",
        typed=f"{now}ms", hint=DELAY_NOTE,
        steps=tuple((f"{each} ms", {"delay": each / 1000}) for each in delays), place=delays.index(now),
    )  # fmt: skip


def _cue(settings: Settings, name: str) -> SettingRow:
    off = settings.cues_off
    without = {"cues_off": [each for each in off if each != name] or None}
    return SettingRow(
        f"cue {name}", name, CUE_SPECS[name].doctor_text, "off" if name in off else "on", name in off, without,
        "cues_off", steps=(("off", {"cues_off": list(dict.fromkeys([*off, name]))}), ("on", without)),
        place=int(name not in off),
    )  # fmt: skip


def _folder(settings: Settings, name: str, used: Path | None) -> SettingRow:
    value: Path | None = getattr(settings, name)
    return SettingRow(
        name, name, _MEANINGS[name], clean(str(used)) if used else "none", value is not None, {name: None}, name,
        typed=clean(str(value or "")), hint="the whole path, from / or ~; nothing: the default",
    )  # fmt: skip


def _preset(settings: Settings) -> SettingRow:
    names = ["", *PRESETS]
    preset = settings.keys.preset
    return SettingRow(
        "preset", "preset", _MEANINGS["preset"], preset or "default", bool(preset),
        {"keys": KeySettings("", settings.keys.keys)}, "keys",
        steps=tuple((each or "default", {"keys": KeySettings(each, settings.keys.keys)}) for each in names),
        place=names.index(preset) if preset in names else 0,
    )  # fmt: skip


def _is_of_session(action: KeyAction) -> bool:
    """Whether the README names the action: it is one of the live screen."""
    return (ACTION_BY_ID[action.shown_with] if action.shown_with else action).section is not None


def _key(settings: Settings, action: KeyAction, names: Mapping[str, tuple[str, ...]]) -> SettingRow:
    described = ACTION_BY_ID[action.shown_with] if action.shown_with else action
    meaning = KeyNames(names).fill(described.help, short=True)
    chosen = action.id in settings.keys.keys
    written = ", ".join(map(_nameable, names[action.id]))
    return SettingRow(
        f"key {action.id}", action.id, f"+ key: {meaning}" if described.then_athlete else meaning, written or "none",
        chosen, _with_key(settings.keys, action.id, None), "keys", typed=written,
        hint="as f5, page down, ctrl+r; a comma is `comma`",
    )  # fmt: skip


def _nameable(key: str) -> str:
    """Returns the key as it is written between commas."""
    return "comma" if key == "comma" else written_key(key) or key


def _with_key(keys: KeySettings, action_id: str, own: tuple[str, ...] | None) -> dict[str, Any]:
    """Returns the change to other keys of an action; to the default keys for None."""
    others = {name: each for name, each in keys.keys.items() if name != action_id}
    return {"keys": KeySettings(keys.preset, others if own is None else {**others, action_id: own})}
