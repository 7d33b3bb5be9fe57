"""`cjo report`: what became of everyone in a journey, from its decisions alone."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cjo.client.connect import quiet
from cjo.insight import report
from cjo.insight.decisions import Decision, Unread, from_lines, from_topic, of_journey, opened
from cjo.insight.funnel import fold
from cjo.insight.goals import Claims
from cjo.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo report`."""
    parser.add_argument("journey", metavar="JOURNEY", help="name of the journey")
    add_source(parser, required=True)
    parser.add_argument("--mode", choices=("live", "shadow", "test"), default="live", help="default: live")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_source(parser: argparse.ArgumentParser, required: bool) -> None:
    """Where decisions come from."""
    source = parser.add_mutually_exclusive_group(required=required)
    source.add_argument("--decisions", type=Path, metavar="FILE", help="JSON Lines of Decision records")
    source.add_argument("--kafka", action="store_true", help="the topic `decisions`, as far as it is committed")


def run(args: argparse.Namespace) -> int:
    """Prints the report; returns 0."""
    with decisions(args) as (found, source):
        goals = Claims(args.journey, args.mode)
        funnel = fold(of_journey(goals.watch(found), args.journey, args.mode, source))
    claims = goals.of(funnel.goal)
    if args.json:
        print(json.dumps(report.as_json(args.journey, funnel, claims), ensure_ascii=False))
    else:
        for line in report.as_text(args.journey, funnel, claims):
            print(line)
    return 0


@contextmanager
def decisions(args: Any) -> Iterator[tuple[Iterator[Decision], str]]:
    """The decisions that the options name, and what to call their source. Says at last what could not be read."""
    unread = Unread()
    try:
        if args.kafka:
            quiet()
            yield from_topic(Settings.load(), unread), "the topic decisions"
        else:
            with opened(args.decisions) as lines:
                yield from_lines(lines, str(args.decisions), unread), str(args.decisions)
    finally:
        if said := unread.said():
            print(said, file=sys.stderr)
