"""The jobs' format and its Python twin judge records alike, whatever registry and writer give them (F2, T1)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from cjo.avro.codec import Reader, Writer, load_schema
from cjo.avro.contracts import needed_of
from cjo.avro.encoder import varint
from cjo.avro.registry import Registry
from cjo.avro.rows import row_of
from cjo.errors import RecordError, RegistryError
from tests.avro.in_the_jvm import COLUMNS, CONTRACT, Answers, Jvm, id_path, serving

pytestmark = pytest.mark.flink

NOW = 1_700_000_000_000
TOUCHPOINT = load_schema("touchpoint")
GOOD = Writer(TOUCHPOINT, CONTRACT)(
    {"event_id": "e", "customer_id": "c", "channel": "web", "type": "t", "occurred_at": NOW}
)
OTHER = 7


@pytest.fixture(scope="module")
def jvm(tmp_path_factory: pytest.TempPathFactory) -> Jvm:
    return Jvm(tmp_path_factory.mktemp("format"))


def by(schema_id: int, rest: bytes = b"") -> bytes:
    """The good record as one of another schema, with more behind it."""
    return b"\0" + schema_id.to_bytes(4, "big") + GOOD[5:] + rest


def with_field(avro: Any, name: str = "more") -> dict[str, Any]:
    """The contract with one more field."""
    schema = copy.deepcopy(TOUCHPOINT)
    schema["fields"].append({"name": name, "type": avro})
    return schema


def judged(jvm: Jvm, answers: Answers, records: list[bytes]) -> list[str]:
    """The kind of each record, `good` where it is none; both twins must say the same."""
    with serving(answers) as url:
        found = [row["dead_kind"] or "good" for row in jvm.read(url, records)]
        assert len(found) == len(records), jvm.said[-2000:]
        read = Reader(Registry(url), needed_of(TOUCHPOINT, COLUMNS))
        assert found == [_kind(read, one) for one in records]
    return found


def _kind(read: Reader, record: bytes) -> str:
    """What becomes of a record in Python: the format's columns are typed, there a row is what finds a wrong type."""
    try:
        row_of(read(record), NOW, COLUMNS)
    except RecordError as error:
        return "undecodable" if error.kind == "invalid" else error.kind
    return "good"


def test_f2_however_many_records_have_unknown_ids_they_are_dead_letters_while_the_contract_is_known(jvm: Jvm) -> None:
    in_another_framing = b"\0" + (7).to_bytes(8, "big") + GOOD[5:]
    found = judged(jvm, Answers(), [in_another_framing] * 300 + [GOOD])
    assert found == ["unknown_schema"] * 300 + ["good"]


def test_f2_a_registry_that_does_not_know_the_contract_any_more_stops_the_job(jvm: Jvm) -> None:
    other = json.dumps({**TOUCHPOINT, "name": "Other"})
    for known in ({}, {id_path(CONTRACT): other}):
        answers = Answers()
        answers.by_path = known
        with serving(answers) as url:
            assert jvm.read(url, [by(99)]) == []
        assert "seems to have lost its schemas: it no longer knows schema id 1" in jvm.said


def test_f2_the_contract_is_not_asked_for_with_every_unknown_id(jvm: Jvm) -> None:
    answers = Answers()
    with serving(answers) as url:
        found = jvm.read(url, [by(1_000 + number) for number in range(200)])
    assert {row["dead_error"] for row in found} == {
        f"the registry knows no schema of id {1_000 + n}" for n in range(200)
    }
    assert answers.asked.count(id_path(CONTRACT)) < 100


ADDRESS = {
    "type": "record",
    "name": "Address",
    "namespace": "io.shop",
    "fields": [
        {"name": "zip", "type": "string"},
        {"name": "country", "type": {"type": "enum", "name": "Country", "symbols": ["CH", "DE"]}},
    ],
}
PERSON = {
    "type": "record",
    "name": "Person",
    "namespace": "io.people",
    "fields": [{"name": "home", "type": "io.shop.Address"}, {"name": "work", "type": ["null", "io.shop.Address"]}],
}
OF_ADDRESS = {"name": "io.shop.Address", "subject": "address/new", "version": 1}
OF_PERSON = {"name": "io.people.Person", "subject": "person", "version": 3}
CH_8001 = b"\x088001\0"


