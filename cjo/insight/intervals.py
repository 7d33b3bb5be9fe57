"""Rates with an interval, so that nobody reads ten people as a truth."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

#: Quantile of the normal distribution that leaves 2.5 % on each side.
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Rate:
    """`hits` of `of`, with the 95 % interval by Wilson's score; all three are None where `of` is 0."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, from 0 to 1."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper end. Wilson's interval stays within 0 and 1 and is usable for few people and rare hits."""
        if not self.of:
            return None
        share, spread = self.hits / self.of, Z_95**2 / self.of
        middle = share + spread / 2
        half = Z_95 * sqrt(share * (1 - share) / self.of + spread / (4 * self.of))
        low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
        return (0.0 if self.hits == 0 else low), (1.0 if self.hits == self.of else high)

    def as_json(self) -> dict[str, Any]:
        """`of` (the denominator), `rate`, `low` and `high`, rounded to six places."""
        low, high = self.interval or (None, None)
        return {"of": self.of, "rate": _rounded(self.value), "low": _rounded(low), "high": _rounded(high)}

    def __str__(self) -> str:
        """`12.5 % of 80 (6.9 to 21.5)`, or `-` where there is nobody."""
        if self.value is None or self.interval is None:
            return "-"
        low, high = self.interval
        return f"{self.value * 100:.1f} % of {self.of:,} ({low * 100:.1f} to {high * 100:.1f})"


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 6)
