"""What benchmarks on the real stack share: a stack of their own, their output, and the choice of what is run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from cjo.errors import UsageError
from cjo.settings import Settings

BUILD = Path(__file__).resolve().parents[1] / "build"
FOREIGN = ("CJO_BROKER", "CJO_REGISTRY", "CJO_FLINK")
"""A benchmark has a stack of its own: it wipes it."""


def own_settings(name: str, port_base: str) -> Settings:
    """Settings of a stack under build/NAME, unless CJO_HOME and CJO_PORT_BASE say otherwise."""
    env = {"CJO_HOME": str(BUILD / name / "home"), "CJO_PORT_BASE": port_base, **os.environ}
    return Settings.load({key: value for key, value in env.items() if key not in FOREIGN})


def chosen(text: str, what: str, known: Iterable[str]) -> list[str]:
    """The names in a list with commas. UsageError for one that is not known; `what` they are (`case`)."""
    names, listed = text.split(","), list(known)
    if unknown := set(names) - set(listed):
        raise UsageError(f"no such {what}: {', '.join(sorted(unknown))}", f"choose among {', '.join(listed)}")
    return names


def at_least_one(text: str) -> int:
    """A whole number above 0, as an option's type. ArgumentTypeError for another: nothing would run, unsaid."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is needed, got {text!r}")
    return int(text)


def say(message: str) -> None:
    """What happens, on stderr."""
    print(message, file=sys.stderr, flush=True)
