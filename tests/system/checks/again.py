"""Who may enter again, and when: `never`, `after exit`, or so long after the last entry (R4, T4).

Entries of one version are compared: what another version's `again` did not ask for has not been remembered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.system.lengths import ms
from tests.system.seen import Record, Seen


def check(seen: Seen) -> Iterator[str]:
    moments = {told.record["moment_id"]: told.record for told in seen.moments}
    last: dict[tuple[str, ...], int] = {}  # when who last entered
    open_: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for told in seen.decisions:
        one = told.record
        who = (one["customer_id"], one["journey"], one["mode"], one["run_key"] or "")
        if one["kind"] == "end":
            open_[who].discard(one["run_id"])
        elif one["kind"] == "entry" and one["outcome"] == "accepted":
            enter = seen.journey(one)["enter"]
            yield from _judge(enter, one, moments.get(one["moment_id"]), last)
            if open_[who]:
                yield f"{who} entered while a run was open"
            open_[who].add(one["run_id"])


def _judge(enter: Record, one: Record, moment: Record | None, last: dict[tuple[str, ...], int]) -> Iterator[str]:
    again = enter["again"]
    again = again if isinstance(again, dict) else {"never": True} if again == "never" else {"after": "exit"}
    key = "" if again.get("per") == "customer" else one["run_key"] or ""
    who = (one["customer_id"], one["journey"], one["journey_version"], key)
    before_ms = last.get(who)
    if before_ms is not None and again.get("never"):
        yield f"{who} entered twice, the journey is for once"
    after = again.get("after", "exit")
    if before_ms is not None and after != "exit" and one["decided_at"] - before_ms < ms(after):
        yield f"{who} entered again after {one['decided_at'] - before_ms} ms, not {after}"
    last[who] = one["decided_at"]
    if moment is None:
        yield f"{who} entered with the moment {one['moment_id']}, which nobody saw"
    elif moment["signal"] != enter["on"]:
        yield f"{who} entered with a moment of {moment['signal']}, not of {enter['on']}"
    elif one["decided_at"] - moment["at"] > ms(enter["fresh"]):
        yield f"{who} entered with a moment of {one['decided_at'] - moment['at']} ms ago, fresh is {enter['fresh']}"
