"""`cjo test`: play the scenarios beside the journeys, show what came otherwise, and what no scenario visits."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cjo.errors import SpecError, UsageError
from cjo.resources import WORKSPACE, workspace_dir
from cjo.scenarios.coverage import Covered
from cjo.scenarios.run import Performance, Rehearsal, Result
from cjo.scenarios.script import Script
from cjo.spec.problems import SpecErrors, did_you_mean


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", nargs="?", type=Path, help=f"workspace folder; {WORKSPACE}")
    parser.add_argument("--journey", metavar="NAME", help="only scenarios of this journey")
    parser.add_argument("-k", dest="text", metavar="TEXT", help="only scenarios with this text in their name")
    parser.add_argument(
        "--fail-under", type=float, metavar="PERCENT", help="fail where less of a journey's steps and ways is visited"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print every scenario that failed and a line for each journey; returns 1 if anything failed."""
    if args.text is not None and args.fail_under is not None:
        raise UsageError("--fail-under judges all scenarios of a journey", "leave out -k, or --fail-under")
    folder: Path = workspace_dir(args.folder)
    rehearsal = _read(folder, args.json)
    _check_journey(args.journey, rehearsal)
    performance = rehearsal.run(_wanted(args))
    if not performance.results:
        raise _nothing_played(args, folder, rehearsal)
    covered = [] if args.text else [one for one in performance.coverage if args.journey in (None, one.journey)]
    if args.json:
        print(json.dumps(_summary(performance, covered), ensure_ascii=False))
    else:
        _describe(performance, covered)
    low = [one for one in covered if args.fail_under is not None and one.percent < args.fail_under]
    for one in low:
        said = f"{one.percent:.0f} % of its steps and ways are visited, expected at least {args.fail_under:g} %"
        print(f"{one.journey}: {said}", file=sys.stderr)
    return 1 if performance.failed or low else 0


def _read(folder: Path, as_json: bool) -> Rehearsal:
    try:
        return Rehearsal(folder)
    except SpecErrors as errors:
        if as_json:
            problems = [problem.as_json() for problem in errors.problems]
            print(json.dumps({"passed": False, "problems": problems}, ensure_ascii=False))
        raise


def _check_journey(name: str | None, rehearsal: Rehearsal) -> None:
    known = [journey["name"] for journey in rehearsal.plan["journeys"]]
    if name is not None and name not in known:
        raise UsageError(f"unknown journey '{name}'", did_you_mean(name, known, "defined journeys:"))


def _wanted(args: argparse.Namespace) -> Callable[[Script], bool]:
    text = (args.text or "").casefold()
    return lambda script: args.journey in (None, script.journey) and text in script.name.casefold()


def _nothing_played(args: argparse.Namespace, folder: Path, rehearsal: Rehearsal) -> Exception:
    if rehearsal.scripts and args.text:
        return UsageError(f"no scenario has '{args.text}' in its name", "see the names with: cjo test --json")
    who = f"journey '{args.journey}' has" if args.journey else f"{folder} has"
    hint = "write one in the folder of its journey, in scenarios/NAME.yaml; docs/guide/testing.md shows how"
    return SpecError(f"{who} no scenarios", hint)


def _describe(performance: Performance, covered: list[Covered]) -> None:
    for result in performance.failed:
        print(f"FAILED {result.script.place} {result.script.journey}: {result.script.name}")
        print("\n".join(f"  {line}" for line in result.story()) + "\n")
    names = dict.fromkeys([*(result.script.journey for result in performance.results), *(c.journey for c in covered)])
    visited = {one.journey: one for one in covered}
    for name in names:
        results = [result for result in performance.results if result.script.journey == name]
        print(f"{name}: {_counted(results)}{_visited(visited.get(name))}")
        for line in _missed(visited.get(name)):
            print(f"  never visited: {line}")


def _counted(results: list[Result]) -> str:
    passed = sum(result.passed for result in results)
    many = f"{len(results)} scenario{'' if len(results) == 1 else 's'}"
    took_ms = sum(result.took_ms for result in results)
    if not results:
        return "no scenarios"
    said = f"{many} passed" if passed == len(results) else f"{len(results) - passed} of {many} FAILED"
    return f"{said}, {took_ms:.0f} ms"


def _visited(one: Covered | None) -> str:
    if one is None:
        return ""
    steps, ways = one.steps - len(one.steps_missed), one.ways - len(one.ways_missed)
    return f"; visited {steps} of {one.steps} steps, {ways} of {one.ways} ways"


def _missed(one: Covered | None) -> list[str]:
    return [] if one is None else [*(f"step {step}" for step in one.steps_missed), *one.ways_missed]


def _summary(performance: Performance, covered: list[Covered]) -> dict[str, Any]:
    return {
        "passed": not performance.failed,
        "scenarios": [_result(result) for result in performance.results],
        "coverage": [{**vars(one), "percent": round(one.percent, 1)} for one in covered],
    }


def _result(result: Result) -> dict[str, Any]:
    script = result.script
    return {
        "scenario": script.name,
        "journey": script.journey,
        "file": script.place.file,
        "line": script.place.line,
        "passed": result.passed,
        "ms": round(result.took_ms, 3),
        "story": [] if result.passed else result.story(),
    }
