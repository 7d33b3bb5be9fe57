"""predict."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.compile import naive
from tests.engine.build import AMOUNT, BASKET, predict, tp, types
from tests.signals.common import Moments, Row, by_key, has_fired, marked, matched, once
from tests.signals.logs import WITHIN

DAY = 86_400_000
_MORTGAGE = {"topic": "mortgage"}
FIRES = (
    [
        tp("profile_updated", -60, attributes={"segment": "gold"}),
        tp("page_viewed", 0, attributes=_MORTGAGE),
        tp("order_completed", 5, amount="1200.0000"),
        tp("calculator_used", 10, attributes=_MORTGAGE),
    ],
    {
        "probability": "0.549834",
        "views": 1, "calculators": 1, "spent": "1200", "days_since": "30.000", "gold": True,
    },
)  # fmt: skip


def _feature(draw: Any, number: int, kinds: tuple[str, ...]) -> dict[str, Any]:
    kind = draw(st.sampled_from(kinds))
    made = {"name": f"f{number}", "weight": draw(st.sampled_from(["1", "0.7", "-0.9", "0.333333333333", "2"]))}
    if kind == "profile":
        return made | {
            "profile": ["=", ["profile", "segment", "string"], ["lit", draw(st.sampled_from("pq")), "string"]]
        }
    of_product = ["=", ["field", "product_id", "string"], ["lit", "p", "string"]]
    several = types("product_added", "calculator_used", "product_added")
    choices = [types("page_viewed"), types("product_added"), several, types("profile_updated")]
    matches = draw(st.sampled_from([*choices, [{"type": "product_added", "where": of_product}]]))
    window = {kind: matches, "window_ms": draw(st.sampled_from([1_000, 20_000, WITHIN, 3 * WITHIN]))}
    if kind == "sum":
        return made | window | {"of": AMOUNT, "weight": draw(st.sampled_from(["0.05", "-0.1"]))}
    if kind == "since":
        return made | window | {"weight": draw(st.sampled_from(["-1440", "2000", "-4000"]))}
    return made | window


@st.composite
def _specs(draw: Any, *kinds: str) -> dict[str, Any]:
    features = [_feature(draw, number, kinds) for number in range(draw(st.integers(1, 4)))]
    keyed = draw(st.booleans()) and not any("profile" in feature for feature in features)
    return predict(
        features=features,
        intercept=draw(st.sampled_from(["-3", "-1.5", "-0.5", "0", "1"])),
        at_least=draw(st.sampled_from([200_000, 500_000, 622_459, 900_000])),
        cooldown_ms=draw(st.sampled_from([None, 90_000])),
        settle=draw(st.booleans()),
        per=BASKET if keyed else None,
    )


GENERAL = True
specs = _specs("count", "count", "sum", "since")
with_profile = _specs("count", "sum", "since", "profile", "profile")


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Judged once at each event time with everything known (settle), or at each record in log order."""
    found: Moments = {}
    for key, of_key in by_key(spec, once(rows)).items():
        found |= (_settled if spec["settle"] else _at_once)(spec, subject, key, of_key)
    return found


