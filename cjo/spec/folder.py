"""A folder of YAML as a workspace: its own file, tracking plan, policies, signals, journeys, templates, carriers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cjo.spec.deliver import Deliver
from cjo.spec.documents import Document, read_document
from cjo.spec.journeys import JourneyDocument
from cjo.spec.nodes import Node, read_documents
from cjo.spec.policies import Policies
from cjo.spec.problems import Place, Problems
from cjo.spec.signals import SignalsDocument
from cjo.spec.templates import PartialDocument, TemplateDocument
from cjo.spec.tracking import Tracking
from cjo.spec.workspace import Workspace

POLICIES = "policies.yaml"
TEMPLATES = "templates"
PARTIALS = "partials"
_OF_THE_FOLDER = ("workspace", "tracking")
#: Folders inside a workspace that belong to other commands.
_OTHERS = {"scenarios"}


@dataclass
class Spec:
    """What authors wrote, read and checked document by document."""

    folder: str
    workspace: Document[Workspace] | None = None
    tracking: Document[Tracking] | None = None
    policies: Document[Policies] | None = None
    signals: list[Document[SignalsDocument]] = field(default_factory=list)
    journeys: list[Document[JourneyDocument]] = field(default_factory=list)
    deliver: list[Document[Deliver]] = field(default_factory=list)
    templates: dict[str, Document[TemplateDocument]] = field(default_factory=dict)
    partials: dict[str, Document[PartialDocument]] = field(default_factory=dict)
    #: files with nothing in them, or with comments alone
    empty: list[Path] = field(default_factory=list)

    def is_empty_template(self, name: str) -> bool:
        """True where the template's file is there, with nothing in it."""
        return any(path.parent.name == TEMPLATES and path.stem == name for path in self.empty)


def read_folder(folder: Path, problems: Problems) -> Spec:
    """Every document under `folder`; what is wrong with each alone goes to `problems`."""
    spec = Spec(str(folder))
    if not folder.is_dir():
        problems.add("missing-file", Place(str(folder)), "workspace", "no such folder", f"make it: cjo init {folder}")
        return spec
    spec.workspace = read_alone(folder / "workspace.yaml", Workspace, "workspace", problems)
    spec.tracking = read_tracking(folder, problems)
    if (folder / POLICIES).is_file():
        spec.policies = read_alone(folder / POLICIES, Policies, "policies", problems)
    for path in _files(folder):
        roots = list(read_file(path, problems))
        if _is_empty(path, roots, problems):
            spec.empty.append(path)
            _note_empty(path, problems)
        for root in roots:
            _sort_in(spec, path, root, problems)
    return spec


def _is_empty(path: Path, roots: list[Node], problems: Problems) -> bool:
    """True where a file holds nothing, or nothing but comments or `null`; not where it can't be read."""
    return not roots and not any(problem.place.file == str(path) for problem in problems)


def _note_empty(path: Path, problems: Problems) -> None:
    problems.add("empty-file", Place(str(path)), "file", "there is nothing in it")


def read_tracking(folder: Path, problems: Problems) -> Document[Tracking] | None:
    """The folder's tracking.yaml alone; None where it can't be read."""
    return read_alone(folder / "tracking.yaml", Tracking, "tracking plan", problems)


def read_alone(path: Path, model: type[BaseModel], who: str, problems: Problems) -> Document | None:
    """The one document of a file; None where it can't be read, or is empty, which is a problem where it must not be."""
    if not path.is_file():
        problems.add("missing-file", Place(str(path)), who, f"no {path.name} in {path.parent}")
        return None
    roots = list(read_file(path, problems))
    if _is_empty(path, roots, problems):
        needed = [name for name, field in model.model_fields.items() if field.is_required()]
        example = "; `cjo init FOLDER` writes one to look at" if path.stem in _OF_THE_FOLDER else ""
        hint = f"write {', '.join(f'`{name}: ...`' for name in needed)}{example}"
        if needed:
            problems.add("missing-key", Place(str(path)), who, f"{path.name} is empty", hint)
        else:
            _note_empty(path, problems)
    if not roots:
        return None
    for extra in roots[1:]:
        problems.add("unknown-document", extra.place, who, f"{path.name} holds one document")
    return read_document(roots[0], model, who, problems)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        parts = path.relative_to(folder).parts
        own = len(parts) == 1 and (path.stem in _OF_THE_FOLDER or path.name == POLICIES)
        if not own and not any(part.startswith(".") or part in _OTHERS for part in parts):
            yield path


def read_file(path: Path, problems: Problems) -> Iterator[Node]:
    """The documents of one file, without empty ones; what can't be read is a problem."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.add("yaml-syntax", Place(str(path)), "file", f"can't be read: {error}")
        return
    for root in read_documents(text, str(path), problems):
        if root.fields is not None or root.items is not None or root.value is not None:
            yield root


def _sort_in(spec: Spec, path: Path, root: Node, problems: Problems) -> None:
    keys = root.fields or {}
    if path.parent.name == TEMPLATES:
        _add(spec.templates, "template", TemplateDocument, path, root, problems)
    elif path.parent.name == PARTIALS:
        _add(spec.partials, "partial", PartialDocument, path, root, problems)
    elif "signals" in keys:
        spec.signals.append(read_document(root, SignalsDocument, "signals", problems))
    elif "journey" in keys:
        who = f"journey {keys['journey'][1].value}"
        spec.journeys.append(read_document(root, JourneyDocument, who, problems))
    elif "carriers" in keys:
        spec.deliver.append(read_document(root, Deliver, path.name, problems))
    else:
        listed = ", ".join(keys) or "no mapping"
        problems.add("unknown-document", root.place, "file", f"neither signals, a journey nor carriers ({listed})")


def _add(
    known: dict[str, Document[Any]], kind: str, model: type[BaseModel], path: Path, root: Node, problems: Problems
) -> None:
    """Take a template or a partial, named for its file."""
    name = path.stem
    if name in known:
        first = known[name].root.place.file
        problems.add("duplicate-name", root.place, f"{kind} {name}", f"there is one of this name in {first}")
        return
    known[name] = read_document(root, model, f"{kind} {name}", problems)
