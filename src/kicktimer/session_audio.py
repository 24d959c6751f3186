"""`Audible`: what a live session sounds like. The session's cues to the speaker, and what the coach sets about sound.

It holds what is none of the session's facts: whether the seconds are counted aloud, what is spoken after a finish,
whether sound is muted, and whether anybody has heard it today.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from kicktimer.cues import VoiceSettings, cues, texts_to_prepare
from kicktimer.sound import ScheduledCue, SpeakerClient, SpeakerState
from kicktimer.sound_check import heard_today, note_heard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kicktimer.cues import Cue, SpokenResult
    from kicktimer.session import State
    from kicktimer.settings import Settings

AFTER: dict[SpokenResult, SpokenResult] = {"time": "difference", "difference": "off", "off": "time"}
"""What a key chooses of the results, in turn."""


class SessionAudio:
    """A session's sound. No call waits for the sound. `on_change` and `on_bell` are called on the speaker's thread.

    `sink` is an output instead of the one that is set. Raises `UsageError` where there is none of that name.
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
        self._volume = settings.volume
        self._plays_go = "go" in settings.cues
        self._saved = 0
        self._muted = False
        self._clock: tuple[Callable[[int], float], int] = (lambda ms: ms / 1000, 0)
        self._cues: tuple[Cue, ...] = ()
        self._results: dict[str, Cue] = {}
        self._prepared: tuple[str, ...] = ()
        self._heard: tuple[tuple[str, str], bool] = (("", ""), False)
        self._played: tuple[str, str] | None = None
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
            awake=settings.keep_awake,
            own=settings.sounds_folder,
        )

    def start(self) -> None:
        """Brings the speaker up, in the background."""
        self._speaker.start()
        self._prepare()

    def close(self) -> None:
        """Takes a second at most."""
        self._speaker.close()

    @property
    def speaker(self) -> SpeakerState:
        """What the sound comes out of."""
        return replace(self._speaker.state, muted=self._muted)

    # -- the session's cues

    def follow(self, state: State, moment: Callable[[int], float], epoch: int) -> None:
        """Sounds what this state makes certain. `moment` puts ms on `time.monotonic()`, in each epoch differently."""
        if len(state.athletes) != len(self._state.athletes):
            self._state = state
            self._prepare()
        self._state = state
        self._clock = moment, epoch
        self._look()

    def saved(self, n: int) -> None:
        """The facts up to this number are saved."""
        self._saved = n
        if n >= self._state.n and any(cue.fact for cue in self._cues):
            self._schedule()

    def _look(self) -> None:
        self._cues = cues(self._state, self._voice)
        self._schedule()

    def _schedule(self) -> None:
        """Tells the speaker all that is certain. A result is spoken where it stands as it was saved."""
        results = {cue.id: cue for cue in self._cues if cue.fact}
        if self._saved >= self._state.n:
            self._results = results
        moment, epoch = self._clock
        self._speaker.schedule(
            [
                # A result has one name for ever: after a sleep it is not said again.
                ScheduledCue(
                    cue.id if cue.fact else f"{epoch}/{cue.id}",
                    moment(cue.at),
                    cue.name,
                    cue.group,
                    cue.text,
                    until=None if cue.until is None else moment(cue.until),
                )
                for cue in self._cues
                if not cue.fact or self._results.get(cue.id) == cue
            ]
        )

    def _prepare(self) -> None:
        """Has lines and names that are new spoken ahead, by the system's voice."""
        wanted = texts_to_prepare(self._state, self._voice)
        new = [text for text in wanted if text not in self._prepared]
        if new:
            self._prepared += tuple(new)
            self._speaker.prepare(new)

    # -- what the coach sets

    def mute(self) -> bool:
        """No sound, or sound again. Whether it is muted now."""
        self._muted = not self._muted
        self._speaker.mute(self._muted)
        return self._muted

    @property
    def calls(self) -> bool:
        """Whether the seconds are counted aloud, in any group, as athletes come in."""
        return any(self._voice.counts_for(group.caller) for group in self._state.groups.values())

    def call(self) -> bool:
        """Counts the seconds in all groups whatever their workouts say, or in none. Which of them it is now."""
        self._voice = replace(self._voice, forced=not self.calls)
        self._look()
        return self.calls

    @property
    def results(self) -> SpokenResult:
        """What is spoken after a finish."""
        return self._voice.results

    def speak(self) -> SpokenResult:
        """The next of what can be spoken after a finish. What it is now."""
        self._voice = replace(self._voice, results=AFTER[self._voice.results])
        self._prepare()
        self._look()
        return self._voice.results

    # -- whether anybody hears it

    @property
    def unheard(self) -> bool:
        """Whether sound comes out of something that nobody has said to hear today."""
        state = self.speaker
        if not state.alive or state.sink in ("", "off"):
            return False
        output = state.sink, state.device
        if self._heard[0] != output:
            self._heard = output, heard_today(*output, date.today())  # noqa: DTZ011 - the user's own day
        return not self._heard[1]

    @property
    def volume(self) -> int:
        """In percent, as it is set."""
        return self._volume

    @property
    def lacks(self) -> str:
        """What the settings take away that starts an athlete, in a word or two; "" where GO sounds."""
        if not self._volume and self.speaker.sink != "bell":
            return "volume 0"
        return "" if self._plays_go else "no GO"

    def play_go(self) -> bool:
        """GO, at once. False where nothing sounds, and once a session has begun: it would start somebody."""
        state = self.speaker
        audible = state.alive and not state.muted and state.sink != "off" and not self._state.n
        self._played = (state.sink, state.device) if audible else None
        if audible:
            self._speaker.play("go", next(iter(self._state.groups)))
        return audible

    def was_heard(self) -> bool:
        """Somebody has heard GO. False where what it came out of is no more what sounds: then it has to be tried again.

        Raises `KicktimerError` where that cannot be kept until the next session.
        """
        state = self.speaker
        output = state.sink, state.device
        if self._played != output or not state.alive or state.muted:
            return False
        self._heard = output, True
        note_heard(*output, date.today())  # noqa: DTZ011 - as above
        return True
