"""The plan's part of the kind `session`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cjo.compile.collected import Values, check_value_name, collect_one, per
from cjo.compile.draft import Site
from cjo.compile.scopes import Ref, UnknownName
from cjo.signals.session.author import Session
from cjo.spec.patterns import Listed
from cjo.spec.problems import did_you_mean

Json = dict[str, Any]
_OF_GROUP = re.compile(r"(sum\(\s*)?([A-Za-z_]\w*)\.(.+)", re.DOTALL).fullmatch


class SessionScope:
    """Names in the condition of a session: what its moments carry, without `moment.`."""

    def __init__(self, values: Mapping[str, str | None]) -> None:
        self._values = values

    def resolve(self, parts: Sequence[str]) -> Ref:
        """`count`, `seconds`, or what the signal counts or collects."""
        written = ".".join(parts)
        if written in self._values:
            return ["moment", written, self._values[written]]
        raise UnknownName(f"unknown name '{written}'", did_you_mean(written, list(self._values), "known here:"))


def compiled(site: Site, signal: Session, values: Values) -> Json:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    own: Values = {"count": "int", "seconds": "int"}
    on = [match for match, _, _ in site.at("on").matches(signal.on)]
    counts: dict[str, list[Json]] = {}
    for name, wanted in signal.counts.items():
        here = site.at("counts", name)
        counts[name] = [match for match, _, _ in here.matches(wanted)]
        check_value_name(here, name, own)
        own.setdefault(name, "int")
    types = [match["type"] for match in (*on, *(match for matches in counts.values() for match in matches))]
    collect: dict[str, Json] = {}
    for name, collected in signal.collect.items():
        here = site.at("collect", name)
        collect[name], kind = _collected(here, collected, types, counts)
        check_value_name(here, name, own)
        own.setdefault(name, kind)
    values |= own
    return {
        "on": on,
        "counts": counts,
        "collect": collect,
        "gap_ms": signal.gap,
        "where": site.at("where").condition(signal.where, SessionScope(own)),
        "per": per(site, signal, types),
    }


def _collected(
    site: Site, wanted: str | Listed, types: list[str], counts: Mapping[str, list[Json]]
) -> tuple[Json, str | None]:
    """What `cjo.compile.collected` makes of it; of the touchpoints of one count alone where it names one."""
    written = wanted.each if isinstance(wanted, Listed) else wanted.strip()
    found = _OF_GROUP(written)
    if not found or found[2] == "attributes":
        return collect_one(site, wanted, types)
    if not site.known("unknown-name", "count", found[2], counts, "`counts` names:"):
        return {"value": None}, None
    inner = f"{found[1] or ''}{found[3]}"
    alone = wanted.model_copy(update={"each": inner}) if isinstance(wanted, Listed) else inner
    made, kind = collect_one(site, alone, [match["type"] for match in counts[found[2]]])
    return {**made, "of": found[2]}, kind
