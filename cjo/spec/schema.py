"""JSON Schema of what authors write, for editors: made from the wire models.

`python -m cjo.spec.schema` writes docs/reference/*.schema.json anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from cjo.spec.deliver import Deliver
from cjo.spec.durations import PATTERN, in_words
from cjo.spec.journeys import JourneyDocument
from cjo.spec.mapping import MappingDocument
from cjo.spec.policies import Policies
from cjo.spec.scenarios import Scenario
from cjo.spec.signals import SignalsDocument
from cjo.spec.templates import PartialDocument, TemplateDocument
from cjo.spec.tracking import Tracking
from cjo.spec.workspace import Workspace

#: File -> the models of which each of its documents is one.
FILES: dict[str, tuple[type[BaseModel], ...]] = {
    "deliver.schema.json": (Deliver,),
    "journey.schema.json": (SignalsDocument, JourneyDocument),
    "mapping.schema.json": (MappingDocument,),
    "partial.schema.json": (PartialDocument,),
    "policies.schema.json": (Policies,),
    "scenario.schema.json": (Scenario,),
    "template.schema.json": (TemplateDocument,),
    "tracking.schema.json": (Tracking,),
    "workspace.schema.json": (Workspace,),
}
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


class Written(GenerateJsonSchema):
    """JSON Schema whose defaults are as an author would write them: lengths of time in words."""

    def get_default_value(self, schema: Any) -> Any:
        """The default, also where it is made anew each time; a model's keys tell their own."""
        made = schema["default_factory"]() if "default_factory" in schema else None
        return made if isinstance(made, str | int | list | dict) else super().get_default_value(schema)

    def default_schema(self, schema: Any) -> dict[str, Any]:
        """The schema of a value with a default."""
        found = super().default_schema(schema)
        if found.get("pattern") == PATTERN and isinstance(found.get("default"), int):
            found["default"] = in_words(found["default"])
        return found


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of what an author writes for `model`."""
    return model.model_json_schema(schema_generator=Written)


def schema_text(file: str) -> str:
    """The JSON Schema in a file of FILES, as text that ends with a line break."""
    models = FILES[file]
    if len(models) == 1:
        schema = json_schema(models[0])
    else:
        schema = {"oneOf": [], "$defs": {}}
        for model in models:
            part = json_schema(model)
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
