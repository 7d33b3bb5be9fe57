"""`cjo send FILE --fan-out LIST`: one touchpoint for each customer of a list."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from cjo.cli import send
from cjo.cli.main import main

OUTAGE = {
    "event_id": "o1-start",
    "channel": "web",
    "type": "page_viewed",
    "occurred_at": "2026-05-01T10:00:00+02:00",
    "attributes": {"topic": "outage"},
}


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """What a dry run would have published."""
    found: list[Mapping[str, Any]] = []
    monkeypatch.setattr(send, "_nothing", lambda touchpoint, timestamp_ms: found.append(touchpoint))
    return found


@pytest.fixture
def outage(tmp_path: Path) -> str:
    path = tmp_path / "outage.json"
    path.write_text(json.dumps(OUTAGE, indent=2))
    return str(path)


def fan_out(outage: str, path: Path, *words: str) -> int:
    return main(["send", outage, "--fan-out", str(path), "--dry-run", *words])


def test_each_customer_of_a_text_gets_the_touchpoint_under_an_id_of_their_own(
    outage: str, tmp_path: Path, published: list[Mapping[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "affected.txt"
    path.write_bytes(b"\xef\xbb\xbfc1\n\n  c2 \r\nz\xc3\xbcrich/3")
    assert fan_out(outage, path) == 0
    assert [(one["customer_id"], one["event_id"]) for one in published] == [
        ("c1", "o1-start/c1"),
        ("c2", "o1-start/c2"),
        ("zürich/3", "o1-start/zürich/3"),
    ]
    assert {(one["type"], one["occurred_at"], one["attributes"]["topic"]) for one in published} == {
        ("page_viewed", 1_777_622_400_000, "outage")
    }
    assert capsys.readouterr().out == "3 touchpoints fit, nothing was sent; 0 lines refused\n"


def test_s5_the_same_list_again_gives_the_same_ids_and_a_customer_named_twice_gets_one(
    outage: str, tmp_path: Path, published: list[Mapping[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "affected.txt"
    path.write_text("c1\nc2\nc1\n")
    assert fan_out(outage, path) == 0
    assert capsys.readouterr().out.endswith("0 lines refused; 1 named more than once\n")
    path.write_text("c2\nc3\nc1\n")
    assert fan_out(outage, path) == 0
    assert sorted(str(one["event_id"]) for one in published[:2]) == ["o1-start/c1", "o1-start/c2"]
    assert sorted(str(one["event_id"]) for one in published[2:]) == ["o1-start/c1", "o1-start/c2", "o1-start/c3"]


def test_a_table_has_the_ids_in_a_column(outage: str, tmp_path: Path, published: list[Mapping[str, Any]]) -> None:
    (tmp_path / "a.csv").write_text("meter,customer_id\nm1,c1\n")
    (tmp_path / "a.jsonl").write_text('{"who": "c2", "meter": 5}\n')
    pyarrow.parquet.write_table(pyarrow.table({"who": ["c3"], "meter": [1]}), tmp_path / "a.parquet")
    assert fan_out(outage, tmp_path / "a.csv") == 0
    assert fan_out(outage, tmp_path / "a.jsonl", "--column", "who") == 0
    assert fan_out(outage, tmp_path / "a.parquet", "--column", "who") == 0
    assert [one["customer_id"] for one in published] == ["c1", "c2", "c3"]


def test_bad_lines_of_the_list_are_named_and_the_others_go_on(
    outage: str, tmp_path: Path, published: list[Mapping[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"customer_id": "c1"}\nnope\n{"customer_id": 7}\n{"id": "c3"}\n{"customer_id": "c4"}\n'
    )
    assert fan_out(outage, tmp_path / "a.jsonl", "--json") == 1
    out, err = capsys.readouterr()
    summary = json.loads(out)
    assert (summary["sent"], summary["refused"], summary["repeated"]) == (2, 3, 0)
    assert [problem["line"] for problem in summary["problems"]] == [2, 3, 4]
    assert "expected a customer's id as text, got 7" in err
    assert "there is no customer_id; --column names the column" in err
    assert [one["customer_id"] for one in published] == ["c1", "c4"]


def test_a_line_that_is_no_text_is_named(
    outage: str, tmp_path: Path, published: list[Mapping[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_bytes(b"c1\n\xff\xfe\nc3\n")
    assert fan_out(outage, tmp_path / "a.txt") == 1
    assert f"{tmp_path / 'a.txt'}:2: no UTF-8 text" in capsys.readouterr().err
    assert [one["customer_id"] for one in published] == ["c1", "c3"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customer_id": "c9"}, "names customer_id"),
        ({"device_id": "d9"}, "names device_id"),
        ({"event_id": None}, "has no event_id"),
        ({"type": "page_vewed"}, "did you mean 'page_viewed'?"),
        ({"occurred_at": None}, "occurred_at is missing"),
        ({"attributes": {"colour": "red"}}, "page_viewed has no attribute 'colour'"),
    ],
)
def test_what_is_wrong_with_the_touchpoint_is_told_once_and_nothing_is_published(
    change: dict[str, Any], said: str, tmp_path: Path, published: list[Mapping[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "outage.json").write_text(json.dumps(OUTAGE | change))
    (tmp_path / "a.txt").write_text("c1\nc2\n")
    assert fan_out(str(tmp_path / "outage.json"), tmp_path / "a.txt") == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") <= 3
    assert published == []


def test_two_touchpoints_are_no_fan_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "two.jsonl").write_text(f"{json.dumps(OUTAGE)}\n{json.dumps(OUTAGE)}\n")
    (tmp_path / "a.txt").write_text("c1\n")
    assert fan_out(str(tmp_path / "two.jsonl"), tmp_path / "a.txt") == 2
    assert "a fan-out publishes one touchpoint" in capsys.readouterr().err


def test_now_is_one_time_for_all(tmp_path: Path, published: list[Mapping[str, Any]]) -> None:
    (tmp_path / "outage.json").write_text(json.dumps(OUTAGE | {"occurred_at": None}))
    (tmp_path / "a.txt").write_text("".join(f"c{number}\n" for number in range(5_000)))
    assert fan_out(str(tmp_path / "outage.json"), tmp_path / "a.txt", "--now") == 0
    assert len(published) == 5_000
    assert len({one["occurred_at"] for one in published}) == 1


def test_the_list_may_come_from_stdin(
    outage: str, published: list[Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"c1\nc2\n")))
    assert fan_out(outage, Path("-")) == 0
    assert [one["customer_id"] for one in published] == ["c1", "c2"]


@pytest.mark.parametrize(
    "words",
    [
        ["--fan-out", "a.txt"],
        ["--profiles", "b.csv", "--fan-out", "a.txt"],
        ["-", "--fan-out", "-"],
        ["a.json", "--fan-out", "a.txt", "--map", "m.yaml"],
        ["a.jsonl", "--column", "who"],
        ["/no/such/file", "--fan-out", "a.txt", "--dry-run"],
    ],
)
def test_words_that_do_not_go_together_are_a_usage_error(words: list[str]) -> None:
    assert main(["send", *words]) == 2


def test_a_list_that_is_not_there_is_a_usage_error(outage: str) -> None:
    assert fan_out(outage, Path("/no/such/list.txt")) == 2
