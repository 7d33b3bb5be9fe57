"""`cjo backtest`: how often signals would have fired over a log, and when."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cjo.cli.main import main
from cjo.client.words import iso
from cjo.compile import compile_workspace
from cjo.resources import data_dir
from cjo.simulate.backtest import remembers_ms, signals_only
from cjo.values import to_timestamp
from tests.demo.replayed import replayed, small_world

Capture = pytest.CaptureFixture[str]
DAY_MS = 86_400_000


def line(number: int, time: str, kind: str, customer: str = "c1", **more: Any) -> dict[str, Any]:
    found = {"event_id": f"e{number}", "customer_id": customer, "channel": "web", "type": kind, "occurred_at": time}
    if kind == "product_added":
        found |= {"basket_id": f"b{number}", "product_id": "p", "amount": "30"}
    return found | more


LOG = [
    line(1, "2026-03-02T10:00:00Z", "product_added"),
    line(2, "2026-03-02T12:00:00Z", "product_added", "c2"),
    line(3, "2026-03-02T12:10:00Z", "order_completed", "c2", basket_id="b2", order_id="o"),
    line(4, "2026-03-03T22:50:00Z", "product_added"),  # fires at 00:20 in Zurich, on the 4th
    line(5, "2026-03-05T10:00:00Z", "product_added", "c3"),
    line(6, "2026-03-05T10:20:00Z", "calculator_used", "c3", attributes={"topic": "mortgage"}),
]
SUMMARY = """\
6 touchpoints from 2026-03-02T10:00:00.000Z to 2026-03-05T10:20:00.000Z
basket_abandoned: 2 moments for 1 subject, 2 each at the median, 2 at most
  complete from 2026-03-02T10:30:00.000Z: the log begins later than the signal looks back
  2026-03-02         1  ########################################
  2026-03-04         1  ########################################
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in LOG), encoding="utf-8")
    return path


def moments(out: str) -> list[tuple[str, str, str]]:
    found = [json.loads(one) for one in out.splitlines()]
    return [(one["signal"], one["subject"], one["at"]) for one in found]


def test_moments_go_to_stdout_and_the_summary_to_stderr(log: Path, capsys: Capture) -> None:
    assert main(["backtest", "basket_abandoned", str(log)]) == 0
    out, err = capsys.readouterr()
    assert moments(out) == [
        ("basket_abandoned", "c1", "2026-03-02T10:30:00.000Z"),
        ("basket_abandoned", "c1", "2026-03-03T23:20:00.000Z"),
    ]
    assert err == SUMMARY


def test_what_is_due_after_the_log_has_ended_is_not_known_yet(log: Path, capsys: Capture) -> None:
    main(["backtest", "basket_abandoned", str(log)])
    assert "c3" not in {subject for _, subject, _ in moments(capsys.readouterr().out)}
    with log.open("a") as file:
        file.write(json.dumps(line(7, "2026-03-05T10:30:00Z", "page_viewed", "c9")) + "\n")
    main(["backtest", "basket_abandoned", str(log)])
    assert moments(capsys.readouterr().out)[-1] == ("basket_abandoned", "c3", "2026-03-05T10:30:00.000Z")


def test_a_signal_that_never_fired_is_told_too(log: Path, capsys: Capture) -> None:
    assert main(["backtest", str(log)]) == 0
    err = capsys.readouterr().err.splitlines()
    place = err.index("high_mortgage_engagement: never")
    assert err[place + 1].startswith("  complete from 2026-04-08T10:00:00.000Z")


def test_from_and_to_bound_the_moments_and_not_the_memory(log: Path, capsys: Capture) -> None:
    words = ["backtest", "basket_abandoned", str(log)]
    main([*words, "--from", "2026-03-02T10:30:00Z", "--to", "2026-03-03T23:20:00Z"])
    assert [at for _, _, at in moments(capsys.readouterr().out)] == ["2026-03-02T10:30:00.000Z"]
    main([*words, "--from", "2026-03-02T10:30:00.001Z"])
    out, err = capsys.readouterr()
    assert [at for _, _, at in moments(out)] == ["2026-03-03T23:20:00.000Z"]
    assert "complete from" not in err


