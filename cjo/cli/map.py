"""`cjo map`: a journey as a picture, with counts on the ways where decisions are given."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from cjo.cli.report import add_source, decisions
from cjo.compile import compile_workspace
from cjo.errors import UsageError
from cjo.insight.decisions import of_journey
from cjo.insight.graph import graph_of
from cjo.insight.mermaid import mermaid_of
from cjo.insight.svg import svg_of
from cjo.insight.traced import count
from cjo.resources import WORKSPACE, workspace_dir
from cjo.spec.problems import did_you_mean

_FORMATS = {"svg": svg_of, "mermaid": mermaid_of}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo map`."""
    parser.add_argument("journey", metavar="JOURNEY", help="name of the journey")
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help=WORKSPACE)
    parser.add_argument("--format", choices=tuple(_FORMATS), default="svg", help="default: svg")
    add_source(parser, required=False)
    parser.add_argument("--mode", choices=("live", "shadow", "test"), default="live", help="default: live")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="by default stdout")


def run(args: argparse.Namespace) -> int:
    """Writes the map; returns 0."""
    plan = compile_workspace(workspace_dir(args.workspace))
    graph = graph_of(plan, named(plan, args.journey))
    if args.decisions or args.kafka:
        with decisions(args) as (found, source):
            trace = count(graph, of_journey(found, args.journey, args.mode, source))
        if trace.unplaced:
            print(
                f"{trace.unplaced:,} moves of runs fit no way of this version of the journey and are not counted",
                file=sys.stderr,
            )
    text = _FORMATS[args.format](graph)
    if args.output:
        args.output.write_text(text, encoding="utf-8")
        print(f"wrote {args.output}", file=sys.stderr)
    else:
        print(text, end="")
    return 0


def named(plan: dict[str, Any], name: str) -> dict[str, Any]:
    """The journey of that name. Raises UsageError with the nearest one."""
    journeys = {journey["name"]: journey for journey in plan["journeys"]}
    if name not in journeys:
        raise UsageError(f"no journey '{name}'", did_you_mean(name, journeys, "journeys:"))
    found: dict[str, Any] = journeys[name]
    return found
