"""kicktimer: a timer for sessions on the track."""

__version__ = "0.1.0"
