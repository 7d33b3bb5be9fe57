"""The plan's part of the kind `date`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, collect_profile
from cjo.compile.conditions import parse_ref
from cjo.compile.draft import Site
from cjo.compile.scopes import ProfileScope
from cjo.signals.date.author import Date
from cjo.spec.common import DAY_MS


def compiled(site: Site, signal: Date, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    here = site.at("date")
    ref, complaint = parse_ref(signal.date, ProfileScope(site.draft.tracking.profile))
    if complaint:
        here.complain(complaint)
    if ref and ref[2] not in ("string", "timestamp"):
        hint = "declare it in tracking.yaml as string (2026-05-01) or timestamp"
        here.note("type-mismatch", f"'{signal.date}' is of type {ref[2]}, which holds no date", hint)
    values |= {"date": "string", "time_zone": "string"} | ({"years": "int"} if signal.every else {})
    return {
        "date": list(ref) if ref else None,
        "every": signal.every,
        "before_days": signal.before // DAY_MS,
        "at": signal.at,
        "per": None,
        "collect": collect_profile(site, signal.collect, values),
    }
