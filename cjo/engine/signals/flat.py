"""Points one after the other in one list: `[at_ms, mark, ..., at_ms, mark, ...]`, each of as many values (`width`).

They are in order of time and mark. A list for each point would be one more to make, to write and to drop again whenever
the state is read for something else. Where a point stands is told by its first index.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

Flat = list[Any]


def since(points: Flat, width: int, at_ms: int) -> int:
    """Where the first point stands that is not before `at_ms`; the length where none is."""
    low, high = 0, len(points) // width
    while low < high:
        middle = (low + high) // 2
        if points[middle * width] < at_ms:
            low = middle + 1
        else:
            high = middle
    return low * width


def put(points: Flat, width: int, point: Flat) -> bool:
    """Put a point where it happened; False, and nothing is changed, where it is there already."""
    at_ms, mark, end = point[0], point[1], len(points)
    index = since(points, width, at_ms)
    while index < end and points[index] == at_ms and points[index + 1] < mark:
        index += width
    if index < end and points[index] == at_ms and points[index + 1] == mark:
        return False
    points[index:index] = point
    return True


def apart(points: Flat, width: int) -> list[Flat]:
    """Each point in a list of its own."""
    return [points[index : index + width] for index in range(0, len(points), width)]


def joined(points: list[Flat]) -> Flat:
    """One list of points that are each in one of its own."""
    return [value for point in points for value in point]


def without(points: Flat, width: int, marks: Collection[str]) -> Flat:
    """The points that are not behind `marks`."""
    return joined([point for point in apart(points, width) if point[1] not in marks])


def unwrapped(points: list[Any]) -> Flat:
    """Points as layout 2 had them, in a list each, in which collected values were a list as well."""
    found: Flat = []
    for point in points:
        for value in point:
            if isinstance(value, list):
                found += value
            else:
                found.append(value)
    return found
