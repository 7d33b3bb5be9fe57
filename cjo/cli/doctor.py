"""`cjo doctor`: say what is missing, what runs, and what to do."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from cjo.resources import WORKSPACE, workspace_dir
from cjo.settings import Settings
from cjo.stack.doctor import Finding, examine

WORDS = {True: "ok", None: "-", False: "missing"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo doctor`."""
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help=WORKSPACE)
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Tells every finding; 1 if something is not as it should be."""
    findings = list(examine(Settings.load(), workspace_dir(args.workspace)))
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            print(_line(finding))
    return int(any(finding.ok is False for finding in findings))


def _line(finding: Finding) -> str:
    line = f"{WORDS[finding.ok]:<8} {finding.what:<14} {finding.found}"
    return f"{line}\n{'':<24}{finding.hint}" if finding.hint else line
