"""`python -m kicktimer.sound.speaker`: see `main`."""

from kicktimer.sound.speaker.main import run

run()
