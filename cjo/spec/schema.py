"""JSON Schema of what authors write, for editors: made from the wire models.

`python -m cjo.spec.schema` writes docs/reference/*.schema.json anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from cjo.spec.journeys import JourneyDocument
from cjo.spec.mapping import MappingDocument
from cjo.spec.scenarios import Scenario
from cjo.spec.signals import SignalsDocument
from cjo.spec.templates import PartialDocument, TemplateDocument
from cjo.spec.tracking import Tracking
from cjo.spec.workspace import Workspace

#: File -> the models of which each of its documents is one.
FILES: dict[str, tuple[type[BaseModel], ...]] = {
    "journey.schema.json": (SignalsDocument, JourneyDocument),
    "mapping.schema.json": (MappingDocument,),
    "partial.schema.json": (PartialDocument,),
    "scenario.schema.json": (Scenario,),
    "template.schema.json": (TemplateDocument,),
    "tracking.schema.json": (Tracking,),
    "workspace.schema.json": (Workspace,),
}
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def schema_text(file: str) -> str:
    """The JSON Schema in a file of FILES, as text that ends with a line break."""
    models = FILES[file]
    if len(models) == 1:
        schema = models[0].model_json_schema()
    else:
        schema = {"oneOf": [], "$defs": {}}
        for model in models:
            part = model.model_json_schema()
            schema["$defs"].update(part.pop("$defs", {}))
            schema["oneOf"].append(part)
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**dialect, **schema}, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write all files; returns the exit code."""
    for file in FILES:
        (FOLDER / file).write_text(schema_text(file), encoding="utf-8")
        print(FOLDER / file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
