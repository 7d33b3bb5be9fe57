"""Actions and their decisions (D1, D9): every request has the decision that accepted it, times in order, and an address
of the customer's; every cancel has its request, before that expires."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.system.authors.words import CHANNELS
from tests.system.checks import people
from tests.system.lengths import ms
from tests.system.seen import Record, Seen, Told


def check(seen: Seen) -> Iterator[str]:
    requests = {told.record["action_id"]: told.record for told in seen.requests()}
    cancels = Counter(told.record["action_id"] for told in seen.actions if told.record["kind"] == "cancel")
    accepted = Counter(
        told.record["action_id"]
        for told in seen.decisions
        if told.record["kind"] in ("send", "emit")
        and told.record["outcome"] == "accepted"
        and seen.mode(told.record) != "shadow"
    )
    if set(accepted) != set(requests) or any(count > 1 for count in accepted.values()):
        yield f"decisions and requests differ: {set(accepted) ^ set(requests)}"
    began = _began(seen)
    for told in seen.actions:
        one = told.record
        yield from (
            _request(seen, told, began) if one["kind"] == "request" else _cancel(one, requests.get(one["action_id"]))
        )
    for name, count in cancels.items():
        if count > 1:
            yield f"action {name} was cancelled {count} times"
    told_cancelled = {told.record["action_id"] for told in seen.decisions if told.record["reason"] == "cancelled_late"}
    if told_cancelled != set(cancels):
        yield f"cancels and their decisions differ: {told_cancelled ^ set(cancels)}"


def _began(seen: Seen) -> dict[str, int]:
    """When each message first fell due, by its action: at its first hold by a policy, else when it was decided."""
    held: dict[tuple[str, str, int], int] = {}
    began = {}
    for told in seen.decisions:
        one = told.record
        visit = (one["run_id"], one["step"], one["visit"])
        if one["kind"] == "hold" and one["reason"] != "spread":
            held.setdefault(visit, one["decided_at"])
        if one["action_id"] and one["outcome"] == "accepted":
            began[one["action_id"]] = held.get(visit, one["decided_at"])
    return began


def _request(seen: Seen, told: Told, began: dict[str, int]) -> Iterator[str]:
    one = told.record
    if not one["decided_at"] <= one["not_before"] < one["expires_at"]:
        yield f"action {one['action_id']}: times out of order {one}"
    body = seen.step(one)
    channels = [body["send"]] if isinstance(body.get("send"), str) else body.get("send", [body.get("emit")])
    if one["channel"] not in channels:
        yield f"step {one['step']} went by {one['channel']}, which it does not name"
    declared = {**seen.workspace["channels"], **seen.workspace["emits"]}[one["channel"]]
    due_ms = began.get(one["action_id"], one["decided_at"])
    if one["expires_at"] != due_ms + ms(body.get("expires") or declared["expires"]):
        yield f"action {one['action_id']} of step {one['step']} expires at another time than its author said"
    if (attribute := CHANNELS.get(one["channel"])) is not None:
        known = set().union(*(people.values(rows, attribute) for rows in seen.prefixes(told)))
        if one["address"] is None or one["address"] not in known:
            yield f"{one['customer_id']} was written to at {one['address']!r}, the log says {known}"


def _cancel(one: Record, request: Record | None) -> Iterator[str]:
    if request is None:
        yield f"action {one['action_id']} was cancelled and never requested"
    elif not request["decided_at"] <= one["decided_at"] < request["expires_at"]:
        yield f"action {one['action_id']} was cancelled at {one['decided_at']}, it expires at {request['expires_at']}"
