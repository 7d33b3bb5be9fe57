"""Logistic regression in plain Python: Newton's method, a small ridge, sums without rounding on the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

RIDGE = 1.0
"""Weight of the coefficients' squares beside the customers' log likelihood; the intercept has none."""
_STEPS = 25
_STILL = 1e-9

Vector = list[float]


class Fitted(NamedTuple):
    """Log odds: intercept + the sum of coefficient * (value - mean) / scale. All rounded, as the file has them."""

    intercept: float
    coefficients: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]

    def probability(self, values: Sequence[float]) -> float:
        """Of a customer with these features."""
        terms = zip(self.coefficients, values, self.means, self.scales, strict=True)
        return _share(self.intercept + math.fsum(c * (value - mean) / scale for c, value, mean, scale in terms))


def fit(rows: Sequence[Sequence[float]], booked: Sequence[bool]) -> Fitted:
    """The model that these customers speak for most."""
    columns = list(zip(*rows, strict=True))
    means = [round(math.fsum(column) / len(rows), 4) for column in columns]
    scales = [
        round(math.sqrt(math.fsum((value - mean) ** 2 for value in column) / len(rows)), 4) or 1.0
        for column, mean in zip(columns, means, strict=True)
    ]
    steps = [(1.0, *((v - m) / s for v, m, s in zip(row, means, scales, strict=True))) for row in rows]
    weights = _newton(steps, booked)
    intercept, *coefficients = (round(weight, 4) for weight in weights)
    return Fitted(intercept, tuple(coefficients), tuple(means), tuple(scales))


def _newton(rows: Sequence[Sequence[float]], booked: Sequence[bool]) -> Vector:
    size = len(rows[0])
    weights = [0.0] * size
    for _ in range(_STEPS):
        shares = [_share(math.fsum(w * x for w, x in zip(weights, row, strict=True))) for row in rows]
        gaps = [yes - share for yes, share in zip(booked, shares, strict=True)]
        curves = [share * (1 - share) for share in shares]
        slope = [
            math.fsum(gap * row[i] for gap, row in zip(gaps, rows, strict=True)) - _ridge(i) * weights[i]
            for i in range(size)
        ]
        bend = [
            [math.fsum(c * row[i] * row[j] for c, row in zip(curves, rows, strict=True)) for j in range(size)]
            for i in range(size)
        ]
        for i in range(size):
            bend[i][i] += _ridge(i)
        step = _solved(bend, slope)
        weights = [weight + change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < _STILL:
            break
    return weights


def _ridge(place: int) -> float:
    return RIDGE if place else 0.0


def _solved(matrix: list[Vector], right: Vector) -> Vector:
    """The solution of a symmetric positive system, by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for place, pivot in enumerate(rows):
        for other in rows[place + 1 :]:
            factor = other[place] / pivot[place]
            for column in range(place, len(pivot)):
                other[column] -= factor * pivot[column]
    found: Vector = []
    for place in range(len(rows) - 1, -1, -1):
        known = math.fsum(rows[place][place + 1 + n] * value for n, value in enumerate(found))
        found.insert(0, (rows[place][-1] - known) / rows[place][place])
    return found


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds)) if log_odds > -700 else 0.0
