"""What the stack needs to know of one of its processes."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cjo.settings import LOOPBACK
from cjo.stack.process import Launch


@dataclass(frozen=True)
class Component:
    """One process: `launch` prepares its files and says how to start it, `ready` whether it does its work now.

    `ports` are the ports it listens on, by what they are for. `address` is what people are told.
    """

    name: str
    launch: Callable[[], Launch]
    ready: Callable[[], bool]
    ports: Mapping[str, int] = field(default_factory=dict)
    address: str = ""
    stop_s: float = 20.0


def listens(port: int) -> bool:
    """Whether something on this machine accepts connections on `port`."""
    with socket.socket() as client:
        client.settimeout(1.0)
        return client.connect_ex((LOOPBACK, port)) == 0


def answers(url: str) -> bool:
    """Whether `url` answers with success within two seconds."""
    try:
        with urllib.request.urlopen(url, timeout=2.0) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False
