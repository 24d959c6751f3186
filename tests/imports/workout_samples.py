"""Workouts in the notations of other programs, with invented contents."""

HILLS_ICU = """\
Hill day

Warmup
- 10m 70-75% pace

Main Set 8x
- 45s 95-100% pace
- 2m 60-70% pace

Cooldown
- 10m 70% pace
"""
MIXED_ICU = """\
- 15m 60-70% HR Warmup

6x
- 400mtr 4:10/km Pace
- 0.2km Z1 HR

3x
- 1km 3:55-4:05/km Pace 180rpm
- 2m Z1 Press lap

- Stay tall 1mi 6:40/mi Pace intensity=active
- 10m Z1 cooldown
"""
EASY_FIRST_ICU = """\
2x
- Jog 2m
- 3m 95-100% LTHR
- 1m30 95% LTHR
"""
THRESHOLD_ZWO = """\
<?xml version="1.0" encoding="UTF-8"?>
<workout_file>
<author>A Coach</author>
<name>THRESHOLD & SPEED</name>
<description>A long one, then speed</description>
<sportType>run</sportType>
<workout>
<Warmup Duration="1000" PowerLow="0.71" PowerHigh="0.80" pace="1" />
<SteadyState Duration="6800" Power="0.903" pace="1" />
<SteadyState Duration="400" Power="0.71" pace="1" />
<IntervalsT Repeat="6" OnDuration="200" OffDuration="200" OnPower="1.14490669" OffPower="0.71" pace="1" \\>
<Cooldown Duration="1000" PowerLow="0.80" PowerHigh="0.71" pace="1" />
</workout>
</workout_file>
"""
TIMED_ZWO = """\
<workout_file><name>Over and under</name><sportType>run</sportType><durationType>time</durationType>
<workout>
 <WARMUP duration="600" powerlow="0.5" powerhigh="0.7"/>
 <IntervalsT Repeat="4" OnDuration="60" OffDuration="120" OnPower="1.05" OffPower="0.95" pace="1" Cadence="180">
  <textevent timeoffset="10" message="Over &amp; under"/>
 </IntervalsT>
 <SteadyState Duration="180" Power="0.6" pace="1"/>
 <Ramp Duration="300" PowerLow="0.8" PowerHigh="1.0" pace="2"/>
 <FreeRide Duration="120"/>
 <MaxEffort Duration="30"/>
 <Cooldown Duration="600" PowerLow="0.7" PowerHigh="0.5"/>
</workout></workout_file>
"""
LADDER_YAML = """\
name: Ladder
sport: running
steps:
  - {type: warmup, duration: "0:10:00", target: {type: no.target}}
  - &set
    - {type: interval, duration: "0:15"}
    - {type: recovery, duration: "0:45"}
    - {type: interval, duration: "0:30"}
    - {type: recovery, duration: "0:30"}
    - {type: interval, duration: "0:45"}
    - {type: recovery, duration: "0:15"}
    - {type: interval, duration: "1:00", target: {type: heart.rate.zone, zone: '5'}}
    - {type: recovery, duration: "1:00"}
    - {type: interval, duration: "0:45"}
    - {type: recovery, duration: "0:15"}
    - {type: interval, duration: "0:30"}
    - {type: recovery, duration: "0:30"}
    - {type: interval, duration: "0:15"}
    - {type: rest, duration: "5:00"}
  - *set
  - *set
  - {type: cooldown, duration: "10:00"}
"""
RACE_PACE_YAML = (
    """\
name: Long reps
steps:
  - {type: warmup, duration: 3km, target: AEROBIC_PACE, description: Chat}
"""
    + 2
    * """\
  - {type: run, duration: 1.2km, target: 5KM_PACE, description: Even}
  - {type: recovery, duration: "3:00", target: AEROBIC_PACE}
  - {type: run, duration: 0.8km, target: 5KM_PACE, description: Even}
  - {type: recovery, duration: "2:00", target: AEROBIC_PACE}
  - {type: run, duration: 0.8km, target: 5KM_PACE, description: Even}
  - {type: recovery, duration: "2:00", target: AEROBIC_PACE}
"""
)
NESTED_QUICK_PLAN = """\
running: nested repeats
- warmup: 20:00
- repeat: 2
  - repeat: 4
    - run: 0.6km @ 4:25-4:15
    - recover: 1:00
  - recover: 05:00
- cooldown: lap-button
"""
PLANNER_YAML = """\
definitions:
  Fast: 3:30-4:00
workouts:
  intervals:
    - warmup: 15min @H(z2)
    - repeat(8):
        - run: 30sec @P($Fast)
        - recovery: 1200m
    - cooldown: 15min @H(z2)
  easy:
    - run: 5km @H(z2)
"""
ZONES_YAML = """\
config:
  paces: {Z1: "6:30", Z5: "4:30"}
  margins: {faster: "0:05", slower: "0:05"}
W1 Intervals:
  - warmup: 15min @ Z1
  - repeat: 5
    steps:
      - interval: 400m @ Z5
      - recovery: 2min @ Z1
  - interval: 3km in 12:00
  - cooldown: lap
"""
KILOMETRES_JSON = """\
{"workoutName": "Kilometres", "sportType": {"sportTypeId": 1, "sportTypeKey": "running"},
 "workoutSegments": [{"segmentOrder": 1, "workoutSteps": [
  {"type": "ExecutableStepDTO", "stepType": {"stepTypeKey": "warmup"},
   "endCondition": {"conditionTypeKey": "distance"}, "endConditionValue": 5000.0,
   "targetType": {"workoutTargetTypeKey": "no.target"}},
  {"type": "RepeatGroupDTO", "numberOfIterations": 6, "workoutSteps": [
   {"type": "ExecutableStepDTO", "stepType": {"stepTypeKey": "interval"},
    "endCondition": {"conditionTypeKey": "distance"}, "endConditionValue": 1000.0,
    "targetType": {"workoutTargetTypeKey": "pace.zone"}, "targetValueOne": 4.69483568, "targetValueTwo": 4.69483568},
   {"type": "ExecutableStepDTO", "stepType": {"stepTypeKey": "recovery"},
    "endCondition": {"conditionTypeKey": "time"}, "endConditionValue": 120.0,
    "targetType": {"workoutTargetTypeKey": "no.target"}}
  ]}]}]}
"""
SETS_JSON = """\
[{"workoutName": "Sets", "description": "Even\\u001b[31m", "sportType": {"sportTypeKey": "running"},
 "workoutSegments": [{"workoutSteps": [
  {"stepType": {"stepTypeId": 1}, "endCondition": {"conditionTypeKey": "lap.button"}},
  {"type": "RepeatGroupDTO", "numberOfIterations": 3, "workoutSteps": [
   {"type": "RepeatGroupDTO", "numberOfIterations": 4, "workoutSteps": [
    {"stepType": {"stepTypeKey": "interval"}, "endCondition": {"conditionTypeKey": "distance"},
     "endConditionValue": 400, "targetType": {"workoutTargetTypeKey": "heart.rate.zone"}, "zoneNumber": 4},
    {"stepType": {"stepTypeKey": "recovery"}, "endCondition": {"conditionTypeKey": "distance"},
     "endConditionValue": 100, "targetType": {"workoutTargetTypeKey": "pace.zone"},
     "targetValueOne": 2.5, "targetValueTwo": 2.5}]},
   {"stepType": {"stepTypeKey": "rest"}, "endCondition": {"conditionTypeKey": "lap.button"}}]},
  {"stepType": {"stepTypeKey": "interval"}, "endCondition": {"conditionTypeKey": "distance"},
   "endConditionValue": 1609.344}
 ]}]}]
"""
SAMPLES = {
    "hills.txt": HILLS_ICU, "mixed.txt": MIXED_ICU, "easy-first.txt": EASY_FIRST_ICU, "threshold.zwo": THRESHOLD_ZWO,
    "timed.zwo": TIMED_ZWO, "ladder.yaml": LADDER_YAML, "race-pace.yaml": RACE_PACE_YAML,
    "nested.yaml": NESTED_QUICK_PLAN, "planner.yaml": PLANNER_YAML, "zones.yaml": ZONES_YAML,
    "kilometres.json": KILOMETRES_JSON, "sets.json": SETS_JSON,
}  # fmt: skip
