"""The plan's part of the kind `predict`."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from cjo.compile.collected import Values, check_value_name, per
from cjo.compile.conditions import names_in
from cjo.compile.draft import Site
from cjo.compile.scopes import ProfileScope
from cjo.signals.predict.author import Feature, Predict
from cjo.signals.predict.model import model_of, unscaled
from cjo.spec.common import DAY_MS, UNKNOWN

_KINDS = {"count": "int", "sum": "decimal", "since": "decimal", "profile": "bool"}
_MILLION = 1_000_000
Json = dict[str, Any]


def compiled(site: Site, signal: Predict, values: Values) -> Json:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    model = model_of(site, signal)
    intercept, weights = unscaled(model, signal.features) if model else ("0", {})
    features, types = [], []
    values["probability"] = "decimal"
    for name, written in signal.features.items():
        here = site.at("features", name)
        check_value_name(here, name, {"probability": None, "truncated": None})
        feature = _feature(here, written)
        features.append({"name": name, "weight": weights.get(name, "0"), **feature})
        types += [match["type"] for kind in ("count", "sum", "since") for match in feature.get(kind, ())]
        values.setdefault(name, next((kind for key, kind in _KINDS.items() if key in feature), None))
    made = {
        "model": signal.model if isinstance(signal.model, str) else None,
        "intercept": intercept,
        "features": features,
        "at_least": _threshold(site.at("at_least"), signal.at_least),
        "cooldown_ms": signal.cooldown,
        "settle": signal.settle,
        "per": _per(site, signal, types),
    }
    if model and all(len(feature) > 2 for feature in features):
        _check_reach(site, made)
    return made


def _feature(site: Site, written: Feature) -> Json:
    chosen = [key for key in _KINDS if getattr(written, key) is not None]
    if len(chosen) != 1:
        got = " and ".join(f"`{key}`" for key in chosen) or "none"
        site.note("wrong-value", f"expected one of `count`, `sum`, `since` and `profile`, got {got}")
        return {}
    kind = chosen[0]
    _check_keys(site, written, kind)
    if kind == "profile":
        return {"profile": _condition(site.at("profile"), written.profile or "")}
    types = (written.on if kind == "sum" else getattr(written, kind)) or []
    made: Json = {kind: _matches(site, types, "on" if kind == "sum" else kind, written.where)}
    if kind == "sum":
        made["of"] = site.at("sum").ref_for_types(written.sum or "", [match["type"] for match in made["sum"]])
        if made["of"] and made["of"][2] not in ("int", "decimal"):
            site.at("sum").note("type-mismatch", f"sum takes a number, '{written.sum}' is of type {made['of'][2]}")
    return {**made, "window_ms": written.window or DAY_MS}


def _check_keys(site: Site, written: Feature, kind: str) -> None:
    """Each kind of feature asks for its keys, and for no other."""
    allowed = {"profile": set(), "sum": {"on", "where", "window"}}.get(kind, {"where", "window"})
    for key in ("on", "where", "window"):
        if key not in allowed and getattr(written, key) is not None:
            site.at(key).note_key("unknown-key", f"`{key}` means nothing beside `{kind}`", "remove it")
    for key in ("on", "window"):
        if key in allowed and getattr(written, key) is None:
            site.note("missing-key", f"`{key}` must be there beside `{kind}`")


def _matches(site: Site, types: list[str], key: str, where: str | None) -> list[Json]:
    found = []
    for position, name in enumerate(types):
        if site.at(key, position).type_known(name):
            found.append({"type": name, "where": site.at("where").condition(where, site.scope_of(name))})
    return found


def _condition(site: Site, text: str) -> Any:
    when = site.condition(text, ProfileScope(site.draft.tracking.profile)) if text != UNKNOWN else None
    if when is not None and not names_in(when):
        hint = "name what it hangs on, like profile.segment = 'gold'"
        site.note("wrong-value", "the condition names nothing of the profile", hint)
    return when


def _per(site: Site, signal: Predict, types: list[str]) -> Any:
    found = per(site, signal, types)
    keyed = signal.per not in (None, "customer")
    for name, feature in signal.features.items() if keyed else ():
        if feature.profile is not None:
            hint = "leave `per` out, or ask for the profile where a journey enters"
            site.at("features", name).note("wrong-value", f"a profile is the customer's, not of a {signal.per}", hint)
    return found


def _threshold(site: Site, at_least: float) -> int:
    """Millionths."""
    millionths = Decimal(repr(at_least)) * _MILLION
    if millionths != int(millionths):
        site.note("wrong-value", f"expected at most six decimals, got {at_least!r}", "a probability is rounded to six")
    return int(millionths)


def _check_reach(site: Site, made: Json) -> None:
    """A model that always, or never, comes to the threshold is not the one that its author means."""
    most = least = float(made["intercept"])
    limit = site.draft.workspace.limits.events_per_key
    for feature in made["features"]:
        weight, room = float(feature["weight"]), _room(feature, limit)
        most += max(weight * room, 0.0) if weight else 0.0
        least += min(weight * room, 0.0) if weight else 0.0
        if "sum" in feature and weight:
            most, least = math.inf, -math.inf  # sums have no bound, and may be negative
    asked = made["at_least"] / _MILLION
    for reach, wrong, word in ((most, _odds(most) < asked, "at most"), (least, _odds(least) >= asked, "at least")):
        if wrong:
            said = f"the model comes to {word} {_odds(reach):.6f}, whatever a customer does, so it would "
            site.at("at_least").note("wrong-value", said + ("never fire" if word == "at most" else "never re-arm"))


def _room(feature: Json, limit: int) -> float:
    """The greatest value of a feature; the least is zero."""
    if "since" in feature:
        return float(feature["window_ms"]) / DAY_MS
    return float(limit) if "count" in feature else 1.0


def _odds(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(min(log_odds, 700.0), -700.0)))
