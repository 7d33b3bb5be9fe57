"""An arm is for ever: over runs, crashes, rescaling and new versions, as long as the experiment has it (D8); one that
was drawn in shadow is for shadows."""

from __future__ import annotations

from collections.abc import Iterator

from tests.system.seen import Seen


def check(seen: Seen) -> Iterator[str]:
    arms: dict[tuple[str, str, bool], str] = {}
    for told in seen.decisions:
        one = told.record
        if one["reason"] not in ("arm_assigned", "arm_kept"):
            continue
        name, arm = one["inputs"]["experiment"], one["inputs"]["arm"]
        written = seen.step(one)["experiment"]
        who = (one["customer_id"], name, one["mode"] == "shadow")
        before = arms.get(who)
        if arm not in written:
            yield f"{who} is in the arm {arm}, which is none"
        if before in written and arm != before:
            yield f"{who} was in the arm {before} and is now in {arm}"
        if (before in written) != (one["reason"] == "arm_kept"):
            yield f"{who}: {one['reason']}, the arm on record was {before}"
        arms[who] = arm
