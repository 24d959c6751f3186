"""An athlete's part of a session as a FIT activity: a lap for each rep and rest, to the ms, and a record each second.

A rep without a time has no lap: its time belongs to the rest around it, because none is invented. Distance is as
planned: it grows through the marks inside a rep, and not in a rest. The extra `fit` writes the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kicktimer.errors import KicktimerError
from kicktimer.exports.extras import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from kicktimer.review.records import RepRecord, SessionRecord

FIRST_YEAR = 1990
"""FIT counts its seconds from the last day of 1989."""
SECOND_MS = 1000


@dataclass(frozen=True, slots=True)
class Lap:
    """A rep or a rest, in ms from the athlete's first GO. `marks` are (ms from the lap's start, mm), with both ends."""

    is_rep: bool
    start_ms: int
    end_ms: int
    distance_mm: int = 0
    marks: tuple[tuple[int, int], ...] = ()

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


def laps_of(reps: Sequence[RepRecord]) -> tuple[tuple[Lap, ...], int]:
    """Returns the laps of an athlete's reps, each of which begins where the one before ends, and the first GO in ms.

    Where a rep began before the finish of the last one, it is moved behind it: its time stays.
    """
    run = [rep for rep in reps if rep.started_ms is not None and _length_ms(rep) is not None]
    if not run:
        return (), 0
    origin = run[0].started_ms or 0
    laps: list[Lap] = []
    at = 0
    for rep in run:
        go = (rep.started_ms or 0) - origin
        if go > at:
            laps.append(Lap(is_rep=False, start_ms=at, end_ms=go))
            at = go
        length = _length_ms(rep) or 0
        distance = rep.distance_mm or 0
        inside = [(split.time_ms, split.mark_mm) for split in rep.splits if 0 < split.time_ms < length]
        marks = _rising([(0, 0), *inside, (length, distance)])
        laps.append(Lap(is_rep=True, start_ms=at, end_ms=at + length, distance_mm=distance, marks=marks))
        at += length
    return tuple(laps), origin


def _length_ms(rep: RepRecord) -> int | None:
    """Returns how long a rep took, None where nobody knows."""
    if rep.distance_mm is None and rep.status == "untimed":
        return rep.duration_ms
    return rep.time_ms


def _rising(marks: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Returns the marks without those that a corrected split puts in the wrong order."""
    found = [marks[0]]
    for ms, mm in marks[1:-1]:
        if ms > found[-1][0] and found[-1][1] < mm < marks[-1][1]:
            found.append((ms, mm))
    return (*found, marks[-1])


def fit_activity(session: SessionRecord, athlete: str) -> bytes:
    """Returns the file of the session for one athlete.

    Raises `KicktimerError` if the athlete has no time in it, if FIT has no such date, and if the extra is missing.
    """
    laps, origin = laps_of(session.reps_of(athlete))
    if not laps:
        raise KicktimerError(f"{athlete} has no time in {session.id}: there is nothing for a FIT file")
    begun = session.moment + timedelta(milliseconds=origin)
    if not FIRST_YEAR <= begun.year < FIRST_YEAR + 100:
        raise KicktimerError(f"FIT files have no dates like {session.date[:10]}")
    builder = _builder()
    for message in _messages(laps, begun):
        builder.add(message)
    return bytes(builder.build().to_bytes())


def _builder() -> Any:
    try:
        from fit_tool.fit_file_builder import FitFileBuilder  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtraError("fit-tool") from None
    return FitFileBuilder(auto_define=True)


