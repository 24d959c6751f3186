"""FIT activities, read back by two decoders that did not write them: fitdecode and Garmin's SDK."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import fitdecode
import pytest
from garmin_fit_sdk import Decoder, Stream
from hypothesis import given, settings

from harness.sample_season import save_season
from kicktimer.cli import main
from kicktimer.errors import KicktimerError
from kicktimer.exports.fit_activity import fit_activity
from kicktimer.history import Filter, History
from kicktimer.review.records import RepRecord, SessionRecord, SplitRecord
from tests.exports.records import session_records

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 9, 1, 16, 0, tzinfo=UTC)


def session(*reps: RepRecord) -> SessionRecord:
    return SessionRecord("s", "2026-09-01T18:00:00+02:00", "w", "burner", "finished", reps=reps)


def rep(number: int, started: int, time: int | None, **fields: Any) -> RepRecord:
    given_fields: dict[str, Any] = {"status": "timed" if time else "missed", "by": "key" if time else None, **fields}
    return RepRecord("Dana", "A", number, 1, 400_000, None, started_ms=started, time_ms=time, **given_fields)


def by_fitdecode(data: bytes) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with fitdecode.FitReader(
        io.BytesIO(data), check_crc=fitdecode.CrcCheck.RAISE, error_handling=fitdecode.ErrorHandling.RAISE
    ) as reader:
        for message in reader:
            if isinstance(message, fitdecode.FitDataMessage):
                fields = {each.name: each.value for each in message.fields if each.value is not None}
                found.setdefault(message.name, []).append(fields)
    return found


def by_garmin(data: bytes) -> dict[str, list[dict[str, Any]]]:
    assert Decoder(Stream.from_byte_array(bytearray(data))).check_integrity()
    messages, errors = Decoder(Stream.from_byte_array(bytearray(data))).read()
    assert not errors
    return {name.removesuffix("_mesgs"): found for name, found in messages.items()}


def both(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Returns the messages, in which the two decoders agree about the laps, the records and the totals."""
    ours, theirs = by_fitdecode(data), by_garmin(data)
    for name, fields in {
        "lap": ("timestamp", "start_time", "total_timer_time", "total_elapsed_time", "total_distance", "intensity"),
        "record": ("timestamp", "distance", "enhanced_speed"),
        "session": ("timestamp", "start_time", "total_timer_time", "total_distance", "num_laps", "sport", "sub_sport"),
        "activity": ("timestamp", "total_timer_time", "num_sessions"),
    }.items():
        picked = [[[each.get(field) for field in fields] for each in found[name]] for found in (ours, theirs)]
        assert picked[0] == picked[1]
    return ours


def laps(data: bytes) -> list[tuple[str, int, float | None]]:
    return [
        (lap["intensity"], round(lap["total_timer_time"] * 1000), lap.get("total_distance"))
        for lap in both(data)["lap"]
    ]


def test_reps_and_rests_are_laps_to_the_ms() -> None:
    data = fit_activity(session(rep(1, 10_000, 63_482), rep(2, 103_499, 64_001), rep(3, 197_500, 61_999)), "Dana")
    assert laps(data) == [
        ("active", 63_482, 400.0), ("rest", 30_017, 0.0), ("active", 64_001, 400.0), ("rest", 30_000, 0.0),
        ("active", 61_999, 400.0),
    ]  # fmt: skip
    found = both(data)
    assert found["session"][0]["total_timer_time"] == 249.499
    assert found["session"][0]["start_time"] == START + timedelta(seconds=10)
    assert (found["session"][0]["sport"], found["session"][0]["sub_sport"]) == ("running", "track")
    assert found["file_id"][0]["type"] == "activity"


def test_rep_without_a_time_belongs_to_the_rest() -> None:
    reps = (rep(1, 0, None), rep(2, 100_000, 63_000), rep(3, 193_000, None), rep(4, 286_000, 62_000))
    assert laps(fit_activity(session(*reps), "Dana")) == [
        ("active", 63_000, 400.0), ("rest", 123_000, 0.0), ("active", 62_000, 400.0),
    ]  # fmt: skip


def test_rep_by_duration_has_its_length_and_no_distance() -> None:
    timed = replace(rep(1, 0, None), distance_mm=None, duration_ms=180_000, status="untimed")
    assert laps(fit_activity(session(timed, rep(2, 240_000, 63_000)), "Dana")) == [
        ("active", 180_000, None), ("rest", 60_000, 0.0), ("active", 63_000, 400.0),
    ]  # fmt: skip


def test_distance_goes_through_the_marks() -> None:
    split = SplitRecord(200_000, 30_000, "key")
    data = fit_activity(session(rep(1, 0, 64_000, splits=(split,)), rep(2, 94_000, 64_000)), "Dana")
    records = {round((each["timestamp"] - START).total_seconds()): each["distance"] for each in both(data)["record"]}
    assert (records[0], records[30], records[64], records[90], records[94], records[158]) == (
        0,
        200,
        400,
        400,
        400,
        800,
    )
    assert sorted(records) == [*range(159)], "a record each second"
    assert [*records.values()] == sorted(records.values())


def test_finish_after_the_next_go_keeps_its_time() -> None:
    assert laps(fit_activity(session(rep(1, 0, 63_000), rep(2, 60_000, 64_000)), "Dana")) == [
        ("active", 63_000, 400.0), ("active", 64_000, 400.0),
    ]  # fmt: skip