def test_against_says_precision_recall_and_each_difference(log: Path, tmp_path: Path, capsys: Capture) -> None:
    expected = tmp_path / "expected.csv"
    expected.write_text(
        "subject,time,signal\nc1,2026-03-02T10:34:00Z,basket_abandoned\nc2,2026-03-02T12:30:00Z,basket_abandoned\n"
    )
    assert main(["backtest", "basket_abandoned", str(log), "--against", str(expected)]) == 0
    assert capsys.readouterr().err.splitlines()[-3:] == [
        "within 5 minutes: 1 as expected, 1 missing, 1 not expected; precision 0.500, recall 0.500, F1 0.500",
        "  missing: basket_abandoned of c2 at 2026-03-02T12:30:00.000Z",
        "  not expected: basket_abandoned of c1 at 2026-03-03T23:20:00.000Z",
    ]
    words = ["backtest", "basket_abandoned", str(log), "--against", str(expected), "--tolerance", "3 minutes"]
    assert main(words) == 0
    assert "within 3 minutes: 0 as expected, 2 missing, 2 not expected" in capsys.readouterr().err


def test_the_moments_of_one_backtest_are_the_expectation_of_another(log: Path, tmp_path: Path, capsys: Capture) -> None:
    main(["backtest", "basket_abandoned", str(log)])
    before = tmp_path / "before.jsonl"
    before.write_text(capsys.readouterr().out)
    main(["backtest", "basket_abandoned", str(log), "--against", str(before), "--tolerance", "0 s"])
    assert "2 as expected, 0 missing, 0 not expected; precision 1.000" in capsys.readouterr().err


def test_what_is_expected_outside_of_the_time_asked_for_does_not_count(
    log: Path, tmp_path: Path, capsys: Capture
) -> None:
    expected = tmp_path / "expected.csv"
    expected.write_text("customer_id,at\nc1,2026-03-02T10:30:00Z\n")
    main(["backtest", "basket_abandoned", str(log), "--against", str(expected), "--from", "2026-03-03T00:00:00Z"])
    assert "0 as expected, 0 missing, 1 not expected" in capsys.readouterr().err


def test_a_pair_over_the_border_of_the_time_asked_for_is_one(log: Path, tmp_path: Path, capsys: Capture) -> None:
    expected = tmp_path / "expected.csv"
    expected.write_text("customer_id,at\nc1,2026-03-03T23:22:00Z\n")
    words = ["backtest", "basket_abandoned", str(log), "--against", str(expected)]
    for border in (["--from", "2026-03-03T23:21:00Z"], ["--to", "2026-03-03T23:21:00Z"]):
        main([*words, *border])
        assert "1 as expected, 0 missing" in capsys.readouterr().err


REMEMBERING = """
signals:
  first_order: {kind: first, on: order_completed}
  first_in_a_month: {kind: first, on: order_completed, since: 30 days}
  views: {kind: count, on: page_viewed, at_least: 2, window: 1 hour}
  views_at_times: {kind: count, on: page_viewed, at_least: 2, window: 1 hour, cooldown: 60 days}
  views_of_late: {kind: count, on: signal.first_order, at_least: 2, window: 1 hour}
"""


@pytest.fixture
def remembering(tmp_path: Path) -> Path:
    """The shipped workspace with signals that look back in different ways."""
    shutil.copytree(data_dir("journeys"), tmp_path / "ws")
    (tmp_path / "ws" / "mine").mkdir()
    (tmp_path / "ws" / "mine" / "signals.yaml").write_text(REMEMBERING)
    return tmp_path / "ws"


@pytest.mark.parametrize(
    ("signal", "days"),
    [
        ("first_order", None),
        ("first_in_a_month", 30),
        ("views", 0),
        ("views_at_times", None),
        ("views_of_late", None),
        ("has_birthday", None),
    ],
)
def test_s4_so_much_of_the_log_is_read_as_signals_remember(signal: str, days: int | None, remembering: Path) -> None:
    found = remembers_ms(signals_only(compile_workspace(remembering), [signal]))
    assert found is None if days is None else days * DAY_MS < (found or 0) < (days + 10) * DAY_MS


