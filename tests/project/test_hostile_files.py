"""Hostile files: each is refused with a fault, within a second, and without a traceback."""

from __future__ import annotations

import os
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import Fault, FaultsError, KicktimerError
from kicktimer.library import load_workout, read_user_file, shipped_workouts
from kicktimer.plan import build_plan, expected_timetable
from kicktimer.squad import Athlete, Squad, parse_squad
from kicktimer.text import clean, display_width, format_fault
from kicktimer.workout import parse_oneliner, parse_workout

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = Squad(athletes=tuple(Athlete(f"x{number}", races={1_500_000: 240_000}) for number in range(36)))


def faults_within_limits(
    text: str | bytes, parse: Callable[[str | bytes, str], object] = parse_workout
) -> tuple[Fault, ...]:
    """Parses a hostile text, checks its time, memory and faults, and returns the faults."""
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(FaultsError) as caught:
            parse(text, "bad.yaml")
        taken, memory = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < 3  # seconds of CPU; tracing is slow, and the limit of one second has a test of its own
    assert memory < 100_000_000
    for fault in caught.value.faults:
        assert fault.problem
        assert fault.line >= 1
        assert fault.column >= 1
        assert clean(fault.problem) == fault.problem
        assert all(char.isprintable() or char == "\n" for char in format_fault(fault))
    return caught.value.faults


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + number)}: &{chr(98 + number)} [{','.join(['*' + chr(97 + number)] * 9)}]\n" for number in range(9)
)

