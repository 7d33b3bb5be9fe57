"""Scenario files of a workspace: read, checked, and ready to be played. All problems come at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cjo.compile.draft import Draft, Site
from cjo.scenarios.calendar import Calendar
from cjo.scenarios.expected import expectations_of
from cjo.scenarios.given import introduction, lines_of
from cjo.scenarios.lots import arms_of
from cjo.scenarios.script import Script
from cjo.spec.common import UNKNOWN
from cjo.spec.documents import Document, read_document
from cjo.spec.folder import read_file
from cjo.spec.nodes import Node
from cjo.spec.scenarios import Scenario

SCENARIOS = "scenarios"


def read_scenarios(draft: Draft) -> list[Script]:
    """Every scenario of the draft's folder, in the order of files. Raises SpecErrors with all problems."""
    found = []
    for path, root in _roots(draft):
        name = str(root.find(["scenario"])[1].value) if "scenario" in (root.fields or {}) else path.name
        document = read_document(root, Scenario, f"scenario '{name}'", draft.problems)
        if document.model is not None:
            script = _script(draft, document, document.model, path)
            if script is not None:
                found.append(script)
    draft.problems.raise_if_any(draft.spec.folder)
    return found


def _roots(draft: Draft) -> Iterator[tuple[Path, Node]]:
    folder = Path(draft.spec.folder)
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.parent.name == SCENARIOS and not hidden:
            for root in read_file(path, draft.problems):
                yield path, root


def _script(draft: Draft, document: Document[Scenario], scenario: Scenario, path: Path) -> Script | None:
    site = Site(draft, document, (), document.who)
    calendar = Calendar(draft.workspace.time_zone, scenario.start)
    journey = _journey(site, scenario, path)
    lines = lines_of(site, scenario, calendar)
    first_ms = min((line.row["at"] for line in lines if line.row), default=calendar.start_ms)
    live_from_ms = calendar.at_ms(scenario.live_from, 0) if scenario.live_from else first_ms
    known = introduction(site, scenario, min(first_ms, live_from_ms))
    if journey is None:
        return None
    return Script(
        scenario.scenario,
        document.root.place,
        journey,
        calendar,
        live_from_ms,
        known,
        lines,
        expectations_of(site, scenario, journey, calendar),
        frozenset(scenario.only),
        arms_of(site, scenario, journey),
        calendar.at_ms(scenario.until, 0) if scenario.until else None,
    )


def _journey(site: Site, scenario: Scenario, path: Path) -> str | None:
    """The journey that the scenario names, else the only one of the folder that it lies in."""
    defined = {document.model.journey: document for document in site.draft.spec.journeys if document.model}
    if scenario.journey is not None:
        known = scenario.journey != UNKNOWN
        site.at("journey").known("unknown-journey", "journey", scenario.journey, defined, "defined journeys:")
        return scenario.journey if known and scenario.journey in defined else None
    folder = path.parent.parent
    here = [name for name, document in defined.items() if Path(document.root.place.file).parent == folder]
    if len(here) == 1:
        return here[0]
    listed = ", ".join(here or defined) or "none"
    count = "several journeys" if here else "no journey"
    site.note_key("missing-key", f"missing 'journey': {folder} holds {count}", f"add `journey: NAME`, one of: {listed}")
    return None
