"""A map as SVG: no script, no font file, no dependency; readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

from cjo.insight.graph import Edge, Graph, Node
from cjo.insight.layers import Item, Layout, Link, Point, arrange
from cjo.insight.letters import width_of, wrapped

_SIZE, _LINE, _PAD = 13.0, 18.0, 10.0
_TEXT_MAX, _LABEL_MAX, _ASIDE = 230.0, 170.0, 250.0
_MARGIN, _HEAD, _LOOP = 20.0, 44.0, 34.0
_INK, _SOFT, _LINE_INK, _PAPER = "#1f2933", "#52606d", "#7b8794", "#ffffff"

#: kind of box -> (fill, edge)
_COLOURS = {
    "entry": ("#e3f0ff", "#2b6cb0"),
    "send": ("#e6f6ec", "#2f855a"),
    "emit": ("#e6f6ec", "#2f855a"),
    "wait": ("#fff7e0", "#b7791f"),
    "branch": ("#f1eafe", "#6b46c1"),
    "decide": ("#f1eafe", "#6b46c1"),
    "experiment": ("#f1eafe", "#6b46c1"),
    "hand_over": ("#f0f2f5", "#52606d"),
    "exit": ("#f0f2f5", "#52606d"),
    "end": ("#f0f2f5", "#52606d"),
}
_OTHER = ("#f7f9fb", "#52606d")


def svg_of(graph: Graph) -> str:
    """The whole document."""
    boxes = {node.id: _Box.of(node) for node in graph.nodes}
    links = [_link(edge) for edge in graph.edges]
    layout = arrange(_sizes(boxes, graph.edges), links)
    aside, aside_height = _aside(graph, _MARGIN + layout.width + 2 * _MARGIN)
    width = layout.width + _ASIDE + 4 * _MARGIN
    height = max(layout.height, aside_height) + _HEAD + 2 * _MARGIN
    body = [
        f'<g transform="translate({_MARGIN:.0f} {_HEAD + _MARGIN:.0f})">',
        *(line for edge, link in zip(graph.edges, links, strict=True) for line in _drawn(edge, link, layout)),
        *(line for node in graph.nodes for line in boxes[node.id].drawn(layout.boxes[node.id])),
        "</g>",
        *aside,
    ]
    return "\n".join([*_opening(graph, width, height), *body, "</svg>", ""])


def _opening(graph: Graph, width: float, height: float) -> Iterator[str]:
    name = escape(graph.journey)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-labelledby="title" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="{_SIZE:.0f}">'
    )
    yield f'<title id="title">Journey {name}</title>'
    yield (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 1 L10 5 L0 9 z" fill="{_LINE_INK}"/></marker></defs>'
    )
    yield f'<rect width="100%" height="100%" rx="8" fill="{_PAPER}"/>'
    yield f'<text x="{_MARGIN:.0f}" y="34" font-size="18" font-weight="bold" fill="{_INK}">{name}</text>'


@dataclass
class _Box:
    """A node's lines and its size."""

    node: Node
    title: list[str]
    lines: list[str]

    @classmethod
    def of(cls, node: Node) -> _Box:
        lines = [part for line in node.lines for part in wrapped(line, _SIZE, _TEXT_MAX)]
        return cls(node, wrapped(node.title, _SIZE * 1.15, _TEXT_MAX), lines)

    @property
    def size(self) -> tuple[float, float]:
        widths = [width_of(line, _SIZE, bold=True) for line in self.title]
        widths += [width_of(line, _SIZE) for line in self.lines]
        return max(widths) + 2 * _PAD, len(self.title + self.lines) * _LINE + 2 * _PAD - 4

    def drawn(self, item: Item) -> Iterator[str]:
        fill, edge = _COLOURS.get(self.node.kind, _OTHER)
        width, height = self.size
        left, top = item.x - width / 2, item.y - height / 2
        round_ = height / 2 if self.node.kind in ("entry", "exit", "end") else 6
        yield (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'rx="{min(round_, 22):.0f}" fill="{fill}" stroke="{edge}" stroke-width="1.4"/>'
        )
        for number, line in enumerate(self.title + self.lines):
            title = number < len(self.title)
            style = f'font-weight="bold" fill="{_INK}"' if title else f'fill="{_SOFT}"'
            yield _text(item.x, top + _PAD + 11 + number * _LINE, line, style)


def _sizes(boxes: dict[str, _Box], edges: list[Edge]) -> dict[str, tuple[float, float]]:
    """Room for each box; one that leads back to itself gets room for that at both sides, so that it stays centred."""
    loops: dict[str, float] = {}
    for edge in edges:
        if edge.source == edge.target:
            loops[edge.source] = max(loops.get(edge.source, 0.0), _label_size(edge)[0] + _LOOP)
    return {
        name: (box.size[0] + 2 * loops[name], box.size[1]) if name in loops else box.size for name, box in boxes.items()
    }


