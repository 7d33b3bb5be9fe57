"""Signals of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.system.authors import words
from tests.system.chance import Chance

LENGTHS = ("1 minute", "10 minutes", "30 minutes", "1 hour", "6 hours")
COUNTED = {"n": "count()", "topic": "topic"}
Signal = dict[str, Any]


def signals(chance: Chance) -> dict[str, Signal]:
    """A few signals by name."""
    kinds = [chance.choice(list(_KINDS)) for _ in range(chance.randint(2, 5))]
    made = {f"{kind}_{number}": {"kind": kind, **_KINDS[kind](chance)} for number, kind in enumerate(kinds)}
    return {**made, **_composed(chance, list(made))} if chance.maybe(0.3) else made


def _matches(chance: Chance, types: tuple[str, ...] = words.TYPES, most: int = 2) -> list[Any]:
    return [_match(chance, one) for one in chance.some(types, 1, most)]


def _match(chance: Chance, kind: str) -> Any:
    where = chance.choice(words.EVENT_WHERES)
    return kind if where is None else {"on": kind, "where": where}


def _absence(chance: Chance) -> Signal:
    keyed = chance.maybe(0.5)
    types = words.KEYED if keyed else words.TYPES
    start, *unless = chance.some(types, 2, 3)
    signal: Signal = {
        "start": [_match(chance, start)],
        "unless": [_match(chance, one) for one in unless],
        "within": chance.choice(LENGTHS),
        "on_repeat": chance.choice(["restart", "keep"]),
    }
    if keyed:
        signal["per"] = "basket_id"
    if chance.maybe(0.5):
        signal["collect"] = {"items": {"each": "product_id", "minus": ["removed"], "max": 5}, "total": "sum(sum)"}
    return signal


def _level(chance: Chance) -> Signal:
    signal: Signal = {"window": chance.choice(LENGTHS), "settle": chance.maybe(0.4)}
    if chance.maybe(0.4):
        signal["cooldown"] = chance.choice(LENGTHS)
    return signal


def _score(chance: Chance) -> Signal:
    types = chance.some(words.TYPES, 1, 3)
    points = [{"on": one, "add": chance.choice([1, 1, 2, 3, -1])} for one in types]
    points[0]["add"] = chance.choice([1, 2])
    signal = {"points": points, "at_least": chance.randint(1, 5), **_level(chance)}
    if chance.maybe(0.4):
        signal["points"] = [{**point, "add": abs(point["add"])} for point in points]
        signal["decay"] = {"half_life": chance.choice(["20 minutes", "1 hour", "6 hours"])}
    return signal


def _predict(chance: Chance) -> Signal:
    """The first feature alone can make it likely, and without it, it need not be."""
    features: dict[str, Signal] = {"f": {"count": chance.some(words.TYPES, 1, 2), "window": chance.choice(LENGTHS)}}
    for number in range(chance.randint(1, 3)):
        window = {"window": chance.choice(LENGTHS)}
        features[f"f{number}"] = chance.choice(
            [
                {"count": chance.some(words.TYPES, 1, 2), **window},
                {"count": chance.some(words.TYPES, 1, 1), "where": "topic = 'red'", **window},
                {"since": chance.some(words.TYPES, 1, 2), **window},
                {"sum": "sum", "on": chance.some(words.TYPES, 1, 2), **window},
                {"profile": "profile.segment = 'gold'"},
            ]
        )
    terms: dict[str, float] = {"f": chance.choice([1, 1, 2])}
    for name, feature in list(features.items())[1:]:
        steps = [24, -24, 100] if "since" in feature else [0.02, -0.05] if "sum" in feature else [0.6, 1, -0.7]
        terms[name] = chance.choice(steps)
    model = {"intercept": chance.choice([-0.5, 0]), "features": terms}
    signal: Signal = {"model": model, "features": features, "at_least": 0.6, "settle": chance.maybe(0.5)}
    if chance.maybe(0.4):
        signal["cooldown"] = chance.choice(LENGTHS)
    return signal


def _count(chance: Chance) -> Signal:
    signal: Signal = {"on": chance.some(words.TYPES, 1, 2), "at_least": chance.randint(1, 4), **_level(chance)}
    if chance.maybe(0.4):
        signal["distinct"] = chance.choice(["product_id", "topic"])
    if chance.maybe(0.5):
        signal["collect"] = {"last": "topic", "products": {"each": "product_id", "max": 3}}
    return signal


def _sequence(chance: Chance) -> Signal:
    keyed = chance.maybe(0.5)
    types = words.KEYED if keyed else words.TYPES
    steps = [_step(chance, types, first=not number) for number in range(chance.randint(2, 4))]
    signal: Signal = {"steps": steps, "within": chance.choice(LENGTHS), "settle": chance.maybe(0.4)}
    if keyed:
        signal["per"] = "basket_id"
    if chance.maybe(0.4):
        signal["cooldown"] = chance.choice(LENGTHS)
    if chance.maybe(0.5):
        signal["collect"] = {"products": {"each": "product_id", "max": 3}, "total": "sum(sum)", "n": "count()"}
    return signal


def _step(chance: Chance, types: tuple[str, ...], first: bool) -> Any:
    step: dict[str, Any] = {"on": chance.some(types, 1, 2)}
    if chance.maybe(0.2):
        step["where"] = "topic = 'red'"
    if not first and chance.maybe(0.4):
        step["not"] = [_match(chance, one) for one in chance.some(types, 1, 2)]
    return step


def _session(chance: Chance) -> Signal:
    keyed = chance.maybe(0.4)
    types = words.KEYED if keyed else words.TYPES
    signal: Signal = {"on": _matches(chance, types), "gap": chance.choice(LENGTHS)}
    signal["counts"] = {"some": _matches(chance, types), "others": _matches(chance, types)}
    if keyed:
        signal["per"] = "basket_id"
    if chance.maybe(0.7):
        signal["where"] = chance.choice(["count >= 2", "some > others", "seconds >= 60 AND others = 0", "total > 5"])
    if chance.maybe(0.5) or "total" in signal.get("where", ""):
        signal["collect"] = {
            "total": "sum(some.sum)",
            "products": {"each": "product_id", "max": 3},
            "last": "some.topic",
        }
    return signal


def _event(chance: Chance) -> Signal:
    keyed = chance.maybe(0.4)
    signal: Signal = {"on": chance.some(words.KEYED if keyed else words.TYPES, 1, 2), "settle": chance.maybe(0.4)}
    if keyed:
        signal["per"] = "basket_id"
    if chance.maybe(0.3):
        signal["where"] = chance.choice(["topic = 'red'", "n = 2"])
    if chance.maybe(0.5):
        signal["collect"] = {"due": "due", "topic": "topic"}
    return signal


def _first(chance: Chance) -> Signal:
    keyed = chance.maybe(0.5)
    signal: Signal = {"on": chance.some(words.KEYED if keyed else words.TYPES, 1, 2), "settle": chance.maybe(0.4)}
    if keyed:
        signal["per"] = "basket_id"
    if chance.maybe(0.6):
        signal["since"] = chance.choice(LENGTHS)
    if chance.maybe(0.5):
        signal["collect"] = {"topic": "topic"}
    return signal


def _composed(chance: Chance, names: list[str]) -> dict[str, Signal]:
    """Signals of signals, one on the other."""
    found: dict[str, Signal] = {}
    for number in range(chance.randint(1, 2)):
        kind = chance.choice(["count", "absence", "first", "event", "score"])
        on = [f"signal.{name}" for name in chance.some((*names, *found), 1, 2)]
        signal: Signal = {"on": on, "settle": chance.maybe(0.4)}
        if kind == "count":
            signal |= {"at_least": chance.randint(1, 3), **_level(chance)}
        elif kind == "absence":
            signal = {
                "start": on,
                "unless": [_match(chance, chance.choice(words.TYPES))],
                "within": chance.choice(LENGTHS),
            }
        elif kind == "first":
            signal |= {"since": chance.choice(LENGTHS)} if chance.maybe(0.5) else {}
        elif kind == "score":
            points = [{"on": one, "add": chance.choice([1, 2])} for one in on]
            signal = {"points": points, "at_least": chance.randint(1, 4), **_level(chance)}
        found[f"of_signals_{number}"] = {"kind": kind, **signal}
    return found


def _inactivity(chance: Chance) -> Signal:
    keyed = chance.maybe(0.3)
    signal: Signal = {
        "on": _matches(chance, words.KEYED if keyed else words.TYPES),
        "silent": chance.choice(LENGTHS),
    }
    if chance.maybe(0.7):
        signal["active"] = {"at_least": chance.randint(1, 4), "within": chance.choice(LENGTHS)}
    if keyed:
        signal["per"] = "basket_id"
    if chance.maybe(0.5):
        several = {"products": {"each": "product_id", "max": 3}}
        wanted = [{"last": "topic"}, several, COUNTED]
        signal["collect"] = chance.choice(wanted if "active" in signal else wanted[:1])
    return signal


def _change(chance: Chance) -> Signal:
    every = chance.choice([10, 30, 60])
    lengths = [every * chance.randint(1, most) for most in (3, 6)]
    signal: Signal = {
        "on": _matches(chance),
        "every": f"{every} minutes",
        "recent": f"{lengths[0]} minutes",
        "baseline": f"{lengths[1]} minutes",
        "baseline_at_least": chance.choice([1, 2, 3.5]),
        **chance.choice([{"falls_to": "50%"}, {"falls_to": "0%"}, {"falls_to": "90%"}, {"rises_to": "120.5%"}]),
    }
    if chance.maybe(0.4):
        signal["of"] = chance.choice(["sum(sum)", "sum(n)"])
    if chance.maybe(0.4):
        signal["cooldown"] = chance.choice(LENGTHS)
    return signal


def _profile(chance: Chance) -> Signal:
    when = chance.choice(["profile.segment = 'gold'", "profile.score >= 2", "profile.segment IS NULL"])
    return {"when": when, "first": chance.choice(["ignored", "counts"]), "collect": ["segment"]}


def _date(chance: Chance) -> Signal:
    signal: Signal = {
        "date": chance.choice(["profile.birth_date", "profile.birth_date", "profile.renews"]),
        "before": chance.choice(["0 days", "1 day", "7 days"]),
        "at": chance.choice(["09:00", "00:00", "02:30", "23:59"]),
    }
    if chance.maybe(0.5):
        signal["every"] = "year"
    return signal


_KINDS: dict[str, Callable[[Chance], Signal]] = {
    "absence": _absence,
    "score": _score,
    "count": _count,
    "predict": _predict,
    "event": _event,
    "first": _first,
    "session": _session,
    "sequence": _sequence,
    "profile": _profile,
    "date": _date,
    "inactivity": _inactivity,
    "change": _change,
}
