"""The texts of the JSON Schemas, which an editor shows to a coach.

`KEYS` holds a description and examples for each key, under `Model.key` where models differ. `SCALARS` holds how each
kind of scalar is written, which an editor shows also as the error for a scalar that does not match.
"""

from __future__ import annotations

from typing import Any

Description = tuple[str, tuple[Any, ...]]

WORKOUT = "A workout for kicktimer. The nearest level wins: rep, then set, then the workout, then the defaults."
SQUAD = "A squad for kicktimer: who runs, in which pace groups, with which race times."

MODELS: dict[str, str] = {
    "CueEntry": "Something to be shown and spoken at a moment of a rep.",
    "Leg": "One leg of a pattern: a distance or a duration, with a pace or a target.",
    "Last": "The last part of a rep at another pace.",
    "Rep": "One rep: a distance or a duration, and what is special about it.",
    "Set": "Equal reps (`reps` is a number, with a `distance` or a `duration`), or a list of reps run `repeat` times.",
    "KickEntry": "How fast the athlete's 200 m are: fresh, and at the end of the goal race.",
    "AthleteEntry": "One athlete. Only the name is required.",
    "GroupEntry": "A pace group, with a clock of its own.",
    "TrackEntry": "The track: where reps start, and how far `2 laps` are.",
}