def referring(known: bool = True) -> Answers:
    """A registry with a schema that refers to others, one of which refers to the first."""
    fields = with_field("io.shop.Country", "country")
    fields["fields"] += [{"name": "person", "type": "io.people.Person"}, {"name": "to", "type": "io.shop.Address"}]
    own = {"schema": json.dumps(fields), "references": [OF_ADDRESS, OF_PERSON]}
    person = {"schema": json.dumps(PERSON), "references": [OF_ADDRESS]}
    address = {"/subjects/address%2Fnew/versions/1": json.dumps(ADDRESS)} if known else {}
    return Answers(**{id_path(OTHER): own, "/subjects/person/versions/3": person, **address})


def test_f2_records_of_a_schema_that_refers_to_others_are_read(jvm: Jvm) -> None:
    good = by(OTHER, b"\x02" + CH_8001 + b"\x02" + CH_8001 + CH_8001)
    assert judged(jvm, referring(), [good, by(OTHER)]) == ["good", "undecodable"]


def test_f2_a_schema_that_is_known_and_can_not_be_used_is_told_from_an_unknown_one(jvm: Jvm) -> None:
    texts = {
        10: 'syntax = "proto3"; message Other {}',
        11: json.dumps(with_field("io.shop.Address")),
        12: json.dumps({**TOUCHPOINT, "fields": [{"name": "event_id", "type": "string", "order": "zzz"}]}),
        13: json.dumps(with_field({"type": "fixed", "name": "Much", "size": 2**31 - 1})),
    }
    answers = referring(known=False)
    answers.by_path |= {id_path(number): text for number, text in texts.items()}
    ids = [*texts, OTHER, 99]
    with serving(answers) as url:
        found = jvm.read(url, [by(number) for number in ids] * 100)
        assert len(found) == 100 * len(ids), jvm.said[-2000:]
        said = {number: str(row["dead_error"]) for number, row in zip(ids, found, strict=False)}
        assert {row["dead_kind"] for row in found} == {"unknown_schema"}
        read = Reader(Registry(url), needed_of(TOUCHPOINT, COLUMNS))
        for number in (10, 11, OTHER, 99):
            with pytest.raises(RecordError) as caught:
                read(by(number))
            assert caught.value.kind == "unknown_schema"
            assert ("no schema has the id" in caught.value.message) is (number == 99)
    assert [number for number in ids if "can't be used" in said[number]] == ids[:-1]
    assert "version 1 of subject address/new" in said[OTHER]
    assert "io.shop.Address" in said[11]
    assert said[99] == "the registry knows no schema of id 99"


REPLIES = {
    "type": "record",
    "name": "Reply",
    "fields": [{"name": "replies", "type": {"type": "array", "items": "Reply"}}],
}
TREE = {"type": "record", "name": "Node", "fields": [{"name": "below", "type": {"type": "map", "values": "Node"}}]}
CHAIN = {"type": "record", "name": "Link", "fields": [{"name": "next", "type": ["null", "Link"]}]}
MANY = 300_000
AT_THE_LIMIT = range(495, 502)


@pytest.mark.parametrize(
    ("schema", "down", "end", "up"),
    [(REPLIES, b"\x02", b"\0", b"\0"), (TREE, b"\x02\0", b"\0", b"\0"), (CHAIN, b"\x02", b"\0", b"")],
)
def test_f2_values_that_nest_without_end_are_undecodable_and_the_next_record_is_read(
    jvm: Jvm, schema: dict[str, Any], down: bytes, end: bytes, up: bytes
) -> None:
    answers = Answers(**{id_path(OTHER): json.dumps(with_field(schema))})
    depths = [MANY, *AT_THE_LIMIT, MANY]
    found = judged(jvm, answers, [*(by(OTHER, down * depth + end + up * depth) for depth in depths), GOOD])
    assert found[0] == found[-2] == "undecodable"
    assert {"undecodable", "good"} == set(found[1:-2])
    assert found[-1] == "good"


def test_t1_items_of_no_bytes_are_read_but_not_without_end(jvm: Jvm) -> None:
    nothing = {"type": "record", "name": "Nothing", "fields": []}
    answers = Answers(
        **{
            id_path(7): json.dumps(with_field({"type": "array", "items": "null"})),
            id_path(8): json.dumps(with_field({"type": "array", "items": nothing})),
        }
    )
    few, far_too_many = varint(400) + b"\0", varint(2**50) + b"\0"
    found = judged(jvm, answers, [by(number, many) for number in (7, 8) for many in (few, far_too_many)])
    assert found == ["good", "undecodable"] * 2


