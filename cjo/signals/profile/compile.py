"""The plan's part of the kind `profile`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, collect_profile
from cjo.compile.conditions import names_in
from cjo.compile.draft import Site
from cjo.compile.scopes import ProfileScope
from cjo.signals.profile.author import Profile
from cjo.spec.common import UNKNOWN

_NAMES = "name what has to change, like profile.segment = 'gold'"


def compiled(site: Site, signal: Profile, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    here, scope = site.at("when"), ProfileScope(site.draft.tracking.profile)
    when = here.condition(signal.when, scope) if signal.when != UNKNOWN else None
    if when is not None and not names_in(when):
        here.note("wrong-value", "the condition names nothing of the profile, so no update can turn it true", _NAMES)
    return {
        "when": when,
        "first": signal.first,
        "per": None,
        "collect": collect_profile(site, signal.collect, values),
    }
