"""Pass: the plan's `signals`, and what the moments of each carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cjo.compile import subjects
from cjo.compile.collected import Values
from cjo.compile.composed import circles, inputs_first
from cjo.compile.draft import Draft, Site
from cjo.compile.scopes import MOMENT_OWN
from cjo.signals import part
from cjo.spec.documents import Document
from cjo.spec.signals import SignalsDocument


def run(draft: Draft) -> None:
    """Make `signals`, in the order of files, but each after those that it uses; check that none uses itself."""
    written = [
        (name, signal, document)
        for document in draft.spec.signals
        for name, signal in (document.model.signals.items() if document.model else ())
    ]
    models = {name: signal for name, signal, _ in written}
    _check_circles(draft, {name: document for name, _, document in written}, models)
    order = {name: place for place, name in enumerate(inputs_first(models))}
    for name, signal, document in sorted(written, key=lambda one: order[one[0]]):
        _compile(draft, document, name, signal)
    draft.plan["signals"] = list(draft.signals.values())


def _compile(draft: Draft, document: Document[SignalsDocument], name: str, signal: Any) -> None:
    site = Site(draft, document, ("signals", name), f"signal {name}")
    values: Values = dict(MOMENT_OWN)
    compiled = part(signal.kind, "compile").compiled(site, signal, values)
    of_subject = subjects.of_signal(site, signal, compiled)
    draft.signals[name] = {"name": name, "kind": signal.kind, **_common(signal), **compiled, **of_subject}
    draft.moment_values[name] = {**dict.fromkeys(_collected(document, name)), **values}


def _collected(document: Document[SignalsDocument], name: str) -> list[str]:
    """The names in what was written as `collect`, those too that do not compile: no second error is due for them."""
    fields = document.root.find(["signals", name])[1].fields or {}
    if "collect" not in fields:
        return []
    _, written = fields["collect"]
    return list(written.fields or [str(item.value) for item in written.items or ()])


def _check_circles(draft: Draft, documents: Mapping[str, Document[SignalsDocument]], models: Mapping[str, Any]) -> None:
    for path in circles(models):
        site = Site(draft, documents[path[0]], ("signals", path[0]), f"signal {path[0]}")
        site.note_key("signal-circle", f"it uses itself: {' -> '.join(path)}")


def _common(signal: Any) -> dict[str, Any]:
    return {"revision": signal.revision, "version": ""}
