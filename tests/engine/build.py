"""Plans, touchpoints and plays for engine tests, in minutes of log time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cjo.engine import Engine
from cjo.simulate.replay import Replay

START_MS = 1_700_000_000_000
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
BOUND = 5 * SECOND


def at(minutes: float) -> int:
    """Epoch milliseconds of a time in minutes after the start of the test's log."""
    return START_MS + round(minutes * MINUTE)


def types(*names: str) -> list[dict[str, Any]]:
    return [{"type": name, "where": None} for name in names]


BASKET = ["field", "basket_id", "string"]
PRODUCT = ["field", "product_id", "string"]
AMOUNT = ["field", "amount", "decimal"]


def absence(name: str = "abandoned", **change: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "absence", "version": "s1", "revision": 1,
        "start": types("product_added"), "unless": types("order_completed"), "within_ms": 30 * MINUTE,
        "per": BASKET, "on_repeat": "restart",
        "collect": {
            "items": {"each": ["field", "product_id", "string"], "minus": types("product_removed"), "max": 20},
            "total": {"sum": AMOUNT},
        },
    } | change  # fmt: skip


def score(name: str = "engaged", **change: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "score", "version": "s1", "revision": 1,
        "points": [{**types("page_viewed")[0], "add": 1}, {**types("calculator_used")[0], "add": 3}],
        "at_least": 5, "window_ms": 60 * MINUTE, "cooldown_ms": None, "settle": False, "per": None,
    } | change  # fmt: skip


def predict(name: str = "likely", **change: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "predict", "version": "s1", "revision": 1, "model": None,
        "intercept": "-2",
        "features": [
            {"name": "views", "weight": "0.5", "count": types("page_viewed"), "window_ms": 60 * MINUTE},
            {"name": "spent", "weight": "0.01", "sum": types("product_added"), "of": AMOUNT, "window_ms": 60 * MINUTE},
            {"name": "days_since", "weight": "-10", "since": types("calculator_used"), "window_ms": 120 * MINUTE},
        ],
        "at_least": 500_000, "cooldown_ms": None, "settle": False, "per": None,
    } | change  # fmt: skip


def event(name: str = "seen", **change: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "event", "version": "s1", "revision": 1,
        "on": types("page_viewed"), "settle": False, "per": None,
    } | change  # fmt: skip


def first(name: str = "began", **change: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "first", "version": "s1", "revision": 1,
        "on": types("order_completed"), "since_ms": None, "settle": False, "per": None, "collect": {},
    } | change  # fmt: skip


def count(name: str = "often", **change: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "count", "version": "s1", "revision": 1,
        "on": types("product_added"), "at_least": 3, "window_ms": 60 * MINUTE, "distinct": None, "cooldown_ms": None,
        "settle": False, "per": None,
        "collect": {
            "items": {"each": PRODUCT, "minus": [], "max": 2}, "newest": {"value": PRODUCT}, "n": {"count": True},
            "total": {"sum": AMOUNT},
        },
    } | change  # fmt: skip


def inactivity(name: str = "quiet", **change: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "inactivity", "version": "s1", "revision": 1,
        "on": types("product_added", "page_viewed"), "at_least": 2, "within_ms": 60 * MINUTE, "silent_ms": 30 * MINUTE,
        "per": None, "collect": {},
    } | change  # fmt: skip


def sequence(name: str = "stuck", **change: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "sequence", "version": "s1", "revision": 1,
        "steps": [step(["product_added"]), step(["page_viewed"]), step(["calculator_used"], ["order_completed"])],
        "within_ms": 60 * MINUTE, "cooldown_ms": None, "settle": False, "per": None,
        "collect": {
            "items": {"each": PRODUCT, "minus": [], "max": 2}, "total": {"sum": AMOUNT},
            "second": {"value": PRODUCT, "step": 1},
        },
    } | change  # fmt: skip


def step(on: Sequence[str], nots: Sequence[str] = ()) -> dict[str, Any]:
    return {"on": types(*on), "not": types(*nots)}


def session(name: str = "visited", **change: Any) -> dict[str, Any]:
    added = {"baskets": types("product_added")}
    return {
        "name": name, "kind": "session", "version": "s1", "revision": 1,
        "on": types("page_viewed"), "counts": added | {"orders": types("order_completed")}, "gap_ms": 30 * MINUTE,
        "where": ["=", ["moment", "orders", "int"], lit(0, "int")], "per": None,
        "collect": {
            "items": {"each": PRODUCT, "minus": [], "max": 2}, "total": {"sum": AMOUNT},
            "added": {"value": PRODUCT, "of": "baskets"}, "spent": {"sum": AMOUNT, "of": "orders"},
        },
    } | change  # fmt: skip


