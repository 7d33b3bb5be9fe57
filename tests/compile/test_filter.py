"""The filter in front of Python stays within what SQL's planner takes; too wide is fine, too narrow never."""

from __future__ import annotations

from typing import Any

import pytest

from cjo.compile.filter import OF_A_TYPE, OF_ALL, filter_sql

TOPIC = ["attr", "topic", "string"]
SHOP = ["attr", "shop", "int"]


def among(ref: list[Any], count: int) -> list[Any]:
    return ["in", ref, [["lit", number if ref[2] == "int" else f"t{number}", ref[2]] for number in range(count)]]


@pytest.mark.parametrize("cond", [["not", among(TOPIC, 400)], among(SHOP, 400)])
def test_a_list_too_long_for_sql_lets_its_type_through(cond: list[Any]) -> None:
    assert filter_sql({"page_viewed": [cond]}) == "`type` IN ('page_viewed')"


def test_of_several_conditions_the_one_that_is_too_long_is_left_out() -> None:
    cond = ["and", ["not", among(TOPIC, 400)], ["=", SHOP, ["lit", 7, "int"]]]

    assert filter_sql({"t": [cond]}) == "(`type` = 't' AND (TRY_CAST(`attributes`['shop'] AS BIGINT) = 7))"


def test_a_long_list_of_texts_is_one_question() -> None:
    sql = filter_sql({"t": [among(TOPIC, 400)]})

    assert sql.count("['topic']") == 1
    assert "'t399'" in sql


def test_of_many_types_those_with_the_most_conditions_are_let_through() -> None:
    needs: dict[str, list[Any]] = {f"t{number}": [among(SHOP, number)] for number in range(2, 60, 3)}

    sql = filter_sql(needs)

    assert 0 < sql.count("TRY_CAST") <= OF_ALL
    assert sql.startswith("`type` IN ('t")
    assert "`type` = 't2'" in sql and "'t56'" in sql.partition(")")[0]


def test_of_alternatives_of_one_type_no_more_are_asked_than_sql_takes() -> None:
    few = [["=", ["attr", f"a{number}", "int"], ["lit", 1, "int"]] for number in range(OF_A_TYPE)]

    assert "IN (" not in filter_sql({"t": few})
    assert filter_sql({"t": [*few, ["=", SHOP, ["lit", 1, "int"]]]}) == "`type` IN ('t')"


def test_a_number_with_more_digits_than_a_long_is_written_as_a_cast() -> None:
    cond = ["<", ["field", "amount", "decimal"], ["lit", "-12.000000000000000001", "decimal"]]

    assert "`amount` < CAST('-12.000000000000000001' AS DECIMAL(38, 18))" in filter_sql({"t": [cond]})
