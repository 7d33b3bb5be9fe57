"""Which channel carries a message: the first of the step, in the order preferred, that nothing speaks against (D2).

The customer's own preference goes before the author's order. A channel without address or consent, one that opens only
when the message has expired, and one whose caps are full are passed over, and the decision says why; one that opens in
time is waited for. Where none is left, the refusal is that of the channel which came furthest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from cjo.engine.people import attribute_of
from cjo.engine.policies import capped, paused, reachable, recipients, timely, windowed
from cjo.engine.policies.base import Verdict

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

ORDER: Final[tuple[Callable[[Turn, Request, str], Verdict | None], ...]] = (
    reachable.check,
    recipients.check,
    timely.check,
    paused.check,
    windowed.check,
    capped.check,
)
PASSED: Final = "passed."
"""How an input begins that says why a channel was passed over: `passed.sms`, where no address or consent says it."""
_FURTHER: Final = ("no_address", "no_consent", "not_a_test_recipient", "expired", "send_window", "cap_reached")
"""Refusals in the order of their checks: `expired` may come from the window, which is asked after it."""


def check(turn: Turn, request: Request) -> Verdict | None:
    """Choose channel and address; hold or refuse where no channel is left."""
    worst: Verdict | None = None
    refused: str | None = None
    seen: dict[str, str] = {}
    preferred = _preferred(turn, request)
    told = request.inputs
    for channel in preferred:
        request.inputs = {}
        verdict = _against(turn, request, channel)
        looked, request.inputs = request.inputs, {**told, **request.inputs}
        if verdict is None or verdict.until_ms is not None:
            request.channel = channel
            return verdict
        if worst is None or _FURTHER.index(verdict.reason) > _FURTHER.index(worst.reason):
            worst, refused, seen = verdict, channel, looked
        noted = {name: value for name, value in looked.items() if "." in name}  # address.sms, consent.email
        told |= noted or {f"{PASSED}{channel}": verdict.reason}
    told.pop(f"{PASSED}{refused}", None)
    request.address, request.inputs = None, {**told, **seen}
    request.channel = None if worst is None or worst.reason in ("no_address", "no_consent") else refused
    return worst


def unreachable(turn: Turn, request: Request) -> Verdict | None:
    """The refusal where no channel of the step has address and consent any more, None where one has (D6)."""
    worst: Verdict | None = None
    for channel in request.step["channels"]:
        verdict = reachable.check(turn, request, channel)
        if verdict is None:
            return None
        if worst is None or verdict.reason == "no_consent":
            worst = verdict
    return worst


def _against(turn: Turn, request: Request, channel: str) -> Verdict | None:
    for policy in ORDER:
        verdict = policy(turn, request, channel)
        if verdict is not None:
            return verdict
    return None


def _preferred(turn: Turn, request: Request) -> list[str]:
    """The channels of the step; those that the customer prefers come first, in the customer's order."""
    declared: list[str] = request.step["channels"]
    attribute = turn.plan.preferred_channel
    wanted = attribute_of(turn.state, turn.plan.profile, attribute) if attribute and len(declared) > 1 else None
    if not wanted:
        return declared
    own = [name for name in dict.fromkeys(part.strip() for part in wanted.split(",")) if name in declared]
    if own and own[0] != declared[0]:
        request.inputs["preferred"] = own[0]
    return [*own, *(name for name in declared if name not in own)]
