"""The code that a cluster gets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cjo
import udfs
from cjo.native.modules import SUFFIX
from cjo.submission.code import pack_code


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_it_holds_code_contracts_and_journeys_and_nothing_of_the_tests(tmp_path: Path) -> None:
    names = names_in(pack_code(tmp_path))
    assert {
        "cjo/engine/core.py",
        "udfs/orchestrate.py",
        "udfs/java/io/cjo/flink/BytesDecoder.java",
        "jobs/orchestrate_journeys.py",
        "cjo/_data/schemas/touchpoint.avsc",
        "cjo/_data/journeys/workspace.yaml",
    } <= names
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name]


def test_it_takes_the_place_of_what_was_packed_before(tmp_path: Path) -> None:
    (pack_code(tmp_path) / "cjo" / "stale.py").touch()
    assert "cjo/stale.py" not in names_in(pack_code(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1


def test_it_is_what_runs_where_it_is_first_on_the_path(tmp_path: Path) -> None:
    code = pack_code(tmp_path)
    core = "cjo/engine/core" + (SUFFIX if any(name.endswith(SUFFIX) for name in names_in(code)) else ".py")
    said = subprocess.run(
        [sys.executable, "-c", "from cjo.engine import core; import cjo; print(cjo.__file__, core.__file__)"],
        cwd=code, env={"PYTHONPATH": str(code)}, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert said == [str(code / "cjo/__init__.py"), str(code / core)]


def test_a_worker_imports_all_that_any_job_needs_before_anything_else() -> None:
    """A TaskManager may outlive the code that its first job came with."""
    script = "import sys, udfs.worker; udfs.worker.begin(); print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    of_workers = {f"udfs.{path.stem}" for path in Path(udfs.__file__).parent.glob("*.py")} - {"udfs.__init__"}
    assert of_workers - set(said) == {"udfs.stream"}  # it builds graphs
    of_engine = {f"cjo.engine.{path.stem}" for path in Path(cjo.__file__).parent.glob("engine/[a-z]*.py")}
    assert of_engine - set(said) == {"cjo.engine.inputs"}  # it is asked where a job is submitted
