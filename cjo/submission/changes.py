"""What publishing a workspace would change: definitions, settings, and whether the running filter suffices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cjo.compile.cover import uncovered
from cjo.compile.migration import problems_of
from cjo.compile.needs import needs_of
from cjo.engine.ids import MILLION
from cjo.submission.control import PLACES
from cjo.submission.running import Running, settings_changed

ADDED, CHANGED, REMOVED = "added", "changed", "removed"


@dataclass(frozen=True)
class Change:
    """One definition: `what` is added, changed or removed; shares are of customers, in millionths (all: 1,000,000)."""

    kind: str
    name: str
    what: str
    version: str | None
    version_before: str | None
    share: int = MILLION
    share_before: int = MILLION
    migrate: dict[str, Any] | None = None


@dataclass(frozen=True)
class Changes:
    """All of it. `settings` are names of the workspace's settings.

    `held_back` is what the running filter may hold back, touchpoint types and columns; None where it is not known.
    `other_cjo` is of which cjo the running code is, where it is another: it may not know what this one writes.
    """

    definitions: list[Change]
    settings: list[str]
    held_back: list[str] | None
    problems: list[str] = field(default_factory=list)
    other_cjo: str | None = None

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to publish."""
        return not self.definitions and not self.settings

    @property
    def by_record(self) -> bool:
        """True where control records suffice and the job goes on running."""
        return not self.settings and self.held_back == [] and self.other_cjo is None


def changes(plan: Mapping[str, Any], known: Running, shares: Mapping[str, int]) -> Changes:
    """What publishing `plan` would change; `shares` gives journeys that only a share of the customers shall enter."""
    wanted = {f"{kind}/{spec['name']}": spec for kind, place in PLACES for spec in plan[place]}
    found = [_change(name, spec, known, shares) for name, spec in wanted.items()]
    gone = [_removal(name, spec) for name, spec in known.specs.items() if name not in wanted]
    definitions = [one for one in found if one is not None] + gone
    of_all = filter(None, (of_another(plan, known), _repartitioned(plan, known)))
    problems = [*of_all, *_left_out(plan, known, shares)] + [
        f"journey {one.name}: {said}"
        for one in definitions
        if one.kind == "journey" and one.what == CHANGED and one.version != one.version_before
        for said in problems_of(wanted[f"journey/{one.name}"], known.specs[f"journey/{one.name}"])
    ]
    return Changes(definitions, settings_changed(plan, known), _held_back(plan, known), problems, known.other_cjo)


def of_another(plan: Mapping[str, Any], known: Running) -> str | None:
    """What to say where the running job is of another workspace, which would lose all that it has; else None."""
    here = plan["workspace"]["name"]
    if known.runs in (None, here):
        return None
    return (
        f"the workspace here is {here}, and the job that runs is of {known.runs}: name the folder of {known.runs}, "
        f"or submit {here} to a broker and a cluster of its own"
    )


def _repartitioned(plan: Mapping[str, Any], known: Running) -> str | None:
    before = None if known.submission is None else known.submission["workspace"]
    wanted = plan["workspace"]["partitions"]
    if before is None or before["partitions"] == wanted:
        return None
    return (
        f"workspace: partitions is {before['partitions']} in the log, where {wanted} are asked for: customers would "
        "change partitions, and with them the order of their touchpoints, so the number stays"
    )


def _left_out(plan: Mapping[str, Any], known: Running, shares: Mapping[str, int]) -> list[str]:
    """Versions that go on being entered by those who are not in the share, on a signal that would be gone."""
    signals = {spec["name"] for spec in plan["signals"]}
    return [
        f"journey {spec['name']}: who is not in the share goes on entering version {before['version']} on the signal "
        f"{before['enter']['on']}, which is not in the workspace any more: keep it until all enter the new version"
        for spec in plan["journeys"]
        if shares.get(spec["name"], MILLION) < MILLION
        for before in known.entered.get(f"journey/{spec['name']}", ())
        if before["version"] != spec["version"] and before["enter"]["on"] not in signals
    ]


def _change(name: str, spec: dict[str, Any], known: Running, shares: Mapping[str, int]) -> Change | None:
    kind, _, plain = name.partition("/")
    before = known.specs.get(name)
    share = shares.get(plain, MILLION) if kind == "journey" else MILLION
    share_before = known.shares.get(name, MILLION)
    if (
        before is not None
        and name not in known.contested
        and before["version"] == spec["version"]
        and share == share_before
    ):
        return None
    what = ADDED if before is None else CHANGED
    version_before = None if before is None else before["version"]
    return Change(kind, plain, what, spec["version"], version_before, share, share_before, spec.get("migrate"))


def _removal(name: str, spec: dict[str, Any]) -> Change:
    kind, _, plain = name.partition("/")
    return Change(kind, plain, REMOVED, None, spec["version"])


def _held_back(plan: Mapping[str, Any], known: Running) -> list[str] | None:
    if known.needs is None:
        return None
    missing = [f"touchpoints {name}" for name in uncovered(needs_of(dict(plan)), known.needs)]
    return missing + [f"the column {name}" for name in plan["columns"] if name not in known.columns]
