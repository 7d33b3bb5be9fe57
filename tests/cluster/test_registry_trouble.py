"""A registry that is down makes the job wait; one that lost its schemas stops it with words on what to do (F2)."""

from __future__ import annotations

import shutil

import pytest

from cjo.client.reader import read
from cjo.stack.flink_rest import FlinkRest
from cjo.topics import DEADLETTERS, MOMENTS
from tests.cluster.raw import BEGIN_MS, MINUTE_MS, abandoned_basket, write
from tests.cluster.running import Run
from tests.cluster.waiting import wait_for

pytestmark = pytest.mark.cluster

END_MS = BEGIN_MS + 60 * MINUTE_MS


def test_while_the_registry_is_down_the_job_waits_and_loses_nothing(run: Run) -> None:
    rest = FlinkRest(run.settings.flink_url)
    make, newer = run.submit_and_lose_registry()

    records = [make.good(each, newer) for number in range(8) for each in abandoned_basket(f"c{number}", BEGIN_MS)]
    write(run.settings, records)
    wait_for(
        "a failure that names the registry",
        lambda: "gave no answer" in rest.exceptions(run.job_id) or refused(rest, run),
    )
    assert rest.job(run.job_id) is not None
    run.stack.up(supervise=False)
    write(run.settings, make.heartbeats(END_MS))
    run.await_time(END_MS)
    run.stop()

    assert list(read(DEADLETTERS, run.settings)) == []
    assert sorted(str(record.key) for record in read(MOMENTS, run.settings)) == [f"c{number}" for number in range(8)]


def refused(rest: FlinkRest, run: Run) -> bool:
    return "Connection refused" in rest.exceptions(run.job_id)


def test_a_registry_that_lost_its_schemas_stops_the_job_with_words_on_what_to_do(run: Run) -> None:
    rest = FlinkRest(run.settings.flink_url)
    make, newer = run.submit_and_lose_registry()
    shutil.rmtree(run.settings.data / "registry")
    run.stack.up(supervise=False)

    write(run.settings, [make.good(each, newer) for each in abandoned_basket("c", BEGIN_MS)])

    wait_for("the job's end", lambda: (job := rest.job(run.job_id)) is not None and job.state == "FAILED")
    words = rest.exceptions(run.job_id)
    assert f"the schema registry {run.settings.registry_url} seems to have lost its schemas" in words
    assert "Restore the registry's storage" in words
    assert list(read(DEADLETTERS, run.settings)) == []