def _label_lines(edge: Edge) -> list[str]:
    lines = wrapped(edge.label, _SIZE - 1, _LABEL_MAX)
    return lines if edge.count is None else [*lines, f"{edge.count:,}"]


def _label_size(edge: Edge) -> tuple[float, float]:
    lines = _label_lines(edge)
    return max((width_of(line, _SIZE - 1, bold=True) for line in lines), default=0.0) + 8, len(lines) * 16.0 + 4


def _link(edge: Edge) -> Link:
    return Link(edge.source, edge.target, _label_size(edge) if _label_lines(edge) else None)


def _drawn(edge: Edge, link: Link, layout: Layout) -> Iterator[str]:
    if edge.source == edge.target:
        yield from _loop(edge, layout.boxes[edge.source])
        return
    path = _path(_points(link))
    ends = 'marker-start="url(#tip)"' if link.upward else 'marker-end="url(#tip)"'
    yield f'<path d="{path}" fill="none" stroke="{_LINE_INK}" stroke-width="1.4" {ends}/>'
    if link.label_item is not None:
        yield from _label(edge, link.label_item.x, link.label_item.y)


def _points(link: Link) -> list[Point]:
    """From the upper box down to the lower one, straight past what stands beside it; each end where it has room."""
    upper, *pieces, lower = link.chain
    points = [(_port(upper, upper.below, pieces[0]), upper.y + upper.height / 2)]
    for piece in pieces:
        points += [(piece.x, piece.y - piece.height / 2), (piece.x, piece.y + piece.height / 2)]
    return [*points, (_port(lower, lower.above, pieces[-1]), lower.y - lower.height / 2)]


def _port(box: Item, others: list[Item], other: Item) -> float:
    """Where a link meets a box: its links side by side, in the order of where they come from."""
    place = sorted(range(len(others)), key=lambda index: others[index].x).index(
        next(index for index, item in enumerate(others) if item is other)
    )
    room = min(box.width * 0.6, 46.0 * (len(others) - 1))
    return box.x if len(others) < 2 else box.x - room / 2 + room * place / (len(others) - 1)


def _path(points: list[Point]) -> str:
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        if abs(x1 - x2) < 0.5:
            parts.append(f"L{x2:.1f} {y2:.1f}")
        else:
            middle = (y1 + y2) / 2
            parts.append(f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}")
    return " ".join(parts)


def _loop(edge: Edge, item: Item) -> Iterator[str]:
    label_width, _ = _label_size(edge)
    right = item.x + item.width / 2 - label_width - _LOOP
    out = right + _LOOP * 0.7
    high, low = item.y - item.height / 5, item.y + item.height / 5
    yield (
        f'<path d="M{right:.1f} {low:.1f} C{out + 8:.1f} {low + 8:.1f} {out + 8:.1f} {high - 8:.1f} '
        f'{right:.1f} {high:.1f}" fill="none" stroke="{_LINE_INK}" stroke-width="1.4" marker-end="url(#tip)"/>'
    )
    yield from _label(edge, out + label_width / 2 + 2, item.y)


def _label(edge: Edge, x: float, y: float) -> Iterator[str]:
    lines = _label_lines(edge)
    width, height = _label_size(edge)
    yield (
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="3" fill="{_PAPER}"/>'
    )
    for number, line in enumerate(lines):
        counted = edge.count is not None and number == len(lines) - 1
        style = f'font-size="{_SIZE - 1:.0f}" ' + (
            f'font-weight="bold" fill="{_INK}"' if counted else f'fill="{_SOFT}"'
        )
        yield _text(x, y - height / 2 + 14 + number * 16, line, style)


def _aside(graph: Graph, left: float) -> tuple[list[str], float]:
    """What holds at any time, beside the map; returns its lines and how far down they reach."""
    drawn = []
    y = _HEAD + _MARGIN + 12
    for title, items in graph.always:
        drawn.append(_text(left, y, title, f'font-weight="bold" fill="{_INK}"', "start"))
        for item in items:
            for number, line in enumerate(wrapped(item, _SIZE, _ASIDE - 12)):
                y += _LINE
                drawn.append(_text(left + (0 if number == 0 else 12), y, line, f'fill="{_SOFT}"', "start"))
        y += _LINE * 1.6
    return drawn, y - _HEAD - _MARGIN - _LINE


def _text(x: float, y: float, text: str, style: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {style}>{escape(text)}</text>'
