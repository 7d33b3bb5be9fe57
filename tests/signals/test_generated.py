"""S1, S2, S3, S5, S6, T2, T3: engine and reference agree on generated plans of several signals, and generated logs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.signals.__main__ import play
from tests.signals.generated.cases import KEPT, difference, read
from tests.signals.generated.chance import KINDS_OF_CASES, USUAL, cases, late_cases

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=400, deadline=None, suppress_health_check=_QUIET)
@given(cases())
def test_s6_a_plan_of_signals_does_what_the_references_say(case) -> None:
    assert difference(case) is None


@pytest.mark.interpreted
@settings(max_examples=300, deadline=None, suppress_health_check=_QUIET)
@given(late_cases())
def test_t4_s6_what_is_left_in_the_end_does_not_hang_on_how_late_touchpoints_come(case) -> None:
    assert difference(case) is None


@pytest.mark.interpreted
@pytest.mark.nightly
def test_thousands_of_plans_of_signals_do_what_the_references_say() -> None:
    parts = [play(sort, number, 250) for sort in KINDS_OF_CASES for number in range(40)]

    assert [part.failing for part in parts if part.failing] == []
    told = sum((part.told for part in parts), Counter[str]())
    assert min(told[f"at depth {depth}"] for depth in range(4)) > 50
    assert min(told[f"of kind {kind}"] for kind in USUAL) > 50
    assert min(told[f"taken back at depth {depth}"] for depth in range(3)) > 50


@pytest.mark.parametrize("file", sorted(KEPT.glob("*.json")), ids=lambda file: file.stem)
def test_a_kept_case_goes_right(file: Path) -> None:
    assert difference(read(file)) is None
