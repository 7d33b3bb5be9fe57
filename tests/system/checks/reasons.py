"""Every decision carries a reason that is listed for its kind, and a sentence that needs nothing unknown (D1)."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.reasons import REASONS, sentence
from tests.system.seen import Seen


def check(seen: Seen) -> Iterator[str]:
    for told in seen.decisions:
        one = told.record
        reason = REASONS.get(one["reason"])
        if reason is None or one["kind"] not in reason.kinds.replace(",", "").split():
            yield f"{one['kind']} with the reason {one['reason']}, which is not listed for it"
        elif "?" in sentence(one):
            yield f"the sentence of {one['reason']} lacks something: {sentence(one)!r}"
        elif not one["rule"]:
            yield f"{one['kind']} {one['reason']} names no rule"