@settings(max_examples=8)
@given(session_records())
def test_both_decoders_read_every_session(drawn: SessionRecord) -> None:
    for name in drawn.names:
        expected = [
            each.time_ms or each.duration_ms
            for each in drawn.reps_of(name)
            if each.time_ms is not None or (each.distance_mm is None and each.status == "untimed")
        ]
        if not expected:
            with pytest.raises(KicktimerError):
                fit_activity(drawn, name)
            continue
        found = laps(fit_activity(drawn, name))
        assert [ms for kind, ms, _ in found if kind == "active"] == expected
        total = both(fit_activity(drawn, name))["session"][0]["total_timer_time"]
        assert round(total * 1000) == sum(ms for _, ms, _ in found)


def test_moments_are_the_exact_ones_in_whole_seconds() -> None:
    given_session = replace(session(rep(1, 400, 63_400), rep(2, 94_200, 64_500)), date="2026-09-01T18:00:00.400+02:00")
    found = both(fit_activity(given_session, "Dana"))
    seconds = [
        [round((lap[key] - START).total_seconds()) for key in ("start_time", "timestamp")] for lap in found["lap"]
    ]
    assert seconds == [[1, 64], [64, 95], [95, 159]]  # of 0.8, 64.2, 94.6 and 159.1 s
    moments = [each["timestamp"] for each in found["record"]]
    assert moments == sorted(set(moments))


def test_time_of_0_is_a_lap() -> None:
    assert laps(fit_activity(session(rep(1, 0, 0)), "Dana")) == [("active", 0, 400.0)]


def test_date_that_fit_cannot_have_is_refused() -> None:
    with pytest.raises(KicktimerError, match="no dates like 1998"):
        fit_activity(replace(session(rep(1, 0, 63_000)), date="1998-01-01T12:00:00+00:00"), "Dana")


# -- the program


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    save_season(tmp_path / "logs", sessions=3, athletes=8)
    return tmp_path / "logs"


def test_everybody_gets_a_file_whose_name_is_safe(logs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fit"
    assert main(["export", "2026-04-06", "--to", "fit", "-o", str(folder), "--log-dir", str(logs)]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 8
    assert all(name.startswith("2026-04-06-8x400-burner-") and name.endswith(".fit") for name in names)
    assert all(len(name.encode()) < 200 and not set(name) & set("/\\:*?\"'<>| =@") for name in names)
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    with History(logs) as history:
        record = list(history.sessions(Filter()))[-1]
    first = record.reps_of("Dana K")
    rests = [each.recovery_ms for each in first if each.recovery_ms is not None]
    found = laps((folder / "2026-04-06-8x400-burner-dana-k.fit").read_bytes())
    assert [ms for kind, ms, _ in found if kind == "active"] == [each.time_ms for each in first]
    assert [ms for kind, ms, _ in found if kind == "rest"] == rests


def test_sessions_of_one_athlete_are_a_file_each(logs: Path, tmp_path: Path) -> None:
    assert (
        main(["export", "--athlete", "matan", "--to", "fit", "-o", str(tmp_path / "fit"), "--log-dir", str(logs)]) == 0
    )
    assert len(list((tmp_path / "fit").iterdir())) == 3
    one = ["export", "2026-04-06", "--athlete", "matan", "--to", "fit", "--log-dir", str(logs), "-o"]
    assert main([*one, str(tmp_path / "one.fit")]) == 0
    assert main([*one, str(tmp_path / "fit2"), "--anonymous"]) == 0
    assert [path.name for path in (tmp_path / "fit2").iterdir()] == ["2026-04-06-8x400-burner-athlete-1.fit"]


@pytest.mark.parametrize(("to", "library"), [("fit", "fit_tool.fit_file_builder"), ("xlsx", "xlsxwriter")])
def test_missing_library_is_named_with_the_line_that_installs_it(  # noqa: PLR0917 - fixtures
    logs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    to: str,
    library: str,
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    assert main(["export", "--all", "--to", to, "-o", str(tmp_path / "out"), "--log-dir", str(logs)]) == 1
    said = capsys.readouterr().err
    assert f"{sys.executable} -m pip install '{'fit-tool' if to == 'fit' else 'xlsxwriter'}>=" in said
    assert not (tmp_path / "out").exists()


def test_file_of_another_session_is_kept_and_an_older_export_replaced(tmp_path: Path) -> None:
    from kicktimer.cli.export_files import _free_path

    def export(drawn: SessionRecord) -> str:
        data = fit_activity(drawn, "Dana")
        path = _free_path(tmp_path, drawn, "Dana", data, set())
        path.write_bytes(data)
        return path.name

    morning = session(rep(1, 0, 63_000))
    evening = replace(morning, id="s2", date="2026-09-01T20:00:00+02:00")
    corrected = replace(morning, reps=(rep(1, 500, 61_000),))
    names = [export(each) for each in (morning, evening, corrected)]
    assert names == ["2026-09-01-w-dana.fit", "2026-09-01-w-dana-2.fit", "2026-09-01-w-dana.fit"]


@pytest.mark.parametrize(
    "name", ["../../etc", ".x", "a\x00b", "\ud800", "x" * 200, "é" * 90, "कि" * 60, "\N{RUNNER}\ufe0f", ""]
)
def test_name_of_a_file_is_short_and_no_path(tmp_path: Path, name: str) -> None:
    from kicktimer.cli.export_files import _free_path

    given_session = replace(session(rep(1, 0, 63_000)), workout=name, date="20260901/18:00:00")
    path = _free_path(tmp_path, given_session, name, b"", set())
    assert path.parent == tmp_path
    assert path.name.startswith("2026-09-01-")
    assert path.name.isprintable()
    assert len(path.name.encode()) <= 80
