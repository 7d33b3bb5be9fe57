"""Nothing is silently not sent (D1): every moment is answered by every journey that listens, once, and by no other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.system.checks import control
from tests.system.lengths import ms
from tests.system.seen import Seen


def check(seen: Seen) -> Iterator[str]:
    listening: dict[str, set[str]] = defaultdict(set)
    for (name, _), document in seen.journeys.items():
        listening[document["enter"]["on"]].add(name)
    answered: dict[str, Counter[str]] = defaultdict(Counter)
    for told in seen.decisions:
        if told.record["kind"] == "entry":
            answered[told.record["moment_id"]][told.record["journey"]] += 1
    for told in seen.moments:
        one = told.record
        found = answered.pop(one["moment_id"], Counter())
        wanted = Counter(listening[one["signal"]])
        stopped = {name for name in wanted if control.was_stopped(seen, name)}  # decides nothing, so refuses nothing
        if found - wanted or set(wanted - found) - stopped:
            yield f"moment {one['moment_id']} of {one['signal']} is answered by {dict(found)}"
        if one["signal"] not in seen.signals or one["late_ms"] < 0:
            yield f"moment {one['moment_id']} is of {one['signal']}, {one['late_ms']} ms late"
    if answered:
        yield f"entries with moments that nobody saw: {list(answered)}"
    live_ms = seen.story.live_from_ms
    for told in seen.decisions:
        age = told.record["inputs"].get("age_ms")
        if told.record["reason"] == "stale" and int(age or 0) <= ms(seen.journey(told.record)["enter"]["fresh"]):
            yield f"{told.record['moment_id']} was refused as stale after {age} ms"
    if live_ms is not None:
        at = {told.record["moment_id"]: told.record["at"] for told in seen.moments}
        for told in seen.decisions:
            if told.record["reason"] == "entered" and at.get(told.record["moment_id"], live_ms) < live_ms:
                yield f"{told.record['moment_id']} is from before the workspace was live, and was entered"
