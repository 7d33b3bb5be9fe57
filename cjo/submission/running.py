"""What runs, as the control topic tells it: definitions, pauses and stops, and what the newest job was started with.

A job's own record is `{"kind": "submission", "name": "submission/WORKSPACE", "revision": N, "job": …, "workspace": {…},
"columns": […], "needs": {…}, "options": {…}, "cjo": "0.1.0"}`: the workspace's settings, what its filter lets through,
how it was submitted, and of which cjo its code is (absent: of an earlier one); where it has any, the kinds of
`subjects`. The definitions are those of the other records, for the topic reaches every job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cjo import __version__
from cjo.compile.cover import Needs, both
from cjo.compile.needs import columns_of, filters_of, needs_of
from cjo.compile.tracking import FIELDS
from cjo.engine import halts, warming
from cjo.engine.merge import PUBLISH, REMOVE, merged
from cjo.submission.control import PLACES, SUBMISSION, Record, contested, newest_of

EARLIER = "an earlier version"
NOT_ASKED = ("live_from_ms",)
"""Parts of a plan's workspace that are no setting of its authors'."""


@dataclass(frozen=True)
class Running:
    """The newest submission (None: from before they were recorded, or never), and what was published for it.

    `specs` has the newest definition of each name that is not removed (`journey/win-back-basket`), `shares` who enters
    it where that is not everybody, in millionths; `held` the pauses and stops. `contested` are names whose newest
    revision has two contents. `job` is the one that runs, where that is known: its own record may be missing.
    `entered` has by its name all that customers may enter of a journey: down to the newest version without a share.
    `runs` is the workspace's name of the job that runs, where it has told of itself.
    """

    submission: Record | None
    specs: dict[str, dict[str, Any]]
    shares: dict[str, int]
    held: halts.Halts
    contested: frozenset[str] = frozenset()
    job: str | None = None
    entered: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    runs: str | None = None

    @property
    def journeys(self) -> dict[str, dict[str, Any]]:
        """The newest definition of each journey, by its name."""
        return {spec["name"]: spec for name, spec in self.specs.items() if name.startswith("journey/")}

    @property
    def needs(self) -> Needs | None:
        """What the running filter lets through, None where that is not known: the job that runs has told nothing."""
        if self.submission is None or self.job not in (None, self.submission["job"]):
            return None
        return dict(self.submission["needs"])

    @property
    def other_cjo(self) -> str | None:
        """Of which cjo the running code is, where it is another than this one."""
        found = None if self.submission is None else str(self.submission.get("cjo", EARLIER))
        return None if found == __version__ else found

    @property
    def columns(self) -> list[str]:
        """The columns that the running query reads."""
        return [] if self.submission is None else list(self.submission["columns"])

    def halt_of(self, journey: str) -> halts.Halt | None:
        """The newest pause or stop of a journey, whenever it takes effect; None where it goes on."""
        return halts.of_journey(self.held, journey)


def running(known: Sequence[Record], workspace: str | None = None, job: str | None = None) -> Running:
    """What the control records tell of the workspace's job; without a name, of the one that was submitted last.

    `job` is the id of the one that runs.
    """
    newest = {name: record for name, record in newest_of(known).items() if record["kind"] == PUBLISH}
    shares = {name: int(record["share"]) for name, record in newest.items() if record.get("share") is not None}
    specs = {name: _spec(one) for name, one in newest.items()}
    return Running(
        _submission(known, workspace), specs, shares, held_at(known), frozenset(contested(known)), job, _entered(known),
        _workspace_of(known, job),
    )  # fmt: skip


def _workspace_of(known: Iterable[Record], job: str | None) -> str | None:
    """The name of the workspace that a job was submitted with; None where it has not told."""
    names = [record["workspace"]["name"] for record in known if record["kind"] == SUBMISSION and record["job"] == job]
    return names[-1] if names else None


def _entered(known: Iterable[Record]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for record in sorted((one for one in known if one["kind"] in (PUBLISH, REMOVE)), key=lambda one: one["revision"]):
        if not record["name"].startswith("journey/"):
            continue
        before = found.pop(record["name"], []) if record.get("share") is not None else []
        found[record["name"]] = [*before, _spec(record)] if record["kind"] == PUBLISH else []
    return found


def held_at(known: Iterable[Record], at_ms: int | None = None) -> halts.Halts:
    """The pauses and stops that hold at a time of the log; without one, the newest, whenever they take effect."""
    held = halts.NONE
    for record in sorted((one for one in known if one["kind"] in halts.KINDS), key=_moment):
        if at_ms is None or record["effective_at_ms"] <= at_ms:
            held = halts.after(held, record)
    return held


def submission_record(
    plan: Mapping[str, Any],
    known: Iterable[Record],
    job: str,
    options: Mapping[str, Any],
    needs: Needs | None = None,
) -> Record:
    """The record of a job that was started with `plan`; `needs` where its filter lets through more than that asks."""
    before = _submission(known, plan["workspace"]["name"])
    return {
        "kind": SUBMISSION,
        "name": f"{SUBMISSION}/{plan['workspace']['name']}",
        "revision": 1 if before is None else before["revision"] + 1,
        "job": job,
        "workspace": plan["workspace"],
        "columns": plan["columns"],
        "needs": needs_of(dict(plan)) if needs is None else needs,
        "options": {name: value for name, value in options.items() if value is not None},
        "cjo": __version__,
        **({"subjects": plan["subjects"]} if plan.get("subjects") else {}),
    }


def settings_changed(plan: Mapping[str, Any], known: Running) -> list[str]:
    """Names of the workspace's settings that are not those of the running job, where they are known."""
    if known.submission is None:
        return []
    old, new = known.submission["workspace"], plan["workspace"]
    return sorted(name for name in {*old, *new} - {*NOT_ASKED} if old.get(name) != new.get(name))


