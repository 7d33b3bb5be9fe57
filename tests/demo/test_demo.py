"""`cjo demo` as a user runs it: options, what it refuses, and a small week on the real stack."""

import os
import re
import subprocess
import sys
import time

import pytest

from cjo.cli.main import main
from cjo.demo.run import fresh_stack
from cjo.errors import UsageError
from cjo.settings import Settings
from tests.conftest import free_port_base

ANSWER_S = 90


def test_a_world_that_is_too_small_is_refused(capsys):
    assert main(["demo", "--customers", "3"]) == 2
    assert "at least 100 customers" in capsys.readouterr().err


def test_data_that_is_not_a_demos_is_not_removed(tmp_path):
    settings = Settings.load({}, home=tmp_path)
    settings.data.mkdir()
    (settings.data / "mine").touch()
    with pytest.raises(UsageError, match="holds data that is not the demo's"):
        fresh_stack(settings)
    assert (settings.data / "mine").exists()


def test_a_broker_elsewhere_is_not_for_demos(tmp_path):
    settings = Settings.load({}, home=tmp_path, broker="kafka.example:9092")
    with pytest.raises(UsageError, match="a stack of its own"):
        fresh_stack(settings)


@pytest.fixture
def shell(tmp_path):
    """Runs a command with a stack of its own, which is gone afterwards."""
    settings = Settings.load({}, home=tmp_path / "home", cache=Settings.load().cache, port_base=free_port_base())
    env = os.environ | settings.environment

    def run(command, **more):
        return subprocess.run(command, shell=True, env=env, text=True, capture_output=True, **more)

    cjo = f"{sys.executable} -m cjo.cli"
    yield lambda command, **more: run(command.replace("CJO ", f"{cjo} "), **more)
    run(f"{cjo} down --wipe")


@pytest.mark.cluster
def test_a_small_week_is_reconciled_and_the_commands_to_try_work(shell):
    demo = shell("CJO demo --customers 300 --seed 3")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "DIFFER" not in demo.stdout
    assert re.search(r"moments answered once\W+\d+\W+\d+\W+equal", demo.stdout)
    send, tail, why = [line.strip() for line in demo.stdout.splitlines() if line.startswith("  ")]

    assert shell(send).returncode == 0

    deadline = time.monotonic() + ANSWER_S
    while "mortgage-invitation" not in shell(tail.removesuffix(" --follow")).stdout:
        assert time.monotonic() < deadline, "the invitation has not come"
        time.sleep(1)
    assert "mortgage-offer / invite" in shell(why).stdout