def change(name: str = "fell", **changes: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "change", "version": "s1", "revision": 1,
        "on": types("page_viewed"), "of": None, "recent_ms": 7 * DAY, "baseline_ms": 28 * DAY, "every_ms": DAY,
        "falls_to": 5_000, "rises_to": None, "baseline_at_least": "8", "baseline_spans_ms": 21 * DAY,
        "cooldown_ms": None, "per": None,
    } | changes  # fmt: skip


def profile(name: str = "became_gold", **change: Any) -> dict[str, Any]:
    segment = ["profile", "segment", "string"]
    return {
        "name": name, "kind": "profile", "version": "s1", "revision": 1, "per": None,
        "when": ["=", segment, ["lit", "gold", "string"]], "first": "ignored",
        "collect": {"segment": {"value": segment}},
    } | change  # fmt: skip


def date(name: str = "birthday", **change: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": "date", "version": "s1", "revision": 1, "per": None,
        "date": ["profile", "birth_date", "string"], "every": "year", "before_days": 0, "at": "09:00",
        "collect": {"first_name": {"value": ["profile", "first_name", "string"]}},
    } | change  # fmt: skip


PROFILE = dict.fromkeys(
    ("email", "phone", "locale", "first_name", "segment", "birth_date", "time_zone", "tier"), "string"
) | {"age": "int", "renews": "timestamp"}  # fmt: skip


def send(step_id: str = "remind", channels: tuple[str, ...] = ("email",), **change: Any) -> dict[str, Any]:
    return {
        "id": step_id, "kind": "send", "channels": list(channels), "template": "hello", "with": {},
        "expires_ms": 2 * HOUR, "refused": {},
    } | change  # fmt: skip


def wait(step_id: str = "pause", minutes: float = 60, **change: Any) -> dict[str, Any]:
    step = {"id": step_id, "kind": "wait", "for_ms": round(minutes * MINUTE), "until": [], "timeout_then": None}
    return step | change


def until_local(step_id: str = "pause", minute: int = 9 * 60, days: list[int] | None = None) -> dict[str, Any]:
    local = {"days": days, "minute": minute}
    return {"id": step_id, "kind": "wait", "local": local, "until": [], "timeout_then": None}


def branch(step_id: str = "which", *cases: tuple[Any, str | None], otherwise: str | None = None) -> dict[str, Any]:
    ways = [{"when": when, "then": then} for when, then in cases]
    return {"id": step_id, "kind": "branch", "cases": ways, "else_then": otherwise}


def update(step_id: str = "note", **values: tuple[str, Any]) -> dict[str, Any]:
    made = {name: {"type": kind, "value": value} for name, (kind, value) in values.items()}
    return {"id": step_id, "kind": "update", "set": made}


def emit(step_id: str = "tell-crm", **change: Any) -> dict[str, Any]:
    return {"id": step_id, "kind": "emit", "emit": "crm-tasks", "with": {}, "expires_ms": None} | change


def experiment(step_id: str = "voucher", **arms: tuple[int, str | None]) -> dict[str, Any]:
    made = [{"name": name, "share": share, "then": then} for name, (share, then) in arms.items()]
    return {"id": step_id, "kind": "experiment", "arms": made}


def decide(step_id: str = "best", *offers: dict[str, Any], otherwise: str | None = None) -> dict[str, Any]:
    return {"id": step_id, "kind": "decide", "offers": list(offers), "otherwise_then": otherwise}


def offer(name: str, score: Any, then: str | None = None, where: Any = None, **cap: Any) -> dict[str, Any]:
    return {
        "name": name, "score": score if isinstance(score, list) else ["lit", str(score), "decimal"], "where": where,
        "then": then, "at_most": None, "window_ms": None,
    } | cap  # fmt: skip


def lit(value: Any, kind: str = "string") -> list[Any]:
    return ["lit", value, kind]


def leave(step_id: str = "done") -> dict[str, Any]:
    return {"id": step_id, "kind": "exit", "reason": "finished"}