def base_of(plan: Mapping[str, Any], known: Sequence[Record]) -> dict[str, Any]:
    """What holds from the log's beginning, with the workspace of `plan`; `acting` has what came in the log's time."""
    base = {**plan, "signals": [], "journeys": [], "templates": {}}
    for record in sorted((one for one in known if _is_base(one)), key=lambda one: (one["revision"], one["name"])):
        base = merged(base, record)
    newest: dict[str, dict[str, Any]] = {}
    for spec in sorted(base["journeys"], key=lambda one: int(one["revision"])):
        newest[spec["name"]] = spec
    return {**base, "journeys": list(newest.values())}


def acting(known: Iterable[Record]) -> list[Record]:
    """What took effect in the log's time, or will, all removals, and what is or was warmed up.

    A job must know of it before any touchpoint.
    """
    kinds, always = (PUBLISH, *halts.KINDS), (REMOVE, *warming.KINDS)
    return [one for one in known if one["kind"] in always or (one["kind"] in kinds and one["effective_at_ms"] > 0)]


def as_it_runs(plan: Mapping[str, Any], known: Sequence[Record], log_ms: int) -> tuple[dict[str, Any], Needs]:
    """(`plan` with the kinds of subject, the filter and the columns that what still runs needs too, those needs)."""
    made = with_kinds(plan, known, log_ms)
    needs = needs_in_use(made, known, log_ms)
    return made | filters_of(made, needs) | {"columns": columns_in_use(made, known)}, needs


def needs_in_use(plan: Mapping[str, Any], known: Sequence[Record], log_ms: int) -> Needs:
    """What `plan` needs of the log, and what that is published needs which still runs.

    Runs in flight may be pinned to versions (R2), what is to be followed or removed later holds until then (R7), and a
    revision of a signal takes its moments back for as long as `late_horizon` (T4).
    """
    return both(needs_of(dict(plan)), needs_of({**plan, **_in_use(plan, known, log_ms)}))


def with_kinds(plan: Mapping[str, Any], known: Sequence[Record], log_ms: int) -> dict[str, Any]:
    """`plan` with the kinds of subject that the workspace has no more, but a signal that still runs is of."""
    before = _submission(known, plan["workspace"]["name"]) or {}
    asked = {spec.get("subject") for spec in _in_use(plan, known, log_ms)["signals"]}
    kept = {name: kind for name, kind in (before.get("subjects") or {}).items() if name in asked}
    return {**plan, "subjects": {**kept, **(plan.get("subjects") or {})}} if kept else dict(plan)


def _in_use(plan: Mapping[str, Any], known: Sequence[Record], log_ms: int) -> dict[str, list[dict[str, Any]]]:
    horizon_ms = int(plan["workspace"]["late_horizon_ms"])
    specs: dict[str, list[dict[str, Any]]] = {place: [] for _, place in PLACES}
    for record in known:
        later = [one for one in known if one["name"] == record["name"] and one["revision"] > record["revision"]]
        if _is_published(record, "signal") and not _has_followed(later, log_ms - horizon_ms):
            specs["signals"].append(_spec(record))
        if _is_published(record, "journey") and not _has_ended(_spec(record), later, log_ms):
            specs["journeys"].append(_spec(record))
    return specs


def columns_in_use(plan: Mapping[str, Any], known: Sequence[Record]) -> list[str]:
    """The columns that `plan` reads, and those of everything that is published, in the contract's order."""
    specs = {place: [_spec(one) for one in known if _is_published(one, kind)] for kind, place in PLACES}
    wanted = {*plan["columns"], *columns_of({**plan, **specs})}
    return [*(name for name in FIELDS if name in wanted and name != "attributes"), "attributes"]


def _has_followed(later: Sequence[Record], log_ms: int) -> bool:
    """True where one of the records has taken effect before `log_ms`."""
    return any(one["effective_at_ms"] < log_ms for one in later if one["kind"] in (PUBLISH, REMOVE))


def _has_ended(spec: Mapping[str, Any], later: Sequence[Record], log_ms: int) -> bool:
    """True for a journey that is removed, and for a version that was followed so long ago that its last run is over."""
    newest = max(later, key=lambda one: int(one["revision"]), default=None)
    if newest is not None and newest["kind"] == REMOVE and newest["effective_at_ms"] <= log_ms:
        return True
    return any(
        one.get("share") is None and 0 < one["effective_at_ms"] < log_ms - spec["run_ms_max"]
        for one in later
        if one["kind"] == PUBLISH
    )


def _is_published(record: Record, kind: str) -> bool:
    return record["kind"] == PUBLISH and record["name"].partition("/")[0] == kind


def _is_base(record: Record) -> bool:
    return record["kind"] in (PUBLISH, REMOVE) and record["effective_at_ms"] <= 0


def _submission(known: Iterable[Record], workspace: str | None) -> Record | None:
    found = [record for record in known if record["kind"] == SUBMISSION]
    if workspace is not None:
        found = [record for record in found if record["name"] == f"{SUBMISSION}/{workspace}"]
    return found[-1] if found else None


def _spec(record: Record) -> dict[str, Any]:
    place = dict(PLACES)[record["name"].partition("/")[0]]
    return dict(record["plan"][place][0])


def _moment(record: Record) -> tuple[int, int]:
    return record["effective_at_ms"], record["revision"]
