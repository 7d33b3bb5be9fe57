"""A shadow emits nothing, and every record says in which mode it was decided; a workspace in test sends to those alone
whom it lists."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.system.authors.words import EMITS
from tests.system.seen import Record, Seen


def check(seen: Seen) -> Iterator[str]:
    for told in (*seen.decisions, *seen.actions):
        one, mode = told.record, seen.mode(told.record)
        if one["mode"] != mode:
            yield f"{one['journey']} is {mode}, and wrote {one['kind']} {one['reason']} as {one['mode']}"
    listed = seen.policies.get("test_recipients")
    for told in seen.actions:
        one = told.record
        if one["mode"] == "shadow":
            yield f"{one['journey']} is a shadow, and {one['channel']} got the {one['kind']} {one['action_id']}"
        if listed and one["kind"] == "request" and one["channel"] not in EMITS and not _is_listed(listed, one):
            yield f"{one['customer_id']} at {one['address']} is no test recipient, and got {one['action_id']}"


def _is_listed(listed: Record, one: Record) -> bool:
    if one["customer_id"] in listed.get("customers", ()):
        return True
    return any(fnmatchcase(one["address"] or "", pattern) for pattern in listed.get("addresses", ()))
