"""What runs, as the control topic tells it: definitions, pauses and stops, and what the newest job was started with.

A job's own record is `{"kind": "submission", "name": "submission/WORKSPACE", "revision": N, "job": …, "workspace": {…},
"columns": […], "needs": {…}, "options": {…}}`: the workspace's settings, what its filter lets through, and how it was
submitted. The definitions are those of
the other records, for the topic reaches every job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cjo.compile.cover import Needs
from cjo.compile.needs import needs_of
from cjo.engine import halts
from cjo.engine.merge import PUBLISH, merged
from cjo.submission.control import PLACES, SUBMISSION, Record, newest_of

NOT_ASKED = ("live_from_ms",)
"""Parts of a plan's workspace that are no setting of its authors'."""


@dataclass(frozen=True)
class Running:
    """The newest submission (None: from before they were recorded, or never), and what was published for it.

    `specs` has the newest definition of each name that is not removed (`journey/win-back-basket`), `shares` who enters
    it where that is not everybody, in millionths; `held` the pauses and stops.
    """

    submission: Record | None
    specs: dict[str, dict[str, Any]]
    shares: dict[str, int]
    held: halts.Halts

    @property
    def needs(self) -> Needs | None:
        """What the running filter lets through, None where that is not known."""
        return None if self.submission is None else dict(self.submission["needs"])

    @property
    def columns(self) -> list[str]:
        """The columns that the running query reads."""
        return [] if self.submission is None else list(self.submission["columns"])

    def halt_of(self, journey: str) -> halts.Halt | None:
        """The newest pause or stop of a journey, whenever it takes effect; None where it goes on."""
        found = self.held.get(journey) or self.held.get(halts.EVERY)
        return None if found is None or found.kind == halts.RESUME else found


def running(known: Sequence[Record], workspace: str | None = None) -> Running:
    """What the control records tell of the workspace's job; without a name, of the one that was submitted last."""
    newest = {name: record for name, record in newest_of(known).items() if record["kind"] == PUBLISH}
    shares = {name: int(record["share"]) for name, record in newest.items() if record.get("share") is not None}
    held = halts.NONE
    for record in sorted((one for one in known if one["kind"] in halts.KINDS), key=_moment):
        held = halts.after(held, record)
    return Running(_submission(known, workspace), {name: _spec(one) for name, one in newest.items()}, shares, held)


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
    }


def settings_changed(plan: Mapping[str, Any], known: Running) -> list[str]:
    """Names of the workspace's settings that are not those of the running job, where they are known."""
    if known.submission is None:
        return []
    old, new = known.submission["workspace"], plan["workspace"]
    return sorted(name for name in {*old, *new} - {*NOT_ASKED} if old.get(name) != new.get(name))


def base_of(plan: Mapping[str, Any], known: Sequence[Record], now_ms: int) -> dict[str, Any]:
    """The plan that holds now, with the workspace of `plan`: control records bring everything that comes after it."""
    empty = {**plan, "signals": [], "journeys": [], "templates": {}}
    records = [one for one in known if _is_whole(one) and one["effective_at_ms"] <= now_ms]
    for record in sorted(records, key=lambda one: (one["revision"], one["name"])):
        empty = merged(empty, record)
    newest: dict[str, dict[str, Any]] = {}
    for spec in sorted(empty["journeys"], key=lambda one: int(one["revision"])):
        newest[spec["name"]] = spec
    return {**empty, "journeys": list(newest.values())}


def _is_whole(record: Record) -> bool:
    """A definition of everybody's, or a removal: a share of the customers is no base for the others."""
    return record["kind"] in (PUBLISH, "remove") and record.get("share") is None


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