def with_amount(scale: int) -> dict[str, Any]:
    """The contract with the amount as its last field, and never null."""
    amount = {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": scale}
    schema = {**TOUCHPOINT, "fields": [field for field in TOUCHPOINT["fields"] if field["name"] != "amount"]}
    schema["fields"].append({"name": "amount", "type": amount})
    return schema


def test_t1_a_decimal_of_no_bytes_is_no_number_and_one_of_more_places_than_digits_no_decimal(jvm: Jvm) -> None:
    schema = with_amount(4)
    record = Writer(schema, OTHER)(
        {"event_id": "e", "customer_id": "c", "channel": "web", "type": "t", "occurred_at": 1, "amount": "0"}
    )
    assert record.endswith(b"\x02\0")
    answers = Answers(**{id_path(OTHER): json.dumps(schema), id_path(8): json.dumps(with_amount(19))})
    found = judged(jvm, answers, [record, record.removesuffix(b"\x02\0") + b"\0", record.replace(b"\x07", b"\x08", 1)])
    assert found == ["good", "undecodable", "undecodable"]


def test_t1_a_logical_type_of_a_type_with_a_name_means_nothing_and_the_record_is_read(jvm: Jvm) -> None:
    duration = {"type": "fixed", "name": "Duration", "size": 12, "logicalType": "duration"}
    answers = Answers(**{id_path(OTHER): json.dumps(with_field(duration))})
    assert judged(jvm, answers, [by(OTHER, bytes(12)), by(OTHER, bytes(11))]) == ["good", "undecodable"]


def test_f2_json_without_a_schema_is_no_answer_of_a_registry_and_says_nothing_of_the_record(jvm: Jvm) -> None:
    for answer in ({}, {"status": "maintenance"}, {"schema": None}):
        with serving(Answers(**{id_path(OTHER): answer})) as url:
            assert jvm.read(url, [by(OTHER)]) == []
            assert "gave no answer about schema id 7: JSON without a schema" in jvm.said
            with pytest.raises(RegistryError, match="expected a schema from GET") as caught:
                Registry(url).schema(OTHER)
        assert caught.value.kind not in ("unknown", "unusable")


def test_f2_a_writer_s_default_values_and_names_of_fields_are_of_no_account(jvm: Jvm) -> None:
    default: dict[int, Any] = {7: "a", 8: 0}
    schemas = {number: with_field(["null", "string"], "of-a.shop") for number in default}
    for number, value in default.items():
        schemas[number]["fields"][-1]["default"] = value
    answers = Answers(**{id_path(number): json.dumps(schema) for number, schema in schemas.items()})
    assert judged(jvm, answers, [by(number, b"\x02\x02a") for number in schemas]) == ["good", "good"]


def test_t1_a_decimal_that_makes_no_sense_is_passed_over_where_nobody_asks_for_it(jvm: Jvm) -> None:
    senseless = [{"precision": 5, "scale": -1}, {"precision": 5, "scale": "2"}, {"precision": 5.0}, {"precision": 0}]
    schemas = [with_field({"type": "bytes", "logicalType": "decimal", **one}) for one in [*senseless, {}]]
    answers = Answers(**{id_path(7 + number): json.dumps(schema) for number, schema in enumerate(schemas)})
    records = [by(7 + number, b"\x02\x05") for number in range(len(schemas))]
    assert judged(jvm, answers, records) == ["good"] * len(schemas)


def test_t1_a_record_in_a_union_is_undecodable(jvm: Jvm) -> None:
    in_a_union = b"\0" + OTHER.to_bytes(4, "big") + b"\x02" + GOOD[5:]
    answers = Answers(**{id_path(OTHER): json.dumps(["null", TOUCHPOINT])})
    assert judged(jvm, answers, [in_a_union, GOOD]) == ["undecodable", "good"]


def test_f2_a_schema_too_deep_to_be_parsed_is_one_that_can_not_be_used(jvm: Jvm) -> None:
    deep = json.dumps(with_field("@")).replace('"@"', '{"type":"array","items":' * 1_500 + '"int"' + "}" * 1_500)
    assert judged(jvm, Answers(**{id_path(OTHER): deep}), [by(OTHER, b"\0"), GOOD]) == ["unknown_schema", "good"]


def test_f2_the_error_of_a_branch_that_a_union_has_not_is_told_each_time(jvm: Jvm) -> None:
    answers = Answers(**{id_path(OTHER): json.dumps(with_field(["null", "string"]))})
    with serving(answers) as url:
        found = jvm.read(url, [by(OTHER, b"\x01"), by(OTHER, b"\x08")] * 15_000)
    assert {row["dead_error"] for row in found[::2]} == {"a union has no branch -1"}
    assert not [row["dead_error"] for row in found if str(row["dead_error"]).endswith("null")]