def test_s4_a_cooldown_before_the_log_may_keep_a_moment_from_coming(
    log: Path, remembering: Path, capsys: Capture
) -> None:
    main(["backtest", "views_at_times", str(log), "--workspace", str(remembering), "--json"])
    assert json.loads(capsys.readouterr().out)["signals"][0]["complete_from"] == "2026-05-01T11:00:00.000Z"


def test_a_program_reads_the_summary_as_json(log: Path, tmp_path: Path, capsys: Capture) -> None:
    expected = tmp_path / "expected.csv"
    expected.write_text("subject,time\nc2,2026-03-02T12:30:00Z\n")
    main(["backtest", "basket_abandoned", str(log), "--json", "--against", str(expected)])
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert (found["touchpoints"], found["refused"], found["first"]) == (6, 0, "2026-03-02T10:00:00.000Z")
    assert found["signals"] == [
        {
            "signal": "basket_abandoned",
            "moments": 2,
            "subjects": 1,
            "each_median": 2.0,
            "each_most": 2,
            "days": {"2026-03-02": 1, "2026-03-04": 1},
            "complete_from": "2026-03-02T10:30:00.000Z",
        }
    ]
    assert found["against"]["recall"] == 0
    assert found["against"]["missing"] == [
        {"signal": "basket_abandoned", "subject": "c2", "time": "2026-03-02T12:30:00.000Z"}
    ]


def test_a_bad_line_is_told_and_the_rest_counts(log: Path, capsys: Capture) -> None:
    with log.open("a") as file:
        file.write('{"no": json\n' + json.dumps(line(8, "2026-03-05T11:00:00Z", "order_complete")) + "\n")
    assert main(["backtest", "basket_abandoned", str(log)]) == 1
    out, err = capsys.readouterr()
    assert len(moments(out)) == 2
    assert f"{log}:7: no JSON" in err
    assert f"{log}:8: unknown touchpoint type 'order_complete'; did you mean 'order_completed'?" in err


EXPORT = """when,who,what,basket,thing,price
02.03.2026 10:00,c1,add,b1,p,30
02.03.2026 12:10,c2,order,b2,,30
02.03.2026 12:00,c2,add,b2,p,30
05.03.2026 10:00,c3,view,,,
"""
MAPPING = """
fields:
  type: {column: what, values: {add: product_added, order: order_completed, view: ~}}
  channel: {constant: web}
  occurred_at: {column: when, format: "%d.%m.%Y %H:%M", zone: UTC}
  customer_id: who
  basket_id: basket
  product_id: thing
  order_id: basket
  amount: price
"""


def test_an_export_through_a_mapping_in_any_order(tmp_path: Path, capsys: Capture) -> None:
    export, mapping = tmp_path / "export.csv", tmp_path / "mapping.yaml"
    export.write_text(EXPORT.replace("05.03.2026 10:00,c3,view", "05.03.2026 10:00,c3,add"))
    mapping.write_text(MAPPING)
    words = ["backtest", "basket_abandoned", str(export), "--map", str(mapping)]
    assert main(words) == 1  # what c3 added is no product
    out, err = capsys.readouterr()
    assert f"{export}:5: product_added needs 'basket_id'" in err

    export.write_text(EXPORT)
    assert main([*words, "--sort"]) == 0
    out, err = capsys.readouterr()
    assert moments(out) == [("basket_abandoned", "c1", "2026-03-02T10:30:00.000Z")]
    assert err.startswith("3 touchpoints from 2026-03-02T10:00:00.000Z to 2026-03-02T12:10:00.000Z")


@pytest.mark.parametrize(
    "order", ["basket_abandoned LOG --from T", "basket_abandoned --from T LOG", "--from T basket_abandoned LOG"]
)
def test_options_stand_before_between_and_after_the_words(order: str, log: Path, capsys: Capture) -> None:
    words = [{"LOG": str(log), "T": "2026-03-03T00:00:00Z"}.get(word, word) for word in order.split()]
    assert main(["backtest", *words]) == 0
    assert moments(capsys.readouterr().out) == [("basket_abandoned", "c1", "2026-03-03T23:20:00.000Z")]


def test_an_option_that_there_is_not_is_told(log: Path, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["backtest", "--form", "2026-03-03T00:00:00Z", str(log)])
    assert "unrecognized arguments: --form" in capsys.readouterr().err


