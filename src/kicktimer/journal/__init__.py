"""The journal: session logs on the disk.

A log is a JSON Lines file: a header that holds all that is needed to read it alone, then the facts of the session in
order. Facts are never changed or removed. The journal does not interpret events, so it keeps unknown ones.

- `JournalWriter` creates a log and appends facts. A fact that it has acknowledged survives a kill, a power cut and a
  full disk.
- `read_log` reads the sound part of a log and says which line is damaged. It never writes.
- `default_directory`, `new_session_id` and `log_path` give a log its place and its name, `check_writable` tests whether
  a log can be written in a directory, and `write_log` writes one that is complete at once.
- `without_names` takes an athlete's name out of a header or a fact.
- `next_seq` numbers a new session, so that the order of the sessions does not depend on the wall clock;
  `newest_start` returns when the last one started.
"""

from kicktimer.journal.disk import Disk
from kicktimer.journal.json_lines import LOG_VERSION, encode_line
from kicktimer.journal.log_directory import (
    check_writable,
    default_directory,
    encode_log,
    is_in_use,
    log_path,
    new_session_id,
    write_log,
    write_logs,
)
from kicktimer.journal.name_removal import NAME_REMOVED, has_name, names_in, removed_name, without_names
from kicktimer.journal.reader import (
    HeaderOrder,
    LineFault,
    Log,
    PlainLog,
    header_order,
    read_header,
    read_header_order,
    read_log,
    read_plain_log,
)
from kicktimer.journal.save_trouble import SaveTrouble
from kicktimer.journal.sequence import newest_start, next_seq, start_timestamp
from kicktimer.journal.writer import JournalWriter, LogInUseError

__all__ = [
    "LOG_VERSION",
    "NAME_REMOVED",
    "Disk",
    "HeaderOrder",
    "JournalWriter",
    "LineFault",
    "Log",
    "LogInUseError",
    "PlainLog",
    "SaveTrouble",
    "check_writable",
    "default_directory",
    "encode_line",
    "encode_log",
    "has_name",
    "header_order",
    "is_in_use",
    "log_path",
    "names_in",
    "new_session_id",
    "newest_start",
    "next_seq",
    "read_header",
    "read_header_order",
    "read_log",
    "read_plain_log",
    "removed_name",
    "start_timestamp",
    "without_names",
    "write_log",
    "write_logs",
]
