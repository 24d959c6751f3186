"""`SessionAudio`: the sound of a live session. It sends cues to the speaker and keeps the coach's choices.

These choices are not part of the session's state: whether seconds are counted aloud, what is spoken after a finish,
whether sound is muted, and whether somebody has confirmed today that the output is heard.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from kicktimer.cues import GroupCues, VoiceSettings, cues, texts_to_prepare
from kicktimer.sound import ScheduledCue, SpeakerClient, SpeakerState
from kicktimer.sound_check import heard_today, note_heard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from kicktimer.cues import Cue, SpokenResult
    from kicktimer.session import State
    from kicktimer.settings import Settings

NEXT_SPOKEN_RESULT: dict[SpokenResult, SpokenResult] = {"time": "difference", "difference": "off", "off": "time"}
"""The order in which `cycle_spoken_results` goes through the choices."""
ERROR_INTERVAL_S = 2.0
"""The error cue is played at most once in this time."""
ERROR_CLEAR_BEFORE_GO_S = 3.7
"""No error cue begins in this time before a GO: the first pip comes 3 s before GO, and the error cue lasts 0.61 s."""
ERROR_CLEAR_AFTER_GO_S = 0.5
"""No error cue begins in this time after a GO."""


class SessionAudio:
    """The sound of one session. No method waits for the speaker.

    `on_change` and `on_bell` are called on the speaker's thread. `sink` overrides the output in the settings. Raises
    `UsageError` if there is no output of that name.
    """

    def __init__(
        self,
        settings: Settings,
        opened: State,
        *,
        sink: str | None,
        log: Path,
        on_change: Callable[[], None],
        on_bell: Callable[[], None] | None,
    ) -> None:
        self._voice = VoiceSettings(
            caller=settings.caller,
            announces="announce" in settings.cues,
            results=settings.results,
            lines="say" in settings.cues,
        )
        self._state = opened
        self._opened_n = opened.n  # times taken before the session was carried on are not spoken late
        self._volume = settings.volume
        self._delay = settings.delay
        self._plays_go = "go" in settings.cues
        self._plays_error = "error" in settings.cues
        self._last_error = float("-inf")
        self._saved = 0
        self._muted = False
        self._clock: tuple[Callable[[int], float], int] = (lambda ms: ms / 1000, 0)
        self._cues: tuple[Cue, ...] = ()
        self._group_cues = GroupCues()
        self._saved_results: dict[str, Cue] = {}
        self._prepared: tuple[str, ...] = ()
        self._heard_today: tuple[tuple[str, str], bool] = (("", ""), False)
        self._go_played_through: tuple[str, str] | None = None
        self._horn_cues = frozenset[str](() if settings.gpio is None else settings.gpio.horn_on)
        self._schedule_horn: Callable[[Mapping[str, float]], None] | None = None
        self._speaker = SpeakerClient(
            sink=sink or settings.sound,
            device=settings.device if sink in (None, settings.sound) else "",
            groups=[*opened.groups],
            log=log,
            on_change=lambda _: on_change(),
            on_bell=on_bell,
            delay=settings.delay,
            volume=settings.gain,
            cues=settings.cues,
            keep_awake=settings.keep_awake,
            own_sounds=settings.sounds_folder,
        )

    def start(self) -> None:
        """Starts the speaker in the background."""
        self._speaker.start()
        self._prepare()

    def close(self) -> None:
        """Stops the speaker and the horn. Takes at most a second."""
        if self._schedule_horn is not None:
            self._schedule_horn({})
            self._schedule_horn = None
        self._speaker.close()

    @property
    def speaker(self) -> SpeakerState:
        """The state of the speaker: which output plays, and what is wrong with it."""
        return replace(self._speaker.state, muted=self._muted)

    # -- the session's cues

    def update(self, state: State, moment: Callable[[int], float], epoch: int) -> None:
        """Schedules the cues that follow from `state`.

        `moment` converts ms on the session's clock to seconds on `time.monotonic()`. `epoch` is a different number for
        each such conversion; it changes after the machine has slept.
        """
        if len(state.athletes) != len(self._state.athletes):
            self._state = state
            self._prepare()
        self._state = state
        self._clock = moment, epoch
        self._reschedule()

    def note_saved(self, n: int) -> None:
        """Records that the facts up to number `n` are on the disk, and schedules the results that they allow."""
        self._saved = n
        if n >= self._state.n and any(cue.fact for cue in self._cues):
            self._send_schedule()

    def _reschedule(self) -> None:
        self._cues = cues(self._state, self._voice, self._group_cues)
        self._send_schedule()

    def _send_schedule(self) -> None:
        """Sends all certain cues to the speaker, but no result that is not yet on the disk as it would be spoken."""
        results = {cue.id: cue for cue in self._cues if cue.fact > self._opened_n}
        if self._saved >= self._state.n:
            self._saved_results = results
        self._send_horn_schedule()
        moment, epoch = self._clock
        self._speaker.schedule(
            [
                # The id of a result has no epoch, so a result that was spoken is not spoken again after a sleep.
                ScheduledCue(
                    cue.id if cue.fact else f"{epoch}/{cue.id}",
                    moment(cue.at),
                    cue.name,
                    cue.group,
                    cue.text,
                    until=None if cue.until is None else moment(cue.until),
                )
                for cue in self._cues
                if not cue.fact or self._saved_results.get(cue.id) == cue
            ]
        )

    # -- the horn

    def connect_horn(self, schedule: Callable[[Mapping[str, float]], None]) -> None:
        """Has `schedule` called with all moments of the horn, by their ids, now and whenever they change.

        They are in seconds on `time.monotonic()`, without the loudspeaker's delay. An id names one GO, recovery or end
        whose moment may change: it is to sound once.
        """
        self._schedule_horn = schedule
        self._send_horn_schedule()

    def _send_horn_schedule(self) -> None:
        """Sends the moments of the horn. There are none while sound is muted."""
        if self._schedule_horn is None:
            return
        moment, _ = self._clock
        cues = () if self._muted else self._cues
        self._schedule_horn(
            {f"{cue.group}/{cue.go_count}/{cue.name}": moment(cue.at) for cue in cues if cue.name in self._horn_cues}
        )

    def _prepare(self) -> None:
        """Has the system's voice record the lines and names that it has not recorded yet."""
        texts = texts_to_prepare(self._state, self._voice)
        new = [text for text in texts if text not in self._prepared]
        if new:
            self._prepared += tuple(new)
            self._speaker.prepare(new)

    # -- the error cue

    def play_error(self, now: float) -> bool:
        """Plays the error cue at once, unless it would disturb a countdown. Returns whether it was played.

        `now` is in seconds on `time.monotonic()`. Plays nothing while sound is muted or if the settings switch the cue
        off.
        """
        moment, _ = self._clock
        gos = (moment(cue.at) for cue in self._cues if cue.name == "go")
        if self._muted or not self._plays_error or not error_allowed(now, self._last_error, gos, delay=self._delay):
            return False
        self._last_error = now
        self._speaker.play("error", next(iter(self._state.groups)))
        return True

    # -- the coach's choices

    def toggle_mute(self) -> bool:
        """Mutes all sound and the horn, or ends that. Returns whether it is muted now."""
        self._muted = not self._muted
        self._speaker.mute(self._muted)
        self._send_horn_schedule()
        return self._muted

    @property
    def caller_enabled(self) -> bool:
        """Whether seconds are counted aloud for at least one group, in at least one of its reps."""
        groups = self._state.groups.values()
        choices = {group.caller if rep.caller is None else rep.caller for group in groups for rep in group.reps}
        return any(self._voice.counts_for(choice) for choice in choices)

    def toggle_caller(self) -> bool:
        """Turns the caller on or off for all groups, whatever their workouts say. Returns whether it is on now."""
        self._voice = replace(self._voice, forced=not self.caller_enabled)
        self._reschedule()
        return self.caller_enabled

    @property
    def spoken_results(self) -> SpokenResult:
        """What is spoken after a finish."""
        return self._voice.results

    def cycle_spoken_results(self) -> SpokenResult:
        """Chooses the next of the things that can be spoken after a finish, and returns it."""
        self._voice = replace(self._voice, results=NEXT_SPOKEN_RESULT[self._voice.results])
        self._prepare()
        self._reschedule()
        return self._voice.results

    # -- whether the sound is heard

    @property
    def not_heard_today(self) -> bool:
        """Whether sound is played through an output that nobody has confirmed to hear today."""
        state = self.speaker
        if not state.alive or state.sink in ("", "off"):
            return False
        output = state.sink, state.device
        if self._heard_today[0] != output:
            self._heard_today = output, heard_today(*output, date.today())  # noqa: DTZ011 - the user's own day
        return not self._heard_today[1]

    @property
    def volume(self) -> int:
        """The volume in the settings, in percent."""
        return self._volume

    @property
    def go_silenced_reason(self) -> str:
        """Which setting silences GO, in a word or two; "" if GO sounds."""
        if not self._volume and self.speaker.sink != "bell":
            return "volume 0"
        return "" if self._plays_go else "no GO"

    def play_go(self) -> bool:
        """Plays GO at once, so that the coach can hear the output. Returns whether it was played.

        Plays nothing if there is no sound, and in a session that has begun, where it would start an athlete.
        """
        state = self.speaker
        plays = state.alive and not state.muted and state.sink != "off" and not self._state.n
        self._go_played_through = (state.sink, state.device) if plays else None
        if plays:
            self._speaker.play("go", next(iter(self._state.groups)))
        return plays

    def confirm_heard(self) -> bool:
        """Records that the coach has heard GO. Returns False if another output plays by now: GO must be tried again.

        Raises `KicktimerError` if the confirmation cannot be kept for the next session.
        """
        state = self.speaker
        output = state.sink, state.device
        if self._go_played_through != output or not state.alive or state.muted:
            return False
        self._heard_today = output, True
        note_heard(*output, date.today())  # noqa: DTZ011 - as above
        return True


def error_allowed(now: float, last_error: float, gos: Iterable[float], *, delay: float = 0.0) -> bool:
    """Returns whether an error cue that begins now is neither too frequent nor close to a GO.

    `gos` are the moments of GO, past and future. `delay` is the loudspeaker's own, by which the error cue is heard
    later; a GO is sent that much earlier. All in seconds.
    """
    heard = now + delay
    return now - last_error >= ERROR_INTERVAL_S and not any(
        go - ERROR_CLEAR_BEFORE_GO_S < heard < go + ERROR_CLEAR_AFTER_GO_S for go in gos
    )
