"""Verdicts remembered by content: equal answers are judged once, also by other runs and other processes."""

import functools
import hashlib
import sqlite3
from pathlib import Path


@functools.cache
def _kit():
    """A digest of this package: another version judges anew."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()


def key_of(*parts):
    """A name for some bytes or texts, together with this version of the kit."""
    digest = hashlib.sha256(_kit())
    for part in parts:
        part = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.digest()


class VerdictMemory:
    """Texts by key, in a SQLite file that several processes may use at once. May be deleted at any time.

    Where the file cannot be used, verdicts are remembered by this process alone.
    """

    def __init__(self, path):
        self.recent = {}
        try:
            self.database = sqlite3.connect(path, timeout=30, isolation_level=None)
            self.database.execute("PRAGMA synchronous = OFF")  # what a crash loses is judged again
            self.database.execute("CREATE TABLE IF NOT EXISTS verdicts (key BLOB PRIMARY KEY, text TEXT) WITHOUT ROWID")
        except sqlite3.Error:
            self.database = None

    def get(self, key):
        """The text, or None."""
        if key in self.recent or self.database is None:
            return self.recent.get(key)
        try:
            row = self.database.execute("SELECT text FROM verdicts WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            row = None
        if row:
            self.recent[key] = row[0]
        return row[0] if row else None

    def put(self, key, text):
        """Remember a verdict's outputs, as JSON."""
        self.recent[key] = text
        try:
            if self.database is not None:
                self.database.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", (key, text))
        except sqlite3.Error:
            pass
