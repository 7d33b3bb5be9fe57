"""`cjo explain`: the plan in words, what it needs of the log and what it keeps."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from cjo.compile import compile_workspace
from cjo.engine.inputs import inputs_of
from cjo.errors import UsageError
from cjo.insight.decisions import opened
from cjo.insight.explain import as_json, as_text
from cjo.insight.traffic import Traffic, measure
from cjo.resources import WORKSPACE, workspace_dir
from cjo.spec.problems import did_you_mean


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo explain`."""
    parser.add_argument("folder", nargs="?", type=Path, help=f"workspace folder; {WORKSPACE}")
    parser.add_argument(
        "--journey",
        metavar="NAME",
        help="only this journey, the signal that it enters on, and the signals that this one uses",
    )
    parser.add_argument("--signal", metavar="NAME", help="only this signal")
    parser.add_argument("--log", type=Path, metavar="FILE", help="JSON Lines of touchpoints: measure what is needed")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Prints the explanation; returns 0."""
    plan = compile_workspace(workspace_dir(args.folder))
    wanted = _wanted(plan, args.journey, args.signal)
    explained = as_json(plan, _measured(plan, args.log))
    for kind in ("signals", "journeys"):
        explained[kind] = [one for one in explained[kind] if wanted is None or one["name"] in wanted[kind]]
    if args.json:
        print(json.dumps(explained, ensure_ascii=False))
    else:
        for line in as_text(explained):
            print(line)
    return 0


def _measured(plan: dict[str, Any], log: Path | None) -> Traffic | None:
    if log is None:
        return None
    with opened(log) as lines:
        return measure(plan, lines, str(log))


def _wanted(plan: dict[str, Any], journey: str | None, signal: str | None) -> dict[str, set[str]] | None:
    """Names to show by kind, None for all."""
    if journey is None and signal is None:
        return None
    found: dict[str, set[str]] = {"signals": set(), "journeys": set()}
    entered = {one["name"]: one["enter"]["on"] for one in plan["journeys"]}
    if journey is not None:
        if journey not in entered:
            raise UsageError(f"no journey '{journey}'", did_you_mean(journey, entered, "journeys:"))
        on = entered[journey]
        found["journeys"], found["signals"] = {journey}, {on, *inputs_of(plan["signals"], on)}
    if signal is not None:
        names = [one["name"] for one in plan["signals"]]
        if signal not in names:
            raise UsageError(f"no signal '{signal}'", did_you_mean(signal, names, "signals:"))
        found["signals"].add(signal)
    return found
