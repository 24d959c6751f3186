"""The rules of commands for several groups, late-comers and arrivals that are named later. Times are in ms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kicktimer.plan import GroupPlan, Plan, Rest
from kicktimer.session import Phase
from kicktimer.squad import Athlete
from tests.session.driver import GO, Driver, pair, plan, rep, started


def squad_plan(**groups: tuple[str, ...]) -> Plan:
    """Returns a plan with three reps for each group; the groups start ten seconds after each other."""
    people = tuple(Athlete(name, name[0].lower(), label) for label, names in groups.items() for name in names)
    return Plan(
        "test", "", "", "burner", people,
        tuple(
            GroupPlan(label, names, tuple(rep(n, names) for n in (1, 2, 3)), place * 10_000, 10_000)
            for place, (label, names) in enumerate(groups.items())
        ),
    )  # fmt: skip


def send_off_plan() -> Plan:
    """Returns a plan with two groups of one athlete each, and a send-off of 30 s."""
    found = squad_plan(A=("Ada",), B=("Ben",))
    send_off = Rest("send_off", 30_000)
    return replace(
        found,
        groups=tuple(replace(g, reps=tuple(replace(each, rest=send_off) for each in g.reps)) for g in found.groups),
    )


def groups(**members: tuple[str, ...]) -> Driver:
    """Returns a session started at 0: GO of the first group is at 10 000, of each other group ten seconds later."""
    driver = Driver(squad_plan(**members))
    driver.must(0, "start")
    return driver


class TestGroups:
    def test_start_starts_all_ready_groups_staggered(self) -> None:
        driver = groups(A=("Ada",), B=("Ben",), C=("Cleo",))
        assert driver.do(1000, "start") == "every group has been started"
        driver.advance(100_000)
        assert [(fact["group"], fact["t"]) for fact in driver.events("rep_started")] == [
            ("A", 10_000),
            ("B", 20_000),
            ("C", 30_000),
        ]
        assert [fact["t"] for fact in driver.events("countdown_started")] == [0, 10_000, 20_000]

    def test_one_group_can_be_started_alone(self) -> None:
        driver = Driver(squad_plan(A=("Ada",), B=("Ben",), C=("Cleo",)))
        driver.must(0, "start", group="B")
        driver.must(5000, "start")
        driver.advance(100_000)
        assert [(fact["group"], fact["t"]) for fact in driver.events("rep_started")] == [
            ("B", 10_000),
            ("A", 15_000),
            ("C", 35_000),
        ]

    def test_a_hold_before_the_staggered_start_delays_it(self) -> None:
        driver = groups(A=("Ada",), B=("Ben",))
        driver.must(5000, "hold", group="B")
        driver.advance(40_000)
        assert driver.gos() == [10_000]
        driver.must(40_000, "release", group="B")
        driver.advance(60_000)
        assert driver.gos() == [10_000, 50_000]
        driver = groups(A=("Ada",), B=("Ben",))
        driver.must(5000, "hold", group="B")
        driver.must(6000, "release", group="B")
        driver.advance(60_000)
        assert driver.gos() == [10_000, 20_000], "it was due later anyway"

    def test_only_a_tap_without_a_name_needs_a_group(self) -> None:
        driver = groups(A=("Ada",), B=("Ben",))
        driver.must(80_000, "tap", athlete="Ben")
        assert driver.events("tapped")[0]["group"] == "B"
        assert driver.do(81_000, "tap") == "which group?"

    def test_an_arrival_can_be_assigned_to_another_group(self) -> None:
        driver = groups(A=("Ada", "Abe"), B=("Ben",))
        driver.must(84_000, "tap", group="A")
        driver.must(85_000, "assign", tap=driver.events("tapped")[0]["n"], athlete="Ben")
        assert driver.athlete(1, "Ben")["time"] == 64_000
        assert driver.state.groups["B"].phase is Phase.RECOVERING
        assert driver.state.groups["B"].go == 114_000
        driver.must(86_000, "undo")
        assert driver.state.groups["B"].phase is Phase.RUNNING

    def test_an_athlete_who_moves_finishes_with_the_old_group(self) -> None:
        driver = groups(A=("Ada", "Abe"), B=("Ben",))
        driver.must(30_000, "move", athlete="Abe", group="B")
        driver.must(74_000, "tap", athlete="Ada")
        assert driver.state.groups["A"].phase is Phase.RUNNING, "Abe is still out"
        driver.must(76_000, "tap", athlete="Abe")
        assert driver.state.groups["A"].go == 106_000
        driver.must(84_000, "tap", athlete="Ben")
        driver.advance(114_000)
        assert driver.state.groups["B"].runs[-1].present == ("Ben", "Abe")

    def test_an_athlete_who_moves_and_drops_is_awaited_in_neither_group(self) -> None:
        driver = groups(A=("Ada", "Abe"), B=("Ben",))
        driver.must(30_000, "move", athlete="Abe", group="B")
        driver.must(74_000, "tap", athlete="Ada")
        driver.must(80_000, "drop", athlete="Abe")
        assert driver.state.groups["A"].go == 104_000, "A waited for Abe alone"
        driver.must(81_000, "undo")
        assert driver.state.groups["A"].phase is Phase.RUNNING
        assert driver.state.groups["B"].present == ("Ben", "Abe")

    def test_exchanging_the_only_athletes_in_the_recovery_keeps_both_gos(self) -> None:
        driver = groups(A=("Ada",), B=("Ben",))
        driver.must(74_000, "tap", athlete="Ada")
        driver.must(84_000, "tap", athlete="Ben")
        driver.must(90_000, "move", athlete="Ada", group="B")
        driver.must(90_000, "move", athlete="Ben", group="A")
        assert [(group.phase, group.go) for group in driver.state.groups.values()] == [
            (Phase.RECOVERING, 104_000),
            (Phase.RECOVERING, 114_000),
        ]
        driver.advance(120_000)
        assert driver.gos() == [10_000, 20_000, 104_000, 114_000]
        assert [group.runs[-1].present for group in driver.state.groups.values()] == [("Ben",), ("Ada",)]
        assert driver.replayed() == driver.state

    def test_exchanging_the_only_athletes_in_the_countdown_keeps_both_gos(self) -> None:
        driver = groups(A=("Ada",), B=("Ben",))
        driver.must(2000, "move", athlete="Ada", group="B")  # the staggered start of B is still to come
        driver.must(2000, "move", athlete="Ben", group="A")
        assert (driver.state.groups["A"].phase, driver.state.groups["A"].go) == (Phase.COUNTDOWN, 10_000)
        driver.must(3000, "move", athlete="Ada", group="A")
        driver.must(3000, "move", athlete="Ben", group="B")
        driver.must(4000, "move", athlete="Ben", group="A")
        driver.must(4000, "move", athlete="Ada", group="B")
        assert (driver.state.groups["B"].phase, driver.state.groups["B"].countdown_at) == (Phase.READY, 10_000)
        driver.advance(50_000)
        assert driver.gos() == [10_000, 20_000]
        assert driver.replayed() == driver.state

    def test_a_group_left_empty_in_a_rep_gives_notice_to_an_athlete_who_enters_later(self) -> None:
        for back, go in ((80_000, 83_000), (39_000, 42_000), (38_000, 40_000)):
            driver = Driver(send_off_plan())
            driver.must(0, "start")
            driver.must(38_000, "move", athlete="Ada", group="B")  # Ada is still out in the rep of A
            driver.must(back, "move", athlete="Ben", group="A")
            driver.advance(back + 10_000)
            assert [each["t"] for each in driver.events("rep_started") if each["group"] == "A"] == [GO, go]
            assert driver.replayed() == driver.state

    @pytest.mark.parametrize("command", ["join", "return"])
    def test_a_group_left_empty_keeps_its_go_only_for_an_athlete_who_enters_at_that_moment(self, command: str) -> None:
        for t, go in ((90_000, 104_000), (90_001, None)):
            driver = started()
            driver.must(74_000, "tap", athlete="Matan")
            driver.must(90_000, "drop", athlete="Matan")
            assert driver.group.phase is Phase.DONE
            driver.must(t, command, athlete="Matan" if command == "return" else {"name": "Noa"})
            assert (driver.group.phase, driver.group.go) == (Phase.RECOVERING, go)
            assert driver.replayed() == driver.state

    def test_a_rating_without_a_rep_is_for_the_newest_run_in_any_group(self) -> None:
        driver = groups(A=("Ada", "Abe"), B=("Ben",))
        driver.must(30_000, "move", athlete="Abe", group="B")
        for t, name in ((74_000, "Ada"), (76_000, "Abe"), (84_000, "Ben")):
            driver.must(t, "tap", athlete=name)
        driver.advance(115_000)
        driver.must(115_000, "rate", athlete="Abe", relaxation=3)
        assert driver.events("rated")[0]["group"] == "B"


class TestLateComers:
    def test_a_late_comer_runs_from_the_next_rep_on(self) -> None:
        driver = started()
        driver.must(20_000, "join", athlete={"name": "Noa", "races": {"1500m": "4:00.0"}})
        assert driver.state.athletes["Noa"].key == "n"
        assert driver.do(21_000, "tap", athlete="Noa") is None, "an arrival of nobody who ran"
        driver.must(74_000, "tap", athlete="Matan")
        driver.advance(104_000)
        assert driver.group.runs[-1].present == ("Matan", "Noa")
        assert driver.athlete(2, "Noa")["target"] == 64_000
        with pytest.raises(KeyError):
            driver.athlete(1, "Noa")

    def test_a_late_comer_without_a_group_joins_the_only_group(self) -> None:
        driver = Driver(squad_plan(Fast=("Ada",)))
        driver.must(0, "join", athlete={"name": "Noa"})
        assert driver.group.athletes == ("Ada", "Noa")
        driver = Driver(squad_plan(Fast=("Ada",), Slow=("Ben",)))
        assert driver.do(0, "join", athlete={"name": "Noa"}) == "there is no group A"
        driver.must(0, "join", athlete={"name": "Noa", "group": "Slow"})
        driver.must(0, "join", athlete={"name": "Nir"}, group="Fast")

    @pytest.mark.parametrize(
        ("entry", "reason"),
        [
            ({"name": "Noa", "key": "m"}, "the key m is somebody else's"),
            ({"name": "Matan"}, "Matan is here already"),
            ({"name": "Noa", "group": "B"}, "there is no group B"),
        ],
    )
    def test_a_taken_name_or_key_or_an_unknown_group_is_refused(self, entry: dict[str, str], reason: str) -> None:
        assert started().do(20_000, "join", athlete=entry) == reason

    def test_if_each_athlete_is_a_group_a_late_comer_gets_a_group(self) -> None:
        reps = tuple(rep(number, (), rest=("own", 30_000)) for number in (1, 2))
        people = (Athlete("Ada", "a", "A"), Athlete("Ben", "b", "A"))
        own = tuple(GroupPlan(each.name, (each.name,), reps, 5000) for each in people)
        driver = Driver(Plan("own", "", "", "burner", people, own))
        driver.must(0, "start")
        driver.must(20_000, "add", group="Ada")
        driver.must(30_000, "join", athlete={"name": "Noa", "races": {"1500m": "4:00.0"}})
        noa = driver.state.groups["Noa"]
        assert (noa.athletes, len(noa.reps), noa.phase) == (("Noa",), 2, Phase.READY)
        driver.must(40_000, "start", group="Noa")
        driver.advance(50_000)
        driver.must(114_000, "tap", athlete="Noa")
        assert driver.athlete(1, "Noa")["time"] == 64_000
        assert driver.athlete(1, "Noa")["target"] == 64_000
        driver.must(115_000, "join", athlete={"name": "Nir"}, group="A")
        assert "Nir" in driver.state.groups
        assert driver.replayed() == driver.state


class TestDropAndReturn:
    def test_an_athlete_who_drops_and_returns_has_a_status_in_every_rep(self) -> None:
        driver = pair(reps=4)
        driver.must(20_000, "drop", athlete="Dana")
        go = GO
        for number in (1, 2):
            driver.must(go + 64_000, "tap", athlete="Matan")
            go = driver.group.go or 0
            if number == 2:
                driver.must(go - 1000, "return", athlete="Dana")
            driver.advance(go)
        assert [driver.athlete(n, "Dana")["status"] for n in (1, 2, 3)] == ["dropped", "dropped", "missed"]

    def test_a_late_comer_who_drops_has_no_reps_from_before(self) -> None:
        driver = started()
        driver.must(20_000, "join", athlete={"name": "Noa"})
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(80_000, "drop", athlete="Noa")
        driver.advance(104_000)
        assert driver.athlete(2, "Noa")["status"] == "dropped"
        with pytest.raises(KeyError):
            driver.athlete(1, "Noa")

    def test_an_athlete_who_drops_in_the_recovery_keeps_the_finished_rep(self) -> None:
        driver = pair(targets=(64_000, 66_000))
        driver.must(74_000, "tap")
        driver.must(76_000, "tap")
        driver.must(80_000, "drop", athlete="Dana")
        driver.must(81_000, "assign", tap=driver.events("tapped")[0]["n"], athlete="Matan")
        driver.must(82_000, "assign", tap=driver.events("tapped")[1]["n"], athlete="Dana")
        assert driver.group.go == 106_000
        assert [driver.athlete(1, name)["time"] for name in ("Matan", "Dana")] == [64_000, 66_000]

    @pytest.mark.parametrize(
        "kind", [{"rest": ("target", 30_000), "targets": (64_000, 72_000)}, {"seconds": 60, "rest": ("last", 60_000)}]
    )
    def test_a_drop_after_a_rep_ended_by_the_clock_does_not_change_that_rep(self, kind: dict[str, object]) -> None:
        driver = pair(**kind)
        driver.must(GO + 80_000, "drop", athlete="Dana")
        assert driver.athlete(1, "Dana")["status"] == "untimed"

    def test_hands_free_a_drop_of_the_slowest_brings_go_nearer_until_undone(self) -> None:
        driver = pair(rest=("target", 30_000), targets=(64_000, 72_000))
        driver.must(20_000, "drop", athlete="Dana")
        assert driver.group.go == GO + 94_000
        driver.must(21_000, "undo")
        assert driver.group.go == GO + 102_000

    def test_an_athlete_who_dropped_is_dropped_in_a_skipped_rep_too(self) -> None:
        driver = pair()
        driver.must(20_000, "drop", athlete="Dana")
        driver.must(30_000, "skip")
        assert [driver.athlete(1, name)["status"] for name in ("Matan", "Dana")] == ["skipped", "dropped"]


class TestNamesLater:
    def third_rep_over(self) -> Driver:
        """Returns a session of two athletes after three reps, at the GO of the fourth."""
        driver = pair(reps=5, targets=(64_000, 66_000))
        for _ in range(3):
            go = driver.gos()[-1]
            for late, name in ((64_000, "Matan"), (66_000, "Dana")):
                driver.must(go + late, "tap", athlete=name)
            driver.advance(driver.group.go or 0)
        return driver

    def test_an_old_arrival_that_loses_its_name_is_assigned_by_order_at_once(self) -> None:
        driver = self.third_rep_over()
        first, second = (each["n"] for each in driver.events("tapped")[:2])
        driver.must(driver.state.now, "assign", tap=first, athlete="Dana")
        assert [(each["tap"], each["athlete"], each["by"]) for each in driver.events("assigned")] == [
            (first, "Dana", "key"), (second, "Matan", "order"),
        ]  # fmt: skip

    def test_an_arrival_inserted_without_a_name_into_an_old_rep_is_assigned_at_once(self) -> None:
        driver = self.third_rep_over()
        driver.must(driver.state.now, "delete", tap=driver.events("tapped")[1]["n"])
        driver.must(driver.state.now, "insert", at=GO + 66_500)
        assert (driver.athlete(1, "Dana")["time"], driver.athlete(1, "Dana")["by"]) == (66_500, "corrected")

    def test_an_arrival_restored_by_undo_displaces_one_assigned_by_order(self) -> None:
        driver = self.third_rep_over()
        deleted = driver.events("tapped")[1]["n"]
        driver.must(driver.state.now, "delete", tap=deleted)
        driver.must(driver.state.now, "undo")
        assert driver.athlete(1, "Dana")["time"] == 66_000


class TestSpecialCases:
    def test_the_recalled_fact_has_the_new_go(self) -> None:
        driver = started()
        driver.must(13_000, "recall")
        assert driver.events("recalled")[0]["go"] == 23_000

    def test_late_start_moves_the_send_off_both_ways(self) -> None:
        driver = started(rest=("send_off", 95_000))
        driver.must(20_000, "late_start", ms=-2000)
        assert driver.group.go == GO - 2000 + 95_000
        driver.must(21_000, "late_start", ms=3000)
        assert driver.group.go == GO + 1000 + 95_000
        assert driver.do(22_000, "late_start", ms=20_000) == "GO would still be to come"
        driver.must(GO + 64_000, "tap", athlete="Matan")
        assert driver.athlete(1)["time"] == 63_000

    def test_a_send_off_shorter_than_the_rep_comes_on_time(self) -> None:
        driver = started(rest=("send_off", 60_000), targets=(64_000,))
        driver.advance(GO + 60_000)
        driver.must(GO + 64_200, "tap", athlete="Matan")
        assert driver.gos() == [GO, GO + 60_000]
        assert (driver.athlete(1)["time"], driver.athlete(1)["recovery"]) == (64_200, None)

    def test_adjust_is_never_nearer_than_three_seconds(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(100_500, "adjust", ms=-5000)
        assert driver.group.go == 103_500
        assert driver.do(103_500, "adjust", ms=5000) == "no recovery runs"

    def test_adjust_that_would_make_go_later_when_asked_for_earlier_is_refused(self) -> None:
        driver = started()
        driver.must(74_000, "tap", athlete="Matan")
        assert driver.do(102_500, "adjust", ms=-1000) == "GO is too near to come earlier"
        assert driver.group.go == 104_000

    def test_skipping_the_only_rep_ends_the_group_until_undone(self) -> None:
        for moment, phase in ((0, "ready"), (5000, "countdown"), (20_000, "running")):
            driver = Driver(plan(reps=1))
            if moment:
                driver.must(0, "start")
            driver.must(moment, "skip")
            assert driver.group.phase is Phase.DONE, phase
            driver.must(moment, "undo")
            assert driver.group.phase == phase

    def test_release_of_a_hold_under_recovery_ready_starts_the_countdown(self) -> None:
        driver = started(rest=("ready", 0))
        driver.must(74_000, "tap", athlete="Matan")
        driver.must(80_000, "hold")
        driver.must(90_000, "release")
        driver.advance(100_000)
        assert driver.gos() == [GO, 100_000]
        assert driver.athlete(1)["recovery"] == 26_000

    def test_dropping_every_athlete_ends_the_group_until_undone(self) -> None:
        driver = pair()
        for t, name in ((20_000, "Matan"), (21_000, "Dana")):
            driver.must(t, "drop", athlete=name)
        assert driver.state.finished
        driver.must(22_000, "undo")
        assert driver.group.phase is Phase.RUNNING
        driver.must(75_000, "tap", athlete="Dana")
        assert driver.group.go == 105_000
