"""A job has never more readers than its log has partitions: one without a partition would hold back time (T2)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cjo.settings import Settings
from cjo.stack.java import java_home
from cjo.stack.java_build import own_jar

PARTITIONS = 4
WANTED = [(None, 2, 2), (None, 4, 4), (None, 19, 4), (3, 19, 3), (3, 1, 3)]
"""(parallelism asked for, the cluster's default, what the job gets)."""


@pytest.mark.flink
def test_t2_without_a_parallelism_asked_for_it_is_the_clusters_and_at_most_the_logs_partitions(tmp_path: Path) -> None:
    jar = own_jar(Settings.load()).as_uri()
    (tmp_path / "in.json").write_text(json.dumps([_submission(asked, default, jar) for asked, default, _ in WANTED]))
    environment = {**os.environ, "JAVA_HOME": str(java_home()), "FLINK_LOG_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "tests.flink.parallelism_job", str(tmp_path / "in.json")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [got for *_, got in WANTED]


def _submission(asked: int | None, default: int, jar: str) -> dict[str, Any]:
    flink = {"parallelism.default": default, "pipeline.jars": jar}
    options = {"flink": flink, **({"parallelism": asked} if asked else {})}
    return {"plan": {"workspace": {"partitions": PARTITIONS}}, "options": options}
