"""A comment `# lint: allow` names a code that there is not, or that of an error, so it allows nothing."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft, Site
from cjo.compile.lints.base import Finding, comments
from cjo.spec.codes import CODES
from cjo.spec.documents import Document
from cjo.spec.nodes import Node
from cjo.spec.problems import Place

NAME = "unknown-allowed"
_ERROR = "CJO-E"


def find(draft: Draft) -> Iterator[Finding]:
    """One finding for each such code, in the files of the workspace."""
    codes = {code.code for code in CODES.values()}
    for file in sorted(_files(draft)):
        for line, column, code in comments(file):
            if code.startswith("CJO-") and (code not in codes or code.startswith(_ERROR)):
                document = Document[object](Node(Place(file, line, column)), None, "file")  # type: ignore[type-var]
                said = f"'{code}' is an error, which nothing allows" if code in codes else f"there is no code '{code}'"
                yield Finding(Site(draft, document, (), "file"), said)


def _files(draft: Draft) -> set[str]:
    spec = draft.spec
    several = (spec.signals, spec.journeys, spec.deliver, spec.templates.values(), spec.partials.values())
    documents = [spec.workspace, spec.tracking, spec.policies, *(one for group in several for one in group)]
    return {document.root.place.file for document in documents if document}
