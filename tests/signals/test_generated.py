"""S1, S2, S3, S5, S6, T2, T3: engine and reference agree on generated plans of several signals, and generated logs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.signals.generated.cases import KEPT, difference, read
from tests.signals.generated.chance import cases

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=400, deadline=None, suppress_health_check=_QUIET)
@given(cases())
def test_s6_a_plan_of_signals_does_what_the_references_say(case) -> None:
    assert difference(*case) is None


@pytest.mark.parametrize("file", sorted(KEPT.glob("*.json")), ids=lambda file: file.stem)
def test_a_kept_case_goes_right(file: Path) -> None:
    assert difference(*read(file)) is None
