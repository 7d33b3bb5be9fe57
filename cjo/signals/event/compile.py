"""The plan's part of the kind `event`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, collect_newest, per
from cjo.compile.draft import Site
from cjo.signals.event.author import Event
from cjo.spec.common import Match


def compiled(site: Site, signal: Event, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    on = [match for match, _, _ in site.matches([Match(on=signal.on, where=signal.where)])]
    types = [match["type"] for match in on]
    collect = collect_newest(site, signal.collect, types, values)
    return {"on": on, "settle": signal.settle, "per": per(site, signal, types), "collect": collect}
