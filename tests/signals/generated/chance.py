"""Cases by chance."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.engine.build import BOUND
from tests.signals.generated.cases import Case
from tests.signals.generated.logs import logs
from tests.signals.generated.specs import ABOUT_KEYS, plans
from tests.signals.kinds import KINDS

USUAL = tuple(kind for kind, known in KINDS.items() if known.specs is not None)
"""Kinds that logs over the vocabulary of tests/signals/logs.py make fire."""


MADE_ANEW = ("absence", "inactivity", "session")
"""Kinds that take back what turns out not to have been, and tell what was in its place, however late that shows."""


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[str, ...] = USUAL) -> Case:
    """A log within the bound, and delays of another order of arrival."""
    log = draw(logs())
    delays = draw(st.one_of(st.none(), st.lists(st.integers(0, BOUND - 1), min_size=len(log), max_size=len(log))))
    return Case(draw(plans(kinds)), log, delays)


@st.composite
def late_cases(draw: st.DrawFn) -> Case:
    """A log with what comes later than the bound, and signals whose moments do not depend on that in the end."""
    return Case(draw(plans(MADE_ANEW, ABOUT_KEYS)), draw(logs(late=True)), late=True)


KINDS_OF_CASES = {"usual": cases, "late": late_cases}
"""By name, for `python -m tests.signals`."""
