"""From a folder of YAML to a plan: read, then one small pass after another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cjo.compile import (
    deliver,
    flow,
    journeys,
    lints,
    names,
    needs,
    policies,
    signals,
    subjects,
    templates,
    versions,
    workspace,
)
from cjo.compile.draft import Draft
from cjo.compile.tracking import TrackingPlan
from cjo.spec.folder import Spec, read_folder
from cjo.spec.problems import Problem, Problems, SpecErrors

PASSES: tuple[Callable[[Draft], None], ...] = (
    workspace.run,
    policies.run,
    names.run,
    signals.run,
    subjects.run,
    journeys.run,
    flow.run,
    templates.run,
    needs.run,
    versions.run,
    deliver.run,
)


def compile_workspace(folder: Path | str) -> dict[str, Any]:
    """The plan of a workspace folder (docs/reference/plan.md). Raises SpecErrors with all problems at once."""
    return compile_draft(folder).plan


def compile_with_warnings(folder: Path | str) -> tuple[dict[str, Any], list[Problem]]:
    """The plan of a workspace folder and what its authors are warned of, but for what a comment allows.

    Raises SpecErrors where there is an error.
    """
    draft = compile_draft(folder)
    lints.run(draft)
    return draft.plan, [one for one in draft.problems.warnings() if not lints.allowed(one.place, one.code)]


def compile_draft(folder: Path | str) -> Draft:
    """The plan beside what it was made of, for those who check more against it. Raises SpecErrors."""
    problems = Problems()
    spec = read_folder(Path(folder), problems)
    draft = _draft(spec, problems)
    for run in PASSES:
        run(draft)
    problems.raise_if_any(str(folder))
    return draft


def _draft(spec: Spec, problems: Problems) -> Draft:
    """What everything is checked against must be right itself, or each of its problems would look like many."""
    documents = (spec.workspace, spec.tracking)
    files = {document.root.place.file for document in documents if document}
    broken = any(problem.place.file in files for problem in problems)
    if broken or not spec.workspace or not spec.tracking or not spec.workspace.model or not spec.tracking.model:
        errors = SpecErrors(spec.folder, problems)
        errors.hint = "what signals and journeys name is checked once workspace.yaml and tracking.yaml are right"
        raise errors
    return Draft(spec, spec.workspace.model, TrackingPlan(spec.tracking.model), problems)
