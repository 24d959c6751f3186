"""The history: an index of the saved sessions, so that lists and reviews need not read the logs again.

The logs are the truth. The index can be thrown away at any time, and brings itself up to date whenever it is opened.
"""

from kicktimer.history.choices import ReviewChoices, load_choices, save_choices
from kicktimer.history.entries import Filter, FilterValues, SessionEntry
from kicktimer.history.history import History
from kicktimer.history.index import forget_index

__all__ = [
    "Filter",
    "FilterValues",
    "History",
    "ReviewChoices",
    "SessionEntry",
    "forget_index",
    "load_choices",
    "save_choices",
]