def _messages(laps: Sequence[Lap], begun: datetime) -> Iterator[Any]:
    """Yields the messages of the file, in the order of their moments."""
    from fit_tool.profile.messages.activity_message import ActivityMessage  # noqa: PLC0415 - an extra
    from fit_tool.profile.messages.event_message import EventMessage  # noqa: PLC0415
    from fit_tool.profile.messages.file_id_message import FileIdMessage  # noqa: PLC0415
    from fit_tool.profile.messages.lap_message import LapMessage  # noqa: PLC0415
    from fit_tool.profile.messages.record_message import RecordMessage  # noqa: PLC0415
    from fit_tool.profile.messages.session_message import SessionMessage  # noqa: PLC0415
    from fit_tool.profile.profile_type import (  # noqa: PLC0415
        Activity,
        Event,
        EventType,
        FileType,
        Intensity,
        LapTrigger,
        Manufacturer,
        SessionTrigger,
        Sport,
        SubSport,
    )

    start = round(begun.timestamp())

    def second(ms: int) -> int:
        """Returns a moment in whole seconds, as FIT has them, in ms since 1970."""
        return (start + (ms + SECOND_MS // 2) // SECOND_MS) * SECOND_MS

    def filled(message: Any, **fields: Any) -> Any:
        for name, value in fields.items():
            setattr(message, name, value)
        return message

    end, total_mm = laps[-1].end_ms, sum(lap.distance_mm for lap in laps)
    kind = {"sport": Sport.RUNNING, "sub_sport": SubSport.TRACK}
    yield filled(
        FileIdMessage(), type=FileType.ACTIVITY, manufacturer=Manufacturer.DEVELOPMENT.value, product=0,
        time_created=second(0),
    )  # fmt: skip
    yield filled(EventMessage(), timestamp=second(0), event=Event.TIMER, event_type=EventType.START)
    pending = _records(laps)
    record = next(pending, None)
    for index, lap in enumerate(laps):
        while record is not None and (record[0] < lap.end_ms or lap is laps[-1]):
            ms, mm, speed = record
            yield filled(RecordMessage(), timestamp=second(ms), distance=mm / 1000, enhanced_speed=speed)
            record = next(pending, None)
        seconds = lap.duration_ms / SECOND_MS
        yield filled(
            LapMessage(), message_index=index, timestamp=second(lap.end_ms), start_time=second(lap.start_ms),
            event=Event.LAP, event_type=EventType.STOP, total_elapsed_time=seconds, total_timer_time=seconds,
            total_distance=lap.distance_mm / 1000, enhanced_avg_speed=lap.distance_mm / 1000 / seconds,
            intensity=Intensity.ACTIVE if lap.is_rep else Intensity.REST, lap_trigger=LapTrigger.MANUAL, **kind,
        )  # fmt: skip
    yield filled(EventMessage(), timestamp=second(end), event=Event.TIMER, event_type=EventType.STOP_ALL)
    yield filled(
        SessionMessage(), message_index=0, timestamp=second(end), start_time=second(0), event=Event.SESSION,
        event_type=EventType.STOP, total_elapsed_time=end / SECOND_MS, total_timer_time=end / SECOND_MS,
        total_distance=total_mm / 1000, enhanced_avg_speed=total_mm / end, first_lap_index=0, num_laps=len(laps),
        trigger=SessionTrigger.ACTIVITY_END, **kind,
    )  # fmt: skip
    offset = begun.utcoffset() or timedelta()
    yield filled(
        ActivityMessage(), timestamp=second(end), total_timer_time=end / SECOND_MS, num_sessions=1,
        type=Activity.MANUAL, event=Event.ACTIVITY, event_type=EventType.STOP,
        local_timestamp=(second(end) // SECOND_MS + round(offset.total_seconds()) - FIT_EPOCH_S),
    )  # fmt: skip


FIT_EPOCH_S = 631_065_600
"""1989-12-31T00:00:00Z, in seconds since 1970."""


def _records(laps: Sequence[Lap]) -> Iterator[tuple[int, int, float]]:
    """Yields a moment in ms, the distance so far in mm and the speed in m/s, each second and at the end."""
    before, at = 0, 0
    for lap in laps:
        while at < lap.end_ms:
            mm, speed = _place(lap, at - lap.start_ms)
            yield at, before + mm, speed
            at += SECOND_MS
        before += lap.distance_mm
    yield laps[-1].end_ms, before, 0.0


def _place(lap: Lap, ms: int) -> tuple[int, float]:
    """Returns how far a lap has gone after `ms`, in mm, and how fast it is there, in m/s."""
    for (early, near), (late, far) in pairwise(lap.marks):
        if early <= ms < late:
            return near + (far - near) * (ms - early) // (late - early), (far - near) / (late - early)
    return 0, 0.0
