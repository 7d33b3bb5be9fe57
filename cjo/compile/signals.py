"""Pass: the plan's `signals`, and what the moments of each carry."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values
from cjo.compile.draft import Draft, Site
from cjo.compile.scopes import MOMENT_OWN
from cjo.signals import part


def run(draft: Draft) -> None:
    """Make `signals`, in the order of files."""
    for document in draft.spec.signals:
        for name, signal in document.model.signals.items() if document.model else ():
            site = Site(draft, document, ("signals", name), f"signal {name}")
            values: Values = dict(MOMENT_OWN)
            compiled = part(signal.kind, "compile").compiled(site, signal, values)
            draft.signals[name] = {"name": name, "kind": signal.kind, **_common(signal), **compiled}
            written = document.root.find(["signals", name, "collect"])[1]
            named = written.fields or [str(item.value) for item in written.items or ()]
            draft.moment_values[name] = {**dict.fromkeys(named), **values}
    draft.plan["signals"] = list(draft.signals.values())


def _common(signal: Any) -> dict[str, Any]:
    return {"revision": signal.revision, "version": "", "effective_at_ms": signal.effective_at or 0}
