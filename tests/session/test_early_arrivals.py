"""Early arrivals, and those of dropped athletes: they wait, count for nothing and are named only by the coach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kicktimer.cues import cues
from kicktimer.results import results
from kicktimer.session import Phase, arrivals
from tests.session.driver import GO, Driver, pair, plan, rep, started


def proposed(driver: Driver, n: int) -> str | None:
    """Returns the athlete proposed for arrival `n`."""
    return next(found[n] for run in driver.group.runs if n in (found := arrivals.proposals(run)))


def early(driver: Driver) -> list[tuple[int, str | None]]:
    """Returns the moments of the early arrivals from GO of the first rep, and the athletes whose keys were pressed."""
    return [(each["t"] - GO, each.get("pressed")) for each in driver.events("tapped") if each.get("early")]


class TestWhatIsEarly:
    def test_arrival_before_half_of_the_expected_time_waits(self) -> None:
        driver = started(targets=(64_000,))
        driver.must(GO + 12_000, "tap", athlete="Matan")
        n = driver.state.n
        assert driver.facts[-1] == {
            "n": n, "t": GO + 12_000, "event": "tapped", "group": "A", "rep": 1, "pressed": "Matan", "early": True,
        }  # fmt: skip
        assert driver.group.phase is Phase.RUNNING
        assert driver.athlete(1)["status"] == "missed"
        assert proposed(driver, n) == "Matan"
        assert arrivals.why_early(driver.group, driver.group.runs[0], driver.group.runs[0].arrivals[0]) == "early"
        driver.must(GO + 64_200, "tap", athlete="Matan")
        assert (driver.athlete(1)["time"], driver.group.go) == (64_200, GO + 94_200)
        assert proposed(driver, n) is None, "Matan has finished"

    def test_the_midpoint_itself_is_not_early(self) -> None:
        for late, waits in ((31_999, True), (32_000, False)):
            driver = started(targets=(64_000,))
            driver.must(GO + late, "tap", athlete="Matan")
            assert bool(early(driver)) is waits

    def test_after_a_taken_mark_the_midpoint_is_between_the_marks(self) -> None:
        for late, waits in ((47_999, True), (48_000, False)):
            driver = started(targets=(64_000,), timed=(200,))
            driver.must(GO + 32_000, "tap", athlete="Matan")
            driver.must(GO + late, "tap", athlete="Matan")
            assert bool(early(driver)) is waits

    def test_without_a_name_the_athlete_who_is_expected_first_decides(self) -> None:
        for late, waits in ((29_999, True), (30_000, False)):
            driver = pair(targets=(64_000, 60_000))
            driver.must(GO + late, "tap")
            assert early(driver) == ([(late, None)] if waits else [])

    def test_arrivals_without_a_name_count_as_marks_of_the_athletes_proposed(self) -> None:
        driver = pair(targets=(64_000, 60_000), timed=(200,))
        driver.must(GO + 30_000, "tap")
        driver.must(GO + 32_000, "tap")
        driver.must(GO + 44_000, "tap")  # the next one is expected at 60 s, after 30 s at 200 m
        assert early(driver) == [(44_000, None)]
        assert proposed(driver, driver.state.n) == "Dana", "she is awaited next"

    def test_where_nothing_is_expected_nothing_is_early(self) -> None:
        driver = started()
        driver.must(GO + 500, "tap", athlete="Matan")
        assert driver.athlete(1)["time"] == 500

    def test_earlier_reps_are_an_expectation(self) -> None:
        driver = pair(rest=("first", 30_000))
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(76_000, "tap", athlete="Dana")
        driver.must(104_500, "tap", athlete="Dana")  # 0.5 s after GO: the key was hit too late
        assert early(driver) == [(94_500, "Dana")]

    def test_pace_of_another_distance_is_no_expectation(self) -> None:
        for athlete in ("Matan", None):
            reps = tuple(rep(n + 1, ("Matan",), metres=m) for n, m in enumerate((400, 200, 200)))
            driver = Driver(replace(plan(), groups=(replace(plan().groups[0], reps=reps),)))
            driver.must(0, "start")
            driver.must(GO + 120_000, "tap", athlete="Matan")
            go = driver.group.go or 0
            driver.must(go + 27_000, "tap", **({"athlete": athlete} if athlete else {"group": "A"}))
            assert driver.group.phase is Phase.RECOVERING, "60 s, from the pace of 400 m, do not make 27 s early"
            go = driver.group.go or 0
            driver.must(go + 13_000, "tap", athlete="Matan")
            if athlete:
                assert early(driver) == [(go + 13_000 - GO, "Matan")], "the first 200 m took 27 s"

    def test_inserted_arrival_is_never_early(self) -> None:
        driver = started(targets=(64_000,))
        driver.must(GO + 20_000, "insert", at=GO + 10_000)
        assert driver.group.phase is Phase.RECOVERING


class TestWaiting:
    def test_early_arrival_gets_no_name_by_order(self) -> None:
        driver = pair(targets=(64_000, 66_000))
        driver.must(GO + 12_000, "tap", athlete="Matan")
        driver.must(GO + 13_000, "tap")
        driver.must(GO + 64_000, "close")
        driver.must(driver.group.go or 0, "close")
        driver.must(driver.state.now + 100_000, "end")
        assert not driver.events("assigned")
        assert {each.time for rep in results(driver.state).reps for each in rep.athletes.values()} == {None}

    def test_without_a_key_the_next_awaited_athletes_are_proposed(self) -> None:
        driver = pair(targets=(64_000, 60_000))
        driver.must(GO + 27_000, "tap")
        driver.must(GO + 28_000, "tap")
        first, second = driver.state.n - 1, driver.state.n
        assert (proposed(driver, first), proposed(driver, second)) == ("Dana", "Matan")
        assert driver.group.phase is Phase.RUNNING
        driver.must(GO + 29_000, "assign", tap=first, athlete="Dana")
        assert proposed(driver, second) == "Matan"
        driver.must(GO + 64_000, "tap")
        taps = [each["n"] for each in driver.events("tapped")]
        assert (proposed(driver, second), proposed(driver, taps[-1])) == (None, "Matan")

    def test_early_arrival_does_not_complete_a_rep(self) -> None:
        driver = started(rest=("first", 30_000), targets=(64_000,))
        driver.must(GO + 20_000, "tap", athlete="Matan")
        assert (driver.group.phase, driver.group.go) == (Phase.RUNNING, None)

    def test_naming_an_early_arrival_makes_it_a_finish(self) -> None:
        driver = started(targets=(64_000,))
        driver.must(GO + 30_000, "tap", athlete="Matan")
        n = driver.state.n
        driver.must(GO + 31_000, "assign", tap=n, athlete="Matan")
        assert (driver.athlete(1)["time"], driver.group.go) == (30_000, GO + 60_000)
        driver.must(GO + 32_000, "unassign", tap=n)
        assert (driver.athlete(1)["time"], driver.group.phase) == (None, Phase.RUNNING), "it is early again"
        assert proposed(driver, n) == "Matan"

    def test_naming_chooses_the_mark_expected_nearest(self) -> None:
        driver = started(targets=(64_000,), timed=(200,))
        driver.must(GO + 15_000, "tap", athlete="Matan")
        driver.must(GO + 16_000, "assign", tap=driver.state.n, athlete="Matan")
        assert driver.athlete(1)["splits"] == {"200": 15_000}

    def test_deleting_and_undoing_an_early_arrival_moves_no_clock(self) -> None:
        for command in ("delete", "undo"):
            driver = started(rest=("send_off", 95_000), targets=(64_000,))
            driver.must(GO + 12_000, "tap", athlete="Matan")
            fields = {"tap": driver.state.n} if command == "delete" else {}
            driver.must(GO + 13_000, command, **fields)
            assert driver.group.go == GO + 95_000
            assert not list(arrivals.valid(driver.group.runs[0]))

    def test_hands_free_rep_with_an_early_arrival_alone_is_untimed(self) -> None:
        driver = started(rest=("target", 30_000), targets=(64_000,))
        driver.must(GO + 12_000, "tap", athlete="Matan")
        driver.advance(GO + 94_000)
        assert driver.athlete(1)["status"] == "untimed"

    def test_early_arrival_is_not_spoken(self) -> None:
        driver = pair(targets=(64_000, 66_000))
        driver.must(GO + 12_000, "tap", athlete="Matan")
        assert not [cue for cue in cues(driver.state) if cue.name == "result"]


class TestMovedGo:
    def test_arrivals_count_after_go_was_moved_earlier(self) -> None:
        driver = pair(targets=(64_000, 66_000))
        driver.advance(100_000)
        driver.must(100_000, "recall")
        driver.advance(110_000)
        driver.must(119_000, "tap", athlete="Dana")
        driver.must(121_000, "tap")
        driver.must(122_000, "tap", athlete="Matan")
        assert driver.group.phase is Phase.RUNNING
        driver.must(123_000, "late_start", ms=-60_000)
        assert [(each.t, each.athlete, each.early) for each in driver.group.runs[1].arrivals] == [
            (119_000, "Dana", False), (121_000, None, False), (122_000, "Matan", False),
        ]  # fmt: skip
        assert [each["event"] for each in driver.facts[-2:]] == ["go_moved", "recovery_started"]
        assert (driver.athlete(1)["time"], driver.group.phase) == (72_000, Phase.RECOVERING)
        assert driver.replayed() == driver.state

    def test_arrivals_that_are_still_early_and_those_of_dropped_athletes_wait(self) -> None:
        driver = pair(targets=(64_000, 66_000))
        driver.advance(100_000)
        driver.must(100_000, "recall")
        driver.must(111_000, "drop", athlete="Dana")
        driver.must(112_000, "tap", athlete="Matan")
        driver.must(140_000, "tap", athlete="Dana")
        driver.must(141_000, "late_start", ms=-20_000)
        assert [(each.athlete, each.early) for each in driver.group.runs[1].arrivals] == [(None, True)] * 2
        driver.must(141_000, "late_start", ms=-20_000)
        assert [(each.athlete, each.early) for each in driver.group.runs[1].arrivals] == [
            ("Matan", False),
            (None, True),
        ]

    def test_early_arrivals_do_not_hinder_a_later_go(self) -> None:
        driver = pair(targets=(64_000, 66_000))
        driver.must(GO + 10_000, "tap", athlete="Matan")
        driver.must(GO + 11_000, "tap")
        n = driver.state.n
        driver.must(GO + 30_000, "late_start", ms=20_000)
        assert (proposed(driver, n - 1), proposed(driver, n)) == (None, None), "nobody had started"
        assert driver.do(GO + 31_000, "assign", tap=n, athlete="Matan") == "Matan ran no rep then"
        driver.must(GO + 80_000, "tap", athlete="Matan")
        assert driver.do(GO + 81_000, "late_start", ms=61_000) == "somebody has come in before that GO"

    def test_go_before_the_session_was_opened_is_refused(self) -> None:
        driver = started(targets=(64_000,))
        reason = "the session was opened only 0:40 ago: GO was 0:10 earlier at most"
        assert driver.do(40_000, "late_start", ms=-60_000) == reason
        driver.must(40_000, "late_start", ms=-10_000)

    def test_last_rep_can_end(self) -> None:
        driver = started(targets=(64_000,), reps=1)
        driver.advance(100_000)
        driver.must(100_000, "recall")
        driver.must(120_000, "tap", athlete="Matan")
        driver.must(121_000, "late_start", ms=-60_000)
        assert (driver.group.phase, driver.athlete(1)["time"]) == (Phase.DONE, 70_000)
        assert driver.replayed() == driver.state


class TestDroppedAthletes:
    def dropped(self) -> Driver:
        """Returns a session in which Dana dropped out in the first rep, at the GO of the second."""
        driver = pair(targets=(64_000, 66_000))
        driver.must(20_000, "drop", athlete="Dana")
        driver.must(74_000, "tap", athlete="Matan")
        driver.advance(104_000)
        return driver

    def test_key_of_a_dropped_athlete_waits_and_is_proposed_to_that_athlete(self) -> None:
        driver = self.dropped()
        driver.must(104_000 + 66_000, "tap", athlete="Dana")
        n = driver.state.n
        run = driver.group.runs[1]
        assert early(driver) == [(160_000, "Dana")]
        assert proposed(driver, n) == "Dana"
        assert arrivals.why_early(driver.group, run, run.arrivals[0]) == "dropped"
        driver.must(driver.state.now, "tap", athlete="Matan")
        driver.advance(driver.group.go or 0)
        driver.must(driver.state.now + 64_000, "tap", athlete="Matan")
        assert not driver.events("assigned"), "it is nobody else's by order"
        assert driver.athlete(2, "Dana")["status"] == "dropped"

    def test_dropped_athlete_who_ran_all_the_same_gets_the_time(self) -> None:
        driver = self.dropped()
        driver.must(104_000 + 66_000, "tap", athlete="Dana")
        driver.must(104_000 + 66_500, "assign", tap=driver.state.n, athlete="Dana")
        assert (driver.athlete(2, "Dana")["time"], driver.athlete(2, "Dana")["status"]) == (66_000, "timed")
        assert driver.athlete(1, "Dana")["time"] is None
        driver.must(104_000 + 67_000, "return", athlete="Dana")
        driver.must(104_000 + 68_000, "tap", athlete="Matan")
        driver.advance(driver.group.go or 0)
        assert driver.group.runs[-1].present == ("Matan", "Dana")
        assert driver.replayed() == driver.state

    def test_athlete_who_returned_in_the_rep_still_waits(self) -> None:
        driver = pair(targets=(64_000, 66_000))
        driver.must(20_000, "drop", athlete="Dana")
        driver.must(30_000, "return", athlete="Dana")
        driver.must(75_000, "tap", athlete="Dana")
        assert early(driver) == [(65_000, "Dana")]
        assert driver.group.phase is Phase.RUNNING
        driver.must(76_000, "undo")
        driver.must(76_000, "tap", athlete="Matan")
        assert driver.athlete(1)["time"] == 66_000


class TestMovedGoAfterTheRep:
    def test_steps_of_a_second_go_on_after_the_first_one_ended_the_rep(self) -> None:
        driver = started(targets=(64_000,))
        driver.advance(100_000)
        driver.must(100_000, "recall")
        driver.must(141_500, "tap", athlete="Matan")
        for _ in range(5):
            driver.must(142_000, "late_start", ms=-1000)
        assert (driver.group.phase, driver.group.go) == (Phase.RECOVERING, 171_500)
        assert driver.athlete(1)["time"] == 36_500
        driver.must(143_000, "late_start", ms=1000)
        assert (driver.athlete(1)["time"], driver.group.go) == (35_500, 171_500)
        assert driver.replayed() == driver.state

    @pytest.mark.parametrize(
        ("kind", "ended"),
        [
            ({"rest": ("send_off", 95_000)}, GO + 64_000),
            ({"rest": ("target", 30_000), "targets": (64_000,)}, GO + 65_000),
            ({"metres": None, "seconds": 60}, GO + 60_000),
        ],
    )
    def test_next_go_that_follows_from_the_rep_moves_too(self, kind: dict[str, object], ended: int) -> None:
        driver = started(**kind)
        if "seconds" not in kind:
            driver.must(GO + 64_000, "tap", athlete="Matan")
        driver.advance(ended)
        go = driver.group.go
        assert go is not None
        assert driver.group.phase is Phase.RECOVERING
        driver.must(ended + 1000, "late_start", ms=-5000)
        assert driver.group.go == go - 5000
        driver.must(go - 9000, "late_start", ms=-3000)
        assert driver.group.go == go - 6000, "3 s after the command"
        assert driver.replayed() == driver.state

    def test_it_moves_the_last_rep_until_the_end_and_no_rep_after_the_next_go(self) -> None:
        driver = started(reps=1)
        driver.must(GO + 64_000, "tap", athlete="Matan")
        assert driver.group.phase is Phase.DONE
        driver.must(GO + 65_000, "late_start", ms=2000)
        assert (driver.group.phase, driver.athlete(1)["time"]) == (Phase.DONE, 62_000)
        assert driver.replayed() == driver.state

    def test_skipped_or_recalled_rep_has_no_go_to_move(self) -> None:
        driver = started(rest=("send_off", 95_000))
        driver.must(GO + 10_000, "skip")
        assert driver.do(GO + 11_000, "late_start", ms=-1000) == "no rep runs"
        driver.advance(GO + 95_000)
        driver.must(GO + 100_000, "recall")
        assert driver.do(GO + 101_000, "late_start", ms=-1000) == "no rep runs"
