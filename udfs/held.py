"""Busy subjects, whose state stays as it is in Python until the next checkpoint.

To read and write a large state costs by its length, for a robot or an id that many share up to milliseconds a
touchpoint. What is read and written of it between two checkpoints matters to nobody: so the state of a subject that has
had much read in this checkpoint's time is held, and written once, when the checkpoint asks for it. A restore makes the
deciding function anew, and with it this memory, so that nothing is held which a checkpoint does not know of.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from udfs import sections

READ_BYTES = 65_536
"""A subject of whom so much was read between two checkpoints is held until the next one."""
SUBJECTS = 64
"""So many are held at a time: what they take of Python's memory is some times the bytes of their states."""
_WATCHED: Final = 10_000
"""So many subjects' reading is counted: with more, counting begins again."""


@dataclass(slots=True)
class Held:
    """A subject's state as it is now. `head` is what was last written, `armed_ms` the time of the timer."""

    state: dict[str, Any] | None
    armed_ms: int | None
    head: bytes | None


class Busy(dict[str, Held]):
    """Those that are held, by subject."""

    def __init__(self) -> None:
        super().__init__()
        self._read: Counter[str] = Counter()

    def wants(self, subject: str, state: dict[str, Any] | None, head: bytes | None) -> bool:
        """True where a subject, whose state was just read, is to be held from now on."""
        read = sections.bytes_read(state, head)
        if not read:
            return False
        if len(self._read) > _WATCHED:
            self._read.clear()
        self._read[subject] += read
        return self._read[subject] > READ_BYTES and len(self) < SUBJECTS

    def begin_again(self) -> None:
        """A checkpoint's time is over: what was read before it does not count."""
        self._read.clear()
