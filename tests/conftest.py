"""Fixtures for everyone: the real local stack, started once a session and only if a test asks for it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cjo.native import interpreted
from cjo.settings import Settings
from cjo.stack import Stack
from cjo.stack.ports import is_taken

NATIVE = os.environ.get("CJO_NATIVE") == "1"
"""Whether this run is to test the compiled engine in its own process too; what it starts takes it where it is there."""
if not NATIVE:
    interpreted()

# A busy machine is no failure.
settings.register_profile("cjo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cjo")

LOWEST_OFFSET, HIGHEST_OFFSET = 60, 100
JAVA = ("flink", "broker", "cluster")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests with Java that do not run on the session's stack: they can run beside it."""
    for item in items:
        if any(item.get_closest_marker(name) for name in JAVA) and "broker" not in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.own_stack)


def pytest_runtest_setup() -> None:
    """Each test has the same event ids, alone or after others."""
    from tests.engine.build import restart_ids

    restart_ids()


@pytest.fixture(scope="session")
def stack_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a stack of its own: an empty home, free ports, the user's jars."""
    home = tmp_path_factory.mktemp("cjo-home", numbered=True)
    env: dict[str, str] = {}
    return Settings.load(env, home=home, cache=Settings.load().cache, port_base=free_port_base())


@pytest.fixture(scope="session")
def broker(stack_settings: Settings) -> Iterator[Settings]:
    """A running broker and registry; yields their settings."""
    running = Stack(stack_settings)
    try:
        running.up(("broker", "registry"), supervise=False)
        yield stack_settings
    finally:
        running.down()


@pytest.fixture(scope="session")
def stack(broker: Settings) -> Stack:
    """The whole stack with two TaskManagers and no supervisor; the broker fixture ends it."""
    whole = Stack(broker, taskmanagers=2)
    whole.up(supervise=False)
    return whole


def free_port_base() -> int:
    """A port base whose ports are all free now, kept for this test run: another at the same time gets another."""
    for base in range(22000, 32000, HIGHEST_OFFSET):
        if reserve(base) and not any(is_taken(base + offset) for offset in range(LOWEST_OFFSET, HIGHEST_OFFSET)):
            return base
    raise RuntimeError("no free ports")


def reserve(base: int) -> bool:
    """Whether `base` is this run's own from now on; the lock is freed when the run ends, however it ends."""
    lock = os.open(Path(tempfile.gettempdir()) / f"cjo-test-ports-{base}", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    return True
