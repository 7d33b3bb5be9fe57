"""Who is held out is held out for ever, and gets nothing of what the hold-out is about; nobody else is (D8). A
shadow has records of its own."""

from __future__ import annotations

from collections.abc import Iterator

from tests.system.seen import Record, Seen


def check(seen: Seen) -> Iterator[str]:
    parts = seen.policies.get("hold_outs", {})
    arms: dict[tuple[str, str, bool], str] = {}
    for told in seen.sends():
        one = told.record
        about = [name for name, part in parts.items() if _covers(seen, part, one)]
        name, arm = one["inputs"].get("hold_out"), one["inputs"].get("arm")
        if (name in about) != bool(about):
            yield f"{one['customer_id']}: {one['step']} of {one['journey']} is measured by {name}, not by {about}"
            continue
        if (arm == "held_out") != (one["outcome"] == "held_out"):
            yield f"{one['customer_id']} is {arm} by {name}, and the message was {one['outcome']}"
        shadow = one["mode"] == "shadow"
        if name and (before := arms.setdefault((one["customer_id"], name, shadow), arm)) != arm:
            yield f"{one['customer_id']} was {before} by {name} and is {arm}"
        out = [one_ for one_ in about if arms.get((one["customer_id"], one_, shadow)) == "held_out"]
        if out and one["outcome"] != "held_out":
            yield f"{one['customer_id']} is held out by {out}, and got {one['step']} of {one['journey']}"
        for part in about:
            if parts[part]["share"] == "100%" and one["outcome"] != "held_out":
                yield f"{one['customer_id']} got {one['step']} of {one['journey']}, though {part} holds out everybody"
        if arm == "held_out" and parts[name]["share"] == "0%":
            yield f"{one['customer_id']} is held out by {name}, which holds out nobody"


def _covers(seen: Seen, part: Record, one: Record) -> bool:
    purpose = seen.journey(one)["purpose"]
    if purpose == "transactional":
        return False
    return one["journey"] in part.get("journeys", [one["journey"]]) and purpose in part.get("purposes", [purpose])
