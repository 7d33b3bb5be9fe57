"""Two journeys can send one customer, for one purpose by one channel, on one day, and nothing limits both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.compile.draft import Draft
from cjo.compile.lints.base import Finding, Json, allowed, journeys
from cjo.compile.lints.conditions import exclusive
from cjo.engine.policies.base import TRANSACTIONAL, holds_for
from cjo.spec.codes import CODES

NAME = "same-day"
_DAY_MS = 86_400_000


def find(draft: Draft) -> Iterator[Finding]:
    """One finding for each journey that has such a partner before it in the order of files.

    Any two signals can fire on one day, so a pair is left out only where both entry conditions exclude each other.
    """
    before: list[Json] = []
    for journey, site in journeys(draft):
        if journey["purpose"] == TRANSACTIONAL:  # they go whatever else goes (D6)
            continue
        here = Finding(site.at("journey"), "")
        if allowed(here.place, CODES[NAME].code):
            continue
        open_to = _channels(journey) - _capped(draft, journey["purpose"])
        partners = [other for other in before if open_to & _channels(other) and _both(journey, other)]
        before.append(journey)
        if partners:
            shared = sorted(set().union(*(open_to & _channels(other) for other in partners)))
            names = ", ".join(other["name"] for other in partners)
            yield Finding(
                here.site,
                f"can send {journey['purpose']} messages by {', '.join(shared)} on the same day as {names}",
                "put both under a cap or into an arbitration group in policies.yaml, give their entries conditions "
                f"that exclude each other, or say with `# lint: allow {CODES[NAME].code}` that both may go",
            )


def _channels(journey: Json) -> set[str]:
    return {channel for step in journey["steps"] if step["kind"] == "send" for channel in step["channels"]}


def _capped(draft: Draft, purpose: str) -> set[str]:
    """The channels by which messages for this purpose are under some cap."""
    caps = draft.plan["workspace"].get("caps") or ()
    about = [cap for cap in caps if cap["purposes"] is None or purpose in cap["purposes"]]
    return {channel for cap in about for channel in cap["channels"] or draft.workspace.channels}


def _apart(draft: Draft, one: Json, other: Json) -> bool:
    """True where an arbitration group lets only one of both go on a day."""
    for group in draft.plan["workspace"].get("groups") or ():
        if all(holds_for(group, journey["name"], journey["purpose"]) for journey in (one, other)):
            return bool(group["spacing_ms"] >= _DAY_MS)
    return False


def _both(one: Json, other: Json) -> bool:
    if one["purpose"] != other["purpose"]:
        return False
    first, second = one["enter"], other["enter"]
    if first["on"] == second["on"]:
        return not exclusive(first["where"], second["where"])
    return not exclusive(_of_profile(first["where"]), _of_profile(second["where"]))


def _of_profile(cond: Any) -> Any:
    """The parts of a condition that hang on the profile alone: what different moments have in common."""
    parts = cond[1:] if cond and cond[0] == "and" else [cond] if cond else []
    kept = [part for part in parts if "moment" not in _sources(part)]
    return ["and", *kept] if kept else None


def _sources(cond: Any) -> set[str]:
    if not isinstance(cond, list):
        return set()
    return ({cond[0]} if cond and isinstance(cond[0], str) else set()).union(*(_sources(part) for part in cond))
