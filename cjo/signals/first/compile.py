"""The plan's part of the kind `first`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, collect_newest, per
from cjo.compile.draft import Site
from cjo.signals.first.author import First
from cjo.spec.common import Match


def compiled(site: Site, signal: First, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    on = [match for match, _, _ in site.matches([Match(on=signal.on, where=signal.where)])]
    types = [match["type"] for match in on]
    return {
        "on": on,
        "since_ms": signal.since,
        "settle": signal.settle,
        "per": per(site, signal, types),
        "collect": collect_newest(site, signal.collect, types, values),
    }
