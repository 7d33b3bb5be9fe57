"""The rows of `python -m bench.factors` are what their names say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.factors.__main__ import arguments
from bench.factors.log import PlainLog
from bench.factors.rows import BASE, CASES, cases_for
from bench.factors.signals import TOUCHED, make_workspace
from bench.factors.table import table
from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.engine.plan import CompiledPlan

LOG = PlainLog(records=20_000, customers=500, end_ms=1_795_000_000_000, partitions=4)


@pytest.mark.parametrize(("signals", "relevance"), [(1, 20), (5, 20), (20, 20), (50, 20), (20, 5), (20, 100)])
def test_so_much_of_the_log_is_relevant_to_so_many_signals(signals: int, relevance: int, tmp_path: Path) -> None:
    plan = compile_workspace(make_workspace(tmp_path / "journeys", signals, relevance))
    compiled = CompiledPlan(plan)

    found = [
        compiled.wanted.match(row_of(touchpoint, at_ms, plan["columns"])[1])
        for _, at_ms, touchpoint in LOG.touchpoints()
    ]

    touched = [{signal.name for signal, _, _ in targets} for targets in found if targets]
    assert len(touched) / len(found) == pytest.approx(relevance / 100, rel=0.1)
    assert max(map(len, touched)) == min(TOUCHED, signals)
    assert len(plan["signals"]) == min(signals, relevance * TOUCHED)


def test_the_log_is_the_same_each_time_and_in_order() -> None:
    first, again = list(LOG.touchpoints()), list(LOG.touchpoints())

    assert first == again
    assert [at_ms for _, at_ms, _ in first] == sorted(at_ms for _, at_ms, _ in first)
    assert len({customer for customer, _, _ in first}) == 500
    assert LOG.begin_ms <= first[0][1] and first[-1][1] < LOG.end_ms


def test_a_row_differs_from_the_base_case_in_one_factor() -> None:
    for case in CASES[1:]:
        changed = [
            name for name in ("signals", "relevance", "customers", "backend", "taskmanagers")
            if getattr(case, name) != getattr(BASE, name)
        ]  # fmt: skip
        assert len(changed) == 1


def test_a_longer_log_of_more_customers_leaves_the_rows_about_customers_as_they_are() -> None:
    found = {case.name: case.customers for case in cases_for(200_000)}

    assert found.pop("customers-10k") == 10_000
    assert found.pop("customers-1M") == 1_000_000
    assert set(found.values()) == {200_000}


@pytest.mark.parametrize("option", ["--records", "--repeat", "--customers"])
def test_a_run_of_nothing_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments([option, "0"])

    assert f"{option}: a whole number from 1 on is needed, got '0'" in capsys.readouterr().err


def test_the_table_compares_with_the_base_case_and_the_limit() -> None:
    rows = [
        {"case": "limit", "steady_per_s": 400_000, "cpu_us": 4.0, "moments": None},
        {"case": "base", "steady_per_s": 100_000, "cpu_us": 17.0, "moments": {"in all": 12_345}},
        {"case": "signals-1", "steady_per_s": 160_000, "cpu_us": None, "moments": {"in all": 1}},
    ]
    text = table(rows)

    assert "signals-1           160,000     1.60      0.40       -           1" in text
    assert "base is 0.25 of limit, at least 0.35 is wanted: MISSED" in text
    assert "base is 0.62 of signals-1, at least 0.5 is wanted: reached" in text


def test_a_row_that_was_over_too_soon_says_what_to_do() -> None:
    base = {"case": "base", "steady_per_s": 100_000, "cpu_us": 17.0, "moments": {"in all": 12_345}}
    rows = [{"case": "limit", "steady_per_s": None, "cpu_us": None, "moments": None}, base] * 2

    assert table(rows).endswith("\n\nlimit was over before its rate could be told: a longer log has it (--records)")


def test_of_several_rounds_the_table_tells_the_middle_and_how_far_apart_they_are() -> None:
    limit = [{"case": "limit", "steady_per_s": per_s, "cpu_us": 4.0, "moments": None} for per_s in (400, 500, 900)]
    base = [
        {"case": "base", "steady_per_s": per_s, "cpu_us": per_s / 10, "moments": {"in all": 7}}
        for per_s in (90, 200, 190)
    ]
    text = table([row for pair in zip(limit, base, strict=True) for row in pair])

    assert "base                    190     1.00      0.38    19.0           7   3 rounds: 90 to 200" in text
    assert "base is 0.38 of limit, at least 0.35 is wanted: reached" in text
