"""Detached processes: records, crashes, numbers that the system has given to somebody else."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.component import Component
from cjo.stack.ports import check_ports, is_taken
from cjo.stack.process import Launch, Processes

SLEEP = Launch([sys.executable, "-c", "import time; time.sleep(600)"])
DEAF = Launch(
    [
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)",
    ]
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({}, home=tmp_path)


@pytest.fixture
def processes(settings: Settings) -> Iterator[Processes]:
    made = Processes(settings)
    yield made
    made.adopt()
    made.stop(*made.names(), timeout_s=0.2)


def test_a_started_process_is_found_by_another_command(settings: Settings, processes: Processes) -> None:
    started = processes.spawn("sleeper", SLEEP)

    assert Processes(settings).find("sleeper") == started
    assert Processes(settings).names() == ["sleeper"]


def test_a_stopped_process_is_gone_with_its_record(settings: Settings, processes: Processes) -> None:
    processes.spawn("sleeper", SLEEP)

    processes.stop("sleeper")

    assert processes.find("sleeper") is None
    assert not (settings.run / "sleeper.pid").exists()


def test_a_killed_process_counts_as_dead_though_its_record_is_there(settings: Settings, processes: Processes) -> None:
    processes.spawn("sleeper", SLEEP)
    assert processes.kill("sleeper")

    assert processes.find("sleeper") is None


def test_a_process_that_ignores_the_signal_is_ended_by_force(processes: Processes) -> None:
    started = processes.spawn("deaf", DEAF)
    while not processes.output("deaf").read_text():
        assert started.is_running()

    processes.stop("deaf", timeout_s=0.2)

    assert not started.is_running()


def test_what_a_process_of_ours_has_spawned_outlives_it(settings: Settings, processes: Processes) -> None:
    code = (
        "import sys, time; from cjo.settings import Settings; from cjo.stack.process import Launch, Processes;"
        f"Processes(Settings.load(dict(), home={str(settings.home)!r}))"
        ".spawn('child', Launch([sys.executable, '-c', 'import time; time.sleep(600)']));"
        "time.sleep(600)"
    )
    processes.spawn("parent", Launch([sys.executable, "-c", code]))
    while not processes.find("child"):
        assert processes.find("parent")

    processes.stop("parent")

    assert processes.names() == ["child"]


def test_a_number_given_to_somebody_else_is_not_ours(settings: Settings, processes: Processes) -> None:
    settings.run.mkdir()
    (settings.run / "broker.pid").write_text(json.dumps([os.getpid(), 12.0]))

    assert processes.find("broker") is None
    assert not (settings.run / "broker.pid").exists()


@pytest.mark.parametrize("content", ["", "nonsense", "[]", "[1]", '["x", 1]', "null"])
def test_a_damaged_record_counts_as_dead(settings: Settings, processes: Processes, content: str) -> None:
    settings.run.mkdir()
    (settings.run / "broker.pid").write_text(content)

    assert processes.find("broker") is None


def test_a_process_without_record_is_adopted(settings: Settings, processes: Processes) -> None:
    started = processes.spawn("sleeper", SLEEP)
    (settings.run / "sleeper.pid").unlink()
    assert processes.find("sleeper") is None

    processes.adopt()

    assert processes.find("sleeper") == started


def test_of_two_with_one_name_the_unrecorded_one_is_ended(settings: Settings, processes: Processes) -> None:
    first = processes.spawn("sleeper", SLEEP)
    (settings.run / "sleeper.pid").unlink()
    second = processes.spawn("sleeper", SLEEP)

    processes.adopt()

    first.wait(10)
    assert processes.find("sleeper") == second


def test_another_stack_is_left_alone(settings: Settings, processes: Processes, tmp_path: Path) -> None:
    processes.spawn("sleeper", SLEEP)
    other = Processes(Settings.load({}, home=tmp_path / "other"))

    other.adopt()

    assert other.names() == []


def test_a_taken_port_is_named_with_its_holder_and_the_setting(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        part = Component("registry", launch=lambda: SLEEP, ready=lambda: True, ports={"registry": port})

        with pytest.raises(StackError) as error:
            check_ports(settings, part)

    assert f"port {port}" in error.value.message
    assert str(os.getpid()) in error.value.message
    assert "CJO_PORT_BASE" in str(error.value.hint)
    assert not is_taken(port)
