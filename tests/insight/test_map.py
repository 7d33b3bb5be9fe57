"""`cjo map`: any journey as SVG and Mermaid, with the ways that runs took."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cjo.cli.main import main
from cjo.compile import compile_workspace
from cjo.insight.graph import COMPLETED, ENTRY, LEFT, Graph, graph_of
from cjo.insight.letters import width_of, wrapped
from cjo.insight.mermaid import mermaid_of
from cjo.insight.svg import svg_of
from cjo.insight.traced import count
from cjo.resources import data_dir
from tests.engine import build
from tests.engine.build import HOUR, play, reachable, tp

SVG = "{http://www.w3.org/2000/svg}"
STEPS = [
    build.send("remind", refused={"no_consent": "exit"}, next="pause"),
    build.wait(
        "pause",
        next="quiet",
        until=[
            {**build.types("page_viewed")[0], "match": "customer", "then": "again"},
            {**build.types("calculator_used")[0], "match": "customer", "then": "exit"},
        ],
    ),
    build.leave("quiet") | {"next": None},
    build.send("again", next=None),
]


def journey(name: str = "win-back") -> tuple[dict, dict]:
    made = build.journey(name, exit=[{**build.types("order_completed")[0], "match": "key"}], steps=STEPS, owner="shop")
    plan = build.plan(build.absence(), made)
    return plan, made


def counted(rows: dict[str, list]) -> Graph:
    """The map of the journey with the decisions about these customers."""
    plan, made = journey()
    decisions = [record for name, own in rows.items() for record in play(plan, own, 300, name).of("decision")]
    graph = graph_of(plan, made)
    assert count(graph, decisions).unplaced == 0
    return graph


def counts(graph: Graph) -> dict[tuple[str, str, str], int | None]:
    return {(edge.source, edge.label, edge.target): edge.count for edge in graph.edges}


def test_every_way_of_a_journey_is_an_edge() -> None:
    graph = graph_of(*journey())
    assert [node.id for node in graph.nodes] == [
        ENTRY, "step:remind", "step:pause", "step:quiet", "step:again", COMPLETED, LEFT,
    ]  # fmt: skip
    assert set(counts(graph)) == {
        (ENTRY, "", "step:remind"),
        ("step:remind", "", "step:pause"),
        ("step:pause", "page_viewed", "step:again"),
        ("step:pause", "calculator_used", LEFT),
        ("step:pause", "after 1 hour", "step:quiet"),
        ("step:again", "", COMPLETED),
    }
    assert dict(graph.always)["Ends at any time on"] == ["order_completed"]


def test_each_run_is_counted_on_the_ways_that_it_took() -> None:
    basket = tp("product_added", 0, amount="50")
    graph = counted(
        {
            "c-quiet": [*reachable(), dict(basket)],
            "c-back": [*reachable(), dict(basket), tp("page_viewed", 45)],
            "c-left": [*reachable(), dict(basket), tp("calculator_used", 45)],
            "c-bought": [*reachable(), dict(basket), tp("order_completed", 45)],
            "c-unknown": [*reachable(purpose="advice"), dict(basket)],
            "c-open": [*reachable(), tp("product_added", 240, amount="50")],
        }
    )
    assert counts(graph) == {
        (ENTRY, "", "step:remind"): 6,
        ("step:remind", "", "step:pause"): 5,
        ("step:pause", "page_viewed", "step:again"): 1,
        ("step:pause", "calculator_used", LEFT): 1,
        ("step:pause", "after 1 hour", "step:quiet"): 1,
        ("step:again", "", COMPLETED): 1,
    }
    pause = next(node for node in graph.nodes if node.id == "step:pause")
    assert pause.lines[-1] == "1 here now"
    ended = dict(graph.always)["Runs ended at any time by"]
    assert sorted(ended) == ["no_consent 1", "order_completed 1"]


def test_as_many_runs_leave_a_step_as_came_to_it_and_are_not_there_any_more() -> None:
    minutes = range(0, 60, 3)
    rows = {
        f"c{number}": [
            *reachable(),
            tp("product_added", minute),
            tp(("page_viewed", "calculator_used", "order_completed", "search")[number % 4], 60 + minute),
        ]
        for number, minute in enumerate(minutes)
    }
    graph = counted(rows)
    into, out = (
        {name: sum(edge.count or 0 for edge in graph.edges if getattr(edge, end) == name) for name in ("step:pause",)}
        for end in ("target", "source")
    )
    bought = sum(number % 4 == 2 for number in range(len(minutes)))
    assert into["step:pause"] == out["step:pause"] + bought == len(minutes)


def test_the_map_is_xml_and_no_text_of_an_author_is_markup() -> None:
    plan, made = journey('a <b> & "c"')
    made["steps"][2] = build.leave("quiet") | {"next": None, "reason": "</text><script>alert('1')</script>"}
    root = ElementTree.fromstring(svg_of(graph_of(plan, made)))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert 'a <b> & "c"' in texts
    assert "</text><script>alert('1')</script>" in "".join(text or "" for text in texts).replace(" ", "")
    assert not list(root.iter(f"{SVG}script"))


def test_mermaid_text_holds_no_sign_that_mermaid_reads() -> None:
    plan, made = journey()
    made["steps"][2] = build.leave("quiet") | {"next": None, "reason": 'say "hi" ]) --> n0; <b>'}
    text = mermaid_of(graph_of(plan, made))
    assert text.startswith("flowchart TD\n")
    line = next(line for line in text.splitlines() if "exit#" in line or "exit:" in line)
    inside = re.fullmatch(r'\s+n\d+\(\["(.*)"\]\)', line)
    assert inside is not None
    assert not set('"[]<>;') & set(re.sub(r"#\d+;|<br/>", "", inside[1]))


@pytest.mark.parametrize("name", [journey["name"] for journey in compile_workspace(data_dir("journeys"))["journeys"]])
def test_every_shipped_journey_has_a_map(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "map.svg"
    assert main(["map", name, "-o", str(out)]) == 0
    root = ElementTree.fromstring(out.read_text())
    titles = [element.text for element in root.iter(f"{SVG}text") if element.get("font-weight") == "bold"]
    plan = compile_workspace(data_dir("journeys"))
    steps = next(one["steps"] for one in plan["journeys"] if one["name"] == name)
    assert {step["id"] for step in steps} <= set(titles)
    assert main(["map", name, "--format", "mermaid"]) == 0
    assert capsys.readouterr().out.count("-->") == len(list(root.iter(f"{SVG}path"))) - 1  # less the arrow's tip


def test_a_map_with_counts_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = compile_workspace(data_dir("journeys"))
    name = plan["journeys"][0]["name"]
    decision = {
        "decision_id": "d1", "customer_id": "c1", "journey": name, "journey_version": "v", "run_id": "r", "visit": 0,
        "kind": "entry", "outcome": "accepted", "reason": "entered", "step": None, "decided_at": HOUR,
    }  # fmt: skip
    strange = decision | {"decision_id": "d2", "kind": "send", "reason": "sent", "step": "of another version"}
    first = plan["journeys"][0]["steps"][0]["id"]
    at_first = decision | {"decision_id": "d3", "run_id": "s", "kind": "entry"}
    held = {"decision_id": "d4", "kind": "hold", "reason": "quiet_hours", "step": first, "visit": 1}
    earlier = decision | {
        "decision_id": "d5",
        "run_id": "t",
        "kind": "goal",
        "outcome": "done",
        "reason": "goal_reached",
    }
    file = tmp_path / "decisions.jsonl"
    file.write_text("\n".join(map(json.dumps, (decision, decision, strange, at_first, at_first | held, earlier))))
    assert main(["map", name, "--format", "mermaid", "--decisions", str(file)]) == 0
    told = capsys.readouterr()
    assert re.search(rf'\["{re.escape(first)}<br/>.*1 here now"\]', told.out)
    assert "Goal reached<br/>0 runs" in told.out
    assert "1 moves of runs fit no way of this version" in told.err


def test_a_journey_that_is_not_there_is_an_error_with_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "win-back-baskt"]) == 2
    assert "did you mean 'win-back-basket'?" in capsys.readouterr().err


def test_the_map_in_the_readme_shows_the_journey_as_it_is() -> None:
    plan = compile_workspace(data_dir("journeys"))
    name = "win-back-basket"
    graph = graph_of(plan, next(one for one in plan["journeys"] if one["name"] == name))
    root = ElementTree.fromstring((data_dir("docs") / "map-win-back-basket.svg").read_text())
    shown = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    for text in [node.title for node in graph.nodes] + [line for node in graph.nodes for line in node.lines]:
        assert text in shown, f"draw it anew (docs/reference/map.md says how): '{text}' is missing"
    assert "docs/map-win-back-basket.svg" in (data_dir("docs").parent / "README.md").read_text()


def test_long_text_is_broken_where_it_must_be() -> None:
    lines = wrapped(f"short {'x' * 80} and more", 13, 120)
    assert "".join(lines).replace(" ", "") == f"short{'x' * 80}andmore"
    assert all(width_of(line, 13) <= 120 for line in lines)
