"""The generated filter on a real Flink: it may let too much through, never too little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjo.compile.filter import filter_sql
from cjo.engine.conditions import compile_condition
from cjo.stack.java import java_home
from tests.strategies import conditions, corner_conditions, corner_rows, rows

pytestmark = pytest.mark.flink
_ROWS = 300
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def _examples(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Different examples, the same in every run."""
    found: dict[str, Any] = {}

    @settings(max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=_QUIET)
    @given(strategy)
    def collect(example: Any) -> None:
        found[json.dumps(example)] = example

    collect()
    return list(found.values())


def _run(folder: Path, tried: list[dict[str, Any]], filters: list[str]) -> list[set[int]]:
    """For each filter the indexes of the rows that it passes on Flink."""
    (folder / "in.json").write_text(json.dumps({"rows": tried, "filters": filters}), encoding="utf-8")
    environment = {**os.environ, "JAVA_HOME": str(java_home()), "FLINK_LOG_DIR": str(folder)}
    command = [sys.executable, "-m", "tests.flink.filters_job", str(folder / "in.json"), str(folder / "out.json")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [set(found) for found in json.loads((folder / "out.json").read_text())]


@pytest.mark.parametrize("count", [30, pytest.param(600, marks=pytest.mark.nightly)])
def test_no_row_that_a_condition_holds_for_is_filtered_out(tmp_path: Path, count: int) -> None:
    conds = [*corner_conditions(), *_examples(conditions, count)]
    tried = [*corner_rows(), *_examples(rows(), _ROWS)]
    closures: list[Callable[..., bool | None]] = [compile_condition(cond) for cond in conds]
    filters = [filter_sql({"probed": [cond]}) for cond in conds]

    passed = _run(tmp_path, tried, filters)

    for cond, sql, closure, found in zip(conds, filters, closures, passed, strict=True):
        wanted = {index for index, row in enumerate(tried) if closure(row, None, None) is True}
        lost = [tried[index] for index in sorted(wanted - found)]
        assert not lost, f"{sql}\nlets {lost[:3]} not through, for which {cond} holds"
    stopped = sum(len(tried) - len(found) for found in passed)
    assert stopped > len(conds) * len(tried) / 4, "the filters let nearly everything through: this tests nothing"
