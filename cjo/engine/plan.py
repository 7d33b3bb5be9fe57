"""The plan, ready to run: conditions as closures, touchpoint types as a dispatch table."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cjo.engine import halts, hearing
from cjo.engine.conditions import compile_condition, compile_ref
from cjo.engine.dispatch import Table, Target, Wanted
from cjo.engine.ids import digest, point
from cjo.engine.matches import RunMatch
from cjo.engine.messages import Templates
from cjo.engine.modes import LIVE, SHADOW, TEST
from cjo.engine.people import SYSTEM_TYPES, WITHDRAWALS
from cjo.engine.policies.base import holds_for, is_about
from cjo.engine.policies.capped import looks_back_ms
from cjo.engine.signals import Ending, build_signal
from cjo.engine.signals.base import NEVER_MS
from cjo.engine.steps.ready import outcomes_told, ready, variables_of
from cjo.engine.subjects import CUSTOMER, SubjectKind, kind_named
from cjo.engine.windows import Rules

Row = dict[str, Any]
Condition = Callable[[Any, Any, Any], Any]
TOUCHPOINTS_PER_DAY = 10_000
"""`limits: touchpoints_per_day` of a plan that an earlier cjo has made."""


class Journey:
    """One version of a journey."""

    def __init__(self, spec: dict[str, Any], templates: Templates) -> None:
        self.name: str = spec["name"]
        self.version: str = spec["version"]
        self.revision: int = spec["revision"]
        self.purpose: str = spec["purpose"]
        self.priority: int = spec["priority"]
        self.wake_priority: int = 1000 - self.priority
        self.run_ms_max: int = spec["run_ms_max"]
        self.time_zone: str | None = spec.get("time_zone")
        self.urgent: bool = spec.get("urgent", False)
        self.shadow: bool = spec.get("mode") == SHADOW
        self.share: int | None = spec.get("share")
        self.migrate: dict[str, Any] | None = spec.get("migrate")
        self.templates = templates
        enter = spec["enter"]
        self.on: str = enter["on"]
        self.who: str | None = enter.get("who")
        self.where: Condition | None = compile_condition(enter["where"]) if enter.get("where") else None
        self.fresh_ms: int = enter["fresh_ms"]
        self.again: dict[str, Any] = enter["again"]
        self.per = compile_ref(spec["per"]) if spec.get("per") else None
        self.exits = [RunMatch(match) for match in spec.get("exit") or ()]
        self.goal: dict[str, Any] | None = spec.get("goal")
        self.goals = [RunMatch(match) for match in (self.goal or {}).get("on", ())]
        self.goal_value = compile_ref(self.goal["value"]) if self.goal and self.goal.get("value") else None
        told = outcomes_told(spec["steps"])
        self.steps = {step["id"]: {**ready(step), "is_told": step["id"] in told} for step in _linked(spec["steps"])}
        self.variables = variables_of(spec["steps"])
        self.first: str = spec["steps"][0]["id"]

    def key_of(self, row: Row) -> str | None:
        """The business key that a touchpoint carries, None where it carries none."""
        key = self.per(row, None, None) if self.per else None
        return None if key is None else str(key)

    def step(self, step_id: str) -> dict[str, Any]:
        """The step with this id."""
        return self.steps[step_id]

    def after(self, step_id: str) -> dict[str, Any] | None:
        """The step that a step leads to where nothing else is said, None past the last."""
        following: str | None = self.steps[step_id]["next"]
        return None if following is None else self.steps[following]

    def matches(self) -> Iterator[RunMatch]:
        """Every touchpoint that concerns a run of this journey."""
        yield from self.exits
        yield from self.goals
        for step in self.steps.values():
            yield from step.get("until", ())
            yield from step.get("restart", ())


def _linked(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps with their `next`. Plans of the control topic from before it was written go on in the order of the list."""
    following = [*(step["id"] for step in steps[1:]), None]
    return [{"next": name, **step} for step, name in zip(steps, following, strict=True)]


