"""What became of actions, on disk: so that nothing known to be delivered is delivered again, whatever is killed.

One SQLite file, one process at a time. A verdict is on the disk when `record` returns. Threads may share a journal.
Every call raises StackError where the file can't be used.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from cjo.deliver.outcome import Verdict
from cjo.errors import StackError

VERSION = 1
_MADE = """
CREATE TABLE IF NOT EXISTS outcomes (
    action_id TEXT PRIMARY KEY, outcome TEXT NOT NULL, reason TEXT, at_ms INTEGER NOT NULL,
    report TEXT, reported INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unreported ON outcomes (at_ms) WHERE reported = 0;
CREATE INDEX IF NOT EXISTS by_time ON outcomes (at_ms);
"""


class Journal:
    """Open the file, made where there is none. Raises StackError where another process has it, or it is no journal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(path.with_name(path.name + ".lock"))
        try:
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            self._lock.close()
            raise StackError(f"{path} is no journal of deliveries: {error}", "name another in deliver.yaml") from error

    def _prepare(self) -> None:
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        found = self._base.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, VERSION):
            raise sqlite3.DatabaseError(f"its version is {found}, this cjo writes {VERSION}")
        self._base.executescript(_MADE)
        self._base.execute(f"PRAGMA user_version={VERSION}")

    def outcome(self, action_id: str) -> str | None:
        """`delivered` or `failed`, None where nothing is known of the action."""
        with self._using():
            row = self._base.execute("SELECT outcome FROM outcomes WHERE action_id = ?", (action_id,)).fetchone()
        return None if row is None else str(row[0])

    def record(self, verdicts: Iterable[tuple[Verdict, dict[str, Any]]], at_ms: int) -> None:
        """Write verdicts with the touchpoints that report them; the first verdict of an action stands."""
        rows = [
            (verdict.action["action_id"], verdict.outcome, verdict.reason, at_ms, json.dumps(report))
            for verdict, report in verdicts
        ]
        sql = "INSERT OR IGNORE INTO outcomes (action_id, outcome, reason, at_ms, report) VALUES (?, ?, ?, ?, ?)"
        self._write(sql, rows)

    def unreported(self) -> list[tuple[str, dict[str, Any]]]:
        """Action ids with the touchpoints that the log is not known to have, the oldest first."""
        with self._using():
            rows = self._base.execute("SELECT action_id, report FROM outcomes WHERE reported = 0 ORDER BY at_ms")
            return [(action_id, json.loads(report)) for action_id, report in rows]

    def reported(self, action_ids: Iterable[str]) -> None:
        """The log has these reports."""
        sql = "UPDATE outcomes SET reported = 1, report = NULL WHERE action_id = ?"
        self._write(sql, [(action_id,) for action_id in action_ids])

    def forget(self, before_ms: int) -> int:
        """Drop what was reported and is older; returns how many."""
        with self._using():
            return self._base.execute("DELETE FROM outcomes WHERE at_ms < ? AND reported = 1", (before_ms,)).rowcount

    def close(self) -> None:
        """Close the file and free the lock."""
        with self._mutex:
            self._base.close()
        self._lock.close()

    def _write(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        """All of it is on the disk when this returns, or nothing."""
        with self._using():
            self._base.execute("BEGIN IMMEDIATE")
            self._base.executemany(sql, rows)
            self._base.execute("COMMIT")

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._mutex:
            try:
                yield
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):
                    self._base.execute("ROLLBACK")
                said = f"the journal {self.path} can't be read or written: {error}"
                hint = "make room on its disk or mend its rights, and start again"
                raise StackError(said, hint) from error


def _locked(path: Path) -> IO[str]:
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        hint = "one process has a journal; give this one `group` and `journal` of its own"
        raise StackError(f"another cjo deliver works with {path.with_suffix('')}", hint) from None
    return lock
