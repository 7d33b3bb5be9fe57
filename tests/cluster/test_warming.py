"""S4: signals are added and changed while the job runs, by control record and with a wider filter.

Each gives, from `effective_at` on, the moments of one that was always there; what was not touched comes out as in one
replay of the whole log.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjo.compile import compile_workspace
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.flink_rest import FlinkRest
from cjo.submission.apply import BY_RECORD, BY_SAVEPOINT, Applied, apply, publication
from cjo.submission.control import recorded
from cjo.submission.submit import ORCHESTRATE
from cjo.topics import MOMENTS
from tests.cluster.conftest import replace
from tests.cluster.logs import BEGIN_MS
from tests.cluster.output import differences
from tests.cluster.replayed import Part, expected
from tests.cluster.running import Run
from tests.cluster.test_publishing import Written, day
from tests.cluster.test_subjects import DAY, HOMES, MINUTE, SECOND, Homes

pytestmark = [pytest.mark.cluster]

ADDED = """
signals:
  filled_basket:
    kind: count
    on: product_added
    at_least: 3
    window: 2 days
    collect: {products: {each: product_id, max: 5}}
"""
WIDER = """
signals:
  asked_twice:
    kind: count
    on: search_performed
    at_least: 2
    window: 2 days
"""


def applied(run: Run, folder: Path) -> Applied:
    """`cjo apply --yes`."""
    done = apply(run.settings, publication(run.settings, folder), None, print)
    run.job_id = done.job
    print(done)
    return done


def add(workspace: Path, name: str, text: str) -> None:
    (workspace / name).mkdir()
    (workspace / name / "signals.yaml").write_text(text, encoding="utf-8")


def moments(found: dict[str, dict[str, list[Any]]], signal: str) -> list[Any]:
    mine = [one for kept in found[MOMENTS].values() for one in kept if one["signal"] == signal]
    return sorted(mine, key=lambda one: (one["subject"], one["at"], one["moment_id"]))


@pytest.mark.nightly
def test_s4_added_and_changed_signals_are_those_of_a_run_that_had_them_from_the_start(
    run: Run, workspace: Path
) -> None:
    log = run.log(seed=21, size=8_000)
    written = Written(run, log)
    first = run.part([]).plan
    run.submit()
    written.until(day(4))

    add(workspace, "more", ADDED)
    replace(workspace / "win-back-basket" / "journey.yaml", "within: 30 minutes", "within: 45 minutes")
    done = applied(run, workspace)
    assert done.how == BY_RECORD
    assert done.warmed is not None
    assert done.warmed.memories > 100
    written.until(day(5))

    add(workspace, "wider", WIDER)
    wider = applied(run, workspace)
    assert wider.how == BY_SAVEPOINT
    written.rest()
    run.stop()
    found = run.output()

    wanted = expected(run.settings, Part(first, recorded(run.settings), written.lines))
    assert differences(found, wanted) == []
    assert found == wanted
    from_the_start = expected(run.settings, Part(whole(run), [], written.lines))
    for name, since_ms in (
        ("filled_basket", done.effective_at_ms), ("basket_abandoned", done.effective_at_ms),
        ("asked_twice", wider.effective_at_ms),
    ):  # fmt: skip
        assert since_ms is not None
        mine = [one for one in moments(found, name) if one["at"] >= since_ms]
        always = [one for one in moments(from_the_start, name) if one["at"] >= since_ms]
        assert mine == always != []
    assert min(one["at"] for one in moments(found, "filled_basket")) >= (done.effective_at_ms or 0)


HOUSEHOLD = """
signals:
  looked_four_times:
    kind: count
    subject: household
    on: page_viewed
    where: topic = 'mortgage'
    at_least: 4
    window: 2 days
"""


@pytest.mark.nightly
def test_s4_a_households_signal_knows_what_its_members_did_before_it_was_there(run: Run, workspace: Path) -> None:
    """Members stand in different partitions; two looks lie before the publication, and two after it."""
    homes = Homes(run)
    run.submit()
    homes.people()
    for _ in homes.looks():
        pass
    run.await_time(BEGIN_MS + (HOMES - 1) * MINUTE + MINUTE // 2)

    add(workspace, "household", HOUSEHOLD)
    done = applied(run, workspace)
    assert done.warmed is not None
    assert done.warmed.memories >= HOMES
    second_ms = BEGIN_MS + (HOMES + 10) * MINUTE
    assert (done.effective_at_ms or 0) < second_ms
    for _ in homes.looks(second_ms):
        pass
    homes.time(second_ms + DAY)
    run.await_time(second_ms + DAY)
    run.stop()

    found = moments(run.output(), "looked_four_times")
    times = {one["subject"]: one["at"] for one in found}
    assert times == {f"@household:h{home}": second_ms + home * MINUTE + 3 * SECOND for home in range(HOMES)}
    assert len(found) == HOMES


class Interrupted(BaseException):
    """As Ctrl-C is one."""


@pytest.mark.nightly
def test_s4_a_warm_up_that_fails_or_is_broken_off_leaves_things_as_they_were(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = run.log(seed=22, size=6_000)
    written = Written(run, log)
    part = run.part([])
    run.submit()
    written.until(day(3))
    add(workspace, "more", ADDED)

    with monkeypatch.context() as patch:
        patch.setattr("cjo.submission.apply.id_of", lambda record: "999")
        with pytest.raises(StackError, match="no `warm` record warm/999") as told:
            applied(run, workspace)
    assert "nothing was published: signals and journeys go on as they were" in told.value.message
    with monkeypatch.context() as patch:
        patch.setattr("cjo.submission.warm_up._await_end", broken_off)
        with pytest.raises(Interrupted):
            applied(run, workspace)
    assert [job.name for job in FlinkRest(run.settings.flink_url).jobs() if not job.ended] == [ORCHESTRATE]
    kinds = [(one["kind"], one["name"]) for one in recorded(run.settings) if one["kind"] in ("warm", "withdraw")]
    assert kinds == [("warm", "warm/1"), ("withdraw", "warm/1"), ("warm", "warm/2"), ("withdraw", "warm/2")]

    written.rest()
    run.stop()
    found = run.output()
    wanted = expected(run.settings, Part(part.plan, [], written.lines))
    assert differences(found, wanted) == []
    assert found == wanted


def broken_off(settings: Settings, job: str) -> None:
    raise Interrupted


def whole(run: Run) -> dict[str, Any]:
    """The newest workspace as a plan that holds from the log's beginning."""
    plan = compile_workspace(run.folder)
    plan["workspace"]["live_from_ms"] = run.part([]).plan["workspace"]["live_from_ms"]
    return plan
