"""What the stack needs to know of one of its processes."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException

from cjo.settings import LOOPBACK
from cjo.stack.http import open_url
from cjo.stack.process import Launch


@dataclass(frozen=True)
class Component:
    """One process: `launch` prepares its files and says how to start it, `ready` whether it does its work now.

    `ports` are the ports it listens on, by what they are for. `address` is what people are told, `metrics` where
    Prometheus finds its metrics.
    """

    name: str
    launch: Callable[[], Launch]
    ready: Callable[[], bool]
    ports: Mapping[str, int] = field(default_factory=dict)
    address: str = ""
    metrics: str = ""
    stop_s: float = 20.0


def listens(port: int) -> bool:
    """Whether something on this machine accepts connections on `port`."""
    return reaches(f"{LOOPBACK}:{port}")


def reaches(address: str) -> bool:
    """Whether somebody accepts connections at `address` (host:port; of a list, the first)."""
    host, _, port = address.split(",", maxsplit=1)[0].rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2.0):
            return True
    except (OSError, ValueError):
        return False


def answers(url: str) -> bool:
    """Whether `url` answers with success within two seconds."""
    try:
        with open_url(url, timeout_s=2.0) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException, ValueError):
        return False