def _settled(spec: dict[str, Any], subject: str, key: str, rows: list[Row]) -> Moments:
    found, armed, last = {}, True, None
    for now in sorted({row["at"] for row in rows if _asks_for(spec, row)}):
        if not _high(spec, rows, now, now - 1) and (last is None or now >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        if armed and _high(spec, rows, now, now):
            armed, last = False, now
            found |= _moment(spec, subject, key, rows, now)
    return found


def _at_once(spec: dict[str, Any], subject: str, key: str, rows: list[Row]) -> Moments:
    seen: list[Row] = []
    found, armed, last = {}, True, None
    for row in rows:
        if not _asks_for(spec, row):
            continue
        now, before = row["at"], list(seen)
        seen.append(row)
        if not _high(spec, before, now, now) and (last is None or now >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        later = sorted({one["at"] for one in seen if one["at"] > now})
        told, is_up = [one["at"] for one in before], partial(_is_up, spec, before)
        reached = [
            when
            for when in [now, *later]
            if _high(spec, seen, when, when) and not has_fired(spec, last, when, now, told, is_up)
        ]
        if armed and reached:
            armed, last = False, reached[0]
            found |= _moment(spec, subject, key, seen, last)
    return found


def _asks_for(spec: dict[str, Any], row: Row) -> bool:
    """True where some feature counts the touchpoint, or it tells of a profile that one asks for."""
    return any(_tells(row) if "profile" in feature else _counts(feature, row) for feature in spec["features"])


def _tells(row: Row) -> bool:
    return row["type"] == "profile_updated" and "segment" in (row.get("attributes") or {})


def _counts(feature: dict[str, Any], row: Row) -> bool:
    matches = feature.get("count") or feature.get("sum") or feature.get("since") or ()
    return matched(row, matches) and ("sum" not in feature or naive.value(feature["of"], row) is not None)


def _window(feature: dict[str, Any], rows: list[Row], now: int, upto: int) -> list[Row]:
    return marked([row for row in rows if _counts(feature, row) and now - feature["window_ms"] <= row["at"] <= upto])


def _value(feature: dict[str, Any], rows: list[Row], now: int, upto: int) -> Fraction:
    if "profile" in feature:
        told = marked([row for row in rows if _tells(row) and row["at"] <= upto])
        return Fraction(bool(told) and told[-1]["attributes"]["segment"] == feature["profile"][2][1])
    inside = _window(feature, rows, now, upto)
    if "count" in feature:
        return Fraction(len(inside))
    if "sum" in feature:
        return Fraction(sum(round(Fraction(naive.value(feature["of"], row)) * 10**6) for row in inside), 10**6)
    return Fraction(now - inside[-1]["at"] if inside else feature["window_ms"], DAY)


def _millionths(spec: dict[str, Any], rows: list[Row], now: int, upto: int) -> int:
    """The probability: each product cut to whole trillionths, then exactly rounded."""
    odds = round(Fraction(spec["intercept"]) * 10**12)
    odds += sum(
        (Fraction(feature["weight"]) * _value(feature, rows, now, upto) * 10**12).__floor__()
        for feature in spec["features"]
    )
    with localcontext(prec=80):
        return round(Fraction(10**6 / (1 + (-Decimal(odds) / 10**12).exp())))


def _is_up(spec: dict[str, Any], rows: list[Row], now: int) -> bool:
    return _high(spec, rows, now, now)


def _high(spec: dict[str, Any], rows: list[Row], now: int, upto: int) -> bool:
    return _millionths(spec, rows, now, upto) >= spec["at_least"]


def _moment(spec: dict[str, Any], subject: str, key: str, rows: list[Row], now: int) -> Moments:
    values: dict[str, Any] = {"probability": f"{Decimal(_millionths(spec, rows, now, now)) / 10**6:.6f}"}
    made_by = set()
    for feature in spec["features"]:
        value = _value(feature, rows, now, now)
        inside = [] if "profile" in feature else _window(feature, rows, now, now)
        if "profile" in feature:
            values[feature["name"]] = bool(value)
            inside = [row for row in rows if _tells(row) and row["at"] == now]
        elif "count" in feature:
            values[feature["name"]] = int(value)
        elif "sum" in feature:
            exact = f"{Decimal(int(value * 10**6)) / 10**6:f}"
            values[feature["name"]] = exact.rstrip("0").rstrip(".") if "." in exact else exact
        else:
            values[feature["name"]] = f"{int(value * 1000) / 1000:.3f}"
            inside = inside[-1:]
        made_by |= {(row["at"], event_mark(row["event_id"])) for row in inside}
    return {moment_id(spec["name"], subject, key, [mark for _, mark in sorted(made_by)]): (now, values)}
