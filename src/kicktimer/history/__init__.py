"""The history: an index of the saved sessions, so that lists and reviews need not read the logs again.

The logs are the truth. The index can be thrown away at any time, and brings itself up to date whenever it is opened.
"""

from kicktimer.history.history import Filter, History, SessionEntry

__all__ = ["Filter", "History", "SessionEntry"]