HOSTILE = [
    ("an alias bomb", BOMB, "10,000"),
    ("a list inside itself", "sets: &a [*a]", "contains itself"),
    ("an alias of nothing", "sets: *a", "not defined"),
    ("40,000 brackets", "sets: " + "[" * 40_000, "levels deep"),
    ("40,000 braces", "{a: " * 15_000, "levels deep"),
    ("deep blocks", "".join(" " * depth + "a:\n" for depth in range(60)), "levels deep"),
    ("10 MB", b"name: x\n" + b"#" * 10_000_000, "64 KiB"),
    ("NUL", b"name: x\0\nsets: [400]", "NUL"),
    ("an escape", b"name: \x1b[2J\nsets: [400]", "U+001B"),
    ("invalid UTF-8", b"name: \xff\xfe\nsets: [400]", "not UTF-8"),
    ("UTF-16", "name: x".encode("utf-16"), "UTF-16"),
    ("a tab", "name: x\nsets:\n\t- 400\n", "tab"),
    ("a Python tag", "name: !!python/object/apply:os.system ['id']", "tags"),
    ("a harmless tag", "name: !!str x\nsets: [400]", "tags"),
    ("a merge key", "a: &a {reps: 1}\nname: x\nsets: [{<<: *a, distance: 400}]", "merge keys"),
    ("a key twice", "name: x\nname: y\nsets: [400]", "stands twice"),
    ("10^9 reps", "name: x\nsets: [{reps: 1000000000, distance: 400m}]", "too many"),
    ("10^9 times", "name: x\nsets: [{reps: 1, repeat: 1000000000, distance: 400m}]", "too many"),
    ("nan", "name: x\nrecovery: .nan\nsets: [400]", "no duration"),
    ("inf", "name: x\nsets: [{reps: 1, distance: .inf}]", "no distance"),
    ("negative", "name: x\nrecovery: -1\nsets: [400]", "never negative"),
    ("huge", f"name: x\nrecovery: {'9' * 5000}\nsets: [400]", "too long"),
    ("many splits", "name: x\nsplits: 0.001m\nsets: [300km]", "too many"),
    ("empty", "", "empty"),
    ("blank", "\n \n# nothing\n", "empty"),
    ("BOM alone", b"\xef\xbb\xbf", "empty"),
    ("several documents", "name: x\nsets: [400]\n---\nname: y\n", "second document"),
    ("a list as a key", "? [a, b]\n: c\n", "a key is one word"),
    ("an open quote", 'name: "x\nsets: [400]', "never closed"),
    ("an open bracket", "name: x\nsets: [400", "never closed"),
    ("a percent", "%YAML 9.9\n---\nname: x", "YAML"),
    ("a very long name", f"name: {'x' * 60_000}\nsets: [400]", "too long"),
    ("many keys", "".join(f"k{number}: 1\n" for number in range(4_000)), "not known"),
    ("many items", f"name: x\nsets: [{'a,' * 9_000}]", "too many"),
    ("a long one-liner", f"name: x\nsets:\n- {'8x400, ' * 5_000}400", "4000 characters"),
    ("a number", "42", "a mapping"),
    ("an aliased fault", "name: x\nsets: [&a {reps: x, distance: 4}, *a, *a]", "whole number"),
    ("a binary", bytes(range(256)), "not UTF-8"),
    ("only colons", ": : : :\n" * 2_000, ""),
    ("sentences without end", "name: a: b: c\n" * 3_000, "a colon is not allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), [each[1:] for each in HOSTILE], ids=[each[0] for each in HOSTILE])
def test_hostile_workout_is_refused(text: str | bytes, problem: str) -> None:
    assert any(problem in fault.problem for fault in faults_within_limits(text))


@pytest.mark.parametrize("text", [each[1] for each in HOSTILE], ids=[each[0] for each in HOSTILE])
def test_hostile_squad_is_refused(text: str | bytes) -> None:
    faults_within_limits(text, parse_squad)


@pytest.mark.parametrize("text", [each[1] for each in HOSTILE], ids=[each[0] for each in HOSTILE])
def test_hostile_workout_is_refused_within_a_second(text: str | bytes) -> None:
    start = time.process_time()
    for parse in (parse_workout, parse_squad):
        with suppress(FaultsError):
            parse(text, "bad.yaml")
    assert time.process_time() - start < 1


def test_unusual_but_valid_files_are_parsed() -> None:
    text = "name: x\nsets: [400m]\n"
    expected = parse_workout(text, "x")[0]
    for same in (
        b"\xef\xbb\xbf" + text.encode(), text.replace("\n", "\r\n"), text.replace("\n", "\r"),
        "---\n" + text, text + "...\n",
        '{"name": "x", "sets": ["400m"]}', "name: &n x\nsets: [400m]", "name: x\nsets:\n- 400m  # a comment",
    ):  # fmt: skip
        assert parse_workout(same, "x") == (expected, ())


def test_positions_are_right_after_any_kind_of_line_break() -> None:
    for end in ("\r\n", "\r", "\n", "\x85", "\u2028"):
        fault = faults_within_limits(f"name: x{end}{end}recovery: 30m{end}sets: [400]")[0]
        assert (fault.line, fault.column, fault.source) == (3, 11, "recovery: 30m")


def test_aliases_are_resolved() -> None:
    workout, _ = parse_workout("name: x\nsets: [&a {reps: 2, distance: 400m}, *a, 200m]", "x")
    assert len(build_plan(workout, MANY).groups[0].reps) == 5


def test_largest_workout_is_planned_quickly_for_the_largest_squad() -> None:
    workout, _ = parse_workout("name: x\nsets: [{reps: 500, distance: 600m, splits: 60m}]", "x")
    start = time.process_time()
    plan = build_plan(workout, MANY)
    expected_timetable(plan)
    assert time.process_time() - start < 1


def test_special_characters_in_names_are_only_text() -> None:
    for name in (
        "[red]",
        "[@click=app.quit]x",
        "../../etc/passwd",
        "/dev/null",
        "a\u202eb",
        "\u200bx",
        "$(id)",
        "%s{0}",
    ):
        squad, _ = parse_squad(f"athletes: [{{name: '{name}'}}]", "s")
        shown = squad.athletes[0].name
        assert clean(shown) == shown
        assert all(char.isprintable() for char in shown)


@given(st.text())
def test_clean_removes_unsafe_characters(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not any(char in cleaned for char in "\x00\x1b\n\r\t\u202a\u202b\u202e\u2066\u200f\x9b\ufeff")
    assert display_width(cleaned) <= 2 * len(cleaned)


# -- paths


def test_path_to_no_regular_file_is_refused(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.yaml"
    os.mkfifo(fifo)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * 70_000)
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    for path, problem in (
        (tmp_path, "folder"),
        (fifo, "pipe"),
        (Path("/dev/null"), "device"),
        (tmp_path / "missing.yaml", "no such file"),
        (large, "64 KiB"),
        (tmp_path / "loop.yaml", "cannot be opened"),
        (tmp_path / ("x" * 5000), "cannot be opened"),
    ):
        with pytest.raises(KicktimerError) as caught:
            read_user_file(path)
        assert problem in caught.value.message
    with pytest.raises(KicktimerError):
        read_user_file("a\0b")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text("name: x")
    path.chmod(0)
    with pytest.raises(KicktimerError) as caught:
        read_user_file(path)
    assert "permission" in caught.value.message


def test_symlink_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("name: x\nsets: [400]")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    assert load_workout(str(tmp_path / "link.yaml"))[0].name == "x"


def test_unknown_workout_gets_a_hint(tmp_path: Path) -> None:
    (tmp_path / "tuesday.yaml").write_text("name: x\nsets: [400]")
    for spec, hint in (
        ("8x400-bruner", "8x400-burner"),
        ("demmo", "demo"),
        ("no such thing", "8x400-burner"),
        ("", "one-liner"),
        (str(tmp_path / "tusday.yaml"), "tuesday.yaml"),
        ("a\0b", ""),
        ("\x1b[2J", ""),
    ):
        with pytest.raises(KicktimerError) as caught:
            load_workout(spec)
        assert hint in caught.value.hint
        assert "\x1b" not in str(caught.value)


# -- fuzzing with mutations of the shipped workouts

SEEDS = [text.decode() for _, text in shipped_workouts()]
WORDS = "{ } [ ] : - , # ' \" &a *a !!str | > ? 0 -1 x ( ) + % @ null ~ é 漢 400m 30s reps: sets: <<: .. nan own"
PIECES = (*WORDS.split(), "\n", "  ", ": ", "- ", "\t", "\0", "\u202e", "9" * 30)
edits = st.tuples(st.integers(0, 700), st.integers(0, 12), st.sampled_from(PIECES))


@given(st.sampled_from(SEEDS), st.lists(edits, max_size=8))
def test_mutated_file_gives_a_plan_or_faults(seed: str, changes: list[tuple[int, int, str]]) -> None:
    text = seed
    for at, cut, piece in changes:
        text = text[:at] + piece + text[at + cut :]
    try:
        workout, faults = parse_workout(text, "fuzz.yaml")
    except FaultsError as error:
        faults = error.faults
        assert any(not fault.warning for fault in faults)
    else:
        with suppress(KicktimerError):
            build_plan(workout, MANY)
    for fault in faults:
        format_fault(fault)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_workout_or_faults(data: bytes) -> None:
    for parse in (parse_workout, parse_squad):
        with suppress(FaultsError):
            parse(data, "fuzz.yaml")
    with suppress(KicktimerError):
        build_plan(parse_oneliner(data.decode("latin-1")), MANY)
