"""A simulated coach who times a session with the real keys, and makes a person's slips: `run_session(seed, mode)`.

Keys go through `KeyReader`, `KicktimerApp.on_key` and the actions of `LiveScreen`, so a change of the key table is
followed. No Textual app runs: a session of 10 athletes and 8 reps takes about a second. The clock is virtual, in ms.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, cast

from textual import events

from harness.simulated_coach_keyboard import Keyboard, OperatorSession
from harness.simulated_coach_mending import Finish, Mending, Mode, Row, Slip, Step
from harness.still_session import CHARACTERS, NAMES
from kicktimer.library import load_workout
from kicktimer.plan import build_plan
from kicktimer.results import results
from kicktimer.session.undo import newest_step
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.tui.controls import Controls
from kicktimer.tui.key_reader import KeyReader
from kicktimer.tui.keymap import DEFAULT_KEYMAP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.live_session import LiveSession

SPEC = "8x400 @1500 r30"
KEYS = "asdfghjkle"
NOBODYS_KEYS = "qwzxcvbnm"
FINISH_NOISE_MS = 700
"""The standard deviation of an athlete's finish from the target."""
REACTION_MS = (150, 50)
"""The mean and the standard deviation of the time from a finish to the press."""
WRONG_KEY, NOBODYS_KEY, HELD, DOUBLE, FORGOTTEN = 0.03, 0.005, 0.02, 0.01, 0.005
"""How often a press of an athlete's key is wrong or nobody's, any press is held or double, an arrival is forgotten."""
NOTICED = 0.9
NOTICE_MS = (1000, 3000)
DOUBLE_MS = (120, 300)
HOLD_MS = (300, 1500)
REPEAT_DELAY_MS = (250, 700)
REPEAT_INTERVAL_MS = (20, 60)
LIFT_MS = 120
"""How long before the next press the finger leaves a key that is held."""
NEXT_KEY_MS = (180, 350)
LOOK_MS = (250, 600)
"""How long the operator looks at the screen before the first key of a step."""
IMPATIENT = 0.2
"""How often the operator mends although the next athlete is about to come in."""
MAX_SESSION_MS = 3_600_000
TOLERANCE_MS = 1


@dataclass(frozen=True)
class Fault:
    """A result that is not right.

    `what` is "wrong" (another moment), "estimated" (although a moment was taken), "lost" or "invented". `unnoticed` has
    the kinds of the slips in that rep or the one before that the operator has not noticed. `touched` says whether one
    that was noticed changed this athlete's rep.
    """

    athlete: str
    rep: int
    what: str
    unnoticed: tuple[str, ...]
    touched: bool


@dataclass
class Outcome:
    """What became of a session.

    `right` counts the times at the moment of the true press, and `mended` the estimates for forgotten arrivals. `slips`
    counts the slips by kind and by whether they were noticed.
    """

    seed: int
    mode: Mode
    finishes: int = 0
    presses: int = 0
    right: int = 0
    mended: int = 0
    faults: list[Fault] = field(default_factory=list)
    slips: dict[tuple[str, bool], int] = field(default_factory=dict)

    @property
    def false_though_noticed(self) -> list[Fault]:
        """The results that are not right although the operator noticed every slip in that rep and the one before."""
        return [fault for fault in self.faults if not fault.unnoticed]