KEYS: dict[str, Description] = {
    # any level
    "pace": (
        (
            "How fast, for each athlete. Default 1500m. A race (1500m), percent of a race's speed (98% 1500m), a race "
            "with seconds per 400 m (1500m +1s), a time for a distance (64.0 per 400m, 2:40/km), a band (3k-5k), kick "
            "(the athlete's goal_last_200m), or free (no target). A set may have a list with one for each rep, or "
            "800m>1500m in equal steps."
        ),
        ("1500m", "98% 1500m", "1500m +1s", "64.0 per 400m", "2:40/km", "3k-5k", "kick", "free", ["800m", "1500m"]),
    ),
    "recovery": (
        (
            "The rest after each rep, from a finish to the next GO: a time, a range (its middle runs), a jog, a part "
            "of the rep's time; `ready`: GO when the coach says so. Default 30s."
        ),
        ("30s", "1:30", "3min", "4-5min", "200m", "200m in 75s", "100%", "ready"),
    ),
    "jog": ("How fast a jog without a time is: a time for a distance. Default 2:00 per 400m.", ("2:00 per 400m",)),
    "send_off": ("From GO to GO, instead of a recovery: who runs faster rests longer.", ("95s", "1:40")),
    "recovery_from": (
        "Whose finish the recovery runs from: first, last (default), or the target time (hands-free: nobody taps).",
        ("last", "first", "target"),
    ),
    "Workout.recovery_from": (
        (
            "Whose finish the recovery runs from: first, last (default), the target time (hands-free: nobody taps), "
            "or each athlete's own."
        ),
        ("last", "first", "target", "own"),
    ),
    "splits": (
        "Marks inside the rep with a target, shown and heard: a step, a list, or none. Default 100m.",
        ("100m", ["200m", "300m"], "none"),
    ),
    "timed": (
        (
            "Marks whose times are taken by hand besides the finish: finish (none besides it), splits, or a list. "
            "Default finish; and 200 m to go in closing reps."
        ),
        ("finish", "splits", ["200m"]),
    ),
    "relax": (
        "The reminder before and half way through each closing rep; none for no reminder.",
        ("How relaxed can you look at the right pace?", "Hands loose, eyes up the hill.", "none"),
    ),
    "cues": ("What is said at moments of each rep.", ([{"at": "200m to go", "say": "Tune in"}],)),
    "Workout.cues": (
        "What is said in the first countdown. Cues of reps belong to a set or a rep.",
        ([{"at": "countdown", "say": "Shoulders down."}],),
    ),
    # the workout
    "Workout.name": ("The workout's name, as it is shown and saved.", ("8 x 400 burner",)),
    "about": ("For whom it is, and why.", ("Race pace on 30 s. The last two: look relaxed, stay on pace.",)),
    "by": ("Who wrote it.", ("a name",)),
    "kind": (
        "What it trains: reviews count weeks by kind.",
        ("burner", "strength", "tempo", "hills", "speed", "other"),
    ),
    "warmup": ("Before the session, only shown: a time or a distance.", ("15min", "2km")),
    "cooldown": ("After the last rep, only shown: a time or a distance.", ("10min", "1km")),
    "countdown": ("The time from the start key to the first GO. Default 10s.", ("10s",)),
    "caller": (
        (
            "Whether a voice counts the seconds as athletes come to a timed mark: on or off. "
            "Default as it is set in settings.toml."
        ),
        ("on", "off"),
    ),
    "closing": (
        (
            "The last N reps of the workout are closing reps: run as relaxed as can be, on pace. "
            "Default 2 where there are six reps or more."
        ),
        (2, 0),
    ),
    "sets": (
        "The sets, in order: a set, or a one-liner.",
        ([{"reps": 8, "distance": "400m"}], ["8x400 @1500 r30", "2x(200+300) r30 R4:00"]),
    ),
    # a set
    "Set.name": ("The set's name.", ("ladder",)),
    "repeat": ("How many times through the set. Default 1.", (2,)),
    "set_recovery": ("The rest after the last rep of each time through, where another rep follows.", ("4min", "ready")),
    "reps": (
        "A number of equal reps, or a list of reps and of sets.",
        (8, ["200m", "300m", "400m"], [{"reps": 2, "distance": "300m"}, {"repeat": 2, "reps": ["400m", "200m"]}]),
    ),
    # a rep
    "distance": ("How far: metres, km, miles, or laps of the squad's track.", ("400m", "1.5km", "1mi", "2 laps")),
    "Last.distance": ("How long that last part is.", ("200m",)),
    "Last.pace": ("The pace of the last part.", ("kick", "800m")),
    "duration": ("How long: a timed rep, which ends for everybody at once.", ("3min", "45s", "20min")),
    "target": (
        (
            "The time for the rep, the same for everybody, instead of a pace: 64.0, or a band 62-64. A set may have a "
            "list with one for each rep, or 65>58 in equal steps."
        ),
        ("64.0", "2:40", "62-64", "65>58", ["46", "45"]),
    ),
    "pattern": (
        "Legs at paces of their own, one after the other, repeated to the end of the rep.",
        ([{"distance": "200m", "target": "33"}, {"distance": "200m", "target": "38"}],),
    ),
    "Leg.distance": ("How long the leg is.", ("200m",)),
    "Leg.duration": ("How long the leg is, in a timed rep.", ("45s",)),
    "Leg.pace": ("The pace of the leg, or free.", ("5k", "free")),
    "Leg.target": ("The time for the leg, the same for everybody, instead of a pace.", ("33", "38.5")),
    "Leg.name": ("What is shown and spoken as the leg begins. Without a name: on, or float.", ("float",)),
    "last": ("The last part of the rep at another pace.", ({"distance": "200m", "pace": "kick"},)),
    "quiet": ("No split is heard between these two marks: tune out.", (["300m", "700m"],)),
    "at": (
        (
            "When: countdown (the session's first), recovery (15 s before GO), start, a distance, a distance to go, "
            "or in a timed rep a time."
        ),
        ("recovery", "start", "300m", "200m to go", "1:30"),
    ),
    "say": ("What is shown and, where there is a voice, spoken.", ("Tune out",)),
    # a squad
    "SquadFile.name": ("The squad's name.", ("Monday squad",)),
    "track": ("The track. Default: 400 m, lane 1.", ({"length": "400m", "lane": 1}, {"length": "200m"})),
    "length": ("One lap, in lane 1.", ("400m", "200m")),
    "lane": ("The lane that is run in; 1 is the inside.", (1,)),
    "athletes": ("Everybody who may come, at most 36.", ([{"name": "Matan", "races": {"1500m": "3:58.2"}}],)),
    "AthleteEntry.name": ("The athlete's name: unique, at most 60 characters.", ("Matan",)),
    "key": ("The key for this athlete's arrivals: a letter or a digit. Given out from the name if missing.", ("m",)),
    "group": ("The pace group. Default A.", ("A", "B")),
    "races": ("Race times: the targets come from them. One is enough.", ({"1500m": "3:58.2", "800m": "1:54.0"},)),
    "kick": ("How fast the last 200 m are to be, and can be.", ({"fresh_200m": "25.6", "goal_last_200m": "27.2"},)),
    "fresh_200m": ("The best 200 m when fresh.", ("25.6",)),
    "start": ("How the fresh 200 m was started: standing or rolling.", ("rolling", "standing")),
    "on": ("The day of the fresh 200 m.", ("2026-09-01",)),
    "goal_last_200m": ("What the goal race asks for in its last 200 m: the pace `kick`.", ("27.2",)),
    "groups": ("Pace groups: when they start, and what they run.", ({"A": {}, "B": {"start_after": "10s"}},)),
    "start_after": ("This group's first GO comes so long after the first group's.", ("10s",)),
    "workout": (
        "What this group runs instead of the session's workout: a one-liner, a shipped one, or a file beside this one.",
        ("8x300 @1500 r30",),
    ),
}

SCALARS: dict[str, str] = {
    "duration": "A duration is written 30s, 1:30 or 3min.",
    "recovery": "A recovery is written 30s, 1:30, 4-5min, 200m in 75s, 100% or ready.",
    "jog": "A pace of a jog is written 2:00 per 400m.",
    "distance": "A distance is written 400m, 1.5km, 1mi or 2 laps.",
    "step": "A step is written 100m, a list [200m, 300m]; or none.",
    "lap": "A lap is written 400m.",
    "target": "A target is written 64.0 or 1:04, a band 62-64; for each rep 65>58 or [65, 64, 63].",
    "pace": "A pace is written 1500m, 98% 1500m, 1500m +1s, 64.0 per 400m, 2:40/km, kick or free.",
    "mark": "A rep is written 200m or 3min, or as {distance: 200m, …}.",
    "moment": "A moment is countdown, recovery, start, 300m, 200m to go, or 1:30 in a timed rep.",
    "time": "A race time is written 3:58.2, 1:54 or 58.3.",
    "race": "A race is written 800m, 1500m, mile, 5k.",
    "key": "A key is one letter or one digit.",
    "line": "A one-liner reads like 8x400 @1500 r30, or 2x(200+300+400) @98%1500 r30 R4:00.",
}
