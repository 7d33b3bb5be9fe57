"""R2, R7, S4, D8: what publishing would change, told from control records and decisions; no broker."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cjo.cli.main import main
from cjo.cli.plan import share_of
from cjo.compile import compile_workspace
from cjo.compile.needs import filters_of
from cjo.engine import Engine, halts
from cjo.engine.beside import beside
from cjo.engine.book import PlanBook
from cjo.errors import StackError, UsageError
from cjo.resources import data_dir
from cjo.submission.apply import Publication
from cjo.submission.changes import Changes, changes
from cjo.submission.control import halting, numbered
from cjo.submission.inflight import Standing, in_flight
from cjo.submission.logtime import effective_at
from cjo.submission.running import acting, base_of, needs_in_use, running, submission_record, with_kinds
from cjo.submission.warming import placed
from cjo.submission.words import as_json, lines
from tests.engine.build import absence, at, event, journey, types
from tests.engine.build import plan as built

JOURNEY = "win-back-basket"
Plan = dict[str, Any]
Record = dict[str, Any]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_workspace(Path(data_dir("journeys")))


def small(*specs: Plan) -> Plan:
    return {**built(*specs), "columns": []}


def submitted(plan: Plan) -> list[Record]:
    """The control topic after `cjo submit`."""
    numbers, records = numbered(plan, [])
    return [*records, submission_record(numbers, [], "job-1", {"parallelism": 2, "outage": None})]


def edited(plan: Plan, change: Callable[[Plan], None]) -> Plan:
    other = copy.deepcopy(plan)
    change(spec_of(other))
    spec_of(other)["version"] = "0123456789ab"
    return other


def spec_of(plan: Plan) -> Any:
    return next(spec for spec in plan["journeys"] if spec["name"] == JOURNEY)


def told(plan: Plan, known: list[Record], **shares: int) -> Changes:
    return changes(plan, running(known, plan["workspace"]["name"]), {JOURNEY: 50_000} if shares else {})


def priority(spec: Plan) -> None:
    spec["priority"] += 1


# --- what changes ---


def test_what_was_submitted_is_what_runs(plan: Plan) -> None:
    found = told(plan, submitted(plan))

    assert found.is_empty
    assert found.held_back == []


def test_nothing_submitted_yet_and_everything_is_added(plan: Plan) -> None:
    found = told(plan, [])

    assert {one.what for one in found.definitions} == {"added"}
    assert len(found.definitions) == len(plan["signals"]) + len(plan["journeys"])
    assert not found.by_record


def test_a_changed_and_a_removed_journey_are_told_and_need_no_other_filter(plan: Plan) -> None:
    other = edited(plan, priority)
    gone = next(spec for spec in other["journeys"] if spec["name"] != JOURNEY)
    other["journeys"].remove(gone)
    found = told(other, submitted(plan))

    assert [(one.name, one.what) for one in found.definitions] == [(JOURNEY, "changed"), (gone["name"], "removed")]
    assert found.by_record


def test_s4_an_exit_on_a_type_that_nobody_asked_for_is_not_covered(plan: Plan) -> None:
    found = told(edited(plan, lambda spec: spec["exit"].append({"type": "never_seen", "where": None})), submitted(plan))

    assert found.held_back == ["touchpoints never_seen"]
    assert not found.by_record


def test_a_setting_of_the_workspace_needs_a_restart(plan: Plan) -> None:
    other = copy.deepcopy(plan)
    other["workspace"]["limits"]["open_runs"] += 1
    found = told(other, submitted(plan))

    assert found.settings == ["limits"]
    assert not found.by_record


def test_another_workspace_is_not_published_to_a_job(plan: Plan) -> None:
    other, known = copy.deepcopy(plan), submitted(plan)
    other["workspace"]["name"] = "telco"

    assert changes(plan, running(known, plan["workspace"]["name"], "job-1"), {}).problems == []
    (problem,) = changes(other, running(known, "telco", "job-1"), {}).problems
    assert problem.startswith("the workspace here is telco, and the job that runs is of cjo-demo")
    assert changes(other, running(known, "telco", "of-another-broker"), {}).problems == []


def test_a_log_keeps_its_partitions(plan: Plan) -> None:
    other = copy.deepcopy(plan)
    other["workspace"]["partitions"] += 4

    (problem,) = told(other, submitted(plan)).problems
    assert problem.startswith("workspace: partitions is 4 in the log, where 8 are asked for")


def test_s4_of_a_job_whose_own_record_is_missing_nobody_knows_what_its_filter_holds_back(plan: Plan) -> None:
    other, known, name = edited(plan, priority), submitted(plan), plan["workspace"]["name"]

    assert changes(other, running(known, name, "job-1"), {}).by_record
    found = changes(other, running(known, name, "job-2"), {})
    assert (found.held_back, found.by_record) == (None, False)
    wanted = Publication(other, known, running(known, name, "job-2"), found, {}, 0, "job-2")
    assert list(lines(wanted, Counter()))[-1] == (
        "the job job-2 has not told what it reads: `cjo apply` stops the job with a savepoint and resumes it"
    )


@pytest.mark.parametrize("version", ["0.0.9", None])
def test_r7_what_another_cjo_runs_is_not_told_by_record_what_it_may_not_know(plan: Plan, version: str | None) -> None:
    *known, job = submitted(plan)
    known.append({name: value for name, value in {**job, "cjo": version}.items() if value is not None})

    assert not told(edited(plan, priority), known).by_record
    assert f"the running job has the code of another cjo ({version or 'an earlier version'}), which" in "".join(
        said(edited(plan, priority), known, Counter())
    )


def test_r2_a_wrong_migrate_is_a_problem_of_the_plan(plan: Plan) -> None:
    found = told(
        edited(plan, lambda spec: spec.update(migrate={"steps": {"puase": "pause"}, "wakes": "keep"})), submitted(plan)
    )

    assert len(found.problems) == 2
    assert "'puase' is none of the version that runs" in found.problems[0]


# --- the records that are written ---


def test_r2_what_is_not_in_the_workspace_any_more_is_removed_and_does_not_come_back(plan: Plan) -> None:
    known = submitted(plan)
    without = copy.deepcopy(plan)
    without["journeys"] = [spec for spec in without["journeys"] if spec["name"] != JOURNEY]
    result, records = numbered(without, known, 5_000)
    book = PlanBook(result)
    for record in [*known, *records]:
        if record["kind"] in ("publish", "remove") and (added := beside(result, record)):
            book.publish(added)

    assert [(one["kind"], one["name"], one["revision"]) for one in records] == [("remove", f"journey/{JOURNEY}", 2)]
    assert JOURNEY not in book.at(5_000).current
    assert numbered(without, [*known, *records])[1] == []
    (again,) = numbered(plan, [*known, *records])[1]
    assert (again["kind"], again["revision"]) == ("publish", 3)


def test_d8_a_share_is_a_revision_of_its_own_and_so_is_everybody_after_it(plan: Plan) -> None:
    known, other = submitted(plan), edited(plan, priority)
    _, few = numbered(other, known, 5_000, {JOURNEY: 50_000})
    _, more = numbered(other, [*known, *few], 6_000, {JOURNEY: 500_000})
    _, whole = numbered(other, [*known, *few, *more], 7_000)

    assert [(one["revision"], one.get("share"), one["effective_at_ms"]) for one in [*few, *more, *whole]] == [
        (2, 50_000, 5_000), (3, 500_000, 6_000), (4, None, 7_000),
    ]  # fmt: skip
    assert numbered(other, [*known, *few], 6_000, {JOURNEY: 50_000})[1] == []


def test_d8_a_share_that_runs_is_told_with_what_it_becomes(plan: Plan) -> None:
    known, other = submitted(plan), edited(plan, priority)
    _, few = numbered(other, known, 5_000, {JOURNEY: 50_000})
    (one,) = told(other, [*known, *few]).definitions

    assert (one.share_before, one.share, one.version_before == one.version) == (50_000, 1_000_000, True)


def test_d8_a_signal_that_some_still_enter_on_is_not_taken_out(plan: Plan) -> None:
    old, new = small(event("saw"), journey(on="saw")), small(event("asked"), journey(on="asked", version="j2"))
    base, known = numbered(old, [])
    known.append(submission_record(base, [], "job-1", {}))
    both = small(event("saw"), event("asked"), journey(on="asked", version="j2"))
    few = {"win-back": 50_000}
    known += numbered(both, known, 5_000, few)[1]

    (problem,) = changes(new, running(known), {"win-back": 500_000}).problems
    assert problem.startswith(
        "journey win-back: who is not in the share goes on entering version j1 on the signal saw,"
    )
    assert changes(both, running(known), {"win-back": 500_000}).problems == []
    assert changes(new, running(known), {}).problems == []
    whole = [*known, *numbered(both, known, 6_000)[1]]
    assert changes(new, running(whole), few).problems == []


def test_s4_the_base_of_a_new_job_is_what_holds_from_the_logs_beginning(plan: Plan) -> None:
    known, other = submitted(plan), edited(plan, priority)
    _, later = numbered(other, known, 5_000)
    _, at_once = numbered(other, known)

    assert spec_of(base_of(other, [*known, *later]))["version"] == spec_of(plan)["version"]
    assert spec_of(base_of(other, [*known, *at_once]))["version"] == spec_of(other)["version"]
    assert len(base_of(other, [*known, *at_once])["journeys"]) == len(plan["journeys"])
    assert acting([*known, *later]) == later


def test_r2_the_filter_lets_through_what_runs_of_older_versions_wait_for_as_long_as_there_may_be_any(
    plan: Plan,
) -> None:
    old = edited(plan, lambda spec: spec["exit"].append({"type": "never_seen", "where": None}))
    known, lasts_ms = submitted(old), spec_of(plan)["run_ms_max"]
    _, records = numbered(plan, known, 5_000)
    without = [spec for spec in plan["journeys"] if spec["name"] != JOURNEY]
    _, removal = numbered({**plan, "journeys": without}, known, 5_000)

    assert "never_seen" in needs_in_use(plan, [*known, *records], 5_000 + lasts_ms)
    assert "never_seen" not in needs_in_use(plan, [*known, *records], 5_001 + lasts_ms)
    assert "never_seen" not in needs_in_use(plan, [*known, *removal], 5_000)


def passed(plan: Plan, known: list[Record], log_ms: int, *names: str) -> list[bool]:
    """Of each type of touchpoint whether a job that is submitted at a time of the log lets it through."""
    needs = needs_in_use(numbered(plan, known, log_ms)[0], known, log_ms)
    return [name in needs for name in names]


def test_s4_the_filter_lets_through_what_is_to_change_or_to_go_later_until_then() -> None:
    before = small(event("x", on=types("page_viewed")), event("y", on=types("order_completed")), journey(on="y"))
    _, known = numbered(before, [])
    wanted = small(event("x", on=types("calculator_used"), version="s2"))
    _, records = numbered(wanted, known, at(100))
    known += placed(records, at(100))
    names, horizon_ms = ("page_viewed", "order_completed", "calculator_used"), wanted["workspace"]["late_horizon_ms"]

    assert passed(wanted, known, at(0), *names) == [True, True, True]
    assert passed(wanted, known, at(100) + horizon_ms, *names) == [True, True, True]
    assert passed(wanted, known, at(100) + horizon_ms + 1, *names) == [False, False, True]


def test_t4_the_filter_lets_through_what_takes_back_the_moments_of_the_revision_before_for_the_late_horizon() -> None:
    old = small(absence(unless=types("order_completed")))
    new = small(absence(unless=types("basket_emptied"), version="s2"))
    _, known = numbered(old, [])
    _, records = numbered(new, known, at(60))
    known += placed(records, at(60))

    assert passed(new, known, at(90), "order_completed") == [True]
    assert passed(new, known, at(61) + new["workspace"]["late_horizon_ms"], "order_completed") == [False]


def test_s4_a_kind_of_subject_whose_last_signal_is_removed_stays_until_that_holds() -> None:
    kind = {"key": ["attr", "account", "string"], "contact": None, "remember_ms": 1_000}
    old, new = {**small(event("of", subject="account")), "subjects": {"account": kind}}, small(event("more"))
    base, known = numbered(old, [])
    known.append(submission_record(base, [], "job-1", {}))
    known += numbered(new, known, at(100))[1]
    gone_ms = at(100) + new["workspace"]["late_horizon_ms"] + 1
    kept = with_kinds(new, known, at(0))
    started = {**base_of(kept, known), **filters_of(kept, needs_in_use(kept, known, at(0)))}
    row = {"event_id": "e", "type": "page_viewed", "at": at(99), "attributes": {"account": "A"}}

    assert "page_viewed" in started["subjects"]["account"]["filter"]
    assert Engine(started).others_of(row) == ["@account:A"]
    assert with_kinds(new, known, gone_ms) == new
    assert with_kinds(old, known, at(0)) == old
    assert with_kinds(new, [one for one in known if one["kind"] != "submission"], at(0)) == new


def test_r7_a_journey_that_is_removed_later_keeps_its_exits_until_then() -> None:
    before = small(event(), journey(exit=types("order_completed")))
    _, known = numbered(before, [])
    wanted = small(event())
    known += numbered(wanted, known, at(100))[1]

    assert passed(wanted, known, at(99), "order_completed") == [True]
    assert passed(wanted, known, at(100), "order_completed") == [False]


def test_s4_what_a_submission_has_followed_is_asked_for_no_more() -> None:
    _, known = numbered(small(event(on=types("page_viewed"))), [])
    wanted = small(event(on=types("calculator_used"), version="s2"))
    known += numbered(wanted, known)[1]

    assert passed(wanted, known, at(0), "page_viewed") == [False]


def test_r2_two_contents_under_one_revision_hold_up_nothing_but_what_they_are_of(plan: Plan) -> None:
    known, mine = submitted(plan), edited(plan, priority)
    theirs = edited(plan, lambda spec: spec.update(priority=99))
    spec_of(theirs)["version"] = "ba9876543210"
    known += [*numbered(mine, known, 5_000)[1], *numbered(theirs, known, 5_000)[1]]

    assert running(known).journeys[JOURNEY]["version"] == spec_of(mine)["version"]
    with pytest.raises(StackError, match=f"journey/{JOURNEY} has two contents under revision 2 in the topic") as raised:
        numbered(mine, known, 6_000)
    assert raised.value.hint.endswith("set `revision: 3` in its file and publish again")


@pytest.mark.parametrize("whose", ["0123456789ab", "ba9876543210"])
def test_r2_a_higher_revision_of_the_author_settles_which_of_two_contents_holds(plan: Plan, whose: str) -> None:
    known, wanted = submitted(plan), edited(plan, priority)
    for version in ("0123456789ab", "ba9876543210"):
        spec_of(wanted)["version"] = version
        known = [*known, *numbered(wanted, submitted(plan), 5_000)[1]]
    spec_of(wanted).update(version=whose, revision=9)

    assert [(one.name, one.what) for one in told(wanted, known).definitions] == [(JOURNEY, "changed")]
    (record,) = numbered(wanted, known, 6_000)[1]
    assert (record["revision"], record["version"]) == (9, whose)
    assert numbered(wanted, [*known, record], 7_000)[1] == []
    assert told(wanted, [*known, record]).is_empty


def test_r7_revisions_of_pause_and_stop_are_counted_over_all_journeys() -> None:
    first = halting("pause", "a", [], 10)
    second = halting("stop-all", None, [first], 20)

    assert [(one["name"], one["revision"]) for one in (first, second)] == [("control/a", 1), ("control/*", 2)]
    found = running([first, second], "w")
    assert (found.halt_of("a"), found.halt_of("b")) == (halts.Halt("stop", 20), halts.Halt("stop", 20))


def test_r7_a_control_is_two_bounds_ahead_of_the_log_at_the_earliest(plan: Plan) -> None:
    bound_ms = plan["workspace"]["bound_ms"]

    assert effective_at(plan, 1_000_000, None) >= 1_000_000 + 2 * bound_ms
    assert effective_at(plan, 1_000_000, 1_000_000 + 2 * bound_ms) == 1_000_000 + 2 * bound_ms
    with pytest.raises(UsageError, match=r"--effective-at lies 0\.0 s before the earliest"):
        effective_at(plan, 1_000_000, 1_000_000 + 2 * bound_ms - 1)


@pytest.mark.parametrize(("text", "share"), [("5%", 50_000), ("0.5", 5_000), ("100%", None), (None, None)])
def test_d8_a_share_is_written_in_percent(text: str | None, share: int | None) -> None:
    assert share_of(text) == share


@pytest.mark.parametrize("text", ["0%", "101%", "many", "-3%", "nan", "inf"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--to: expected a share"):
        share_of(text)


def test_r2_a_version_that_came_in_the_logs_time_does_not_come_back_in_a_job_without_its_journey(plan: Plan) -> None:
    known = submitted(plan)
    _, later = numbered(edited(plan, priority), known, 5_000)
    without = {**plan, "journeys": [spec for spec in plan["journeys"] if spec["name"] != JOURNEY]}
    base, records = numbered(without, [*known, *later])
    book = PlanBook(base)
    for record in acting([*known, *later, *records]):
        if added := beside(base, record):
            book.publish(added)

    assert JOURNEY not in book.at(0).current
    assert JOURNEY not in book.at(9_000).current


# --- runs in flight ---


def decision(kind: str, run: str, step: str | None = None, version: str = "v1", **more: Any) -> Record:
    return {"kind": kind, "run_id": run, "journey": JOURNEY, "journey_version": version, "step": step, **more}


def test_runs_in_flight_are_counted_by_version_and_step_and_ended_ones_are_not() -> None:
    log = [
        decision("entry", "a"), decision("send", "a", "remind"), decision("move", "a", "pause"),
        decision("entry", "b"), decision("move", "b", "pause"), decision("end", "b", "pause"), decision("goal", "b"),
        decision("entry", "c"), decision("move", "c", "pause"), decision("move", "c", "rest", "v2"),
        decision("entry", "d"), decision("entry", "e", mode="shadow"), {**decision("entry", "x"), "run_id": None},
    ]  # fmt: skip

    assert in_flight(log) == Counter(
        [Standing(JOURNEY, "v1", "pause"), Standing(JOURNEY, "v2", "rest"), Standing(JOURNEY, "v1", "")]
    )


# --- words ---


def said(plan: Plan, known: list[Record], runs: Counter[Standing], **shares: int) -> list[str]:
    now = running(known, plan["workspace"]["name"])
    found = Publication(plan, known, now, changes(plan, now, shares), shares, 0, "job-1")
    assert as_json(found, runs)["by_control_record"] == found.changes.by_record
    return list(lines(found, runs))


def test_the_plan_says_what_becomes_of_the_runs_in_flight(plan: Plan) -> None:
    old = spec_of(plan)["version"]
    runs = Counter({Standing(JOURNEY, old, "pause"): 12, Standing(JOURNEY, old, "remind"): 1})
    migrate = {"steps": {"pause": "pause"}, "wakes": "recompute"}
    found = said(edited(plan, lambda spec: spec.update(migrate=migrate)), submitted(plan), runs)

    assert found == [
        f"changed  journey {JOURNEY}, version {old} -> 0123456789ab",
        f"         12 runs of version {old} at pause: move to pause, wake-ups recomputed",
        f"         1 run of version {old} at remind: stay in their version",
        "the running filter covers this: `cjo apply` publishes it by control record, and the job goes on",
    ]


def test_the_plan_says_shares_pauses_and_why_the_job_must_stop(plan: Plan) -> None:
    other = edited(plan, lambda spec: spec["exit"].append({"type": "never_seen", "where": None}))
    known = [*submitted(plan), halting("pause", JOURNEY, [], 1_700_000_000_000)]
    found = said(other, known, Counter(), **{JOURNEY: 50_000})

    assert found[0].endswith("-> 0123456789ab, entered by 5 % of the customers")
    assert found[1] == f"paused   journey {JOURNEY}, from 2023-11-14T22:13:20.000Z of the log's time"
    assert "may hold back touchpoints never_seen: `cjo apply` stops the job with a savepoint" in found[2]


@pytest.mark.parametrize("words", [["resume"], ["resume", "welcome", "--all"], ["pause"], ["stop"]])
def test_a_control_says_whom_it_is_for(words: list[str]) -> None:
    try:
        assert main(words) == UsageError.exit_code
    except SystemExit as ended:
        assert ended.code == UsageError.exit_code
