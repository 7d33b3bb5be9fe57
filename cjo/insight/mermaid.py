"""A map as Mermaid text, for pages that draw it themselves."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.insight.graph import Edge, Graph, Node

_SHAPES = {"entry": ("([", "])"), "exit": ("([", "])"), "end": ("([", "])"), "branch": ("{{", "}}"),
           "decide": ("{{", "}}"), "experiment": ("{{", "}}")}  # fmt: skip


def mermaid_of(graph: Graph) -> str:
    """A flowchart from top to bottom. Names of boxes are n0, n1, ..., so that no id of an author means something."""
    names = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    return "\n".join(["flowchart TD", *(f"    {line}" for line in _lines(graph, names)), ""])


def _lines(graph: Graph, names: dict[str, str]) -> Iterator[str]:
    for node in graph.nodes:
        yield _box(node, names[node.id])
    for edge in graph.edges:
        yield _arrow(edge, names)
    for number, (title, items) in enumerate(graph.always):
        yield f'a{number}["{_quoted([title, *items])}"]'


def _box(node: Node, name: str) -> str:
    before, after = _SHAPES.get(node.kind, ("[", "]"))
    return f'{name}{before}"{_quoted([node.title, *node.lines])}"{after}'


def _arrow(edge: Edge, names: dict[str, str]) -> str:
    said = [part for part in (edge.label, "" if edge.count is None else f"{edge.count:,}") if part]
    label = f'|"{_quoted(said)}"|' if said else ""
    return f"{names[edge.source]} -->{label} {names[edge.target]}"


def _quoted(lines: list[str]) -> str:
    """Lines inside quotes: everything that Mermaid or a browser could read as more than text becomes an entity."""
    return "<br/>".join("".join(_entity(letter) for letter in line) for line in lines)


def _entity(letter: str) -> str:
    return letter if letter.isalnum() or (letter in " .,:;_-=+*/()'!?%" and letter not in ";") else f"#{ord(letter)};"
