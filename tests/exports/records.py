"""Hypothesis strategies for records of sessions, as an export gets them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from kicktimer.review.records import AthleteRecord, RepRecord, SessionRecord, SplitRecord
from kicktimer.text import clean

DISTANCES = (200_000, 300_000, 400_000, 600_000, 1_609_344)
NASTY = (
    "=1+1", "@x", "-3", "+4", "'x", "<b>", "</td><script>alert(1)</script>", '"quoted"', "a;b,c\td", "دانا", "x" * 60,
    "&amp;", "{{x}}", "|", "`x`", "Zoë", "\N{RUNNER}", "A", "1",
)  # fmt: skip
texts = st.one_of(
    st.sampled_from([clean(each) for each in NASTY]),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(clean).filter(bool),
)


@st.composite
def rep_records(draw: st.DrawFn, athlete: str, group: str, number: int, shape: dict[str, Any]) -> RepRecord:
    """Draws an athlete's rep. `shape` is what all athletes of a rep share."""
    distance = shape["distance_mm"]
    time = None if distance is None else draw(st.none() | st.integers(distance * 9 // 100, distance * 3))
    target = draw(st.none() | st.integers(20_000, 400_000))
    band = None if target is None or draw(st.booleans()) else (target - 1500, target + 1500)
    marks = [mm for mm in (100_000, 200_000) if shape["distance_mm"] is not None and mm < shape["distance_mm"]]
    splits = tuple(
        SplitRecord(mark, ms, draw(st.sampled_from(["key", "order", "corrected"])))
        for mark in draw(st.lists(st.sampled_from(marks), unique=True).map(sorted) if marks else st.just([]))
        if time is not None and (ms := time * mark // shape["distance_mm"]) > 0
    )
    untimed = "untimed" if shape["distance_mm"] is None else draw(st.sampled_from(["missed", "dropped"]))
    return RepRecord(
        athlete=athlete, group=group, rep=number, target_ms=target, band=band, time_ms=time, splits=splits,
        by=None if time is None else draw(st.sampled_from(["key", "order", "corrected"])),
        recovery_ms=None if time is None else draw(st.none() | st.integers(1000, 120_000)),
        relaxation=draw(st.none() | st.integers(1, 5)),
        effort=draw(st.none() | st.sampled_from([0.0, 0.5, 3.0, 10.0])),
        status="timed" if time is not None else untimed,
        **shape,
    )  # fmt: skip


@st.composite
def session_records(draw: st.DrawFn, session_id: str = "s1") -> SessionRecord:
    """Draws a session of up to three athletes in up to two groups."""
    names = draw(st.lists(texts, min_size=1, max_size=3, unique_by=str.casefold))
    groups = draw(st.lists(st.sampled_from(["A", "B", "=C"]), min_size=1, max_size=2, unique=True))
    of = {name: draw(st.sampled_from(groups)) for name in names}
    reps = []
    start = 0
    for number in range(1, draw(st.integers(1, 4)) + 1):
        for group in dict.fromkeys(of.values()):
            start += 200_000
            distance = draw(st.sampled_from([*DISTANCES, None]))
            shape = {
                "set": draw(st.integers(1, 2)), "distance_mm": distance, "closing": draw(st.booleans()),
                "duration_ms": None if distance is not None else draw(st.sampled_from([60_000, 180_000])),
                "started_ms": start,
            }  # fmt: skip
            reps += [draw(rep_records(name, group, number, shape)) for name in names if of[name] == group]
    return SessionRecord(
        id=session_id, date="2026-09-01T18:00:00+02:00", workout=draw(texts), kind="burner", state="finished",
        squad=draw(texts), athletes=tuple(AthleteRecord(name) for name in names), reps=tuple(reps),
        notes=tuple(draw(st.lists(texts, max_size=2))),
    )  # fmt: skip
