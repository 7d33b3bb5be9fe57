"""YAML as a tree of nodes that know their place. Values are plain; keys are always text."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.nodes import Node as YamlNode

from cjo.spec.problems import Place, Problems
from cjo.spec.unreadable import said_of

Path = Sequence[str | int]
_CORE = "tag:yaml.org,2002:"
_DEPTH_MAX = 60


@dataclass(eq=False)
class Node:
    """A scalar (`value`), a sequence (`items`) or a mapping (`fields`: key -> (key's node, value's node))."""

    place: Place
    value: Any = None
    items: list[Node] | None = None
    fields: dict[str, tuple[Node, Node]] | None = None
    raw: str = field(default="", repr=False)

    def data(self) -> Any:
        """The tree as plain dicts, lists and scalars."""
        if self.fields is not None:
            return {key: node.data() for key, (_, node) in self.fields.items()}
        return [node.data() for node in self.items] if self.items is not None else self.value

    def find(self, path: Path) -> tuple[Node, Node]:
        """The (key's, value's) node at `path`. Parts that are not in the tree are passed over.

        So a path into a normalised form (`exit: order_completed` read as a list of matches) leads to what was written.
        """
        key = node = self
        for part in path:
            if node.fields is not None and part in node.fields:
                key, node = node.fields[str(part)]
            elif node.items is not None and isinstance(part, int) and part < len(node.items):
                key = node = node.items[part]
        return key, node

    def paths_to(self, value: str) -> Iterator[tuple[str | int, ...]]:
        """The path to each scalar of this value in the tree."""
        if self.value == value:
            yield ()
        for key, (_, node) in (self.fields or {}).items():
            yield from ((key, *path) for path in node.paths_to(value))
        for index, node in enumerate(self.items or ()):
            yield from ((index, *path) for path in node.paths_to(value))

    def place_within(self, offset: int) -> Place:
        """The place of the character at `offset` of this text scalar; its beginning where that can't be told."""
        text = str(self.value)
        before = text[:offset]
        quote = self.raw[:1]
        if quote == "'" and self.raw == "'" + text.replace("'", "''") + "'":
            return self._shift(1 + len(before.replace("'", "''")))
        if quote == '"' and self.raw == f'"{text}"':
            return self._shift(1 + offset)
        if self.raw[:1] == "|":
            return self._within_block(before) or self.place
        return self._shift(offset) if self.raw == text else self.place

    def _within_block(self, before: str) -> Place | None:
        """The place where `before` ends in a block of text as it stands; None where the lines do not agree."""
        line = before.count("\n")
        written, lines = self.raw.split("\n"), str(self.value).split("\n")
        if line + 1 >= len(written) or not written[line + 1].endswith(lines[line]):
            return None
        indent = len(written[line + 1]) - len(lines[line])
        column = indent + len(before) - before.rfind("\n")
        return Place(self.place.file, self.place.line + line + 1, column)

    def _shift(self, columns: int) -> Place:
        return Place(self.place.file, self.place.line, self.place.column + columns)


def from_plain(value: Any, place: Place) -> Node:
    """A tree of nodes that all have the same place."""
    if isinstance(value, dict):
        return Node(place, fields={k: (Node(place, k), from_plain(v, place)) for k, v in value.items()})
    if isinstance(value, list):
        return Node(place, items=[from_plain(item, place) for item in value])
    return Node(place, value)


def read_documents(text: str, file: str, problems: Problems) -> list[Node]:
    """The documents of a YAML 1.2 file. What can't be read is a problem; the documents before it are returned."""
    documents = []
    reader = YAML(typ="safe", pure=True)
    reader.max_depth = _DEPTH_MAX
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # the later one counts, as YAML says
            for root in reader.compose_all(StringIO(text)):
                documents.append(_Builder(text, file, problems).build(root))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        problems.add("yaml-syntax", place, "file", *said_of(error, text))
    except YAMLError as error:
        problems.add("yaml-syntax", Place(file), "file", " ".join(str(error).split()))
    return documents


class _Builder:
    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self._text, self._file, self._problems = text, file, problems
        self._open: set[int] = set()

    def build(self, node: YamlNode) -> Node:
        place = Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, ScalarNode):
            raw = self._text[node.start_mark.index : node.end_mark.index]
            return Node(place, self._scalar(node, place), raw=raw)
        if id(node) in self._open:
            self._problems.add("yaml-feature", place, "file", "a value that contains itself")
            return Node(place)
        self._open.add(id(node))
        built = self._mapping(node, place) if isinstance(node, MappingNode) else self._sequence(node, place)
        self._open.discard(id(node))
        return built

    def _sequence(self, node: YamlNode, place: Place) -> Node:
        return Node(place, items=[self.build(item) for item in node.value])

    def _mapping(self, node: MappingNode, place: Place) -> Node:
        fields: dict[str, tuple[Node, Node]] = {}
        for key, value in self._pairs(node):
            if key.value in fields:
                first = fields[key.value][0].place
                said = f"key '{key.value}' is written twice, first in line {first.line}"
                self._problems.add("duplicate-key", key.place, "file", said)
            else:
                fields[key.value] = (key, self.build(value))
        return Node(place, fields=fields)

    def _pairs(self, node: MappingNode) -> Iterator[tuple[Node, YamlNode]]:
        for key, value in node.value:
            place = Place(self._file, key.start_mark.line + 1, key.start_mark.column + 1)
            if not isinstance(key, ScalarNode) or key.tag == _CORE + "merge":
                self._problems.add("yaml-feature", place, "file", "a key must be one word; merge keys are not read")
            else:
                yield Node(place, key.value), value

    def _scalar(self, node: ScalarNode, place: Place) -> Any:
        kind = str(node.tag).removeprefix(_CORE)
        if kind == "null":
            return None
        if kind == "bool":
            return node.value.lower() == "true"
        try:
            if kind == "int":
                return int(node.value.replace("_", ""), 0)
            if kind == "float":
                return float(node.value.replace("_", ""))
        except ValueError:  # such as 0123: the digits as they stand
            return node.value
        if str(node.tag).startswith("!"):
            self._problems.add("yaml-feature", place, "file", f"tag '{node.tag}' is not read")
        return node.value