def journey(name: str = "win-back", on: str = "abandoned", **change: Any) -> dict[str, Any]:
    enter = {"on": on, "where": None, "fresh_ms": DAY, "again": {"rule": "after_exit", "after_ms": 0, "per": "key"}}
    return {
        "name": name, "version": "j1", "revision": 1, "purpose": "marketing", "priority": 40,
        "run_ms_max": 30 * DAY, "enter": enter | change.pop("enter", {}), "per": BASKET if on == "abandoned" else None,
        "exit": types("order_completed"), "goal": None, "steps": [send()],
    } | change  # fmt: skip


def plan(*parts: dict[str, Any], **workspace: Any) -> dict[str, Any]:
    """A plan of these signals (with `kind`) and journeys."""
    return {
        "format": 1,
        "workspace": {
            "name": "test", "bound_ms": BOUND, "time_zone": "UTC", "locale": "en", "partitions": 1,
            "live_from_ms": None, "purposes": ["marketing", "advice", "transactional"],
            "dedup_horizon_ms": 7 * DAY, "late_horizon_ms": DAY,
            "profile": {"email": "string", "phone": "string", "locale": "string", "first_name": "string"},
            "channels": {
                "email": {"address": "email", "topic": "actions.email", "expires_ms": DAY},
                "sms": {"address": "phone", "topic": "actions.sms", "expires_ms": DAY},
                "web": {"address": None, "topic": "actions.web", "expires_ms": HOUR},
            },
            "emits": {"crm-tasks": {"topic": "actions.crm-tasks", "expires_ms": HOUR}},
            "limits": {"open_runs": 20, "events_per_key": 200, "steps_per_input": 100, "run_ms_max": 30 * DAY},
        } | workspace,
        "signals": [part for part in parts if "kind" in part],
        "journeys": [part for part in parts if "kind" not in part],
        "templates": {"hello": {channel: {"en": {"body": "Hello"}} for channel in ("email", "sms", "web")}},
    }  # fmt: skip


_serial = iter(range(1, 1_000_000_000))


def restart_ids() -> None:
    """Number events from 1,000,000 on, above those made while modules load.

    What is spread or tried on a share hangs on ids: a test has the same ones, whichever tests run before it.
    """
    global _serial
    _serial = iter(range(1_000_000, 1_000_000_000))


def tp(kind: str, minutes: float, **fields: Any) -> dict[str, Any]:
    """An input row: a touchpoint of `kind`, so many minutes after the start."""
    row = {"event_id": f"e{next(_serial)}", "type": kind, "at": at(minutes)}
    if kind.startswith(("product_", "order_")):
        row["basket_id"] = "b1"
    if kind in ("product_added", "product_removed"):
        row["product_id"] = "p1"
    return row | fields


def memories(state: dict[str, Any], spec: dict[str, Any]) -> list[dict[str, Any]]:
    """What a signal remembers: the memory of each of its keys, or its only one."""
    found = state["sig"][spec["name"]]
    return list(found.values()) if spec["per"] else [found]


def reachable(email: str = "a@example.org", purpose: str = "marketing") -> list[dict[str, Any]]:
    """The touchpoints that make a customer reachable by e-mail for `purpose`."""
    return [
        tp("profile_updated", -60, attributes={"email": email}),
        tp("consent_given", -60, attributes={"purpose": purpose}),
    ]


@dataclass
class Outcome:
    """All that came out of a play."""

    effects: list[tuple[str, Any]]
    replay: Replay

    def of(self, kind: str) -> list[Any]:
        return [record for name, record in self.effects if name == kind]

    @property
    def moments(self) -> list[Any]:
        return self.of("moment")

    @property
    def actions(self) -> list[Any]:
        return self.of("action")

    def decisions(self, *kinds: str) -> list[tuple[str, str, str]]:
        """(kind, outcome, reason) of every decision, or of those of the given kinds."""
        found = [(one["kind"], one["outcome"], one["reason"]) for one in self.of("decision")]
        return [one for one in found if not kinds or one[0] in kinds]

    def reasons(self, kind: str) -> list[str]:
        return [reason for one, _, reason in self.decisions(kind) if one == kind]


def play(
    plan_: dict[str, Any], rows: list[dict[str, Any]], until_minutes: float | None = None, subject: str = "c1"
) -> Outcome:
    """Feed the rows in this order, then let time pass (by default until nothing is open)."""
    replay = Replay(Engine(plan_))
    until_ms = None if until_minutes is None else at(until_minutes)
    effects = [effect for _, effect in replay.run(((subject, row) for row in rows), until_ms)]
    return Outcome(effects, replay)
