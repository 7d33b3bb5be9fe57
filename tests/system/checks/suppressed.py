"""Nobody who is suppressed is contacted, and nothing is emitted for them, whatever the purpose (D6, D2)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.system.checks import people
from tests.system.seen import Seen


def check(seen: Seen) -> Iterator[str]:
    for told in seen.requests():
        if all(people.suppressed(rows) for rows in seen.prefixes(told)):
            one = told.record
            yield f"{one['customer_id']} is suppressed, and {one['channel']} was asked at {one['decided_at']}"
    for told in seen.decisions:
        refused = told.record["reason"] == "suppressed" and told.record["kind"] in ("send", "emit")
        if refused and not any(people.suppressed(rows) for rows in seen.prefixes(told)):
            yield f"{told.record['customer_id']} was refused as suppressed, and is not"
