"""A document, its model, and how a wrong one is still checked as far as possible.

Where something is wrong, the problem is noted and the wrong part is taken out or replaced by UNKNOWN, so that one
mistake does not hide the others. A document that can't be mended has no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from cjo.spec.common import AUTHORS, UNKNOWN
from cjo.spec.explain import explain, without_misspelt
from cjo.spec.nodes import Node, Path, from_plain
from cjo.spec.problems import Place, Problems

Model = TypeVar("Model", bound=BaseModel)

UNKNOWN_STEP = {"exit": UNKNOWN}
UNKNOWN_LINE = {"quiet_until": "+0 min"}

#: What stands in for a required key whose value was wrong or absent.
_STAND_INS: dict[str, Any] = {
    "start": UNKNOWN,
    "unless": UNKNOWN,
    "on": UNKNOWN,
    "each": UNKNOWN,
    "model": UNKNOWN,
    "features": {UNKNOWN: {"profile": UNKNOWN}},
    "points": [{"on": UNKNOWN, "add": 1}],
    "add": 1,
    "at_least": 1,
    "when": UNKNOWN,
    "date": UNKNOWN,
    "within": "1 ms",
    "window": "1 day",
    "silent": "1 ms",
    "recent": "1 day",
    "baseline": "1 day",
    "journey": UNKNOWN,
    "owner": UNKNOWN,
    "purpose": UNKNOWN,
    "enter": {"on": UNKNOWN},
    "name": UNKNOWN,
    "send": UNKNOWN,
    "template": UNKNOWN,
    "wait": "1 ms",
    "branch": [{"when": "TRUE"}],
    "emit": UNKNOWN,
    "share": 1,
    "steps": [{UNKNOWN: UNKNOWN_STEP}],
    "scenario": UNKNOWN,
    "given": [UNKNOWN_LINE],
    "expect": "nothing",
    "touchpoint": UNKNOWN,
    "quiet_until": "+0 min",
    "moment": UNKNOWN,
    "refused": UNKNOWN,
    "cancel": UNKNOWN,
    "ends": UNKNOWN,
}
_ITEM_STAND_INS: dict[str, Any] = {
    "steps[]": {UNKNOWN: UNKNOWN_STEP},
    "branch[]": {"when": "TRUE"},
    "points[]": {"on": UNKNOWN, "add": 1},
    "given[]": UNKNOWN_LINE,
    "expect[]": {"moment": UNKNOWN},
}
_ROUNDS = 8


@dataclass
class Document(Generic[Model]):
    """A document as written (`root`, with places) and as read (`model`; None where it can't be mended)."""

    root: Node
    model: Model | None
    who: str

    def place(self, path: Path, offset: int | None = None) -> Place:
        """Where the value at `path` stands; with `offset`, the place of that character of a text value."""
        node = self.root.find(path)[1]
        return node.place if offset is None else node.place_within(offset)

    def key_place(self, path: Path) -> Place:
        """Where the key at `path` stands."""
        return self.root.find(path)[0].place


def read_document(root: Node, model: type[Model], who: str, problems: Problems) -> Document[Model]:
    """Check one document against its model; problems are noted with their places."""
    mended = root
    for attempt in range(_ROUNDS):
        try:
            return Document(root, model.model_validate(mended.data(), context=AUTHORS), who)
        except ValidationError as error:
            found = [_with_marked_kind(_at_its_key(one)) for one in error.errors(include_url=False)]
            if attempt == 0:
                mended = _copy(root)
                for one in without_misspelt(found, model):
                    explain(one, model, root, who_of(one, who), problems)
            for one in found:
                _mend(mended, one)
    return Document(root, None, who)


def who_of(error: Mapping[str, Any], who: str) -> str:
    """Who is concerned: in a signals document the signal, else the document."""
    loc = error["loc"]
    return f"signal {loc[1]}" if len(loc) > 1 and loc[0] == "signals" else who


def _at_its_key(error: Mapping[str, Any]) -> dict[str, Any]:
    """An error on an empty key at that key: pydantic has it at the mapping around it."""
    at_key = {"loc": (*error["loc"], error["ctx"]["key"])} if error["type"] == "empty_key" else {}
    return {**error, **at_key}


def _with_marked_kind(error: Mapping[str, Any]) -> dict[str, Any]:
    """The error with a signal's kind in its path as `kind:date`: pydantic's `date` looks like the key of that name."""
    loc = error["loc"]
    if len(loc) > 2 and loc[0] == "signals" and loc[2] != "[key]":
        loc = (*loc[:2], f"kind:{loc[2]}", *loc[3:])
    return {**error, "loc": loc}


def _copy(node: Node) -> Node:
    fields = node.fields and {key: (name, _copy(value)) for key, (name, value) in node.fields.items()}
    items = [_copy(item) for item in node.items] if node.items is not None else None
    return Node(node.place, node.value, items, fields, node.raw)


def _mend(root: Node, error: Mapping[str, Any]) -> None:
    """Take the wrong part out; a required one gets its stand-in. Positions in lists stay, for the places' sake."""
    trail = _trail(root, error["loc"])
    last = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "missing":
        _put(trail[-1][1], last, _STAND_INS.get(last))
    elif last == "[key]" or error["type"] == "extra_forbidden":
        wrong = str(error["loc"][-2]) if last == "[key]" else last
        if len(trail) > 1 and trail[-1][0] == wrong:  # else it went with something around it
            _put(trail[-2][1], wrong, None)
    elif error["type"] == "string_type" and len(trail) > 1 and trail[-2][0] == "with":
        _put(trail[-2][1], trail[-1][0], UNKNOWN)  # the name is given, whatever is behind it
    else:
        _replace_nearest(trail)


def _trail(root: Node, loc: Path) -> list[tuple[str, Node]]:
    """The nodes on the way to `loc`, each with its key; an item of a list has the list's key and brackets."""
    trail = [("", root)]
    for part in loc:
        name, node = trail[-1]
        if node.fields is not None and part in node.fields:
            trail.append((str(part), node.fields[str(part)][1]))
        elif node.items is not None and isinstance(part, int) and part < len(node.items):
            trail.append((f"{name}[]", node.items[part]))
    return trail


def _replace_nearest(trail: list[tuple[str, Node]]) -> None:
    name, node = trail[-1]
    parent_name, parent = trail[-2] if len(trail) > 1 else ("", node)
    if parent is node:
        return
    if name.endswith("[]"):
        stand_in = from_plain(_ITEM_STAND_INS.get(name, UNKNOWN), node.place)
        node.value, node.items, node.fields = stand_in.value, stand_in.items, stand_in.fields
    elif parent_name == "steps[]":
        _put(parent, name, UNKNOWN_STEP)
    else:
        _put(parent, name, _STAND_INS.get(name))


def _put(parent: Node, name: str, stand_in: Any) -> None:
    if parent.fields is None:
        return
    if stand_in is None:
        parent.fields.pop(name, None)
    else:
        parent.fields[name] = (Node(parent.place, name), from_plain(stand_in, parent.place))