class CompiledPlan:
    """A plan of format 1 (docs/reference/plan.md), compiled."""

    def __init__(self, plan: dict[str, Any]) -> None:
        workspace = plan["workspace"]
        self.source = plan
        self.bound_ms = max(1, int(workspace["bound_ms"]))
        """At least a millisecond, or a wake-up would run before an event at its very time, which wins over it (T3)."""
        self.late_horizon_ms: int = workspace["late_horizon_ms"]
        self.dedup_horizon_ms: int = workspace["dedup_horizon_ms"]
        self.touchpoints_per_day: int = workspace["limits"].get("touchpoints_per_day", TOUCHPOINTS_PER_DAY)
        self.live_from_ms: int | None = workspace.get("live_from_ms")
        self.channels: dict[str, dict[str, Any]] = workspace["channels"]
        self.profile: dict[str, str] = workspace["profile"]
        self.purposes = frozenset(workspace.get("purposes") or ())
        self.emits: dict[str, dict[str, Any]] = workspace.get("emits") or {}
        self.time_zone: str = workspace["time_zone"]
        self.locale: str = workspace["locale"]
        self.open_runs_max: int = workspace["limits"]["open_runs"]
        self.steps_per_input: int = workspace["limits"]["steps_per_input"]
        self.caps: list[dict[str, Any]] = workspace.get("caps") or []
        self.caps_kept_ms = looks_back_ms(self.caps)
        self._quiet_hours: list[dict[str, Any]] = workspace.get("quiet_hours") or []
        self._send_windows: list[dict[str, Any]] = workspace.get("send_windows") or []
        self._windows: dict[tuple[str, str], Rules | None] = {}
        self.groups: list[dict[str, Any]] = workspace.get("groups") or []
        self._hold_outs: list[dict[str, Any]] = workspace.get("hold_outs") or []
        self.preferred_channel: str | None = workspace.get("preferred_channel")
        self.test_recipients: dict[str, list[str]] | None = workspace.get("test_recipients")
        self.mode: str = workspace.get("mode") or (TEST if self.test_recipients else LIVE)
        self.unsubscribe: dict[str, Any] | None = workspace.get("unsubscribe")
        self.templates = Templates(plan.get("templates") or {}, self.locale)
        self.places = {one.place: one for one in (build_signal(spec, workspace) for spec in plan["signals"])}
        self.signals = {one.name: one for one in self.places.values() if one.until_ms == NEVER_MS}
        hearing.set_depths(self.places.values())
        self.opens_in_the_past = any(one.arms_in_the_past for one in self.places.values())
        """True where an input, within the bound, may make a run open before one that was handled already."""
        self.listeners = sorted((one for one in self.places.values() if one.hears()), key=lambda one: one.depth)
        """The signals that use moments of others, those nearest to touchpoints first."""
        self.heard = frozenset(name for signal in self.listeners for name in signal.hears())
        """The signals whose moments others use."""
        self.date_signals = [signal for signal in self.signals.values() if signal.begins]
        named = sorted((signal.name, signal.version) for signal in self.date_signals)
        self.dates: str = digest("dates", *named)[:12] if named else ""
        self._versions: dict[tuple[str, str], Journey] = {}
        self.current: dict[str, Journey] = {}
        for spec in sorted(plan["journeys"], key=lambda spec: spec["revision"]):
            journey = Journey(spec, self._templates_of(spec))
            self._versions[journey.name, journey.version] = self.current[journey.name] = journey
        self._offered = {name: self._offered_of(name) for name in self.current}
        self.entries: dict[str, list[Journey]] = {}
        for journey in sorted(self.current.values(), key=lambda journey: (-journey.priority, journey.name)):
            for version in self._offered[journey.name]:
                self.entries.setdefault(version.on, []).append(version)
        self.run_types = frozenset(match.type for journey in self._versions.values() for match in journey.matches())
        self.seen_by_runs = self.run_types | WITHDRAWALS
        self.offers_ms = _offers_ms(self._versions.values())
        self.wanted, self._hearing = self._tables()
        """What asks for a customer's touchpoints. Its `match` is compiled, which a method of this class is not."""
        self.kinds = {name: SubjectKind(name, spec) for name, spec in (plan.get("subjects") or {}).items()}
        self._of_kind = {name: self._tables(name)[0] for name in self.kinds}
        self._removed = bool(plan.get("removed"))
        self._migrates = any(journey.migrate for journey in self.current.values())
        self._halts: halts.Halts = halts.NONE
        self.acts_on_runs = self._removed or self._migrates

    def _templates_of(self, spec: dict[str, Any]) -> Templates:
        """Those that the version was published with (R2); for a name that is not among them, the submission's."""
        own = spec.get("templates")
        return Templates({**(self.source.get("templates") or {}), **own}, self.locale) if own else self.templates

    def with_halts(self, held: halts.Halts) -> CompiledPlan:
        """This plan with what controls say of its journeys."""
        if held is self._halts:
            return self
        made = copy.copy(self)
        made._halts = held
        made.acts_on_runs = self._removed or self._migrates or bool(held)
        return made

    def halt_of(self, journey: str) -> halts.Halt | None:
        """The pause or stop that holds for a journey; None where it goes on."""
        return halts.of_journey(self._halts, journey) if self._halts else None

    def entered_by(self, journey: str, subject: str) -> Journey | None:
        """The version of a journey that this customer enters: the newest whose share they are in (D8), else None.

        The hash is salted with journey and version: raising a share keeps those in, and no customer is always among
        the first.
        """
        for version in self._offered[journey]:
            if version.share is None or point("share", journey, version.version, subject) < version.share:
                return version
        return None

    def offered(self, journey: str) -> list[Journey]:
        """The versions of a journey that somebody may enter, the newest first; none where the plan has it no longer."""
        return self._offered.get(journey, [])

    def _offered_of(self, name: str) -> list[Journey]:
        """The versions that somebody may enter, the newest first: down to the first that has no share."""
        versions = [one for (known, _), one in self._versions.items() if known == name]
        versions.sort(key=lambda one: -one.revision)
        last = next((place for place, one in enumerate(versions) if one.share is None), len(versions) - 1)
        return versions[: last + 1]

    def journey_of(self, run: dict[str, Any]) -> Journey:
        """The version that the run is pinned to (R2), else the current one."""
        journey = self.pinned(run)
        return self.current[run["journey"]] if journey is None else journey

    def pinned(self, run: dict[str, Any]) -> Journey | None:
        """The version that the run is pinned to, None where the plan has it no longer."""
        return self._versions.get((run["journey"], run["version"]))

    def has_topic(self, channel: str) -> bool:
        """True where the workspace still declares the channel or emit of an action."""
        return channel in self.channels or channel in self.emits

    def windows_of(self, channel: str, purpose: str) -> Rules | None:
        """The quiet hours and send windows that bear on a channel and purpose, None where none does."""
        if not self._quiet_hours and not self._send_windows:
            return None
        if (channel, purpose) not in self._windows:
            quiet = tuple(rule for rule in self._quiet_hours if is_about(rule, channel, purpose))
            opens = tuple(rule for rule in self._send_windows if is_about(rule, channel, purpose))
            self._windows[channel, purpose] = Rules(quiet, opens) if quiet or opens else None
        return self._windows[channel, purpose]

    def group_of(self, journey: Journey) -> dict[str, Any] | None:
        """The arbitration group that a journey is in, None where it is in none."""
        groups = self.groups
        return next((one for one in groups if holds_for(one, journey.name, journey.purpose)), None) if groups else None

    def hold_outs_of(self, journey: Journey) -> list[dict[str, Any]]:
        """The hold-outs that a journey takes part in, in the workspace's order."""
        return [one for one in self._hold_outs if holds_for(one, journey.name, journey.purpose)]

    def priority_of(self, run: dict[str, Any]) -> int:
        """Priority of the run's journey, 0 where the plan has it no longer."""
        journey = self.current.get(run["journey"])
        return journey.priority if journey else 0

    def hearers(self, row: Row) -> list[Target]:
        """The signals that hear a moment (cjo/engine/hearing.py)."""
        return self._hearing.match(row) or []

    def kind_of(self, subject: str) -> SubjectKind | None:
        """The kind of a subject beyond the customer; None for a customer or device."""
        name = kind_named(subject)
        return None if name is None else self.kinds.get(name)

    def match_of(self, kind: SubjectKind, row: Row) -> list[Target] | None:
        """What a touchpoint is wanted for in a subject of that kind; None where nothing asks for it."""
        return self._of_kind[kind.name].match(row)

    def others_of(self, row: Row) -> list[str]:
        """The keys of the subjects beyond the customer that a touchpoint names, and in which something asks for it."""
        named = [(kind, kind.key_of(row)) for kind in self.kinds.values()]
        return [key for kind, key in named if key is not None and self.match_of(kind, row) is not None]

    def _tables(self, subject: str = CUSTOMER) -> tuple[Table, Table]:
        """What touchpoints are wanted for in subjects of a kind, and what moments are in any.

        A touchpoint that calls itself a moment is none.
        """
        table: dict[str, Wanted] = {}
        heard: dict[str, Wanted] = {}
        for kind in SYSTEM_TYPES if subject == CUSTOMER else ():
            table.setdefault(kind, Wanted()).targets(None)
        for signal in self.places.values():
            taker = signal if signal.until_ms == NEVER_MS else Ending(signal)
            for match, role, extra in signal.listens():
                place = table if hearing.heard_signal(match["type"]) is None else heard
                if place is heard or signal.subject == subject:
                    place.setdefault(match["type"], Wanted()).add(match.get("where"), (taker, role, extra))
        for spec in self.source["journeys"] if subject == CUSTOMER else ():
            for match in _run_matches(spec):
                table.setdefault(match["type"], Wanted()).targets(match.get("where"))
        found, found_heard = (Table({kind: one.dispatch() for kind, one in each.items()}) for each in (table, heard))
        return found, found_heard


def _offers_ms(journeys: Iterable[Journey]) -> dict[str, int]:
    """How far back the caps of offers look, by `JOURNEY/STEP/OFFER`: as far as the longest of its versions does."""
    found: dict[str, int] = {}
    for journey in journeys:
        for step in journey.steps.values():
            for offer in step.get("offers", ()):
                if offer["at_most"] is not None:
                    place = f"{journey.name}/{step['id']}/{offer['name']}"
                    found[place] = max(found.get(place, 0), int(offer["window_ms"]))
    return found


def _run_matches(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from spec.get("exit") or ()
    yield from (spec.get("goal") or {}).get("on", ())
    for step in spec["steps"]:
        yield from step.get("until") or ()
        yield from step.get("restart") or ()
