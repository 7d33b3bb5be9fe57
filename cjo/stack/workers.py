"""The stack's own Python processes: the supervisor and the heartbeat."""

from __future__ import annotations

import sys

from cjo.settings import Settings
from cjo.stack.component import Component
from cjo.stack.process import Launch


def heartbeat(settings: Settings) -> Component:
    """The process that keeps time moving in every partition of the log."""
    return _worker(settings, "heartbeat", "cjo.cli", "heartbeat")


def supervisor(settings: Settings) -> Component:
    """The process that starts again what dies."""
    return _worker(settings, "supervisor", "cjo.stack.supervisor")


def _worker(settings: Settings, name: str, *module: str) -> Component:
    launch = Launch([sys.executable, "-m", *module], settings.environment)
    return Component(name, launch=lambda: launch, ready=lambda: True)
