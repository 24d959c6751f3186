"""kicktimer: a timer for sessions on the track."""

__version__ = "0.1.0"
RELEASE_YEAR = 2026  # of this version: a wall clock that shows an earlier year is wrong
