"""The journal: one JSON Lines file for a session, a header that makes it readable alone, then facts in order.

- `JournalWriter` makes the file and appends to it; what it has acknowledged survives a kill, a power cut, a full disk.
- `read_log` reads one; it drops a torn last line and nothing else, and never writes.
- `default_directory`, `new_id`, `log_path`, `probe` and `sessions` say where logs live, how they are named, whether one
  can be written there, and which there are.

Facts are never changed or removed. Nothing here knows what an event means: events that are not known are kept.
"""

from kicktimer.journal.disk import Disk
from kicktimer.journal.json_lines import LOG_VERSION, encode
from kicktimer.journal.log_directory import Saved, default_directory, log_path, new_id, probe, sessions
from kicktimer.journal.reader import Log, read_log
from kicktimer.journal.writer import JournalWriter

__all__ = [
    "LOG_VERSION",
    "Disk",
    "JournalWriter",
    "Log",
    "Saved",
    "default_directory",
    "encode",
    "log_path",
    "new_id",
    "probe",
    "read_log",
    "sessions",
]
