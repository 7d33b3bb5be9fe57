"""A savepoint that an earlier cjo wrote goes on under this one as if nothing were between (S4, R2, F1, F4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.demo.filler import Filler
from cjo.submission import control
from cjo.topics import DECISIONS, TOUCHPOINTS
from tests.cluster.conftest import shipped_as
from tests.cluster.kept import POLICIES, WORKSPACE, kinds_of_memory, load, releases, unpack
from tests.cluster.logs import Line
from tests.cluster.output import Output, differences, size
from tests.cluster.replayed import Part, expected
from tests.cluster.running import Run

pytestmark = pytest.mark.cluster


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The journeys as they are shipped today, under the name and with the policies of the kept savepoint."""
    folder = shipped_as(WORKSPACE, tmp_path / "journeys")
    (folder / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    return folder


@pytest.mark.parametrize("release", releases())
def test_the_savepoint_of_a_release_goes_on_where_it_was(run: Run, release: str, tmp_path: Path) -> None:
    kept = load(release, run.settings)
    assert min(kinds_of_memory(kept).values()) > 0
    control.publish(run.settings, kept.control)
    write(run, kept.first)
    then = Part(kept.plan, kept.control, kept.first)

    run.submit(savepoint=unpack(release, tmp_path / "savepoint"))
    write(run, kept.second)
    run.await_time(kept.second[-1].timestamp_ms)
    run.stop()
    found = run.output()

    wanted = less(expected(run.settings, then, run.part(kept.second)), expected(run.settings, then))
    assert differences(found, wanted) == []
    assert found == wanted
    assert size(found)[DECISIONS] > 100, size(found)


def write(run: Run, lines: list[Line]) -> None:
    filler = Filler(run.settings.broker, TOUCHPOINTS)
    for line in lines:
        filler.send(line.partition, line.timestamp_ms, line.key, line.value)
    filler.flush()


def less(whole: Output, before: Output) -> Output:
    """What comes in `whole` after all that is in `before`."""
    rest = {
        topic: {key: records[len(before.get(topic, {}).get(key, ())) :] for key, records in keys.items()}
        for topic, keys in whole.items()
    }
    left = {topic: {key: records for key, records in keys.items() if records} for topic, keys in rest.items()}
    return {topic: keys for topic, keys in left.items() if keys}
