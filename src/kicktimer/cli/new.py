"""`kicktimer new`: writes a commented workout or squad to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cli.new_file import create_file
from kicktimer.cli.output import print_message, print_text, printable

if TYPE_CHECKING:
    import argparse

WORKOUT = """\
name: My burner
about: For whom this is, and why.
kind: burner               # burner, strength, tempo, hills, speed or other
pace: 1500m                # each athlete's own, from the races; or 98% 1500m, 1500m +1s, 64.0 per 400m, 2:40/km, free
recovery: 30s              # from the last finish to GO; or send_off: 95s (GO to GO), or recovery: ready (you say GO)
closing: 2                 # the last two reps: as relaxed as can be, on pace
# recovery_from: first     # first, last (as here), target (nobody taps: hands-free) or own (each athlete's own clock)
# splits: 100m             # marks with a target: a step, a list [200m, 300m], or none
# relax: How relaxed can you look at the right pace?
# cues: [{at: countdown, say: Shoulders down.}]
# warmup: 15min            # only shown; cooldown: 10min likewise
# caller: on               # a voice counts the seconds as they come in; left out: as settings.toml has it
sets:
  - reps: 8
    distance: 400m         # or duration: 3min
# A set may also be one line, or a list of reps that is run so many times:
#  - 4x200 @800 r90
#  - repeat: 2
#    set_recovery: 4min
#    reps:
#      - 200m
#      - {distance: 300m, pace: 98% 1500m}
#      - {distance: 400m, target: 64.0, cues: [{at: 200m to go, say: Tall and loose}]}
#      - {reps: 2, distance: 300m, target: [46, 45], recovery: 200m in 75s}    # a target for each, a jog
#      - {distance: 1200m, pattern: [{distance: 200m, pace: 1500m}, {distance: 200m, pace: 10k}]}    # legs in one rep
#
# Is it right?      kicktimer check FILE
# How does it run?  kicktimer plan FILE --race 1500m=4:20
# Help while you write, in editors that know YAML: run `kicktimer schema workout >workout.schema.json` here, and begin
# the file with the line `# yaml-language-server: $schema=workout.schema.json`.
"""

SQUAD = """\
name: My squad
track: {length: 400m, lane: 1}
athletes:
  - name: Matan                        # only the name is required
    key: m                             # the key for the arrivals: a letter or a digit; given out if you leave it away
    group: A                           # the pace group; A if you leave it away
    races: {1500m: 3:58.2, 800m: 1:54.0}               # targets come from these; one is enough
    kick: {fresh_200m: 25.6, start: rolling, on: 2026-09-01, goal_last_200m: 27.2}  # for reviews, `kick`
  - {name: Maya, group: B, races: {1500m: 4:30}}
  - {name: Noa, group: B, races: {800m: 2:14}}         # her 1500 m is estimated, and marked with ~
groups:
  A: {}
  B: {start_after: 10s}                # its first GO comes 10 s after the first group's
#  C: {workout: 8x300 @1500 r30}       # a group may run something else: one line, or a file beside this one
#
# Who is it?        kicktimer squad FILE
# Is it right?      kicktimer check FILE
# What do they run? kicktimer plan 8x400-burner --squad FILE
# Help while you write, in editors that know YAML: run `kicktimer schema squad >squad.schema.json` here, and begin
# the file with the line `# yaml-language-server: $schema=squad.schema.json`.
"""


def new(options: argparse.Namespace) -> int:
    """Writes the file and prints the next step on stderr. Without a file name the text is printed on stdout."""
    text = WORKOUT if options.format == "workout" else SQUAD
    if options.file is None:
        print_text(text, end="")
        return 0
    create_file(options.file, text.replace("FILE", _quoted(options.file)))
    use = "plan" if options.format == "workout" else "squad"
    print_message(f"written: {options.file}\nnext: edit it, then kicktimer {use} {_quoted(options.file)}")
    return 0


def _quoted(name: str) -> str:
    import shlex  # noqa: PLC0415 - without a file name the command starts faster

    return shlex.quote(printable(name))
