"""A layered layout from top to bottom: ranks, order within a rank, places. Pure geometry: sizes in, points out.

Boxes stand on even ranks. A link is a chain of items through every rank between its ends; its label is the item on the
odd rank next to its source, so that labels take room like boxes and never lie on anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

GAP_X, GAP_Y = 28.0, 22.0
_SWEEPS, _ROUNDS = 12, 40
_THREAD = 10.0

Point = tuple[float, float]


@dataclass
class Item:
    """Something with a place: a box, a label, or a piece of a link. x and y are its centre."""

    width: float
    height: float
    rank: int = 0
    x: float = 0.0
    y: float = 0.0
    above: list[Item] = field(default_factory=list)
    below: list[Item] = field(default_factory=list)


@dataclass
class Link:
    """A way from one box to another, with the size of its label; `chain` runs from the upper end to the lower."""

    source: str
    target: str
    label: tuple[float, float] | None = None
    chain: list[Item] = field(default_factory=list)
    upward: bool = False

    @property
    def label_item(self) -> Item | None:
        """Where the label stands; None without one, and for a way from a box to itself, which has no chain."""
        if not self.label or not self.chain:
            return None
        return self.chain[-2] if self.upward else self.chain[1]


@dataclass
class Layout:
    """Everything in its place, within `width` and `height`, the top left corner at 0, 0."""

    boxes: dict[str, Item]
    links: list[Link]
    width: float
    height: float


def arrange(sizes: dict[str, tuple[float, float]], links: list[Link]) -> Layout:
    """Place boxes of these sizes, in this order of preference, and the links between them."""
    boxes = {name: Item(*size) for name, size in sizes.items()}
    straight = [link for link in links if link.source != link.target]
    _turn_back_edges(list(boxes), straight)
    _rank(boxes, straight)
    items = [*boxes.values()]
    for link in straight:
        items += _thread(boxes, link)
    ranks = _in_ranks(items)
    _order(ranks)
    _place_x(ranks)
    return Layout(boxes, links, *_place_y(ranks))


def _ends(link: Link) -> tuple[str, str]:
    """(upper, lower)."""
    return (link.target, link.source) if link.upward else (link.source, link.target)


def _turn_back_edges(names: list[str], links: list[Link]) -> None:
    """Mark the links that close a loop, by depth first from the first box: they run upward."""
    out: dict[str, list[Link]] = {name: [link for link in links if link.source == name] for name in names}
    done: set[str] = set()
    open_: set[str] = set()

    def visit(name: str) -> None:
        open_.add(name)
        for link in out[name]:
            if link.target in open_:
                link.upward = True
            elif link.target not in done:
                visit(link.target)
        open_.discard(name)
        done.add(name)

    for name in names:
        if name not in done:
            visit(name)


def _rank(boxes: dict[str, Item], links: list[Link]) -> None:
    """Every box below all that lead to it; boxes on even ranks."""
    changed = True
    while changed:
        changed = False
        for link in links:
            upper, lower = (boxes[name] for name in _ends(link))
            if lower.rank < upper.rank + 2:
                lower.rank = upper.rank + 2
                changed = True


def _thread(boxes: dict[str, Item], link: Link) -> list[Item]:
    upper, lower = (boxes[name] for name in _ends(link))
    pieces = [Item(_THREAD, 0.0, rank) for rank in range(upper.rank + 1, lower.rank)]
    if link.label:
        labelled = pieces[-1] if link.upward else pieces[0]
        labelled.width, labelled.height = link.label
    link.chain = [upper, *pieces, lower]
    for first, second in pairwise(link.chain):
        first.below.append(second)
        second.above.append(first)
    return pieces


def _in_ranks(items: Iterable[Item]) -> list[list[Item]]:
    ranks: dict[int, list[Item]] = {}
    for item in items:
        ranks.setdefault(item.rank, []).append(item)
    return [ranks[rank] for rank in sorted(ranks)]


def _order(ranks: list[list[Item]]) -> None:
    """Barycentre sweeps down and up; the order with the fewest crossings stays."""
    best, fewest = [list(rank) for rank in ranks], _crossings(ranks)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for rank in ranks[1:] if down else reversed(ranks[:-1]):
            _sort_by(rank, ranks, lambda item, down=down: item.above if down else item.below)  # type: ignore[misc]
        crossings = _crossings(ranks)
        if crossings < fewest:
            best, fewest = [list(rank) for rank in ranks], crossings
    for rank, kept in zip(ranks, best, strict=True):
        rank[:] = kept


def _sort_by(rank: list[Item], ranks: list[list[Item]], neighbours: Callable[[Item], list[Item]]) -> None:
    places = {id(item): place for others in ranks for place, item in enumerate(others)}

    def centre(item: Item) -> float:
        near = [places[id(other)] for other in neighbours(item)]
        return sum(near) / len(near) if near else float(places[id(item)])

    rank.sort(key=centre)


def _crossings(ranks: list[list[Item]]) -> int:
    total = 0
    for upper, lower in pairwise(ranks):
        places = {id(item): place for place, item in enumerate(lower)}
        ends = [sorted(places[id(below)] for below in item.below) for item in upper]
        flat = [end for several in ends for end in several]
        total += sum(first > second for place, first in enumerate(flat) for second in flat[place + 1 :])
    return total


def _place_x(ranks: list[list[Item]]) -> None:
    """Each item as near to the middle of its neighbours as the order and the room that all need allow.

    A row of items without a branch moves as one, so that plain steps and long ways stand in straight lines.
    """
    for rank in ranks:
        _settle(rank, [0.0] * len(rank))
    for sweep in range(_SWEEPS):
        for rank in ranks if sweep % 2 == 0 else reversed(ranks):
            _settle(rank, [_middle(item.above if sweep % 2 == 0 else item.below, item.x) for item in rank])
    rows = _rows(ranks)
    for _ in range(_ROUNDS):
        wanted = {}
        for row in rows:
            place = sum(_middle(item.above + item.below, item.x) for item in row) / len(row)
            now = sum(item.x for item in row) / len(row)
            wanted.update({id(item): (place + now) / 2 for item in row})  # half the way: or neighbours would swing
        for rank in ranks:
            _settle(rank, [wanted[id(item)] for item in rank])


def _rows(ranks: list[list[Item]]) -> list[list[Item]]:
    """Every item once, in rows of those that follow one another without a branch."""
    rows: list[list[Item]] = []
    row_of: dict[int, list[Item]] = {}
    for rank in ranks:
        for item in rank:
            single = len(item.above) == 1 and len(item.above[0].below) == 1
            row = row_of[id(item.above[0])] if single else []
            if not row:
                rows.append(row)
            row.append(item)
            row_of[id(item)] = row
    return rows


def _middle(near: list[Item], otherwise: float) -> float:
    return sum(item.x for item in near) / len(near) if near else otherwise


def _settle(rank: list[Item], wanted: list[float]) -> None:
    """The places nearest to the wanted ones (least squares) that keep the order and the gaps: pool adjacent violators.

    What each item's centre must lie right of the first one's is taken off first, so that only the order is left.
    """
    offsets = [0.0]
    for first, second in pairwise(rank):
        offsets.append(offsets[-1] + (first.width + second.width) / 2 + GAP_X)
    pools: list[list[float]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        pools.append([place - offset, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, size = pools.pop()
            pools[-1] = [(pools[-1][0] * pools[-1][1] + mean * size) / (pools[-1][1] + size), pools[-1][1] + size]
    settled = [mean for mean, size in pools for _ in range(int(size))]
    for item, place, offset in zip(rank, settled, offsets, strict=True):
        item.x = place + offset


def _place_y(ranks: list[list[Item]]) -> tuple[float, float]:
    left = min(item.x - item.width / 2 for rank in ranks for item in rank)
    right = max(item.x + item.width / 2 for rank in ranks for item in rank)
    top = 0.0
    for rank in ranks:
        height = max(item.height for item in rank)
        for item in rank:
            item.x -= left
            item.y = top + height / 2
            item.height = item.height or height  # a piece of a link runs straight past what stands beside it
        top += height + GAP_Y
    return right - left, top - GAP_Y
