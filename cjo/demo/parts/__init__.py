"""The parts of the world: what customers do, a file for each journey that asks about it.

A new part is a new file, listed in `PARTS`. Each draws from a source of its own (`Shape.chance`), so none changes what
happens in another.
"""

from __future__ import annotations

from cjo.demo.parts import advice, appointments, bank, errors, forms, furniture, newcomers, payments, shop, utility
from cjo.demo.parts.base import Part
from cjo.demo.shape import Touch

PARTS: tuple[Part, ...] = (
    shop.PART,
    bank.PART,
    newcomers.PART,
    payments.PART,
    furniture.PART,
    utility.PART,
    forms.PART,
    errors.PART,
    appointments.PART,
    advice.PART,
)

_KNOWN = frozenset(
    {"profile_updated", "consent_given", "consent_withdrawn", "customer_suppressed", "customer_unsuppressed"}
)


def is_relevant(touch: Touch) -> bool:
    """True where a shipped journey asks about it: its part says so, or it tells what is known of the customer."""
    return touch.type in _KNOWN or any(part.relevant(touch) for part in PARTS)
