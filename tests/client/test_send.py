"""`cjo send` on files with good and bad lines, without a broker (--dry-run)."""

from __future__ import annotations

import io
import json
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError

from cjo.cli.main import main
from cjo.client import TouchpointProducer, sources
from cjo.errors import StackError

GOOD = {
    "event_id": "e1",
    "customer_id": "c1",
    "channel": "web",
    "type": "product_added",
    "basket_id": "b1",
    "product_id": "p1",
    "amount": 12.5,
    "occurred_at": "2026-05-01T10:00:00+02:00",
}


def lines(path: Path, *rows: dict[str, Any] | str | bytes) -> str:
    """A JSON Lines file of these rows, some of them as they are."""
    texts = [
        row if isinstance(row, bytes) else (row if isinstance(row, str) else json.dumps(row)).encode() for row in rows
    ]
    path.write_bytes(b"\n".join(texts) + b"\n")
    return str(path)


def test_good_lines_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", lines(tmp_path / "a.jsonl", GOOD, "", {**GOOD, "event_id": "e2"}), "--dry-run"]) == 0
    assert capsys.readouterr().out == "2 touchpoints fit, nothing was sent; 0 lines refused\n"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "no JSON"),
        (b"\xff{}", "no UTF-8 text"),
        ("[]", "expected a JSON object"),
        ('{"amount": NaN}', "NaN is not a JSON number"),
        ("[" * 100_000, "no JSON"),
        ({**GOOD, "occurred_at": None}, "occurred_at is missing; say when it happened, or use --now"),
        ({**GOOD, "occurred_at": "2036-05-01T10:00:00Z"}, "seconds in the future"),
        ({**GOOD, "event_id": None}, "event_id is missing"),
        ({**GOOD, "customer_id": None}, "it has neither customer_id nor device_id"),
        ({**GOOD, "type": "product_aded"}, "did you mean 'product_added'?"),
        ({**GOOD, "channel": "fax"}, "unknown channel 'fax'"),
        ({**GOOD, "basket_id": ""}, "product_added needs 'basket_id'"),
        ({**GOOD, "attributes": {"colour": "red"}}, "product_added has no attribute 'colour'"),
        (json.dumps(GOOD).replace("12.5", "12.50001"), "amount: '12.50001' has more than 4 decimal places"),
        ({**GOOD, "type": "heartbeat", "channel": "system"}, "use: cjo heartbeat"),
        ({"customer_id": "c1", "email": "ann@example.com"}, "CRM file of profiles and consents goes with --profiles"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_the_others_go_on(
    bad: dict[str, Any] | str | bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lines(tmp_path / "a.jsonl", GOOD, bad, GOOD)
    assert main(["send", path, "--dry-run"]) == 1
    out, err = capsys.readouterr()
    assert out == "2 touchpoints fit, nothing was sent; 1 line refused\n"
    assert err.startswith(f"{path}:2: ")
    assert said in err
    assert err.count("\n") == 1


def test_a_number_in_json_is_never_rounded(tmp_path: Path) -> None:
    exact = json.dumps(GOOD).replace("12.5", "12345678901234.5678")
    assert main(["send", lines(tmp_path / "a.jsonl", exact), "--dry-run"]) == 0


def test_now_stands_for_a_missing_time(tmp_path: Path) -> None:
    assert main(["send", lines(tmp_path / "a.jsonl", {**GOOD, "occurred_at": None}), "--dry-run", "--now"]) == 0


def test_t4_a_dry_run_in_log_time_looks_at_the_order_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = [{**GOOD, "event_id": f"e{day}", "occurred_at": f"2026-05-{day:02}T10:00:00Z"} for day in (1, 3, 1, 2, 3)]
    send = ["send", lines(tmp_path / "a.jsonl", *days), "--dry-run", "--log-time"]
    assert main(send) == 1
    out, err = capsys.readouterr()
    assert out == "4 touchpoints fit, nothing was sent; 1 line refused\n"
    assert f"{send[1]}:3: touchpoint e1 happened at 2026-05-01T10:00:00.000Z" in err
    assert "1 of them late by up to 1 day" in err
    assert main([*send, "--late-too"]) == 0
    assert "2 of them late by up to 2 days" in capsys.readouterr().err


def test_the_summary_as_json_names_every_bad_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", lines(tmp_path / "a.jsonl", "x", GOOD, "y"), "--dry-run", "--json"]) == 1
    summary = json.loads(capsys.readouterr().out)
    assert (summary["sent"], summary["refused"]) == (1, 2)
    assert [problem["line"] for problem in summary["problems"]] == [1, 3]


def test_stdin_is_a_file_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.TextIOWrapper(io.BytesIO(json.dumps(GOOD).encode() + b"\nnope\n"))
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["send", "-", "--dry-run"]) == 1
    assert capsys.readouterr().err.startswith("stdin:2: ")


@pytest.mark.parametrize(
    "words",
    [[], ["a.jsonl", "--profiles", "b.csv"], ["/no/such/file", "--dry-run"], ["a.jsonl", "--late-too", "--dry-run"]],
)
def test_no_file_or_two_is_a_usage_error(words: list[str]) -> None:
    assert main(["send", *words]) == 2


def test_a_crm_file_in_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "crm.csv"
    path.write_text(
        "customer_id,email,first_name,consent\n"
        "c1,ann@example.com,Ann,marketing:email;advice\n"
        "c2,,,\n"
        ",bob@example.com,Bob,\n"
        'c4,"two, of them",\n'
        "c5,eve@example.com,Eve,:email\n"
    )
    assert main(["send", "--profiles", str(path), "--dry-run"]) == 1
    out, err = capsys.readouterr()
    assert out == "3 touchpoints fit, nothing was sent; 4 lines refused\n"
    assert [line.split(": ", 1)[1] for line in err.splitlines()] == [
        "the row holds neither a profile attribute nor a consent",
        "customer_id is missing",
        "expected 4 cells as in the header, got 3",
        "consent: expected purpose or purpose:channel, got ':email'",
    ]


def test_a_crm_file_in_json_lines_is_checked_against_the_declared_profile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {"customer_id": "c1", "email": "a@example.com", "consent": ["marketing:email"]}
    path = lines(tmp_path / "crm.jsonl", good, {"customer_id": "c2", "emial": "x"})
    assert main(["send", "--profiles", path, "--dry-run"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("2 touchpoints fit")
    assert "did you mean 'email'?" in err


CONSENT = {**GOOD, "type": "consent_given", "channel": "crm"}
DECLARED = "workspace.yaml declares: advice, marketing, transactional"


@pytest.mark.parametrize(
    ("kind", "attributes", "said"),
    [
        (
            "consent_given",
            {"purpose": "marketingg"},
            f"unknown purpose 'marketingg'; did you mean 'marketing'? {DECLARED}",
        ),
        ("consent_withdrawn", {"purpose": "sales"}, f"unknown purpose 'sales'; {DECLARED}"),
        ("consent_given", {"purpose": "*"}, f"unknown purpose '*'; {DECLARED}"),
        ("consent_given", {"purpose": "marketing", "channel": "smss"}, "unknown channel 'smss'; did you mean 'sms'?"),
        ("consent_given", {"purpose": "marketing advice"}, "several are parted by `;` in a CRM file"),
        ("profile_updated", {"time_zone": "Mars/Olympus"}, "'Mars/Olympus' is no time zone; write an IANA name"),
        ("profile_updated", {"time_zone": "Europe/Zuerich"}, "is no time zone; did you mean 'Europe/Zurich'?"),
    ],
)
def test_d6_a_consent_or_zone_that_would_have_no_effect_is_refused(
    kind: str, attributes: dict[str, str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lines(tmp_path / "a.jsonl", {**CONSENT, "type": kind, "attributes": attributes})
    assert main(["send", path, "--dry-run"]) == 1
    assert said in capsys.readouterr().err


def test_d6_declared_purposes_channels_and_zones_fit_and_a_withdrawal_may_be_of_everything(tmp_path: Path) -> None:
    said: list[tuple[str, dict[str, str]]] = [
        ("consent_given", {"purpose": "marketing"}),
        ("consent_withdrawn", {"purpose": "marketing", "channel": "sms"}),
        ("consent_withdrawn", {"purpose": "*"}),
        ("profile_updated", {"time_zone": "Asia/Tokyo"}),
        ("profile_updated", {"time_zone": ""}),
    ]
    rows = [{**CONSENT, "type": kind, "attributes": attributes} for kind, attributes in said]
    assert main(["send", lines(tmp_path / "a.jsonl", *rows), "--dry-run"]) == 0


@pytest.mark.parametrize("several", ["marketing advice", '"marketing,advice"', "marketing|advice"])
def test_d6_consents_of_a_crm_file_are_parted_by_semicolons_alone(
    several: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "crm.csv"
    path.write_text(f"customer_id,email,consent\nc1,a@example.com,{several}\nc2,b@example.com,marketing;advice:sms\n")
    assert main(["send", "--profiles", str(path), "--dry-run"]) == 1
    out, err = capsys.readouterr()
    assert out == "3 touchpoints fit, nothing was sent; 1 line refused\n"
    assert f"{path}:2: consent_given: unknown purpose" in err
    assert f"{DECLARED}; several are parted by `;` in a CRM file" in err


MAPPING = """
fields:
  type: {column: event, values: {add: product_added, ping: ~}}
  channel: {constant: web}
  occurred_at: {column: when, format: "%d.%m.%Y %H:%M", zone: Europe/Zurich}
  customer_id: who
  product_id: article
  basket_id: basket
"""
EXPORT = "who;event;when;article;basket\n".replace(";", ",")


def test_an_export_is_sent_through_a_mapping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    path = tmp_path / "export.csv"
    path.write_text(EXPORT + "c1,add,01.05.2026 10:00,p1,b1\nc1,ping,,,\nc2,add,yesterday,p1,b1\nc3,buy,,,\n")
    assert main(["send", str(path), "--map", str(tmp_path / "mapping.yaml"), "--dry-run"]) == 1
    out, err = capsys.readouterr()
    assert out == "1 touchpoint fit, nothing was sent; 2 lines refused; 1 left out by the mapping\n"
    assert err.splitlines()[0].startswith(f"{path}:4: column when: expected a time as %d.%m.%Y %H:%M, got 'yesterday'")
    assert err.splitlines()[1].startswith(f"{path}:5: column event: 'buy' is not among `values`")


def test_a_mapping_is_not_for_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "--profiles", "a.csv", "--map", "m.yaml"]) == 2
    assert "--map goes with FILE" in capsys.readouterr().err


def test_a_pipe_is_read_as_it_fills() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b'{"a": 1}\n{"a"')
    with os.fdopen(read_end, "rb") as stream:
        found = (row for batch in sources._json(stream) for row in sources.rows_of(batch))
        assert next(found) == (1, {"a": 1})
        os.write(write_end, b": 2.5}\n")
        assert next(found) == (2, {"a": Decimal("2.5")})
        os.close(write_end)
        assert list(found) == []


HEADER = "event_id,customer_id,channel,type,occurred_at,text\n"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ('"', "no CSV: unexpected end of data; a quote is open at the end of line 3: the 7 lines after it were taken"),
        ('"a" b', "no CSV: ',' expected after '\"'\n"),
        ('one,"\n"', "expected 6 cells as in the header, got 7; a quote is open at the end of line 3: the line after"),
    ],
)
def test_a_stray_quote_is_told_where_it_is_with_what_it_took(
    broken: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"e{number},c1,web,page_viewed,2026-05-01T10:00:00Z," for number in range(9)]
    rows[1] += broken
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n")
    assert main(["send", str(path), "--dry-run"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"{path}:3: {said}")
    assert err.count("\n") == 1


def test_a_cell_may_hold_line_breaks_and_later_lines_keep_their_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + 'e1,c1,web,page_viewed,2026-05-01T10:00:00Z,"a\nb\nc"\ne2,c1,fax,page_viewed,,\n')
    assert main(["send", str(path), "--dry-run"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("1 touchpoint fit")
    assert err.startswith(f"{path}:5: ")


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1, 12345678901234567890123])
def test_a_whole_number_of_any_length_is_never_rounded(number: int, tmp_path: Path) -> None:
    name = lines(tmp_path / "a.jsonl", {"attributes": {"topic": number}})
    ((found,),) = [list(sources.rows_of(batch)) for batch in sources.batches(name)]
    assert found.value == {"attributes": {"topic": number}}


def test_s5_a_row_with_nothing_to_tell_it_from_others_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING + "identity: [beleg, basket]\n")
    path = tmp_path / "export.csv"
    path.write_text(EXPORT + "c1,add,01.05.2026 10:00,p1,b1\nc1,add,01.05.2026 11:00,p1,\n")
    words = ["send", str(path), "--map", str(tmp_path / "mapping.yaml"), "--dry-run"]
    assert main(words) == 1
    err = capsys.readouterr().err
    assert err == (
        f"{path}:3: identity: there is nothing in beleg, basket, so that nothing tells the row from others\n"
    )


def test_a_broker_that_takes_nothing_any_more_is_an_outage() -> None:
    """The client's buffer fills while the broker stalls; it waits for room, and gives up with an error of its own."""

    class Stalled:
        def send(self, *_: Any, **__: Any) -> None:
            raise KafkaTimeoutError("Failed to allocate memory within the configured max blocking time")

    producer = TouchpointProducer.__new__(TouchpointProducer)
    vars(producer).update(
        _kafka=Stalled(), _topic="touchpoints", _partitions=4, _encode=lambda _: b"", _broker="b:9092", _failure=None
    )
    with pytest.raises(StackError, match="the broker at b:9092 did not take a touchpoint") as found:
        producer.publish({"customer_id": "c1"})
    assert "with the same event_id it counts once" in (found.value.hint or "")
