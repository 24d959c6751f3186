"""The rules of commands for the clock of one group. Times are in ms; GO of the first rep is at 10 000."""

from __future__ import annotations

import pytest

from kicktimer.session import Phase
from tests.session.driver import GO, Driver, pair, plan, started


class TestStart:
    def test_go_comes_after_the_countdown(self) -> None:
        driver = started()
        assert driver.gos() == [GO]
        assert driver.events("countdown_started")[0] == {
            "n": 1,
            "t": 0,
            "event": "countdown_started",
            "group": "A",
            "go": GO,
        }

    def test_a_tap_before_the_first_go_is_refused(self) -> None:
        driver = Driver(plan())
        driver.must(0, "start")
        assert driver.do(9_999, "tap", athlete="Matan") == "no GO has come yet"

    def test_starting_twice_is_refused(self) -> None:
        assert started().do(12_000, "start") == "the group has been started"


class TestRecovery:
    @pytest.mark.parametrize(("rule", "go"), [("last", 106_000), ("first", 104_000)])
    def test_go_follows_the_first_or_last_finish(self, rule: str, go: int) -> None:
        driver = pair(rest=(rule, 30_000))
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(76_000, "tap", athlete="Dana")
        driver.advance(200_000)
        assert driver.gos() == [GO, go]

    def test_recovery_from_target_follows_the_slowest_target_and_saves_no_time(self) -> None:
        driver = pair(rest=("target", 30_000), targets=(64_000, 72_000))
        driver.advance(10_000_000)
        assert driver.gos() == [GO, GO + 102_000, GO + 204_000]
        assert driver.state.finished
        assert {driver.athlete(n)["status"] for n in (1, 2, 3)} == {"untimed"}
        assert driver.athlete(1)["time"] is None

    def test_hands_free_a_tap_still_gives_a_time(self) -> None:
        driver = pair(rest=("target", 30_000), targets=(64_000, 72_000))
        driver.must(GO + 65_100, "tap", athlete="Matan")
        driver.must(GO + 73_000, "tap", athlete="Dana")  # after the recovery has begun
        assert [driver.athlete(1, name)["time"] for name in ("Matan", "Dana")] == [65_100, 73_000]
        driver.advance(GO + 102_000)
        assert driver.gos() == [GO, GO + 102_000]

    def test_hands_free_the_last_rep_takes_times_after_its_target(self) -> None:
        driver = started(reps=1, rest=("target", 30_000), targets=(64_000,))
        driver.advance(GO + 64_000)
        assert driver.state.finished
        driver.must(GO + 65_200, "tap", athlete="Matan")
        assert driver.athlete(1)["time"] == 65_200

    def test_send_off_comes_on_time_while_an_athlete_is_out(self) -> None:
        driver = pair(rest=("send_off", 95_000))
        driver.must(GO + 60_000, "tap", athlete="Matan")
        driver.advance(GO + 95_000)
        assert driver.gos() == [GO, GO + 95_000]
        driver.must(GO + 96_000, "tap", athlete="Dana")  # after the next GO, without a target: counts for rep 2
        assert driver.athlete(1, "Matan")["recovery"] == 35_000

    def test_a_finish_after_the_next_go_counts_for_the_rep_before(self) -> None:
        driver = pair(rest=("send_off", 70_000), targets=(64_000, 72_000))
        driver.must(GO + 64_000, "tap", athlete="Matan")
        driver.must(GO + 72_500, "tap", athlete="Dana")
        assert driver.gos() == [GO, GO + 70_000]
        assert driver.athlete(1, "Dana")["time"] == 72_500
        assert driver.athlete(1, "Dana")["recovery"] is None, "GO came before the finish"

    def test_recovery_ready_waits_for_release(self) -> None:
        driver = started(rest=("ready", 0))
        driver.must(70_000, "tap", athlete="Matan")
        driver.advance(500_000)
        assert driver.gos() == [GO]
        driver.must(500_000, "release")
        driver.advance(510_000)
        assert driver.gos() == [GO, 510_000]

    def test_a_rep_by_time_ends_for_all_athletes_at_once(self) -> None:
        driver = pair(seconds=180, rest=("last", 60_000), reps=2)
        assert driver.do(GO + 5000, "tap", athlete="Dana") == "this rep is run by time: nobody is timed"
        driver.advance(10_000_000)
        assert driver.gos() == [GO, GO + 240_000]
        assert driver.athlete(1)["status"] == "untimed"
        assert driver.state.finished


