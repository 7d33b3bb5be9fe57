"""A simulation decides what the replay decides, whatever the file and the number of processes."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cjo.avro.rows import row_of
from cjo.cli.main import main
from cjo.client.mapping import load_mapping
from cjo.client.reader import Record
from cjo.client.sources import Batch, batches
from cjo.compile.tracking import load
from cjo.demo.shape import DAY_MS
from cjo.engine import Engine
from cjo.resources import data_dir
from cjo.simulate.reading import Codec, Wanted
from cjo.simulate.replay import Replay
from cjo.simulate.report import summary
from cjo.simulate.run import Options, Outcome, simulate
from cjo.simulate.subject import run_subject
from tests.simulate.logs import END_MS, csv_file, flat, json_lines, mapping, parquet_file, shipped, touchpoints, world


def simulated(name: str, *, plan: dict[str, Any] | None = None, mapped: Path | None = None, **options: Any) -> Outcome:
    plan = plan or shipped()
    wanted = Wanted([plan], load(data_dir("journeys")), load_mapping(mapped) if mapped else None)
    problems: list[tuple[str, str]] = []
    outcome = simulate(batches(name), wanted, Options(**options), lambda *problem: problems.append(problem))
    assert problems == []
    return outcome


def found(outcome: Outcome) -> dict[str, Any]:
    result = summary(outcome, shipped())
    del result["rate"]
    return result


def rows_by_subject(plan: dict[str, Any], of: Any) -> dict[str, list[dict[str, Any]]]:
    subjects: dict[str, list[dict[str, Any]]] = {}
    for record in of.records():
        taken = row_of(record.touchpoint, record.timestamp_ms, plan["columns"])
        assert taken is not None
        subjects.setdefault(taken[0], []).append(taken[1])
    return subjects


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("until_ms", [END_MS + 60 * DAY_MS, 1_763_700_000_000])
def test_live_state_objects_decide_as_state_in_bytes_does(seed: int, until_ms: int) -> None:
    plan, log = shipped(), world(seed)
    subjects = rows_by_subject(plan, log)
    for subject, rows in subjects.items():
        replay = Replay(Engine(plan))
        expected = [effect for _, effect in replay.run(((subject, row) for row in rows), until_ms)]
        story = run_subject(Engine(plan), subject, rows, until_ms)
        assert story.effects == expected
        assert (story.state is not None) == (subject in replay.states)


def test_a_simulation_counts_what_a_replay_decides(tmp_path: Path) -> None:
    plan, log = shipped(), world()
    outcome = simulated(json_lines(tmp_path / "log.jsonl", touchpoints(log)))
    replay, decided = Replay(Engine(plan)), Counter()
    rows = [(subject, row) for subject, rows in rows_by_subject(plan, log).items() for row in rows]
    for _, (kind, record) in replay.run(rows, outcome.until_ms + plan["workspace"]["bound_ms"]):
        if kind == "decision":
            decided[record["kind"], record["outcome"], record["reason"], record["step"]] += 1
        elif kind == "moment":
            decided["moment", record["signal"]] += 1
    counted: Counter[Any] = Counter()
    for key, times in outcome.decided.tallies[0].times.items():
        if len(key) == 6:
            counted[key[0], key[1], key[2], key[4] or None] += times
        elif key[0] == "moment":
            counted[key] += times
    assert sum(decided.values()) > 150
    assert counted == decided


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    name = json_lines(tmp_path / "log.jsonl", touchpoints(world()))
    assert found(simulated(name, processes=1)) == found(simulated(name, processes=3))


def test_json_lines_csv_and_parquet_of_one_log_give_one_result(tmp_path: Path) -> None:
    columns, rows = flat(touchpoints(world()))
    mapped = mapping(tmp_path / "mapping.yaml", columns)
    names = [
        json_lines(tmp_path / "flat.jsonl", rows),
        csv_file(tmp_path / "flat.csv", columns, rows),
        parquet_file(tmp_path / "flat.parquet", columns, rows),
    ]
    expected = found(simulated(json_lines(tmp_path / "log.jsonl", touchpoints(world()))))
    assert expected["journeys"]["win-back-basket"]["sent"]
    for name in names:
        assert found(simulated(name, mapped=mapped)) == expected, name


def test_made_ids_are_the_same_in_every_kind_of_file(tmp_path: Path) -> None:
    columns, rows = flat(touchpoints(world()))
    mapped = mapping(tmp_path / "mapping.yaml", columns)
    mapped.write_text(mapped.read_text().replace("  event_id: event_id\n", ""))
    files = [json_lines(tmp_path / "a.jsonl", rows), csv_file(tmp_path / "a.csv", columns, rows),
             parquet_file(tmp_path / "a.parquet", columns, rows)]  # fmt: skip
    first, *others = [found(simulated(name, mapped=mapped)) for name in files]
    assert first["moments"]["basket_abandoned"]["times"] > 25
    assert others == [first, first]


def test_sorting_mends_an_export_that_is_not_in_order_of_arrival(tmp_path: Path) -> None:
    rows = touchpoints(world())
    assert any("sent_at" in row and "received_at" not in row for row in rows)
    in_order = json_lines(tmp_path / "a.jsonl", sorted(rows, key=lambda row: row["occurred_at"]))
    random.Random(1).shuffle(rows)
    shuffled = json_lines(tmp_path / "b.jsonl", rows)
    expected = found(simulated(in_order))["journeys"]["win-back-basket"]["sent"]
    assert found(simulated(shuffled, by_time=True))["journeys"]["win-back-basket"]["sent"] == expected
    assert found(simulated(shuffled))["journeys"]["win-back-basket"]["sent"] != expected


def test_before_live_from_moments_open_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = json_lines(tmp_path / "log.jsonl", touchpoints(world()))
    assert main(["simulate", name, "--json", "--live-from", "2100-01-01T00:00:00Z"]) == 0
    journeys = json.loads(capsys.readouterr().out)["journeys"]
    reasons = [{one["reason"] for one in journey["refused"]} for journey in journeys.values()]
    assert all(journey["sent"] == [] for journey in journeys.values())
    assert all(found <= {"not_live", "stale"} for found in reasons)
    assert sum("not_live" in found for found in reasons) >= 10


def test_bad_rows_are_told_with_number_and_reason_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = touchpoints(world())
    path = tmp_path / "log.jsonl"
    json_lines(path, rows)
    good = path.read_text().splitlines()
    path.write_text("\n".join([good[0], "{", "", *good[1:], '{"type": "product_aded"}']) + "\n")
    assert main(["simulate", str(path), "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["log"]["refused"] == 2
    assert json.loads(out)["log"]["touchpoints"] == len(rows)
    told = err.splitlines()
    assert told[0].startswith(f"{path}:2: no JSON")
    assert told[1].startswith(f"{path}:{len(rows) + 3}: ")
    assert "event_id is missing" in told[1]


def test_a_timeline_of_one_customer_reads_as_cjo_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = touchpoints(world())
    name = json_lines(tmp_path / "log.jsonl", rows)
    plan = shipped()
    sent = next(
        record["customer_id"]
        for _, (kind, record) in Replay(Engine(plan)).run(
            [(subject, row) for subject, own in rows_by_subject(plan, world()).items() for row in own]
        )
        if kind == "action"
    )
    assert main(["simulate", name, "--customer", sent]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("  action      " in line for line in lines)
    assert any("[sent, D1]" in line for line in lines)
    assert main(["simulate", name, "--customer", sent, "--json"]) == 0
    own = sum(row.get("customer_id") == sent for row in rows)
    whole = [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()]
    assert whole.count("touchpoint") == own > sum("  touchpoint  " in line for line in lines)
    assert main(["simulate", name, "--customer", "nobody"]) == 1


def test_t4_s5_a_timeline_notes_what_is_late_in_the_order_that_was_decided_and_repeats_by_the_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = shutil.copytree(data_dir("journeys"), tmp_path / "workspace")
    path = workspace / "workspace.yaml"
    path.write_text(path.read_text().replace("duplicate_horizon: 7 days", "duplicate_horizon: 1 day"))
    viewed = {"customer_id": "anna", "channel": "web", "type": "page_viewed"}
    days = [("e1", 0), ("e1", 2), ("e2", 5), ("e3", 3)]
    rows = [viewed | {"event_id": name, "occurred_at": END_MS - (9 - day) * DAY_MS} for name, day in days]
    words = ["simulate", json_lines(tmp_path / "log.jsonl", rows), "--customer", "anna", "--workspace", str(workspace)]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "(again, after more than 1 day: may count anew)" in told
    assert "(came 2 days after what happened later)" in told
    assert main([*words, "--sort"]) == 0
    assert "after what happened later" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "expected either LOG or --kafka"),
        (["a.jsonl", "--kafka"], "expected either LOG or --kafka"),
        (["a.jsonl"], "cannot read a.jsonl"),
        (["a.jsonl", "--since", "2026-01-01T00:00:00Z"], "belong to --kafka"),
        (["-", "--until", "tomorrow"], "--until: expected ISO 8601 with a zone"),
        (["-", "--processes", "0"], "--processes must be a number from 1"),
        (["-", "--customer", "c", "--compare", "x"], "expected either --customer or --compare"),
    ],
)
def test_wrong_options_are_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_record_of_another_contract_is_a_problem_with_its_place() -> None:
    strange: list[dict[str, Any]] = [
        {"customer_id": "c", "occurred_at": 5},
        {"event_id": "e", "type": "t", "occurred_at": "noon"},
    ]
    batch = Batch(0, [Record("touchpoints", 0, number, 1, None, value) for number, value in enumerate(strange)], 0)

    part = Codec(Wanted([shipped()], load(data_dir("journeys")))).read(batch)

    assert [(place, said.split(":")[0]) for place, said in part.problems] == [
        ("0/0", "undecodable"),
        ("0/1", "undecodable"),
    ]
