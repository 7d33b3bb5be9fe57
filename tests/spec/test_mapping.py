"""A mapping: rows of any kind of file as touchpoints, and what an author can get wrong in it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cjo.client.mapping import RowMapping, load_mapping
from cjo.errors import RecordError
from cjo.spec.problems import SpecErrors

FIELDS = "fields:\n  type: event\n  channel: {constant: web}\n  occurred_at: at\n  customer_id: who\n"
ROW = {"event": "page_viewed", "at": "2026-03-01T10:00:00Z", "who": "c1"}


def written(folder: Path, text: str) -> RowMapping:
    path = folder / "mapping.yaml"
    path.write_text(text)
    return load_mapping(path)


def test_columns_and_constants_become_a_touchpoint_with_an_id(tmp_path: Path) -> None:
    mapping = written(tmp_path, FIELDS + "  amount: price\nattributes: {topic: page.topic}\n")
    found = mapping.touchpoint({**ROW, "who": 17, "price": 12.50, "page": {"topic": "mortgage"}})
    assert found is not None
    event_id = found.pop("event_id")
    assert found == {
        "type": "page_viewed", "channel": "web", "occurred_at": 1_772_359_200_000, "customer_id": "17",
        "amount": "12.5", "attributes": {"topic": "mortgage"},
    }  # fmt: skip
    again = mapping.touchpoint({**ROW, "who": "17", "price": "12.50", "page": {"topic": "mortgage"}, "more": 1})
    assert again is not None
    assert again["event_id"] == event_id
    other = mapping.touchpoint({**ROW, "who": "18"})
    assert other is not None
    assert other["event_id"] != event_id


def test_identity_names_the_columns_that_tell_rows_apart(tmp_path: Path) -> None:
    mapping = written(tmp_path, FIELDS + "identity: [line]\n")
    ids = [
        mapping.touchpoint({**ROW, **more})["event_id"] for more in ({"line": 1}, {"line": 2}, {"line": 1, "who": "c2"})
    ]  # type: ignore[index]
    assert ids[0] != ids[1]
    assert ids[0] == ids[2]


@pytest.mark.parametrize(
    ("source", "value", "iso"),
    [
        ("at", "2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00+00:00"),
        ("{column: at, format: seconds}", "1772359200", "2026-03-01T10:00:00+00:00"),
        ("{column: at, format: seconds}", 1772359200.25, "2026-03-01T10:00:00.250000+00:00"),
        ("{column: at, format: milliseconds}", 1772359200000, "2026-03-01T10:00:00+00:00"),
        (
            "{column: at, format: '%d.%m.%Y %H:%M', zone: Europe/Zurich}",
            "01.07.2026 10:00",
            "2026-07-01T08:00:00+00:00",
        ),
        ("{column: at, zone: Europe/Zurich}", "2026-01-01 10:00:00", "2026-01-01T09:00:00+00:00"),
        ("{column: at, zone: Europe/Zurich}", datetime(2026, 1, 1, 10), "2026-01-01T09:00:00+00:00"),
        ("at", datetime(2026, 1, 1, 10, tzinfo=UTC), "2026-01-01T10:00:00+00:00"),
        # T5: of two the first, and one that does not exist moves on
        ("{column: at, zone: Europe/Zurich}", "2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),
        ("{column: at, zone: Europe/Zurich}", "2026-03-29T02:30:00", "2026-03-29T01:00:00+00:00"),
    ],
)
def test_times_in_many_forms_t5(source: str, value: Any, iso: str, tmp_path: Path) -> None:
    mapping = written(tmp_path, FIELDS.replace("occurred_at: at", f"occurred_at: {source}"))
    found = mapping.touchpoint({**ROW, "at": value})
    assert found is not None
    assert datetime.fromtimestamp(found["occurred_at"] / 1000, UTC).isoformat() == iso


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"at": "yesterday"}, "column at: expected a time as ISO 8601, got 'yesterday'"),
        ({"at": "2026-03-01T10:00:00"}, "has no time zone"),
        ({"event": "unknown"}, "column event: 'unknown' is not among `values`"),
        ({"who": ["c1"]}, "column who: expected text, a number or a boolean"),
    ],
)
def test_a_row_that_does_not_fit_is_told_with_its_column(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    mapping = written(tmp_path, FIELDS.replace("type: event", "type: {column: event, values: {view: page_viewed}}"))
    with pytest.raises(RecordError, match=said.split(",", maxsplit=1)[0].replace("`", ".")):
        mapping.touchpoint({**ROW, "event": "view", **change})


def test_values_translate_leave_out_and_keep(tmp_path: Path) -> None:
    source = "{column: event, values: {view: page_viewed, ping: ~}, others: skip}"
    mapping = written(tmp_path, FIELDS.replace("type: event", f"type: {source}"))
    found = [mapping.touchpoint({**ROW, "event": event}) for event in ("view", "ping", "other")]
    assert [one and one["type"] for one in found] == ["page_viewed", None, None]
    kept = written(tmp_path, FIELDS.replace("type: event", f"type: {source.replace('skip', 'keep')}"))
    assert kept.touchpoint({**ROW, "event": "other"})["type"] == "other"  # type: ignore[index]


@pytest.mark.parametrize("empty", [None, "", float("nan"), Decimal("NaN")])
def test_empty_cells_are_no_values(empty: Any, tmp_path: Path) -> None:
    found = written(tmp_path, FIELDS + "  amount: price\n").touchpoint({**ROW, "price": empty})
    assert found is not None
    assert "amount" not in found


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        (FIELDS + "  custmer_id: x\n", 6, 3, "unknown key 'custmer_id'"),
        (FIELDS.replace("  type: event\n", ""), 1, 1, "missing 'type'"),
        (FIELDS.replace("  customer_id: who\n", ""), 2, 3, "expected `customer_id` or `device_id`"),
        (FIELDS.replace("{constant: web}", "{}"), 3, 12, "expected either `column` or `constant`"),
        (FIELDS.replace("occurred_at: at", "occurred_at: {column: at, zone: Zurich}"), 4, 35, "not a time zone"),
        (FIELDS.replace("{constant: web}", "[web]"), 3, 12, "expected a mapping"),
        (FIELDS + "attributes: {a b: x}\n", 6, 14, "is not a name"),
        (FIELDS + "identity: []\n", 6, 11, "at least one"),
        ("fields: [\n", 2, 1, ""),
        ("just words\n", 1, 1, "expected a mapping with `fields`"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_told_with_line_and_column(
    text: str, line: int, column: int, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecErrors) as caught:
        written(tmp_path, text)
    problem = caught.value.problems[0]
    assert said in problem.message
    assert (problem.place.line, problem.place.column) == (line, column)


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecErrors, match="can't be read"):
        load_mapping(tmp_path / "none.yaml")
