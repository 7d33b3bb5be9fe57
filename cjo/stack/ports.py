"""Says who holds a port that the stack needs."""

from __future__ import annotations

import contextlib
import errno
import socket

import psutil

from cjo.errors import StackError
from cjo.settings import LOOPBACK, Settings
from cjo.stack.component import Component


def check_ports(settings: Settings, component: Component) -> None:
    """Raises StackError if somebody else listens on a port of `component`, naming port, holder and setting."""
    for purpose, port in component.ports.items():
        if is_taken(port):
            raise StackError(
                f"{component.name} cannot start: port {port} ({purpose}) is in use{holder(port)}",
                f"end that process, or set CJO_PORT_BASE to another number than {settings.ports.base}",
            )


def is_taken(port: int) -> bool:
    """Whether `port` cannot be listened on."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((LOOPBACK, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
        return False


def holder(port: int) -> str:
    """` by process N (name)` for the listener on `port`; empty if this user may not know."""
    with contextlib.suppress(psutil.Error, RuntimeError):
        for connection in psutil.net_connections("tcp"):
            if connection.pid and connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return ""
