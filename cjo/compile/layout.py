"""Where the steps of a journey stand: one flat list, each with its path in the file and the step that follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cjo.spec.common import UNKNOWN
from cjo.spec.documents import Document
from cjo.spec.journeys import Exit, JourneyDocument


@dataclass(frozen=True)
class Placed:
    """A step of a document: `path` leads to its item in a list of steps, `next` is None past the last one."""

    path: tuple[str | int, ...]
    id: str
    body: Any
    next: str | None


def steps_of(document: Document[JourneyDocument]) -> list[Placed]:
    """Every step of a journey, in the order of the file. The plan's `steps` are made of these, one for one."""
    return list(_placed(("steps",), document.model.steps, None)) if document.model else []


def _placed(path: tuple[str | int, ...], items: Sequence[dict[str, Any]], after: str | None) -> Iterator[Placed]:
    named = [next(iter(item.items())) for item in items]
    for index, (name, body) in enumerate(named):
        following = named[index + 1][0] if index + 1 < len(named) else after
        ends = isinstance(body, Exit) and body.exit != UNKNOWN  # a step that could not be read is taken to lead on
        yield Placed((*path, index), name, body, None if ends else following)
