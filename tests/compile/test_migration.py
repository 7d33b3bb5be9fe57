"""R2: a `migrate` map is checked before publishing: unknown steps, missing steps, kinds that cannot be mapped."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cjo.compile import compile_workspace
from cjo.compile.migration import problems_of
from cjo.resources import data_dir
from cjo.spec.problems import SpecErrors
from tests.engine.build import HOUR, emit, journey, leave, send, wait

OLD = journey(steps=[wait("pause"), send("held", spread_ms=HOUR), send("plain"), emit("tell"), leave()])
NEW = [wait("rest"), send("other"), emit("told"), leave()]


def problems(**moves: str) -> list[str]:
    return problems_of(journey(steps=NEW) | {"migrate": {"steps": moves, "wakes": "keep"}}, OLD)


def test_r2_a_complete_map_has_no_problem() -> None:
    assert problems(pause="rest", held="other") == []
    assert problems(pause="rest", held="other", plain="other", tell="told") == []


def test_r2_without_a_map_nothing_is_moved_and_nothing_is_wrong() -> None:
    assert problems_of(journey(steps=NEW), OLD) == []


def test_r2_a_step_that_the_running_version_does_not_have_is_named_with_the_nearest() -> None:
    (said,) = problems(pause="rest", held="other", palin="other")
    assert "'palin' is none of the version that runs" in said
    assert "'plain'" in said


def test_r2_a_step_at_which_every_run_stands_must_be_in_the_map() -> None:
    assert problems(pause="rest") == ["runs can stand at step 'held', and the map does not say where they go"]


def test_r2_a_wait_is_not_mapped_to_a_send() -> None:
    (said,) = problems(pause="other", held="other")
    assert said == "step 'pause' is a wait and 'other' a send: runs move to the same kind only"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "journeys"
    shutil.copytree(data_dir("journeys"), folder)
    return folder


def declare(workspace: Path, migrate: str) -> Path:
    with (workspace / "win-back-basket" / "journey.yaml").open("a") as file:
        file.write(f"migrate: {migrate}\n")
    return workspace


def test_r2_the_map_is_part_of_the_plan_and_of_the_version(workspace: Path) -> None:
    before = {one["name"]: one for one in compile_workspace(workspace)["journeys"]}["win-back-basket"]
    after = compile_workspace(declare(workspace, "{steps: {nap: pause}, wakes: recompute}"))
    after = {one["name"]: one for one in after["journeys"]}["win-back-basket"]

    assert "migrate" not in before
    assert after["migrate"] == {"steps": {"nap": "pause"}, "wakes": "recompute"}
    assert after["version"] != before["version"]


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [("puase", "CJO-E025", "unknown step 'puase'"), ("done", "CJO-E044", "no run stands at step 'done'")],
)
def test_r2_a_map_to_no_step_or_to_one_where_nobody_stands_is_an_error(
    workspace: Path, target: str, code: str, said: str
) -> None:
    with pytest.raises(SpecErrors) as caught:
        compile_workspace(declare(workspace, f"{{steps: {{nap: {target}}}}}"))

    assert [(one.code, said in one.message) for one in caught.value.problems] == [(code, True)]
