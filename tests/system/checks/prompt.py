"""Real-time channels see an action at least once, and a repeat only with the same id and content (F1).

After a crash a log with records later than the bound may be decided otherwise: there no repeat is demanded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.system.seen import Seen
from tests.system.straight import is_orderly


def check(seen: Seen) -> Iterator[str]:
    if not is_orderly(seen.ready):
        return
    contents: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    decided = {told.record["action_id"] for told in seen.decisions}
    for one in seen.outcome.prompt:
        record = seen.read(one.row.value)
        contents[record["action_id"], record["kind"]].add(one.row.value)
        if record["action_id"] not in decided:
            yield f"action {record['action_id']} was seen at once, and no decision about it was committed"
    for (action_id, kind), found in contents.items():
        if len(found) > 1:
            yield f"the {kind} {action_id} was seen with {len(found)} contents"