class TestTaps:
    def test_a_tap_counts_for_the_mark_expected_nearest(self) -> None:
        driver = started(targets=(64_000,), timed=(200,), optional=(200,))
        driver.must(GO + 33_000, "tap", athlete="Matan")
        driver.must(GO + 63_000, "tap", athlete="Matan")
        assert driver.athlete(1)["splits"] == {"200": 33_000}
        assert driver.athlete(1)["time"] == 63_000

    def test_an_optional_mark_needs_no_tap(self) -> None:
        driver = started(targets=(64_000,), timed=(200,), optional=(200,))
        driver.must(GO + 63_000, "tap", athlete="Matan")
        assert driver.athlete(1)["splits"] == {}
        assert driver.athlete(1)["time"] == 63_000

    def test_without_a_target_a_tap_is_the_finish_of_this_rep(self) -> None:
        driver = started(timed=(200,), optional=(200,))
        driver.must(GO + 33_000, "tap", athlete="Matan")
        assert driver.athlete(1)["time"] == 33_000

    def test_taps_of_two_athletes_a_tenth_apart_both_count(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(74_100, "tap", athlete="Dana")
        assert driver.athlete(1, "Dana")["time"] - driver.athlete(1, "Matan")["time"] == 100

    def test_a_tap_with_no_mark_left_waits_for_a_name(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "tap", athlete="Matan")
        assert driver.events("tapped")[1]["pressed"] == "Matan"
        assert driver.group.phase is Phase.RECOVERING, "it counts as a finish"
        driver.advance(200_000)
        driver.must(170_000 + 60_000, "assign", tap=driver.events("tapped")[1]["n"], athlete="Dana")
        assert driver.athlete(1, "Dana")["time"] == 65_000

    def test_arrivals_without_a_name_are_assigned_when_the_next_rep_ends(self) -> None:
        driver = pair(targets=(64_000, 72_000))
        driver.must(GO + 64_500, "tap")
        driver.must(GO + 71_500, "tap")
        assert driver.gos() == [GO]
        driver.advance(GO + 101_500)
        assert driver.athlete(1)["by"] == "order"
        assert not driver.events("assigned"), "it is only proposed until then"
        go = driver.gos()[1]
        driver.must(go + 64_000, "tap", athlete="Matan")
        driver.must(go + 72_000, "tap", athlete="Dana")
        assert [(each["athlete"], each["by"]) for each in driver.events("assigned")] == [
            ("Matan", "order"),
            ("Dana", "order"),
        ]
        assert driver.athlete(1)["time"] == 64_500
        assert driver.athlete(1, "Dana")["time"] == 71_500

    def test_a_tap_without_a_name_is_refused_when_nobody_is_out(self) -> None:
        driver = started()
        driver.must(70_000, "tap")
        assert driver.do(71_000, "tap") == "nobody is out"

    def test_assigning_a_name_takes_it_from_the_other_tap(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(76_000, "tap", athlete="Dana")
        first, second = (each["n"] for each in driver.events("tapped"))
        driver.must(77_000, "assign", tap=first, athlete="Dana")
        assert driver.events("unassigned")[0]["tap"] == second
        assert driver.athlete(1, "Dana")["time"] == 64_000
        driver.must(78_000, "assign", tap=second, athlete="Matan")
        assert driver.athlete(1, "Matan")["time"] == 66_000
        driver.must(79_000, "undo")
        driver.must(79_500, "undo")
        assert (driver.athlete(1, "Matan")["time"], driver.athlete(1, "Dana")["time"]) == (64_000, 66_000)

    def test_nobody_is_out_at_a_mark_before_the_finishes_that_are_taken(self) -> None:
        driver = pair(targets=(60_000, 64_000), timed=(200,))
        driver.must(GO + 60_000, "tap")
        driver.must(GO + 60_200, "tap")  # a double press
        assert driver.do(GO + 64_000, "tap") == "nobody is out", "it would be a time at 200 m, named at the finish"
        driver.must(GO + 65_000, "delete", tap=driver.events("tapped")[-1]["n"])
        driver.must(GO + 65_500, "tap")
        driver.must(GO + 66_000, "assign", tap=driver.events("tapped")[-1]["n"], athlete="Dana")
        assert driver.athlete(1, "Dana")["time"] == 65_500


class TestUndo:
    def test_undoing_the_tap_that_started_the_recovery_lets_the_rep_run_again(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(80_000, "undo")
        assert driver.group.phase is Phase.RUNNING
        driver.advance(200_000)
        assert driver.gos() == [GO], "no GO without a finish"

    def test_after_go_undoing_a_tap_removes_only_the_time(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(110_000, "undo")
        assert driver.gos() == [GO, 104_000]
        assert driver.athlete(1)["status"] == "missed"
        assert driver.group.phase is Phase.RUNNING

    def test_all_steps_can_be_undone(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "tap", athlete="Dana")
        for t in (76_000, 77_000):
            driver.must(t, "undo")
        assert driver.do(78_000, "undo") == "nothing to undo"
        assert {driver.athlete(1, name)["status"] for name in ("Matan", "Dana")} == {"missed"}

    def test_a_close_cannot_be_undone_after_go(self) -> None:
        driver = started()
        driver.must(70_000, "close")
        driver.advance(100_000)
        assert driver.do(101_000, "undo") == "GO has come since that close"

    @pytest.mark.parametrize("name", ["skip", "hold", "close"])
    def test_before_go_undo_restores_the_clock(self, name: str) -> None:
        driver = started()
        driver.must(50_000, name)
        driver.must(51_000, "undo")
        assert driver.group.phase is Phase.RUNNING
        assert not driver.group.held
        driver.must(74_000, "tap", athlete="Matan")
        assert driver.group.go == 104_000

    def test_a_skip_of_the_next_rep_can_be_undone(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "skip")
        assert driver.group.next_index == 2
        driver.must(76_000, "undo")
        assert (driver.group.next_index, driver.group.go) == (1, 104_000)


class TestCoach:
    def test_close_measures_the_recovery_from_the_last_finish(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(90_000, "close")
        assert driver.group.go == 104_000
        assert driver.athlete(1, "Dana")["status"] == "missed"

    def test_close_never_brings_go_nearer_than_three_seconds(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(103_000, "close")
        assert driver.group.go == 106_000

    def test_close_without_a_finish_measures_the_recovery_from_now(self) -> None:
        driver = pair()
        driver.must(90_000, "close")
        assert driver.group.go == 120_000

    def test_a_named_tap_after_close_gives_a_time_and_moves_no_clock(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(90_000, "close")
        driver.must(91_000, "tap", athlete="Dana")
        assert driver.athlete(1, "Dana")["time"] == 81_000
        assert driver.group.go == 104_000
        assert driver.do(92_000, "tap") == "nobody is out", "a closed rep takes no arrival without a name"

    def test_after_the_next_go_a_closed_rep_takes_no_arrival(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(90_000, "close")
        driver.must(105_000, "tap", athlete="Dana")
        assert driver.athlete(1, "Dana")["status"] == "missed"

    def test_release_starts_a_new_countdown(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(103_000, "hold")
        driver.advance(150_000)
        assert driver.gos() == [GO]
        driver.must(150_000, "release")
        driver.advance(160_000)
        assert driver.gos() == [GO, 160_000]

    def test_a_release_well_before_go_changes_nothing(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "hold")
        driver.must(80_000, "release")
        driver.advance(104_000)
        assert driver.gos() == [GO, 104_000]

    def test_recall_cancels_the_run_and_keeps_its_taps_as_facts(self) -> None:
        driver = started(athletes=("Matan", "Dana"))
        driver.must(12_000, "tap", athlete="Matan")
        driver.must(13_000, "recall")
        driver.advance(23_000)
        assert driver.gos() == [GO, 23_000]
        driver.must(87_000, "tap", athlete="Matan")
        assert driver.athlete(1)["time"] == 64_000
        assert len(driver.events("tapped")) == 2

    def test_skip_while_running_keeps_times_taken(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(76_000, "skip")
        assert driver.group.go == 106_000
        assert (driver.athlete(1)["status"], driver.athlete(1, "Dana")["status"]) == ("timed", "skipped")

    def test_skip_under_a_send_off_keeps_the_send_off(self) -> None:
        driver = started(rest=("send_off", 95_000))
        driver.must(30_000, "skip")
        assert driver.group.go == GO + 95_000
        driver.advance(GO + 95_000)
        driver.must(GO + 95_000 + 90_000, "skip")
        assert driver.group.go == GO + 95_000 + 90_000 + 10_000, "never before a countdown"

    def test_skip_in_the_recovery_gives_its_go_to_the_rep_after(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "skip")
        driver.advance(104_000)
        assert driver.events("rep_started")[1]["rep"] == 3
        assert driver.athlete(2)["status"] == "skipped"

    def test_adjust_moves_go(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "adjust", ms=5000)
        assert driver.group.go == 109_000
        driver.must(80_000, "adjust", ms=-60_000)
        assert driver.group.go == 83_000

    def test_late_start_moves_the_times_of_the_rep(self) -> None:
        driver = started()
        driver.must(20_000, "late_start", ms=2000)
        driver.must(74_000, "tap", athlete="Matan")
        assert driver.athlete(1)["time"] == 62_000

    def test_add_works_while_the_last_rep_runs(self) -> None:
        driver = started(reps=1)
        driver.must(50_000, "add")
        driver.must(74_000, "tap", athlete="Matan")
        driver.advance(104_000)
        assert driver.gos() == [GO, 104_000]

    def test_drop_completes_a_rep_in_which_only_that_athlete_is_out(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(90_000, "drop", athlete="Dana")
        assert driver.group.go == 104_000
        driver.advance(104_000)
        driver.must(168_000, "tap", athlete="Matan")
        assert driver.group.go == 198_000, "a dropped athlete is not awaited"
        assert [driver.athlete(n, "Dana")["status"] for n in (1, 2)] == ["dropped", "dropped"]

    def test_an_athlete_who_returns_runs_from_the_next_rep_on(self) -> None:
        driver = pair()
        driver.must(20_000, "drop", athlete="Dana")
        driver.must(30_000, "return", athlete="Dana")
        driver.must(74_000, "tap", athlete="Matan")
        driver.advance(104_000)
        assert driver.group.runs[-1].present == ("Matan", "Dana")
        assert driver.athlete(1, "Dana")["status"] == "dropped"

    def test_correct_moves_no_clock(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(75_000, "correct", athlete="Matan", rep=1, mark="finish", time=63_000)
        assert driver.group.go == 104_000
        assert (driver.athlete(1)["time"], driver.athlete(1)["by"]) == (63_000, "corrected")

    def test_an_inserted_arrival_is_corrected_and_moves_go(self) -> None:
        driver = pair()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(80_000, "insert", at=76_000, athlete="Dana")
        assert driver.athlete(1, "Dana")["time"] == 66_000
        assert driver.athlete(1, "Dana")["by"] == "corrected"
        assert driver.group.go == 106_000

    def test_deleting_a_false_finish_lets_the_rep_run_again(self) -> None:
        driver = started()
        driver.must(50_000, "tap")
        assert driver.group.phase is Phase.RECOVERING
        driver.must(52_000, "delete", tap=driver.events("tapped")[0]["n"])
        assert driver.group.phase is Phase.RUNNING

    def test_ending_early_abandons_the_session(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.advance(110_000)
        driver.must(111_000, "end")
        assert driver.state.ended == "abandoned"
        assert driver.athlete(1)["status"] == "timed"
        assert driver.athlete(2)["status"] == "missed"
        assert driver.do(112_000, "tap", athlete="Matan") == "the session is over"

    def test_after_the_last_finish_times_can_still_be_corrected(self) -> None:
        driver = started(reps=1)
        driver.must(74_000, "tap", athlete="Matan")
        assert driver.state.finished
        driver.must(75_000, "correct", athlete="Matan", rep=1, mark="finish", time=63_500)
        driver.must(76_000, "rate", athlete="Matan", relaxation=4)
        driver.must(77_000, "undo")
        driver.must(78_000, "undo")
        assert not driver.state.finished, "without its finish the rep runs again"
