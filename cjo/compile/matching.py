"""How a touchpoint finds the runs that it concerns: by business key, or all of the customer's (rule R1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cjo.compile.draft import Site
from cjo.compile.scopes import Ref
from cjo.spec.common import RunMatch


def run_matches(site: Site, models: Sequence[RunMatch], per: Ref | None) -> list[dict[str, Any]]:
    """MATCHes that concern runs, each with what it matches them by."""
    return [match for match, _ in matches_with_models(site, models, per)]


def matches_with_models(
    site: Site, models: Sequence[RunMatch], per: Ref | None
) -> list[tuple[dict[str, Any], tuple[Site, Any]]]:
    """The same, each with its site and what it was made of."""
    return [
        ({**match, "match": _matched_by(here, match["type"], getattr(model, "match", None), per)}, (here, model))
        for match, here, model in site.matches(models)
    ]


def _matched_by(site: Site, type_name: str, wanted: str | None, per: Ref | None) -> str:
    if per is None:
        if wanted == "key":
            site.at("match").note("no-key", "runs of this journey have no key to match", "write `match: customer`")
        return "customer"
    if wanted == "customer":
        return "customer"
    source, name, kind = per
    if source == "attr" and site.draft.tracking.attributes_of(type_name).get(name) != kind:
        hint = f"declare the attribute {name} for {type_name} in tracking.yaml, or write `match: customer`"
        site.at("on").note("no-key", f"{type_name} has no '{name}', the key of this journey's runs", hint)
    return "key"
