"""How good numbers are at telling who will: their order, their truth, and what a threshold makes of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Numbers = Sequence[float]
Outcomes = Sequence[bool]


def auc(numbers: Numbers, outcomes: Outcomes) -> float:
    """In how many pairs of one who did and one who did not the first has the higher number; equal ones count half."""
    ranked = sorted(zip(numbers, outcomes, strict=True))
    wins = below = 0.0
    place = 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        yes = sum(did for _, did in ranked[place:end])
        no = end - place - yes
        wins += yes * (below + no / 2)
        below += no
        place = end
    return wins / (below * (len(ranked) - below))


def auc_interval(area: float, yes: int, no: int) -> tuple[float, float]:
    """The 95 % interval of an AUC by Hanley and McNeil."""
    first, second = area / (2 - area), 2 * area * area / (1 + area)
    spread = (area * (1 - area) + (yes - 1) * (first - area**2) + (no - 1) * (second - area**2)) / (yes * no)
    return area - 1.96 * math.sqrt(spread), area + 1.96 * math.sqrt(spread)


def at_threshold(numbers: Numbers, outcomes: Outcomes, least: float) -> dict[str, Any]:
    """Who reaches `least`: how many, how many of them did (precision), how many of those who did (recall)."""
    chosen = [did for number, did in zip(numbers, outcomes, strict=True) if number >= least]
    hits = sum(chosen)
    return {
        "at_least": least,
        "chosen": len(chosen),
        "precision": round(hits / len(chosen), 3) if chosen else None,
        "recall": round(hits / sum(outcomes), 3),
    }


def calibration(numbers: Numbers, outcomes: Outcomes) -> list[dict[str, Any]]:
    """Customers by tenths of probability: how many, what was told on average, and how many did."""
    table = []
    for tenth in range(10):
        inside = [(n, did) for n, did in zip(numbers, outcomes, strict=True) if min(int(n * 10), 9) == tenth]
        if inside:
            told = math.fsum(number for number, _ in inside) / len(inside)
            did = sum(did for _, did in inside) / len(inside)
            table.append(
                {"from": tenth / 10, "customers": len(inside), "told": round(told, 3), "booked": round(did, 3)}
            )
    return table
