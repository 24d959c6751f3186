"""Every shipped burner gives a last 200 m to each athlete whose closing marks were tapped."""

from heapq import heappop, heappush
from pathlib import Path

import pytest

from kicktimer.plan import build_plan
from kicktimer.rehearsal import _run
from kicktimer.results import results
from kicktimer.review.kick import kick_report
from kicktimer.review.records import session_record
from kicktimer.session.commands import Start, Tap
from kicktimer.session.events import RepStarted
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.workout import parse_workout

WORKOUTS = Path(__file__).resolve().parents[2] / "workouts"


class EveryMark:
    """A coach who taps every athlete at every mark, on target."""

    def __init__(self):
        self.due = [(0, 0, "", Start(t=0))]

    def next_t(self):
        return self.due[0][0] if self.due else None

    def pop(self):
        return 0, heappop(self.due)[3]

    def observe(self, events, state):
        for event in events:
            if isinstance(event, RepStarted):
                run = state.groups[event.group].newest_run
                for name in run.present:
                    target = run.rep.targets[name]
                    for mark in run.marks:
                        t = event.t + (target.ms if mark == run.rep.distance_mm else target.marks[mark])
                        heappush(self.due, (t, mark, name, Tap(t=t, athlete=name)))


def burners():
    found = []
    for path in sorted(WORKOUTS.glob("*.yaml")):
        workout, faults = parse_workout(path.read_text(encoding="utf-8"), path.name)
        assert workout is not None, faults
        if workout.kind == "burner":
            found.append(pytest.param(workout, id=path.stem))
    return found


@pytest.mark.parametrize("workout", burners())
def test_each_athlete_gets_a_tired_200(workout):
    athletes = tuple(
        Athlete(name, name[0].lower(), races={1_500_000: ms}, goal_last_200_ms=30_000)
        for name, ms in (("Matan", 238_200), ("Noa", 262_000))
    )
    plan = build_plan(workout, Squad(athletes=athletes, groups=(Group("A"),)))
    done = _run(plan, EveryMark())
    record = session_record({"id": "s", "started": "2026-05-01T10:00:00+02:00"}, plan, results(done.state))
    for each in athletes:
        report = kick_report(each.name, [record])
        assert report.mean_ms is not None, report.missing
