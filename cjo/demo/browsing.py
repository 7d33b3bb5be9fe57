"""The four fifths of all traffic that no journey asks about: pages, products, searches, questions."""

from __future__ import annotations

from typing import Any

import numpy as np

from cjo.demo.parts.shop import product_id
from cjo.demo.people import customer_id, device_of
from cjo.demo.shape import DAY_MS, HOUR_MS, Shape

_MEAN_SESSION = 7
_ANONYMOUS_SHARE = 0.25
_TOPICS = ("home", "account", "cards", "news", "delivery", "savings", "stores")
_QUERIES = ("running shoes", "garden chair", "open account", "toaster", "gift", "transfer abroad")
_QUESTIONS = ("Where is my order?", "My card is blocked.", "How do I return this?")
_KINDS = ("page_viewed", "product_viewed", "search_performed", "support_contacted")
_SHARES = (0.58, 0.32, 0.09, 0.01)
_HOURS = np.array([1, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 10, 9, 8, 8, 9, 10, 12, 13, 12, 9, 6, 3], dtype=float)


class Browsing:
    """`count` touchpoints of sessions spread over the week, held as columns and turned into records on demand."""

    def __init__(self, shape: Shape, count: int) -> None:
        chance = np.random.default_rng(shape.entropy("browsing"))
        sessions = max(1, count // _MEAN_SESSION)
        sizes = chance.geometric(1 / _MEAN_SESSION, sessions)
        while sizes.sum() < count:
            sizes = np.concatenate([sizes, chance.geometric(1 / _MEAN_SESSION, sessions // 4 + 1)])
        session = np.repeat(np.arange(len(sizes)), sizes)[:count]
        first = np.r_[True, session[1:] != session[:-1]][:count]
        gaps = np.where(first, 0, chance.exponential(35_000, count)).astype(np.int64)
        walked = np.cumsum(gaps)
        starts = _starts(shape, chance, len(sizes))
        at_ms = starts[session] + walked - walked[first][session]
        self.at_ms = np.minimum(at_ms, shape.end_ms - 1)
        self._first = first.tolist()
        self._session = session.tolist()
        self._kind = chance.choice(len(_KINDS), count, p=_SHARES).tolist()
        self._detail = chance.integers(0, 1 << 20, count).tolist()
        people = (chance.random(len(sizes)) ** 1.4 * shape.customers).astype(np.int64)
        self._who = np.where(chance.random(len(sizes)) < _ANONYMOUS_SHARE, -1 - people, people).tolist()
        self._web = (chance.random(len(sizes)) < 0.6).tolist()
        self._products = shape.products

    def subject(self, index: int) -> str:
        """The subject of one touchpoint."""
        who = self._who[self._session[index]]
        return customer_id(who) if who >= 0 else f"device:{_unknown_device(who)}"

    def touchpoint(self, index: int) -> dict[str, Any]:
        """One touchpoint as a record of the contract, without id and times."""
        session = self._session[index]
        who = self._who[session]
        record: dict[str, Any] = {"session_id": f"s{session:x}", "channel": "web" if self._web[session] else "app"}
        if who >= 0:
            record["customer_id"] = customer_id(who)
            record["device_id"] = device_of(who)
        else:
            record["device_id"] = _unknown_device(who)
        self._tell(index, record)
        return record

    def _tell(self, index: int, record: dict[str, Any]) -> None:
        if self._first[index]:
            record["type"] = "session_started"
            return
        kind, detail = _KINDS[self._kind[index]], self._detail[index]
        record["type"] = kind
        if kind == "page_viewed":
            topic = _TOPICS[detail % len(_TOPICS)]
            record["attributes"] = {"topic": topic, "page": f"/{topic}"}
        elif kind == "product_viewed":
            record["product_id"] = product_id(detail % self._products)
        elif kind == "search_performed":
            record["attributes"] = {"query": _QUERIES[detail % len(_QUERIES)], "results": str(detail % 90)}
        else:
            record["channel"] = "support"
            record["text"] = _QUESTIONS[detail % len(_QUESTIONS)]


def _unknown_device(who: int) -> str:
    return f"x{-who:06d}"


def _starts(shape: Shape, chance: np.random.Generator, count: int) -> np.ndarray:
    hours = np.arange(shape.begin_ms // HOUR_MS, shape.end_ms // HOUR_MS)
    weights = _HOURS[hours % (DAY_MS // HOUR_MS)]
    chosen = chance.choice(hours, count, p=weights / weights.sum())
    starts = chosen * HOUR_MS + chance.integers(0, HOUR_MS, count)
    return np.clip(starts, shape.begin_ms, shape.end_ms - 1)
