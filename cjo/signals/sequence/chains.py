"""Touchpoints one after the other: the chains of a sequence.

A point is `[at_ms, rank, mark, steps, nots, values]`, without values where none are collected. Its first three say
where it stands: points of one instant stand in the order in which the signal first names them (`rank`), then by mark.
`steps` has bit i set where the point fits step i, `nots` where it forbids what comes before from going on to step i.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

Point = list[Any]
Link = tuple[Point, Any]
"""The last point of a chain, and the link before it (None at the first)."""


@cache
def numbers(mask: int) -> tuple[int, ...]:
    """The bits that are set."""
    return tuple(bit for bit in range(mask.bit_length()) if mask >> bit & 1)


@cache
def rank_of(steps: int, nots: int) -> int:
    """Of what a signal names: step 0, what is forbidden before step 1, step 1, what is forbidden before step 2..."""
    return min([2 * step for step in numbers(steps)] + [2 * step - 1 for step in numbers(nots)])


def latest_chains(points: Iterable[Point], steps: int) -> list[Link | None]:
    """For each step, the chain from the first step to it that could still go on after `points`; None: there is none.

    Of several it is the one whose last point is the latest, then the last but one, and so on. No other begins later:
    what is forbidden between two points is so between any that lie around them.
    """
    chains: list[Link | None] = [None] * steps
    for point in points:
        fits, nots = point[3], point[4]
        if fits and not nots and not fits & fits - 1:  # most fit one step
            step = fits.bit_length() - 1
            if not step:
                chains[0] = (point, None)
            elif chains[step - 1]:
                chains[step] = (point, chains[step - 1])
            continue
        before = [chains[step - 1] if step else None for step in range(steps)]
        for step in numbers(nots):
            chains[step - 1] = None
        for step in numbers(fits):
            if not step or before[step]:
                chains[step] = (point, before[step])
    return chains


def unlinked(link: Link) -> list[Point]:
    """The points of a chain, in order."""
    points = []
    last: Link | None = link
    while last:
        point, last = last
        points.append(point)
    return points[::-1]


def needed(points: list[Point], steps: int) -> list[Point]:
    """The few of `points` that say the same of all that may come after them, each with the roles that it has in that.

    These are the chains that may go on, and for each step the latest that forbids one to go on to it.
    """
    roles: dict[str, list[Any]] = {}
    for chain in latest_chains(points, steps)[:-1]:
        for step, point in enumerate(unlinked(chain) if chain else ()):
            roles.setdefault(point[2], [*point[:3], 0, 0, *point[5:]])[3] |= 1 << step
    for step in range(1, steps):
        forbids = next((point for point in reversed(points) if point[4] >> step & 1), None)
        if forbids is not None:
            roles.setdefault(forbids[2], [*forbids[:3], 0, 0])[4] |= 1 << step
    return sorted(roles.values(), key=lambda point: point[:3])
