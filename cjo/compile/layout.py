"""Where the steps of a journey stand: one flat list, each with its path in the file and the step that follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cjo.spec.common import UNKNOWN
from cjo.spec.documents import Document
from cjo.spec.journeys import Branch, Decide, Exit, Experiment, HandOver, JourneyDocument
from cjo.spec.nodes import Node

Path = tuple[str | int, ...]
_STEPS = "steps"


@dataclass(frozen=True)
class Placed:
    """A step of a document: `path` leads to its item in a list of steps, `next` is None past the last one."""

    path: Path
    id: str
    body: Any
    next: str | None


def steps_of(document: Document[JourneyDocument]) -> list[Placed]:
    """Every step of a journey, in the order of the file. The plan's `steps` are made of these, one for one."""
    return list(_placed((_STEPS,), document.model.steps, None)) if document.model else []


def ids_of(document: Document[Any]) -> list[str]:
    """Ids of all steps as they are written, also of those that could not be read."""
    return [name for name in _ids(document.root.find([_STEPS])[1]) if name != UNKNOWN]


def first_of(steps: Sequence[dict[str, Any]] | None) -> str | None:
    """The id with which some steps begin, None where there are none."""
    return next(iter(steps[0])) if steps else None


def _placed(path: Path, items: Sequence[dict[str, Any]], after: str | None) -> Iterator[Placed]:
    for index, item in enumerate(items):
        ((name, body),) = item.items()
        following = first_of(items[index + 1 :]) or after
        ends = isinstance(body, HandOver) or (
            isinstance(body, Exit) and body.exit != UNKNOWN
        )  # a step that could not be read is taken to lead on
        yield Placed((*path, index), name, body, None if ends else following)
        for inner, steps in _ways(body):
            yield from _placed((*path, index, name, *inner), steps, following)


def _ways(body: Any) -> Iterator[tuple[Path, Sequence[dict[str, Any]]]]:
    """The lists of steps inside a step, each with the path to it."""
    if isinstance(body, Branch):
        for index, case in enumerate(body.branch):
            yield ("branch", index, _STEPS), case.steps or ()
        yield ("else", _STEPS), body.else_.steps or ()
    if isinstance(body, Decide):
        for name, offer in body.decide.items():
            yield ("decide", name, _STEPS), offer.steps or ()
        yield ("otherwise", _STEPS), body.otherwise.steps or ()
    if isinstance(body, Experiment):
        for name, arm in body.experiment.items():
            yield ("experiment", name, _STEPS), arm.steps or ()


def _ids(steps: Node) -> Iterator[str]:
    for item in steps.items or ():
        for name, (_, body) in (item.fields or {}).items():
            yield name
            yield from _ids_within(body)


def _ids_within(node: Node) -> Iterator[str]:
    for name, (_, inner) in (node.fields or {}).items():
        yield from _ids(inner) if name == _STEPS else _ids_within(inner)
    for item in node.items or ():
        yield from _ids_within(item)
