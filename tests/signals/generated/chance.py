"""Cases by chance."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.engine.build import BOUND
from tests.signals.generated.logs import Row, logs
from tests.signals.generated.specs import plans
from tests.signals.kinds import KINDS

USUAL = tuple(kind for kind, known in KINDS.items() if known.specs is not None)
"""Kinds that logs over the vocabulary of tests/signals/logs.py make fire."""


Case = tuple[list[dict[str, Any]], list[tuple[str, Row]], list[int] | None]


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[str, ...] = USUAL) -> Case:
    """(signals, log, delays of another order of arrival)."""
    log = draw(logs())
    delays = draw(st.one_of(st.none(), st.lists(st.integers(0, BOUND - 1), min_size=len(log), max_size=len(log))))
    return draw(plans(kinds)), log, delays


KINDS_OF_CASES = {"usual": cases}
"""By name, for `python -m tests.signals`."""
