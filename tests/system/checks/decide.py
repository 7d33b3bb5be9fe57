"""The offer that is chosen is one of the step's, has the highest score of those that have one, and keeps to its cap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from tests.system.lengths import ms
from tests.system.seen import Seen


def check(seen: Seen) -> Iterator[str]:
    chosen: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for told in seen.decisions:
        one = told.record
        if one["reason"] not in ("offer_chosen", "no_offer"):
            continue
        offers = seen.step(one)["decide"]
        scores = {name: score for name in offers if (score := _number(one["inputs"][f"score.{name}"])) is not None}
        offer = one["inputs"].get("offer")
        if offer != (max(scores, key=lambda name: scores[name]) if scores else None):
            yield f"{one['customer_id']}: {offer} was chosen of {one['inputs']}"
        if offer is None or (cap := offers[offer].get("cap")) is None:
            continue
        times = chosen[one["customer_id"], one["mode"], one["journey"], one["step"], offer]
        times.append(one["decided_at"])
        many = sum(one["decided_at"] - ms(cap["per"]) <= at <= one["decided_at"] for at in times)
        if many > cap["at_most"]:
            yield f"{one['customer_id']}: {offer} was chosen {many} times in {cap['per']}, at most {cap['at_most']}"


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
