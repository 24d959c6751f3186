"""Undo, redo and unassign: what they take back, and where GO is afterwards. GO of the first rep is at 10 000 ms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kicktimer.session import Phase
from kicktimer.session.state_updates import find_arrival
from kicktimer.session.undo import describe_step, newest_step
from tests.session.driver import GO, Driver, pair, plan, started
from tests.session.test_decide_groups import groups

SEND_OFF = ("send_off", 95_000)


def moved_send_off() -> Driver:
    """Returns a send-off session in the recovery, whose GO was moved from 105 000 to 125 000 at 90 000."""
    driver = pair(rest=SEND_OFF)
    driver.must(74_000, "tap", athlete="Matan")
    driver.must(85_000, "tap", athlete="Dana")
    driver.must(90_000, "adjust", ms=20_000)
    assert driver.group.go == 125_000
    return driver


class TestGoStaysMoved:
    @pytest.mark.parametrize(
        "command",
        [{"name": "undo"}, {"name": "delete", "tap": 4}, {"name": "assign", "tap": 4, "athlete": "Matan"}],
        ids=["undo", "delete", "assign"],
    )
    def test_send_off_that_was_adjusted_stays_when_an_arrival_is_taken_back(self, command: dict[str, object]) -> None:
        driver = moved_send_off()
        assert driver.events("tapped")[1]["n"] == 4
        driver.must(107_000, **command)  # type: ignore[arg-type]
        driver.advance(200_000)
        assert driver.gos()[:2] == [GO, 125_000]

    def test_adjusted_send_off_that_is_near_comes_after_three_seconds(self) -> None:
        driver = moved_send_off()
        driver.must(124_000, "undo")
        assert driver.group.go == 127_000

    def test_send_off_that_was_not_moved_stays_where_it_is(self) -> None:
        driver = started(rest=SEND_OFF)
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(104_000, "undo")
        assert driver.group.go == GO + 95_000

    def test_send_off_that_was_moved_by_a_release_stays(self) -> None:
        driver = started(rest=SEND_OFF)
        driver.must(70_000, "hold")
        driver.must(120_000, "release")
        assert driver.group.go == 130_000
        driver.must(121_000, "tap", athlete="Matan")
        driver.must(122_000, "undo")
        assert (driver.group.phase, driver.group.go) == (Phase.RUNNING, 130_000)

    def test_send_off_that_was_set_by_add_stays(self) -> None:
        driver = started(rest=SEND_OFF, reps=1)
        driver.must(120_000, "add")
        assert driver.group.go == 130_000, "a countdown after the command, because the send-off is past"
        driver.must(121_000, "tap", athlete="Matan")
        driver.must(125_000, "undo")
        assert driver.group.go == 130_000

    def test_go_that_comes_later_because_a_drop_is_undone_has_notice(self) -> None:
        driver = pair(rest=("target", 1000), targets=(64_000, 65_000))
        driver.must(20_000, "drop", athlete="Dana")
        assert driver.group.go == GO + 65_000
        driver.must(GO + 63_500, "undo")
        assert driver.group.go == GO + 66_500, "2.5 s after the undo would be too near"

    def test_late_start_shifts_a_go_that_was_moved(self) -> None:
        driver = moved_send_off()
        driver.must(91_000, "undo")
        driver.must(92_000, "late_start", ms=2000)
        assert driver.group.go == 127_000

    def test_group_left_empty_in_a_rep_gives_notice_to_an_athlete_who_enters(self) -> None:
        driver = started(rest=("send_off", 30_000))
        driver.must(20_000, "drop", athlete="Matan")
        driver.must(90_000, "undo")
        driver.advance(200_000)
        assert driver.gos()[:2] == [GO, 93_000]


class TestWhatUndoTakesBack:
    def test_release_of_a_hold_closes_what_came_before_it(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(80_000, "hold")
        driver.must(82_000, "release")
        assert driver.do(83_000, "undo") == "nothing to undo"
        assert driver.athlete(1)["time"] == 64_000

    def test_recall_closes_what_came_before_it(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.advance(104_000)
        driver.must(106_000, "recall")
        assert driver.do(107_000, "undo") == "nothing to undo"
        assert driver.athlete(1)["time"] == 64_000

    def test_what_is_done_after_a_recall_can_be_undone(self) -> None:
        driver = pair()
        driver.must(12_000, "tap", athlete="Matan")
        driver.must(13_000, "recall")
        driver.must(80_000, "tap", athlete="Matan")
        driver.must(81_000, "undo")
        assert driver.do(82_000, "undo") == "nothing to undo"

    def test_what_is_older_than_the_rep_before_is_refused(self) -> None:
        driver = pair(rest=("send_off", 20_000), reps=5)
        driver.must(12_000, "tap", athlete="Matan")
        driver.must(31_000, "drop", athlete="Dana")
        driver.advance(51_000)
        driver.must(51_000, "undo")
        assert driver.do(52_000, "undo") == "that is too long ago: the arrival of Matan in rep 1"
        assert driver.athlete(1)["time"] == 2000

    def test_undo_of_a_close_is_possible_before_go(self) -> None:
        driver = started(rest=SEND_OFF)
        driver.must(80_000, "close")
        driver.must(81_000, "undo")
        assert (driver.group.phase, driver.group.go) == (Phase.RUNNING, GO + 95_000)

    def test_names_by_order_are_taken_back_with_the_arrival_that_gave_them(self) -> None:
        driver = pair(targets=(64_000, 66_000))
        for late in (64_000, 66_000):
            driver.must(GO + late, "tap")
        go = GO + 96_000
        driver.must(go + 64_000, "tap", athlete="Matan")
        driver.must(go + 66_000, "tap", athlete="Dana")
        assert [each["by"] for each in driver.events("assigned")] == ["order", "order"]
        driver.must(go + 67_000, "undo")
        first, second = (each["n"] for each in driver.events("tapped")[:2])
        assert [(each["tap"], each["of"]) for each in driver.events("unassigned")] == [
            (first, driver.events("tapped")[3]["n"]), (second, driver.events("tapped")[3]["n"]),
        ]  # fmt: skip
        assert [each.athlete for each in driver.group.runs[0].arrivals] == [None, None]
        driver.must(go + 68_000, "assign", tap=first, athlete="Dana")
        driver.must(go + 69_000, "tap", athlete="Dana")
        assert [driver.athlete(1, name)["time"] for name in ("Matan", "Dana")] == [66_000, 64_000]
        assert driver.replayed() == driver.state

    @pytest.mark.parametrize(
        ("name", "fields", "text"),
        [
            ("tap", {"athlete": "Matan"}, "the arrival of Matan in rep 1"),
            ("tap", {}, "an arrival without a name in rep 1"),
            ("hold", {}, "the hold"),
            ("close", {}, "the close of rep 1"),
            ("skip", {}, "the skip"),
            ("drop", {"athlete": "Dana"}, "the drop of Dana"),
            ("correct", {"athlete": "Dana", "rep": 1, "time": 70_000}, "the correction in rep 1"),
            ("insert", {"at": 73_000, "athlete": "Dana"}, "the insertion of the arrival of Dana in rep 1"),
        ],
    )
    def test_step_that_undo_takes_back_is_described(self, name: str, fields: dict[str, object], text: str) -> None:
        driver = pair()
        driver.must(74_000, name, **fields)
        step = newest_step(driver.state)
        assert step is not None
        assert describe_step(driver.state, step) == text

    def test_steps_about_arrivals_are_described(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        n = driver.state.n
        found = []
        for name, fields in (("unassign", {}), ("assign", {"athlete": "Dana"}), ("delete", {})):
            driver.must(75_000, name, tap=n, **fields)
            step = newest_step(driver.state)
            assert step is not None
            found.append(describe_step(driver.state, step))
        assert found == [
            "the removal of the name Matan in rep 1", "the name Dana of an arrival in rep 1",
            "the deletion of the arrival of Dana in rep 1",
        ]  # fmt: skip


class TestUnassign:
    def test_arrival_waits_again_and_is_proposed_in_order(self) -> None:
        driver = pair(targets=(64_000, 66_000))
        driver.must(74_000, "tap", athlete="Dana")
        n = driver.state.n
        driver.must(74_500, "unassign", tap=n)
        assert driver.events("unassigned") == [
            {"n": n + 1, "t": 74_500, "event": "unassigned", "tap": n, "athlete": "Dana", "group": "A"}
        ]
        driver.must(75_000, "assign", tap=n, athlete="Matan")
        assert driver.athlete(1)["time"] == 64_000
        driver.must(76_000, "tap", athlete="Dana")
        assert driver.athlete(1, "Dana")["time"] == 66_000
        assert driver.group.go == 106_000

    def test_it_moves_no_clock_and_can_be_undone(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "unassign", tap=driver.events("tapped")[0]["n"])
        assert (driver.group.phase, driver.group.go) == (Phase.RECOVERING, 104_000)
        assert driver.group.runs[0].arrivals[0].athlete is None
        driver.must(76_000, "undo")
        assert driver.group.runs[0].arrivals[0].athlete == "Matan"

    def test_unassigned_arrival_waits_for_the_next_end_of_a_rep(self) -> None:
        driver = pair(rest=("send_off", 95_000), reps=4)
        driver.must(GO + 64_000, "tap", athlete="Matan")
        n = driver.state.n
        for athlete in ("Matan", "Dana"):
            driver.must(GO + 95_000 + 64_000, "tap", athlete=athlete)
        driver.must(GO + 170_000, "unassign", tap=n)
        driver.must(GO + 171_000, "note", text="rep 2 had ended")
        assert find_arrival(driver.state, n)[2].athlete is None
        driver.must(GO + 190_000 + 64_000, "tap", athlete="Dana")
        assert find_arrival(driver.state, n)[2].athlete is None
        driver.must(GO + 190_000 + 65_000, "tap", athlete="Matan")
        assert driver.group.phase is Phase.RECOVERING
        assert (find_arrival(driver.state, n)[2].athlete, find_arrival(driver.state, n)[2].by) == ("Matan", "order")
        assert driver.replayed() == driver.state

    def test_only_an_arrival_with_a_name_can_lose_it(self) -> None:
        driver = pair()
        driver.must(74_000, "tap")
        assert driver.do(75_000, "unassign", tap=driver.state.n) == "that arrival has no name"
        assert driver.do(75_000, "unassign", tap=1) == "fact 1 is no arrival"


class TestRedo:
    def test_redo_does_again_what_the_last_undos_took_back(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(76_000, "tap", athlete="Dana")
        taps = [each["n"] for each in driver.events("tapped")]
        driver.must(77_000, "undo")
        driver.must(78_000, "undo")
        driver.must(79_000, "redo")
        driver.must(80_000, "redo")
        assert [each["of"] for each in driver.events("redone")] == taps
        assert (driver.group.phase, driver.group.go) == (Phase.RECOVERING, 106_000)
        assert driver.do(81_000, "redo") == "nothing to redo"
        driver.must(82_000, "undo")
        assert driver.group.phase is Phase.RUNNING
        assert driver.replayed() == driver.state

    def test_go_that_a_redo_puts_back_comes_after_three_seconds(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(80_000, "undo")
        driver.must(150_000, "redo")
        assert driver.group.go == 153_000

    def test_go_that_an_undo_did_not_move_is_not_moved_by_the_redo(self) -> None:
        driver = pair(rest=("first", 30_000))
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(76_000, "tap", athlete="Dana")
        driver.must(102_000, "undo")
        driver.must(103_000, "redo")
        assert driver.group.go == 104_000

    def test_go_of_a_group_that_the_undo_left_empty_comes_after_three_seconds(self) -> None:
        driver = Driver(plan())
        driver.must(0, "start")
        driver.must(5000, "drop", athlete="Matan")
        driver.must(5000, "return", athlete="Matan")
        driver.must(6000, "undo")
        driver.must(30_000, "redo")
        driver.advance(40_000)
        assert driver.gos() == [33_000]

    @pytest.mark.parametrize(
        "command",
        [
            {"name": "tap", "athlete": "Dana"}, {"name": "adjust", "ms": 5000}, {"name": "unassign", "tap": 3},
            {"name": "rate", "athlete": "Dana", "effort": 3.0},
        ],
        ids=["tap", "adjust", "unassign", "rate"],
    )  # fmt: skip
    @pytest.mark.parametrize("later", [0, 1000])
    def test_any_other_command_since_the_undo_ends_the_redo(self, command: dict[str, object], later: int) -> None:
        driver = pair(rest=("first", 30_000))
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "tap")
        driver.must(77_000, "undo")
        driver.must(77_000 + later, **command)  # type: ignore[arg-type]
        assert driver.do(77_000 + later, "redo") == "nothing to redo"

    def test_note_between_undo_and_redo_is_kept(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "undo")
        driver.must(76_000, "note", text="wind")
        driver.must(77_000, "redo")
        assert driver.athlete(1)["time"] == 64_000
        assert driver.state.notes == ((76_000, "wind"),)

    def test_go_since_the_undo_ends_the_redo(self) -> None:
        driver = started(rest=("send_off", 30_000))
        driver.must(20_000, "tap", athlete="Matan")
        driver.must(39_000, "undo")
        driver.advance(41_000)
        assert driver.do(42_000, "redo") == "nothing to redo"

    def test_redo_of_a_hold_holds_again(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(95_000, "hold")
        driver.must(97_000, "undo")  # the countdown starts again
        before = driver.state
        driver.must(98_000, "redo")
        assert driver.group.held
        driver.must(98_000, "undo")
        assert replace(driver.state, n=before.n, now=before.now, redoable=None, groups={}) == replace(
            before, redoable=None, groups={}
        )

    def test_nothing_to_redo_without_an_undo(self) -> None:
        assert Driver(plan()).do(0, "redo") == "nothing to redo"


def test_start_of_a_held_group_is_refused() -> None:
    """A held group whose staggered start is still to come gets no GO, so it has no countdown either."""
    driver = groups(A=("Ada",), B=("Ben",))
    driver.must(5000, "hold", group="B")
    assert driver.do(6000, "start", group="B") == "the group is held"
    assert [each["group"] for each in driver.events("countdown_started")] == ["A"]


def test_skip_gives_three_seconds_of_notice() -> None:
    driver = started(rest=("last", 1000))
    driver.must(20_000, "skip")
    assert driver.group.go == 23_000
