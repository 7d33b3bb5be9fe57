"""Edits of a contract: which may follow the registered version, and what is said of those that may not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from cjo.avro.codec import load_schema
from cjo.avro.compatibility import incompatibilities

Schema = dict[str, Any]


def edited(edit: Callable[[dict[str, Schema], Schema], object]) -> Schema:
    """The Touchpoint contract after `edit(fields by name, schema)`."""
    schema = copy.deepcopy(load_schema("touchpoint"))
    edit({field["name"]: field for field in schema["fields"]}, schema)
    return schema


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda fields, schema: schema["fields"].remove(fields["event_id"]), "event_id"),
        (lambda fields, schema: schema["fields"].append({"name": "must", "type": "string"}), "must"),
        (lambda fields, schema: fields["occurred_at"].update(type="string"), "reader type: string"),
        (lambda fields, schema: fields["occurred_at"].update(type="long"), "occurred_at: logicalType was"),
        (lambda fields, schema: fields["text"]["type"].append("long"), "missing union branch"),
        (lambda fields, schema: fields["amount"]["type"][1].update(scale=2), "amount: scale was 4 and became 2"),
        (lambda fields, schema: fields["lines"]["type"]["items"]["fields"].pop(0), "product_id"),
    ],
)
def test_an_incompatible_edit_is_named(edit: Callable[[dict[str, Schema], Schema], object], said: str) -> None:
    assert said in " ".join(incompatibilities(load_schema("touchpoint"), edited(edit)))


@pytest.mark.parametrize(
    "edit",
    [
        lambda fields, schema: schema["fields"].append({"name": "may", "type": ["null", "string"], "default": None}),
        lambda fields, schema: schema["fields"].remove(fields["text"]),
        lambda fields, schema: fields["text"].update(doc="better words"),
    ],
)
def test_a_field_with_a_default_may_come_and_go(edit: Callable[[dict[str, Schema], Schema], object]) -> None:
    assert incompatibilities(load_schema("touchpoint"), edited(edit)) == []


@pytest.mark.parametrize("name", ["touchpoint", "moment", "action", "decision", "dead_letter"])
def test_every_contract_may_follow_itself(name: str) -> None:
    assert incompatibilities(load_schema(name), load_schema(name)) == []
