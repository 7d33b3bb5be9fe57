"""The plan's part of the kind `event`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, check_value_name, per
from cjo.compile.draft import Site
from cjo.signals.event.author import Event
from cjo.spec.common import Match


def compiled(site: Site, signal: Event, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    on = [match for match, _, _ in site.matches([Match(on=signal.on, where=signal.where)])]
    types = [match["type"] for match in on]
    collect: dict[str, Any] = {}
    for name, wanted in signal.collect.items():
        here = site.at("collect", name)
        ref = here.ref_for_types(wanted, types)
        collect[name] = {"value": ref}
        values[name] = ref[2] if ref else None
        check_value_name(here, name)
    return {"on": on, "settle": signal.settle, "per": per(site, signal, types), "collect": collect}
