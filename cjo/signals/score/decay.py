"""How points lose weight with age: half of it every half-life, the same on every machine and in any order."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from cjo.engine.exact import DIGITS, rounded
from cjo.engine.signals.flat import Flat

ONE: Final = 1_000_000_000
"""The weight of a point of age zero."""
WIDTH: Final = 3
"""Values of a point."""
REST_MAX: Final = 1 << 62
"""State keeps whole numbers of 64 bits."""

_TWO: Final = Decimal(2)


class Decay:
    """Weights of points `at_ms, mark, add`, one after the other, by age, in billionths of a fresh point.

    A weight is 0.5 ^ (age / half-life), rounded to a whole billionth (cjo/engine/exact.py): within 20 half-lives no
    float is as wrong as to show. Sums are of whole numbers.
    """

    def __init__(self, half_life_ms: int) -> None:
        self._half_life_ms = half_life_ms

    def weight(self, age_ms: int) -> int:
        """Billionths that a point counts `age_ms` after it was made."""
        return rounded(ONE * 0.5 ** (age_ms / self._half_life_ms), lambda: self._exactly(age_ms))

    def total(self, points: Flat, at_ms: int) -> int:
        """What the points come to at `at_ms`, in billionths."""
        weight = self.weight
        return sum([add * weight(at_ms - when) for when, add in zip(points[::WIDTH], points[2::WIDTH], strict=True)])

    def reached(self, points: Flat, at_ms: int, least: int) -> bool:
        """True where `total` is at least `least`. Of points in time order, none negative, it looks at few."""
        if least <= 0:
            return True
        times, adds = points[::WIDTH], points[2::WIDTH]
        left = sum(adds)
        if left * ONE < least:
            return False
        total = 0
        for index in range(len(times) - 1, -1, -1):
            weight = self.weight(at_ms - times[index])
            if total + left * weight < least:
                return False
            total += adds[index] * weight
            if total >= least:
                return True
            left -= adds[index]
        return False

    def _exactly(self, age_ms: int) -> Decimal:
        halves = DIGITS.divide(Decimal(age_ms), Decimal(self._half_life_ms))
        return DIGITS.multiply(ONE, DIGITS.power(_TWO, -halves))


def as_decimal(total: int) -> str:
    """A total in billionths as decimal text of three places, cut off: so it never shows more than there is."""
    thousandths = total // 1_000_000
    return f"{thousandths // 1000}.{thousandths % 1000:03}"
