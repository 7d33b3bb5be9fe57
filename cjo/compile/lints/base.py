"""What lints share: findings, where journeys and steps stand in their files, and comments that allow a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cjo.compile.draft import Draft, Site
from cjo.spec.nodes import Node
from cjo.spec.problems import Place

Json = dict[str, Any]
_ALLOWED = re.compile(r"#\s*lint:\s*allow\s+([A-Z0-9, -]+)")


@dataclass(frozen=True)
class Finding:
    """One thing that an author may not have meant: where (a key), what, and what to do instead of the code's advice."""

    site: Site
    message: str
    hint: str | None = None

    @property
    def place(self) -> Place:
        """The place of the key at the site."""
        return self.site.document.key_place(self.site.path)


def journeys(draft: Draft) -> Iterator[tuple[Json, Site]]:
    """Every journey of the plan, with its document's site."""
    documents = [document for document in draft.spec.journeys if document.model]
    for journey, document in zip(draft.plan["journeys"], documents, strict=True):
        yield journey, Site(draft, document, (), document.who)


def signals(draft: Draft) -> Iterator[tuple[Json, Site]]:
    """Every signal of the plan, with its site."""
    for document in draft.spec.signals:
        for name in document.model.signals if document.model else ():
            yield draft.signals[name], Site(draft, document, ("signals", name), f"signal {name}")


def step_site(site: Site, step_id: str) -> Site:
    """The site of a step of the journey at `site`, however deep it stands."""
    path = _path_to(site.document.root.find(("steps",))[1], step_id)
    return Site(site.draft, site.document, ("steps", *path), f"{site.who}, step {step_id}")


def allowed(place: Place, code: str) -> bool:
    """True where a comment `# lint: allow CODE` stands on the line of `place` or on the one before it."""
    lines = _lines(place.file)
    near = lines[max(place.line - 2, 0) : place.line]
    found = [_ALLOWED.search(line) for line in near]
    return any(code in re.split(r"[\s,]+", one[1]) for one in found if one)


def comments(file: str) -> Iterator[tuple[int, int, str]]:
    """Line, column and word of everything that a comment `# lint: allow` of the file names."""
    for number, line in enumerate(_lines(file), 1):
        found = _ALLOWED.search(line)
        for word in re.finditer(r"[^\s,]+", found[1]) if found else ():
            yield number, found.start(1) + word.start() + 1, word[0]  # type: ignore[union-attr]


def _path_to(node: Node, step_id: str) -> tuple[str | int, ...]:
    for index, item in enumerate(node.items or ()):
        for key, (_, body) in (item.fields or {}).items():
            if key == step_id:
                return index, key
            for path in _paths_within(body, step_id):
                return (index, key, *path)
    return ()


def _paths_within(node: Node, step_id: str) -> Iterator[tuple[str | int, ...]]:
    """Paths from a step's body to a step in one of the lists of steps inside it."""
    for key, (_, inner) in (node.fields or {}).items():
        if key == "steps" and (path := _path_to(inner, step_id)):
            yield (key, *path)
        else:
            yield from ((key, *path) for path in _paths_within(inner, step_id))
    for index, item in enumerate(node.items or ()):
        yield from ((index, *path) for path in _paths_within(item, step_id))


@lru_cache(maxsize=64)
def _read(file: str, changed_ns: int) -> tuple[str, ...]:
    return tuple(Path(file).read_text(encoding="utf-8").splitlines())


def _lines(file: str) -> tuple[str, ...]:
    return _read(file, Path(file).stat().st_mtime_ns)
