"""Sticky draws (D8): a salted hash of the subject, so that the same name and shares give the same arm in every run."""

from __future__ import annotations

from typing import Any, Final

from cjo.engine.ids import digest

_HEX: Final = 16


def drawn(experiment: str, subject: str, arms: list[dict[str, Any]]) -> str:
    """The arm of a subject by the shares: a point between 0 and their sum, salted with the experiment's name."""
    total = sum(arm["share"] for arm in arms)
    point = int(digest("experiment", experiment, subject)[:_HEX], 16) * total >> (4 * _HEX)
    for arm in arms:
        point -= arm["share"]
        if point < 0:
            return str(arm["name"])
    raise ValueError(f"experiment {experiment}: shares sum up to {total}")
