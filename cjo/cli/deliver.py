"""`cjo deliver`: carry out actions as deliver.yaml says, and report what became of them."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cjo.client.connect import quiet
from cjo.client.producer import now_ms
from cjo.client.story import plain
from cjo.client.words import iso
from cjo.resources import WORKSPACE, workspace_dir
from cjo.settings import Settings

FILE = "deliver.yaml"
_TOLD = ("action_id", "customer_id", "channel", "journey", "step")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo deliver`."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help=f"a workspace's {FILE}, or its folder; {WORKSPACE}"
    )
    parser.add_argument("--once", action="store_true", help="end when everything that is there now is dealt with")
    parser.add_argument("--json", action="store_true", help="print each event as one JSON object a line")
    parser.add_argument("--broker", metavar="HOST:PORT", help="default: CJO_BROKER, else the local stack's")
    parser.add_argument("--registry", metavar="URL", help="default: CJO_REGISTRY, else the local stack's")


def run(args: argparse.Namespace) -> int:
    """Delivers until SIGTERM or Ctrl-C, printing an event for each action; returns 0."""
    from cjo.deliver.load import Secrets, load

    quiet()
    loaded = load(_path(args.file))
    settings = Settings.load(broker=args.broker, registry_url=args.registry)
    asyncio.run(_deliver(loaded, settings, Secrets(), as_json if args.json else as_line, args.once))
    return 0


def as_line(event: str, action: Mapping[str, Any] | None, details: Mapping[str, Any]) -> str:
    """An event for people. What the action says and where it goes are not in it."""
    about = action or {}
    what = " / ".join(str(about[name]) for name in ("journey", "step") if about.get(name))
    words = [about.get("channel", "-"), about.get("customer_id", "-"), what, about.get("action_id", ""),
             *(f"{name}={value}" for name, value in details.items())]  # fmt: skip
    return "  ".join([iso(now_ms()), f"{event:<10}", *(plain(str(word)) for word in words if word)])


def as_json(event: str, action: Mapping[str, Any] | None, details: Mapping[str, Any]) -> str:
    """An event for programs."""
    about = {name: action[name] for name in _TOLD if name in action} if action else {}
    return json.dumps({"at": iso(now_ms()), "event": event, **about, **details}, ensure_ascii=False)


def _path(given: Path | None) -> Path:
    return given if given is not None and not given.is_dir() else workspace_dir(given) / FILE


async def _deliver(loaded: Any, settings: Settings, secrets: Any, show: Any, once: bool) -> None:
    from cjo.deliver.build import service

    def tell(event: str, action: Mapping[str, Any] | None, details: Mapping[str, Any]) -> None:
        print(show(event, action, details), flush=True)

    async with service(loaded, settings, secrets, tell) as made:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, made.stop)
        try:
            served = dict(loaded.deliver.channels)
            tell("ready", None, {"group": loaded.deliver.group, "channels": served})
            await made.run(once)
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
