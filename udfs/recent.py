"""The states of the subjects that were here last, as the objects that were written: a visit asks for one many times.

Parsing a state again costs as much as a small decision. Flink's state stays the truth: what is remembered counts only
where the head that Flink hands over is byte for byte the one that was written from it, so neither a restored job nor a
subject that has moved away can meet an old state.
"""

from __future__ import annotations

from typing import Any

from udfs.sections import SPILL_BYTES, is_whole

SUBJECTS = 1_000
"""So many at most, each with a head of no more than SPILL_BYTES: some 10 MB of objects."""

Known = tuple[dict[str, Any], "int | None"]


class Recent:
    """By subject: the head as it was written, the state behind it, and the time for which a timer is armed."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, dict[str, Any], int | None]] = {}

    def take(self, subject: str, head: bytes | None) -> Known | None:
        """(state, armed) behind `head`, None where it is not known. Taken out: a step that fails leaves nothing."""
        kept = self._kept.pop(subject, None)
        return None if kept is None or kept[0] != head else kept[1:]

    def keep(self, subject: str, head: bytes | None, state: dict[str, Any] | None, armed_ms: int | None) -> None:
        """Remember what `head` was written from; what was longest not asked for goes. A large state is not kept."""
        if head is None or state is None or len(head) > SPILL_BYTES or not is_whole(head):
            return
        if len(self._kept) >= SUBJECTS:
            del self._kept[next(iter(self._kept))]
        self._kept[subject] = head, state, armed_ms
