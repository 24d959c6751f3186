"""kicktimer: a track-session timer for burner sessions."""

__version__ = "0.1.0"
