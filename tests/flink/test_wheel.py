"""The wheel that a cluster gets."""

from __future__ import annotations

import zipfile
from pathlib import Path

from cjo.submission.wheel import build_wheel


def test_it_holds_code_contracts_and_journeys_and_nothing_of_the_tests(tmp_path: Path) -> None:
    names = zipfile.ZipFile(build_wheel(tmp_path)).namelist()
    assert {
        "cjo/engine/core.py",
        "udfs/orchestrate.py",
        "udfs/java/io/cjo/flink/BytesDecoder.java",
        "jobs/orchestrate_journeys.py",
        "cjo/_data/schemas/touchpoint.avsc",
        "cjo/_data/journeys/workspace.yaml",
    } <= set(names)
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name]


def test_the_same_code_gives_the_same_bytes(tmp_path: Path) -> None:
    first = build_wheel(tmp_path / "a").read_bytes()
    assert build_wheel(tmp_path / "b").read_bytes() == first
