"""`cjo plan`: what publishing a workspace would change in the job that runs."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from cjo.client.connect import has_topic, quiet
from cjo.engine.ids import MILLION
from cjo.errors import UsageError
from cjo.insight.decisions import from_topic
from cjo.resources import WORKSPACE, workspace_dir
from cjo.settings import Settings
from cjo.submission.apply import Publication, publication
from cjo.submission.inflight import Standing, in_flight
from cjo.submission.words import as_json, lines
from cjo.topics import DECISIONS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo plan`."""
    add_workspace(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """What is to be published, and to whom."""
    parser.add_argument("workspace", nargs="?", type=Path, metavar="FOLDER", help=WORKSPACE)
    parser.add_argument(
        "--to", metavar="SHARE", help="only this share of the customers enters what is new, such as 5%% (default: all)"
    )


def run(args: argparse.Namespace) -> int:
    """Prints the plan; returns 1 where `cjo apply` would refuse it."""
    quiet()
    settings = Settings.load()
    found = publication(settings, workspace_dir(args.workspace), share_of(args.to))
    show(found, runs_of(settings), args.json)
    return 1 if found.changes.problems else 0


def runs_of(settings: Settings) -> Counter[Standing]:
    """The runs in flight, as far as decisions are committed."""
    return in_flight(from_topic(settings)) if has_topic(settings.broker, DECISIONS) else Counter()


def show(found: Publication, runs: Counter[Standing], as_object: bool) -> None:
    """Print the plan."""
    for line in [json.dumps(as_json(found, runs))] if as_object else lines(found, runs):
        print(line)


def share_of(text: str | None) -> int | None:
    """`5%` in millionths of the customers, None for all. UsageError for what is no share."""
    if text is None:
        return None
    try:
        share = round(float(text.removesuffix("%")) * MILLION / 100)
    except (ValueError, OverflowError):
        share = 0
    if not 0 < share <= MILLION:
        raise UsageError(f"--to: expected a share of the customers such as 5%, got {text!r}", "write 0.0001% to 100%")
    return None if share == MILLION else share
