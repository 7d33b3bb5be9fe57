"""Pass: names are unique among signals, among journeys, and among the steps of a journey."""

from __future__ import annotations

from cjo.compile.draft import Draft, Site
from cjo.compile.layout import steps_of
from cjo.spec.common import UNKNOWN
from cjo.spec.problems import Place


def run(draft: Draft) -> None:
    """Note every name that is given twice."""
    _unique(
        [
            (name, Site(draft, document, ("signals", name), f"signal {name}"))
            for document in draft.spec.signals
            if document.model
            for name in document.model.signals
        ]
    )
    _unique(
        [
            (document.model.journey, Site(draft, document, ("journey",), document.who))
            for document in draft.spec.journeys
            if document.model
        ]
    )
    for document in draft.spec.journeys:
        if document.model:
            who = document.who
            steps = steps_of(document)
            _unique([(one.id, Site(draft, document, (*one.path, one.id), who)) for one in steps])


def _unique(named: list[tuple[str, Site]]) -> None:
    first: dict[str, Place] = {}
    for name, site in named:
        if name in first and name != UNKNOWN:
            site.note_key("duplicate-name", f"the name '{name}' is given twice, first in {first[name]}")
        first.setdefault(name, site.document.key_place(site.path))
