"""`cjo validate`: check signals and journeys, and report every problem at once."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from cjo.compile import compile_with_warnings
from cjo.engine.subjects import CUSTOMER
from cjo.resources import WORKSPACE, workspace_dir
from cjo.spec.durations import in_words
from cjo.spec.problems import Problem, SpecErrors, counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", nargs="?", type=Path, help=f"workspace folder; {WORKSPACE}")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument("--strict", action="store_true", help="fail on warnings too")
    parser.add_argument("--plan", action="store_true", help="print the compiled plan as JSON")


def run(args: argparse.Namespace) -> int:
    """Print one line for each signal and journey, and every problem and warning on stderr.

    Returns 1 where there are errors, and with `--strict` also where there are warnings.
    """
    folder: Path = workspace_dir(args.folder)
    try:
        plan, warnings = compile_with_warnings(folder)
        if warnings and args.strict:
            raise SpecErrors(str(folder), warnings)
    except SpecErrors as errors:
        return _report(errors, folder, as_json=args.json)
    _tell(warnings, folder)
    if args.plan:
        print(json.dumps(plan, indent=2, ensure_ascii=False))
    elif args.json:
        print(json.dumps(_summary(plan, folder, warnings), ensure_ascii=False))
    else:
        _describe(plan)
    return 0


def _report(errors: SpecErrors, folder: Path, as_json: bool) -> int:
    if as_json:
        problems = [problem.as_json() for problem in errors.problems]
        print(json.dumps({"valid": False, "folder": str(folder), "problems": problems}, ensure_ascii=False))
    _tell(errors.problems, folder)
    if errors.hint:
        print(f"\nhint: {errors.hint}", file=sys.stderr)
    return errors.exit_code


def _tell(problems: list[Problem], folder: Path) -> None:
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{counted(problems)} in {folder}", file=sys.stderr)


def _summary(plan: dict[str, Any], folder: Path, warnings: list[Problem]) -> dict[str, Any]:
    names = ("name", "kind", "revision", "version")
    return {
        "valid": True,
        "folder": str(folder),
        "workspace": plan["workspace"]["name"],
        "signals": [
            {**{key: signal[key] for key in names}, "subject": signal.get("subject", CUSTOMER)}
            for signal in plan["signals"]
        ],
        "journeys": [{key: journey[key] for key in names if key != "kind"} for journey in plan["journeys"]],
        "columns": plan["columns"],
        "filter": plan["filter"],
        "problems": [problem.as_json() for problem in warnings],
    }


def _span(signal: dict[str, Any]) -> str:
    """How long a signal looks back, or waits, as far as its kind has such a length."""
    if "baseline_ms" in signal:
        return f", {in_words(signal['recent_ms'])} against the {in_words(signal['baseline_ms'])} before"
    length_ms = signal.get("within_ms") or signal.get("window_ms")
    return f" within {in_words(length_ms)}" if length_ms else ""


def _describe(plan: dict[str, Any]) -> None:
    for signal in plan["signals"]:
        span = _span(signal)
        per = f" per {signal['per'][1]}" if signal["per"] else ""
        of = f" of each {signal['subject']}" if signal.get("subject") else ""
        print(f"signal {signal['name']}: {signal['kind']}{of}{span}{per}, version {signal['version']}")
    for journey in plan["journeys"]:
        steps = ", ".join(step["id"] for step in journey["steps"])
        enter = journey["enter"]
        on = f"{enter['on']} ({enter['who']})" if enter.get("who") else enter["on"]
        print(f"journey {journey['name']}: on {on}, steps {steps}, version {journey['version']}")
