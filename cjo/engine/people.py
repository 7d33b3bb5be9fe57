"""Profile, consent and suppression: what the log says about a person, last event time wins."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.room import CONSENTS

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

SYSTEM_TYPES: Final = frozenset(
    {
        "profile_updated",
        "consent_given",
        "consent_withdrawn",
        "customer_suppressed",
        "customer_unsuppressed",
        "action_delivered",
        "action_failed",
        "action_opened",
        "action_clicked",
        "identity_linked",
        "moment_reached",
    }
)
WITHDRAWALS: Final = frozenset({"consent_withdrawn", "customer_suppressed"})
"""After these, what is held is looked at again (D6)."""
ANY: Final = "*"
UNDECLARED: Final = "consent_undeclared"
"""Counted where a consent names a purpose or a channel that the workspace does not, or is given for no purpose."""


def take(turn: Turn, row: dict[str, Any]) -> None:
    """Take the profile or consent change that a touchpoint carries, if it carries one."""
    kind, at_ms, attributes = row["type"], row["at"], row.get("attributes") or {}
    if kind == "profile_updated":
        _take_profile(turn, at_ms, attributes)
    elif kind in ("consent_given", "consent_withdrawn"):
        _take_consent(turn, at_ms, attributes, given=kind == "consent_given")
    elif kind in ("customer_suppressed", "customer_unsuppressed"):
        suppressed = kind == "customer_suppressed"
        _keep_newer(turn.state, "suppressed", at_ms, suppressed, cautious=suppressed)


def withdraws(row: dict[str, Any], purpose: str) -> bool:
    """True where a touchpoint of WITHDRAWALS speaks against messages for `purpose`."""
    said = (row.get("attributes") or {}).get("purpose") or ANY
    return row["type"] == "customer_suppressed" or said in (ANY, purpose)


def profile_view(state: dict[str, Any], declared: dict[str, str]) -> dict[str, str | None]:
    """Every declared attribute with its value, None where there is none."""
    known = state.get("profile") or {}
    return {name: known[name][1] if name in known else None for name in declared}


def attribute_of(state: dict[str, Any], declared: dict[str, str], name: str) -> str | None:
    """The value of one attribute, None where it is not declared or the customer has none."""
    known = (state.get("profile") or {}).get(name) if name in declared else None
    return known[1] if known else None


def earlier_view(turn: Turn) -> dict[str, str | None]:
    """The same as it was before this input."""
    was = {name: known[1] if known else None for name, known in turn.changed.items()}
    return {**profile_view(turn.state, turn.plan.profile), **was}


def is_suppressed(state: dict[str, Any]) -> bool:
    """True where the customer is not to be contacted at all."""
    return bool((state.get("suppressed") or (0, False))[1])


def has_consent(state: dict[str, Any], purpose: str, channel: str) -> bool:
    """D6: no consent on record is no consent. The newest word counts; at one instant, the more restrictive."""
    consent = state.get("consent")
    if not consent:
        return False
    newest_ms, given = None, False
    for key in _consents(purpose, channel):
        word = consent.get(key)
        if word is not None:
            if newest_ms is None or word[0] > newest_ms:
                newest_ms, given = word
            elif word[0] == newest_ms and not word[1]:
                given = False
    return bool(given)


@lru_cache(maxsize=1_024)
def _consents(purpose: str, channel: str) -> tuple[str, ...]:
    """Under which names consent to a purpose on a channel may be on record."""
    return f"{purpose}|{channel}", f"{purpose}|{ANY}", f"{ANY}|{channel}", f"{ANY}|{ANY}"


def _take_profile(turn: Turn, at_ms: int, attributes: dict[str, str]) -> None:
    profile = turn.state.setdefault("profile", {})
    declared, changed = turn.plan.profile, turn.changed
    for name, value in attributes.items():
        if name in declared:
            before = profile.get(name)
            if before is None or at_ms > before[0]:
                profile[name] = [at_ms, value or None]
                changed[name] = before


def _take_consent(turn: Turn, at_ms: int, attributes: dict[str, str], given: bool) -> None:
    purpose = attributes.get("purpose") or (None if given else ANY)
    if purpose is None:
        turn.count(UNDECLARED)
        return
    key = f"{purpose}|{attributes.get('channel') or ANY}"
    known = turn.state.setdefault("consent", {})
    if not _is_declared(turn, *key.split("|", 1)):
        turn.count(UNDECLARED)
        if key not in known and len(known) >= CONSENTS:
            turn.count("consent_not_taken")
            return
    _keep_newer(known, key, at_ms, given, cautious=not given)


def _is_declared(turn: Turn, purpose: str, channel: str) -> bool:
    return (purpose == ANY or purpose in turn.plan.purposes) and (channel == ANY or channel in turn.plan.channels)


def _keep_newer(place: dict[str, Any], name: str, at_ms: int, value: bool, cautious: bool) -> None:
    """Store `[at_ms, value]` unless something newer is there; at the same instant only a cautious value overrides."""
    known = place.get(name)
    if known is None or at_ms > known[0] or (at_ms == known[0] and cautious):
        place[name] = [at_ms, value]
