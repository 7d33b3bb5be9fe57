"""Touchpoints as hypothesis makes them, in the form that the reader gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

text = st.text(max_size=20)
words = st.text(min_size=1, max_size=20)
times = st.integers(min_value=-(2**52), max_value=2**52)
amounts = st.integers(min_value=-(10**18) + 1, max_value=10**18 - 1).map(lambda whole: Decimal(whole).scaleb(-4))
lines = st.fixed_dictionaries(
    {"product_id": words, "quantity": st.integers(1, 2**31 - 1), "amount": st.none() | amounts}
)
touchpoints: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "event_id": words,
        "customer_id": st.none() | text,
        "device_id": st.none() | text,
        "identities": st.dictionaries(words, text, max_size=3),
        "channel": words,
        "type": words,
        "occurred_at": times,
        "sent_at": st.none() | times,
        "received_at": st.none() | times,
        **{name: st.none() | text for name in ("session_id", "product_id", "basket_id", "order_id")},
        "lines": st.lists(lines, max_size=3),
        "amount": st.none() | amounts,
        "currency": st.none() | text,
        "text": st.none() | text,
        "attributes": st.dictionaries(words, text, max_size=4),
    }
)
