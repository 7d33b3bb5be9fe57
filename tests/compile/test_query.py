"""The query and the sinks that the main job makes of a plan (text only; tests/flink runs them)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cjo.avro.contracts import load_schema
from cjo.compile import compile_workspace
from jobs import _log, _sides
from tests.compile.test_subjects import TRACKING, with_subjects
from tests.spec import workspaces


@pytest.fixture
def plain(tmp_path: Path) -> dict[str, Any]:
    """A plan of customers alone, in a workspace that declares other subjects."""
    return compile_workspace(with_subjects(tmp_path, workspaces.FILES["shop/journey.yaml"], TRACKING))


def test_a_plan_of_customers_alone_has_the_query_that_it_had_before_there_were_other_subjects(plain) -> None:
    query = _log.log_query("touchpoints", plain)
    assert "UNNEST" not in query and "reserved" not in query
    assert query.startswith(f"SELECT\n  CASE WHEN {_log.DEAD_KIND} IS NULL THEN {_log.SUBJECT}\n")
    assert query.count("FROM touchpoints") == 1
    assert query.endswith(f"AND ({_log._with_columns(plain['filter'])})) OR {_log.DEAD_KIND} IS NOT NULL")


def test_with_other_subjects_the_log_is_read_once_still(tmp_path: Path) -> None:
    plan = compile_workspace(with_subjects(tmp_path))
    query = _log.log_query("touchpoints", plan)
    assert query.count("FROM touchpoints") == 1
    assert "'@account:' || `attributes.account_id`" in query
    assert "`attributes`[" not in query
    assert "'@device:' || `device_id`" in query


def test_attributes_that_a_filter_looks_at_are_columns_but_not_in_a_literal() -> None:
    plan = {"filter": "`attributes`['a''b'] = 'it''s `attributes`[''c'']' AND `attributes`['d'] IS NULL"}
    assert _log.entries_of(plan) == ["a'b", "d"]
    assert _log._with_columns(plan["filter"]) == (
        "`attributes.a'b` = 'it''s `attributes`[''c'']' AND `attributes.d` IS NULL"
    )


def test_only_the_sink_without_transactions_may_write_into_the_log(plain) -> None:
    submission = {
        "plan": plain, "broker": "b:1", "options": {"transaction_timeout_ms": 1_000},
        "contracts": {"touchpoint": load_schema("touchpoint")}, "schema_ids": {},
    }  # fmt: skip
    once, repeating = _sides.sink_tables(submission, "p")
    assert "records_exactly_once" in once
    assert not re.search(r"'topic-pattern' = '[^']*touchpoints", once)
    assert re.search(r"'topic-pattern' = '[^']*\|touchpoints'", repeating)


def test_a_collected_value_may_be_called_where_and_keeps_its_column(tmp_path: Path) -> None:
    added = "    collect: {where: channel, total: sum(amount)}\n"
    text = re.sub(r"^    collect:.*\n(      .*\n)*", added, workspaces.FILES["shop/journey.yaml"], count=1, flags=re.M)
    assert added in text
    plan = compile_workspace(with_subjects(tmp_path, text, TRACKING))
    assert "channel" in plan["columns"]
