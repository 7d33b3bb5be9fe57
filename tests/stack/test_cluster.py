"""The real stack: up, killed, up again, down."""

from __future__ import annotations

import pytest

from cjo.stack import Stack

pytestmark = pytest.mark.cluster


def states(stack: Stack) -> dict[str, str]:
    return {part.name: part.state for part in stack.status()}


PARTS = ("broker", "registry", "jobmanager", "taskmanager-1", "taskmanager-2")


def test_second_up_starts_nothing_anew(stack: Stack) -> None:
    before = {name: stack.processes.find(name) for name in PARTS}

    Stack(stack.settings).up(supervise=False)

    assert {name: stack.processes.find(name) for name in PARTS} == before
    assert {states(stack)[name] for name in PARTS} == {"running"}


@pytest.mark.parametrize("name", PARTS)
def test_up_after_a_kill_brings_back_what_died_and_leaves_the_rest(stack: Stack, name: str) -> None:
    before = {part: stack.processes.find(part) for part in PARTS}
    stack.processes.kill(name)
    assert states(stack)[name] == "stopped"

    stack.up(supervise=False)

    after = {part: stack.processes.find(part) for part in PARTS}
    assert after.pop(name) not in (None, before.pop(name))
    assert after == before
    assert {states(stack)[part] for part in PARTS} == {"running"}


def test_a_lost_record_is_found_again(stack: Stack) -> None:
    process = stack.processes.find("taskmanager-1")
    (stack.settings.run / "taskmanager-1.pid").unlink()

    stack.up(supervise=False)

    assert stack.processes.find("taskmanager-1") == process
