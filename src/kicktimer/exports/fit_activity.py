"""An athlete's part of a session as a FIT activity: a lap for each rep and rest, to the ms, and a record each second.

A rep without a time has no lap: its time belongs to the rest around it, because none is invented. Distance is as
planned: it grows through the marks inside a rep, and not in a rest; that of a rep by duration is unknown and left out.
FIT has moments in whole seconds: each is rounded from the exact one. The extra `fit` writes the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zlib import crc32

from kicktimer.errors import KicktimerError
from kicktimer.exports.extras import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kicktimer.review.records import RepRecord, SessionRecord

YEARS = range(1999, 2126)
"""Years whose moments FIT can have: 32 bits of seconds since 1989, of which the first 2**28 are no dates."""
SECOND_MS = 1000
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIT_EPOCH_S = 631_065_600
"""1989-12-31T00:00:00Z, in seconds since 1970."""
FILE_ID_BYTES = slice(14, 49)
"""Where a file says whose it is: after its header of 14 bytes, the definition of `file_id` and that message."""


@dataclass(frozen=True, slots=True)
class Lap:
    """A rep or a rest, in ms from the athlete's first GO. `marks` are (ms from the lap's start, mm), with both ends.

    A rep by duration has no distance and no marks.
    """

    is_rep: bool
    start_ms: int
    end_ms: int
    distance_mm: int | None = 0
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
        laps.append(
            Lap(is_rep=True, start_ms=at, end_ms=at + length, distance_mm=rep.distance_mm, marks=_marks(rep, length))
        )
        at += length
    return tuple(laps), origin


def _length_ms(rep: RepRecord) -> int | None:
    """Returns how long a rep took, None where nobody knows."""
    if rep.distance_mm is None and rep.status == "untimed":
        return rep.duration_ms
    return rep.time_ms


def _marks(rep: RepRecord, length_ms: int) -> tuple[tuple[int, int], ...]:
    """Returns the marks of a rep without those that a corrected split puts in the wrong order."""
    if rep.distance_mm is None:
        return ()
    found = [(0, 0)]
    for split in rep.splits:
        if found[-1][0] < split.time_ms < length_ms and found[-1][1] < split.mark_mm < rep.distance_mm:
            found.append((split.time_ms, split.mark_mm))
    return (*found, (length_ms, rep.distance_mm))


def is_same_activity(one: bytes, other: bytes) -> bool:
    """Whether two files are the same session of the same athlete, whatever their times."""
    return one[FILE_ID_BYTES] == other[FILE_ID_BYTES]


def fit_activity(session: SessionRecord, athlete: str) -> bytes:
    """Returns the file of the session for one athlete.

    Raises `KicktimerError` if the athlete has no time in it, if FIT has no such date, and if the extra is missing.
    """
    laps, origin = laps_of(session.reps_of(athlete))
    if not laps:
        raise KicktimerError(f"{athlete} has no time in {session.id}: there is nothing for a FIT file")
    begun = session.moment + timedelta(milliseconds=origin)
    if begun.year not in YEARS:
        raise KicktimerError(f"FIT files have no dates like {session.date[:10]}")
    builder = _builder()
    identity = crc32(f"{session.id}/{athlete}".encode("utf-8", "replace")) or 1  # 0 is FIT's "no number"
    for message in _messages(laps, begun, _ms_since_1970(session.moment), identity):
        builder.add(message)
    return bytes(builder.build().to_bytes())


def _builder() -> Any:
    try:
        from fit_tool.fit_file_builder import FitFileBuilder  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtraError("fit-tool") from None
    return FitFileBuilder(auto_define=True)


def _ms_since_1970(moment: datetime) -> int:
    return (moment - UNIX_EPOCH) // timedelta(milliseconds=1)


def _messages(laps: Sequence[Lap], begun: datetime, created_ms: int, identity: int) -> Iterator[Any]:
    """Yields the messages of the file, in the order of their moments.

    `created_ms` and `identity` say which session and athlete it is; they stay when times are corrected.
    """
    from fit_tool.profile.messages.activity_message import ActivityMessage  # noqa: PLC0415 - an extra
    from fit_tool.profile.messages.event_message import EventMessage  # noqa: PLC0415
    from fit_tool.profile.messages.file_id_message import FileIdMessage  # noqa: PLC0415
    from fit_tool.profile.messages.lap_message import LapMessage  # noqa: PLC0415
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

    start = _ms_since_1970(begun)

    def second(ms: int) -> int:
        """Returns a moment of the activity in whole seconds, as FIT has them, in ms since 1970."""
        return _whole_second(start + ms)

    def filled(message: Any, **fields: Any) -> Any:
        for name, value in fields.items():
            if value is not None:
                setattr(message, name, value)
        return message

    end, total_mm = laps[-1].end_ms, sum(lap.distance_mm or 0 for lap in laps)
    kind = {"sport": Sport.RUNNING, "sub_sport": SubSport.TRACK}
    yield filled(
        FileIdMessage(), type=FileType.ACTIVITY, manufacturer=Manufacturer.DEVELOPMENT.value, product=0,
        serial_number=identity, time_created=_whole_second(created_ms),
    )  # fmt: skip
    yield filled(EventMessage(), timestamp=second(0), event=Event.TIMER, event_type=EventType.START)
    pending = _records(laps)
    record = next(pending, None)
    for index, lap in enumerate(laps):
        while record is not None and (record[0] < lap.end_ms or lap is laps[-1]):
            ms, mm, speed = record
            record = next(pending, None)
            if record is None or second(record[0]) > second(ms):
                yield _record_message(second(ms), mm, speed)
        seconds = lap.duration_ms / SECOND_MS
        metres = None if lap.distance_mm is None else lap.distance_mm / 1000
        yield filled(
            LapMessage(), message_index=index, timestamp=second(lap.end_ms), start_time=second(lap.start_ms),
            event=Event.LAP, event_type=EventType.STOP, total_elapsed_time=seconds, total_timer_time=seconds,
            total_distance=metres, enhanced_avg_speed=None if metres is None or not seconds else metres / seconds,
            intensity=Intensity.ACTIVE if lap.is_rep else Intensity.REST, lap_trigger=LapTrigger.MANUAL, **kind,
        )  # fmt: skip
    yield filled(EventMessage(), timestamp=second(end), event=Event.TIMER, event_type=EventType.STOP_ALL)
    yield filled(
        SessionMessage(), message_index=0, timestamp=second(end), start_time=second(0), event=Event.SESSION,
        event_type=EventType.STOP, total_elapsed_time=end / SECOND_MS, total_timer_time=end / SECOND_MS,
        total_distance=total_mm / 1000, enhanced_avg_speed=total_mm / end if end else None,
        first_lap_index=0, num_laps=len(laps), trigger=SessionTrigger.ACTIVITY_END, **kind,
    )  # fmt: skip
    offset = begun.utcoffset() or timedelta()
    yield filled(
        ActivityMessage(), timestamp=second(end), total_timer_time=end / SECOND_MS, num_sessions=1,
        type=Activity.MANUAL, event=Event.ACTIVITY, event_type=EventType.STOP,
        local_timestamp=(second(end) // SECOND_MS + round(offset.total_seconds()) - FIT_EPOCH_S),
    )  # fmt: skip


def _record_message(timestamp_ms: int, mm: int, speed: float | None) -> Any:
    """Returns a record of three fields. fit-tool's own class makes 84, most of the time of a file."""
    from fit_tool.data_message import DataMessage  # noqa: PLC0415 - an extra
    from fit_tool.profile.messages.common_fields import TimestampField  # noqa: PLC0415
    from fit_tool.profile.messages.record_message import (  # noqa: PLC0415
        RecordDistanceField,
        RecordEnhancedSpeedField,
        RecordMessage,
    )

    fields = []
    for make, value in (
        (TimestampField, timestamp_ms),
        (RecordDistanceField, mm / 1000),
        (RecordEnhancedSpeedField, speed),
    ):
        if value is not None:
            field = make(size=0, growable=True)
            field.set_value(0, value)
            fields.append(field)
    return DataMessage(global_id=RecordMessage.ID, name=RecordMessage.NAME, fields=fields)


def _whole_second(ms: int) -> int:
    return (ms + SECOND_MS // 2) // SECOND_MS * SECOND_MS


def _records(laps: Sequence[Lap]) -> Iterator[tuple[int, int, float | None]]:
    """Yields a moment in ms, the distance so far in mm and the speed in m/s, each second and at the end."""
    before, at = 0, 0
    for lap in laps:
        while at < lap.end_ms:
            mm, speed = _place(lap, at - lap.start_ms)
            yield at, before + mm, speed
            at += SECOND_MS
        before += lap.distance_mm or 0
    yield laps[-1].end_ms, before, 0.0


def _place(lap: Lap, ms: int) -> tuple[int, float | None]:
    """Returns how far a lap has gone after `ms`, in mm, and how fast it is there, in m/s; None if nobody knows."""
    if lap.distance_mm is None:
        return 0, None
    for (early, near), (late, far) in pairwise(lap.marks):
        if early <= ms < late:
            return near + (far - near) * (ms - early) // (late - early), (far - near) / (late - early)
    return 0, 0.0