class Operator:
    """Times one session. `run` plays it to its end and judges it."""

    def __init__(self, seed: int, mode: Mode, groups: int = 1, *, spec: str = SPEC) -> None:
        self.random = Random(f"{seed} {mode} {groups}")
        self.mode = mode
        self.live = OperatorSession(build_plan(load_workout(spec)[0], self._squad(groups)))
        self.controls = Controls(cast("LiveSession", self.live))
        self.mending = Mending(mode, self.live, self.controls)
        self.keyboard = Keyboard(self.controls)
        repeating = DEFAULT_KEYMAP.repeating_keys()
        self.reader = KeyReader(
            lambda message: self._act(cast("events.Key", message)),
            on_repeat=lambda event: self.controls.note_repeat(event.character or event.key, event.time),
            may_repeat=repeating.__contains__,
        )
        self.outcome = Outcome(seed, mode)
        self.slips: list[Slip] = []
        self.trace: list[str] = []
        self._seen_runs: set[tuple[str, int]] = set()
        self._repeats: deque[tuple[int, str, Step]] = deque()
        self._steps: dict[int, tuple[events.Key, Step]] = {}  # each key event and its step, by the event's id
        self._last_press = 0

    def _squad(self, groups: int) -> Squad:
        spread_ms = self.random.uniform(8000, 12_000)  # of a 400
        athletes = tuple(
            Athlete(name, KEYS[place], "AB"[place % groups],
                    {1_500_000: 238_000 + round(place * spread_ms / 9 * 3.75)})
            for place, name in enumerate(NAMES)
        )  # fmt: skip
        return Squad("", athletes, tuple(Group(name) for name in "AB"[:groups]))

    # -- time and keys

    def wait_until(self, t: int) -> None:
        """Lets the time pass: what is due happens, a held key repeats, and a key that was kept back acts."""
        while True:
            now = self.live.t
            wait_s = self.reader.wait_s(now / 1000, 3600)
            tick = now + int(wait_s * 1000) + 1 if wait_s < 3600 else None
            repeat = self._repeats[0][0] if self._repeats else None
            moment = min((each for each in (tick, repeat) if each is not None), default=None)
            if moment is None or moment > t:
                break
            self.live.advance_to(max(now, moment))
            if moment == repeat:
                at, key, step = self._repeats.popleft()
                self._send(key, at, step)
            self.reader.tick(self.live.t / 1000)
        self.live.advance_to(max(t, self.live.t))

    def _lift_until(self, t: int) -> None:
        """Lets the time pass until the next press. A key that is held is lifted `LIFT_MS` before it."""
        while self._repeats and self._repeats[-1][0] > t - LIFT_MS:
            self._repeats.pop()
        self.wait_until(t)

    def _send(self, key: str, at: int, step: Step) -> None:
        event = events.Key(key, key if len(key) == 1 else CHARACTERS.get(key))
        event.time = at / 1000
        self._steps[id(event)] = event, step  # the event stays alive, so that its id is unique
        self.reader.take_key(event)

    def _press(self, key: str, step: Step) -> None:
        """Presses a key now."""
        self.outcome.presses += 1
        self._last_press = self.live.t
        self._send(key, self.live.t, step)

    def _act(self, event: events.Key) -> None:
        """Lets a key act, and records what it has changed."""
        _, step = self._steps[id(event)]
        before, newest = self.mending.rows(), newest_step(self.live.state)
        self.keyboard.press(event)
        after, made = self.mending.rows(), newest_step(self.live.state)
        if made is not None and (newest is None or made.n > newest.n):
            self.mending.keys_of_steps[made.n] = event.key
        self.trace.append(f"{event.time:9.3f} {event.key:14} {self.controls.message or self.controls.prompt}")
        changed = [
            (n, row)
            for n in before.keys() | after.keys()
            for row in (before.get(n), after.get(n))
            if (n not in before) or (n not in after) or before[n].athlete != after[n].athlete
            if row is not None
        ]
        finish = step.finish
        if step.is_arrival and finish is not None and finish.pressed == round(event.time * 1000) and step.slip is None:
            taken = any(row.t == finish.pressed for row in after.values())
            right = self.mode == "space" or any(row.t == finish.pressed and row.athlete for row in after.values())
            if not taken or not right:
                self._slip(step, "not taken" if not taken else "nameless")
        if step.inserts and finish is not None and finish.inserted is None:
            finish.inserted = next((n for n in after.keys() - before.keys() if after[n].t < self.live.t), None)
        if step.slip is not None:
            self._record(step.slip, changed)
        if event.key == self.mending.keys["keep"]:  # the operator sees which press has become an arrival
            pressed = {each.pressed for each in self.mending.finishes.values()}
            for n in after.keys() - before.keys():
                if after[n].t not in pressed:
                    self.mending.watched_rows.setdefault(n, 0)

    def _record(self, slip: Slip, changed: Iterable[tuple[int, Row]]) -> None:
        for n, row in changed:
            slip.rows.add(n)
            slip.reps.add((row.group, row.rep))
            slip.cells.update((name, row.rep) for name in (row.athlete,) if name)
            slip.cells.update(each.cell for each in self.mending.finishes.values() if each.pressed == row.t)

    def _slip(self, step: Step, kind: str) -> Slip:
        noticed = self.random.random() < NOTICED
        at = self.live.t + round(self.random.uniform(*NOTICE_MS)) if noticed else None
        if step.slip is not None:
            return step.slip
        step.slip = Slip(kind, at)
        if step.finish is not None:
            step.slip.cells.add(step.finish.cell)
            step.slip.reps.add((step.finish.group, step.finish.rep))
        self.slips.append(step.slip)
        count = self.outcome.slips
        count[kind, noticed] = count.get((kind, noticed), 0) + 1
        self.trace.append(f"{self.live.t / 1000:9.3f} SLIP {kind} {'noticed' if noticed else ''} {step.finish}")
        return step.slip

    def perform(self, step: Step) -> None:
        """Presses the keys of a step, with slips."""
        random = self.random
        for place, key in enumerate(step.keys):
            if place:
                self._lift_until(self.live.t + round(random.uniform(*NEXT_KEY_MS)))
            pressed = key
            if key in KEYS:
                draw = random.random()
                if draw < WRONG_KEY:
                    pressed = random.choice([each for each in KEYS if each != key])
                    slip = self._slip(step, "wrong key")
                    if step.finish is not None:
                        name = next(a.name for a in self.live.state.athletes.values() if a.key == pressed)
                        slip.cells.add((name, step.finish.rep))
                elif draw < WRONG_KEY + NOBODYS_KEY:
                    pressed = random.choice(NOBODYS_KEYS)
                    self._slip(step, "nobody's key")
            draw = random.random()
            if draw < HELD:
                self._slip(step, "held key")
                self._press(pressed, step)
                at = self.live.t + round(random.uniform(*REPEAT_DELAY_MS))
                until, interval = self.live.t + random.uniform(*HOLD_MS), random.uniform(*REPEAT_INTERVAL_MS)
                while at < until:
                    self._repeats.append((at, pressed, step))
                    at += round(interval * random.uniform(0.9, 1.1))
            elif draw < HELD + DOUBLE:
                self._slip(step, "double press")
                self._press(pressed, step)
                self._lift_until(self.live.t + round(random.uniform(*DOUBLE_MS)))
                self._press(pressed, step)
            else:
                self._press(pressed, step)

        if step.inserts and step.finish is not None:
            self._lift_until(self.live.t + round(random.uniform(*NEXT_KEY_MS)))
            if self.controls.asked_whose is not None:  # until it is answered, the athletes' keys are no arrivals
                self.perform(Step((self.mending.key_of(step.finish.athlete),), step.finish))

    # -- what the operator sees

    def _notice(self) -> None:
        for slip in self.slips:
            if slip.notice_at is not None and slip.notice_at <= self.live.t:
                for cell in slip.cells:
                    self.mending.watched_cells.setdefault(cell, 0)
                for n in slip.rows:
                    self.mending.watched_rows.setdefault(n, 0)

    def _watch_runs(self) -> None:
        """Sends the athletes of a rep that has started to their finishes."""
        for group in self.live.state.groups.values():
            run = group.newest_run
            if run is None or run.started is None or (group.name, len(group.runs)) in self._seen_runs:
                continue
            self._seen_runs.add((group.name, len(group.runs)))
            for name in run.present:
                t = run.started + run.rep.targets[name].ms + round(self.random.gauss(0, FINISH_NOISE_MS))
                finish = Finish(name, group.name, run.rep.number, t)
                self.mending.finishes[finish.cell] = finish
                self.mending.coming.append(finish)
            self.mending.coming.sort(key=lambda finish: finish.t)

    # -- what the operator does

    def run(self) -> Outcome:
        """Plays the session to its end, and returns how its times are."""
        self.wait_until(1000)
        self._press(self.mending.keys["space"], Step(("space",)))
        while not self._is_over():
            self._watch_runs()
            self._notice()
            arrival = self.mending.coming[0] if self.mending.coming else None
            now = self.live.t
            step = self.mending.next_step()
            if step is not None:
                needed = max(LOOK_MS) + max(NEXT_KEY_MS) * len(step.keys)
                free = arrival is None or arrival.t - now > needed
                if free or (arrival is not None and arrival.t > now and self.random.random() < IMPATIENT):
                    self._lift_until(now + round(self.random.uniform(*LOOK_MS)))
                    again = self.mending.next_step()  # what the screen shows now
                    if again is not None and again.keys == step.keys:
                        self._count_try(again)
                        self.perform(again)
                        self._lift_until(self.live.t + round(self.random.uniform(*NEXT_KEY_MS)))
                    continue
            if arrival is not None and arrival.t <= now + 1000:
                self._take(self.mending.coming.pop(0))
            else:
                self.wait_until(now + 250)
            assert self.live.t < MAX_SESSION_MS, "the session does not end"
        self._judge()
        return self.outcome

    def _is_over(self) -> bool:
        open_slips = any(slip.notice_at is not None and slip.notice_at > self.live.t for slip in self.slips)
        if not self.live.state.finished or self.mending.coming or open_slips:
            return False
        self._notice()
        return self.mending.next_step() is None

    def _take(self, finish: Finish) -> None:
        """Presses the key for an arrival, as soon as the hand is free."""
        if self.mode == "space":
            while self.controls.focus != finish.group:
                self.perform(Step((self.mending.keys["next-group"],)))
                self._lift_until(self.live.t + round(self.random.uniform(*NEXT_KEY_MS)))
        reaction = max(40, round(self.random.gauss(*REACTION_MS)))
        self._lift_until(max(finish.t + reaction, self._last_press + 130))
        key = self.mending.keys["space"] if self.mode == "space" else self.mending.key_of(finish.athlete)
        step = Step((key,), finish, is_arrival=True)
        if self.random.random() < FORGOTTEN:
            finish.forgotten = True
            self._slip(step, "forgotten")
            return
        finish.pressed = self.live.t
        self.perform(step)

    def _count_try(self, step: Step) -> None:
        if step.finish is not None and step.finish.cell in self.mending.watched_cells:
            self.mending.watched_cells[step.finish.cell] += 1

    # -- the result

    def _judge(self) -> None:
        outcome = self.outcome
        outcome.finishes = len(self.mending.finishes)
        found: dict[tuple[str, int], Any] = {}
        for rep in results(self.live.state).reps:
            for name, result in rep.athletes.items():
                found[name, rep.rep.number] = (rep.started, result)
        for cell, finish in self.mending.finishes.items():
            started, result = found.get(cell, (None, None))
            what = self._what(finish, started, result)
            if what == "right":
                outcome.right += 1
            elif what == "mended":
                outcome.mended += 1
            else:
                outcome.faults.append(self._fault(finish, what))

    def _what(self, finish: Finish, started: int | None, result: Any) -> str:
        time = None if result is None else result.time
        if time is None or started is None:
            return "lost"
        if finish.pressed is not None:
            if abs(time - (finish.pressed - started)) <= TOLERANCE_MS:
                return "right"
            return "estimated" if result.by == "corrected" else "wrong"
        return "mended" if result.by == "corrected" and finish.inserted is not None else "invented"

    def _fault(self, finish: Finish, what: str) -> Fault:
        unnoticed = [slip for slip in self.slips if slip.notice_at is None]
        causes = [slip for slip in unnoticed if finish.cell in slip.cells] or [
            slip for slip in unnoticed if {(finish.group, finish.rep), (finish.group, finish.rep - 1)} & slip.reps
        ]
        touched = any(slip.notice_at is not None and finish.cell in slip.cells for slip in self.slips)
        return Fault(finish.athlete, finish.rep, what, tuple(sorted({slip.kind for slip in causes})), touched)


def run_session(seed: int, mode: Mode, groups: int = 1) -> Outcome:
    """Plays one session, the same for the same seed."""
    return Operator(seed, mode, groups).run()
