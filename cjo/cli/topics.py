"""`cjo topics`: make and check the topics and schemas of a workspace."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cjo.resources import WORKSPACE, workspace_dir
from cjo.settings import Settings
from cjo.stack.topic_admin import TopicState, examine_topics, make_topics, register_schemas
from cjo.topics import topics_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo topics`."""
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help=WORKSPACE)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="change nothing; exit code 1 if something differs")
    choice.add_argument("--fix", action="store_true", help="set the configuration of topics that differ")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Makes what is missing and reports what differs; 1 if something differs and was not fixed."""
    from cjo.compile import compile_workspace

    settings = Settings.load()
    topics = topics_for(compile_workspace(workspace_dir(args.workspace)))
    if args.check:
        states, ids = examine_topics(settings.broker, topics), {}
    else:
        states = make_topics(settings.broker, topics, fix=args.fix)
        ids = register_schemas(settings.registry_url, topics)
    if args.json:
        print(json.dumps([_row(state, ids.get(state.topic.name)) for state in states], indent=1))
    else:
        _print(states, ids)
    return int(any(state.state in ("differs", "missing") for state in states))


def _row(state: TopicState, schema_id: int | None) -> dict[str, Any]:
    topic = state.topic
    differences = [asdict(difference) for difference in state.differences]
    known = {"topic": topic.name, "partitions": topic.partitions, "schema": topic.schema, "schema_id": schema_id}
    return {**known, "state": state.state, "differences": differences}


def _print(states: Sequence[TopicState], ids: dict[str, int]) -> None:
    for state in states:
        schema = f"schema {state.topic.schema} ({ids[state.topic.name]})" if state.topic.name in ids else ""
        print(f"{state.topic.name:<16} {state.topic.partitions:>2} partitions  {state.state:<8} {schema}".rstrip())
        for difference in state.differences:
            print(f"  {difference}", file=sys.stderr)
    if any(state.state == "differs" for state in states):
        print("\nhint: `cjo topics --fix` sets the configuration", file=sys.stderr)