def test_a_log_from_stdin(log: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(log.read_bytes())

    monkeypatch.setattr("sys.stdin", Stdin)
    assert main(["backtest", "basket_abandoned", "-"]) == 0
    assert len(moments(capsys.readouterr().out)) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "expected a log, or --kafka\n\nhint: use - to read JSON Lines from stdin"),
        (["basket_abandond", "LOG"], "unknown signal 'basket_abandond'\n\nhint: did you mean 'basket_abandoned'?"),
        (["basket_abandoned"], "'basket_abandoned' is a signal; expected a log after it"),
        (["--kafka", "--map", "m.yaml"], "--map is for files"),
        (["nowhere.jsonl"], "cannot read nowhere.jsonl: No such file or directory"),
        (["LOG", "--from", "yesterday"], "--from: expected ISO 8601 with a zone"),
        (["LOG", "--to", "2026-01-01"], "--to: expected ISO 8601 with a zone"),
        (["LOG", "--tolerance", "5 minuts"], "--tolerance: unknown unit 'minuts' of time, did you mean 'minutes'?"),
        (["LOG", "--against", "nowhere.csv"], "cannot read nowhere.csv: No such file or directory"),
    ],
)
def test_what_is_asked_wrongly_says_what_is_expected(words: list[str], said: str, log: Path, capsys: Capture) -> None:
    assert main(["backtest", *(str(log) if word == "LOG" else word for word in words)]) == 2
    assert f"cjo backtest: {said}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("c1,yesterday,basket_abandoned", "time or at: expected ISO 8601 with a zone, got 'yesterday'"),
        (",2026-03-02T10:00:00Z,basket_abandoned", "subject or customer_id: expected text, got None"),
        ("c1,2026-03-02T10:00:00Z,", "signal is missing; tested are: "),
        (
            "c1,2026-03-02T10:00:00Z,basket_abandond",
            "unknown signal 'basket_abandond'; did you mean 'basket_abandoned'?",
        ),
        ("c1,2026-03-02T10:00:00Z", "expected 3 cells as in the header, got 2"),
    ],
)
def test_a_wrong_line_of_what_is_expected(row: str, said: str, log: Path, tmp_path: Path, capsys: Capture) -> None:
    expected = tmp_path / "expected.csv"
    expected.write_text(f"subject,time,signal\n{row}\n")
    assert main(["backtest", str(log), "--against", str(expected)]) == 2
    err = capsys.readouterr().err
    assert f"{expected}:2: {said}" in err
    assert f"1 line of {expected} can't be used" in err


def test_the_moments_are_those_of_a_replay_with_journeys(tmp_path: Path, capsys: Capture) -> None:
    """A file of a small world, with disorder, repeats and wrong clocks, against the replay of its records."""
    world = small_world(3)
    path = tmp_path / "world.jsonl"
    with path.open("w") as file:
        for record in world.records():
            if not record.bad:
                told = {name: value for name, value in record.touchpoint.items() if value is not None}
                if "sent_at" in told:
                    told.setdefault("received_at", record.timestamp_ms)
                file.write(json.dumps(told, default=str) + "\n")

    assert main(["backtest", str(path), "--json"]) == 0
    last = json.loads(capsys.readouterr().out)["last"]
    assert main(["backtest", str(path)]) == 0
    came = moments(capsys.readouterr().out)

    expected, _ = replayed(world, (to_timestamp(last) or 0) + world.shape.bound_ms)
    assert len(came) > 100
    assert sorted(came) == sorted((one["signal"], one["subject"], iso(one["at"])) for one in expected.moments)


def test_only_the_signals_asked_for_are_kept() -> None:
    plan = compile_workspace(data_dir("journeys"))
    assert [one["name"] for one in signals_only(plan, ["basket_abandoned"])["signals"]] == ["basket_abandoned"]
    assert signals_only(plan, [])["signals"] == plan["signals"]


def test_nothing_at_all_is_no_moment(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text("")
    assert main(["backtest", "basket_abandoned", str(path)]) == 0
    assert capsys.readouterr() == ("", "the log holds no touchpoint\nbasket_abandoned: never\n")
