"""`cjo doctor`: say what is missing, what runs, and what to do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from cjo.cli.submit import outage_ms
from cjo.resources import WORKSPACE, workspace_dir
from cjo.settings import Settings
from cjo.stack.cluster_doctor import examine_cluster
from cjo.stack.doctor import examine
from cjo.stack.findings import Finding

LOCAL = {True: "ok", None: "-", False: "missing"}
SLOWER = ("python", "engine")
"""Of what is told for information: it runs, and could be faster."""
CLUSTER = {True: "ok", None: "better", False: "lacks"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo doctor`."""
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help=WORKSPACE)
    parser.add_argument(
        "--cluster",
        nargs="?",
        const="",
        metavar="URL",
        help="look at the Flink cluster at URL (default: $CJO_FLINK), with $CJO_BROKER and $CJO_REGISTRY, instead of "
        "this machine",
    )
    parser.add_argument("--outage", metavar="DURATION", help="with --cluster: as for `cjo submit` (default: 1 hour)")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Tells every finding; 1 if something is not as it should be."""
    workspace, words = workspace_dir(args.workspace), LOCAL
    if args.cluster is None:
        findings = list(examine(Settings.load(), workspace))
    else:
        words = CLUSTER
        findings = list(
            examine_cluster(Settings.load(flink_url=args.cluster or None), workspace, outage_ms(args.outage))
        )
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            print(_line(finding, words))
    return int(any(finding.ok is False for finding in findings))


def _line(finding: Finding, words: Mapping[bool | None, str]) -> str:
    word = CLUSTER[None] if finding.ok is None and finding.what in SLOWER else words[finding.ok]
    line = f"{word:<8} {finding.what:<14} {finding.found}"
    return f"{line}\n{'':<24}{finding.hint}" if finding.hint else line
