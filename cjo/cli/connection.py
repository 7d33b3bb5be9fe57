"""Options of every command that meets a broker or a registry: how to log in there."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OFFLINE = ("init", "down", "validate", "test", "explain", "preview", "native")
"""Commands that meet neither."""
_FILES = {"kafka_config": "CJO_KAFKA_CONFIG", "registry_config": "CJO_REGISTRY_CONFIG"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that name the files."""
    group = parser.add_argument_group("connection", "files of Java properties; ${env:NAME} in them is a variable")
    group.add_argument(
        "--kafka-config", type=Path, metavar="FILE", help="options of Kafka's clients (default: $CJO_KAFKA_CONFIG)"
    )
    group.add_argument(
        "--registry-config", type=Path, metavar="FILE", help="options of the registry (default: $CJO_REGISTRY_CONFIG)"
    )


@contextmanager
def applied(args: argparse.Namespace) -> Iterator[None]:
    """Inside, each option stands in its variable, where settings and child processes find it."""
    given = {name: str(path.absolute()) for key, name in _FILES.items() if (path := getattr(args, key, None))}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
