"""A logistic model in whole numbers: the same probability on every machine and in any order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from cjo.engine.exact import DIGITS, rounded

ONE: Final = 1_000_000
"""The probability 1."""
_PICO: Final = 10**12
_FAR: Final = 50 * _PICO
"""Log odds beyond which a probability is 0 or 1 to more than six decimals."""


class Logistic:
    """Log odds are the intercept and each feature's value times its weight, in whole trillionths: their sum is exact.

    The probability is 1 / (1 + exp(-log odds)), rounded to a millionth (cjo/engine/exact.py).
    """

    def __init__(self, spec: dict[str, Any], units: Sequence[int]) -> None:
        self._intercept = _trillionths(spec["intercept"])
        weights = [_trillionths(feature["weight"]) for feature in spec["features"]]
        self._terms = list(zip(weights, units, strict=True))

    def probability(self, values: Sequence[int]) -> int:
        """Millionths, of values in units: `units` of them are one."""
        odds = self._intercept
        for (weight, unit), value in zip(self._terms, values, strict=True):
            odds += weight * value // unit
        odds = max(-_FAR, min(odds, _FAR))
        return rounded(ONE / (1 + math.exp(-odds / _PICO)), lambda: _exactly(odds))


def as_decimal(probability: int) -> str:
    """Millionths as decimal text: `0.734210`."""
    return f"{probability // ONE}.{probability % ONE:06}"


def _trillionths(text: str) -> int:
    return int(DIGITS.scaleb(Decimal(text), 12))


def _exactly(odds: int) -> Decimal:
    inverse = DIGITS.exp(DIGITS.divide(Decimal(-odds), Decimal(_PICO)))
    return DIGITS.divide(Decimal(ONE), DIGITS.add(1, inverse))
