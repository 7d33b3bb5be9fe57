"""Reference pages are those of the models, and the editor's schemas take what cjo takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from cjo.resources import data_dir
from cjo.spec.pages import PAGES, page_text
from cjo.spec.schema import FOLDER, schema_text
from cjo.spec.starter import STARTER

KINDS = {"scenarios": "scenario", "templates": "template", "partials": "partial"}
ALONE = ("workspace", "tracking")


def schema_of(path: Path) -> str:
    kind = path.stem if path.stem in ALONE else KINDS.get(path.parent.name, "journey")
    return f"{kind}.schema.json"


def documents(path: Path) -> Iterator[Any]:
    """As an editor reads them: plain YAML, without what cjo makes of it."""
    return YAML(typ="safe", pure=True).load_all(StringIO(path.read_text(encoding="utf-8")))


def complaints(path: Path, text: str | None = None) -> list[str]:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text(schema_of(path))))
    found = documents(path) if text is None else YAML(typ="safe", pure=True).load_all(StringIO(text))
    return [error.message for document in found for error in validator.iter_errors(document)]


FILES = [path for folder in (data_dir("journeys"), STARTER) for path in sorted(folder.rglob("*.yaml"))]


@pytest.mark.parametrize("file", PAGES)
def test_a_reference_page_is_that_of_the_models(file: str) -> None:
    assert (FOLDER / file).read_text(encoding="utf-8") == page_text(file), "regenerate: python -m cjo.spec.pages"


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_every_shipped_file_fits_the_schema_that_editors_use(path: Path) -> None:
    assert complaints(path) == []


def test_the_schema_of_journeys_refuses_a_misspelt_key() -> None:
    path = data_dir("journeys") / "win-back-basket" / "journey.yaml"
    text = path.read_text(encoding="utf-8")
    assert complaints(path, text.replace("priority: 40", "prioritty: 40")) != []


@pytest.mark.parametrize("name", ["workspace", "tracking", "journeys"])
def test_the_example_of_a_page_fits_the_schema(name: str) -> None:
    [example] = re.findall(r"^```yaml\n(.*?)^```$", page_text(f"{name}.md"), re.MULTILINE | re.DOTALL)
    assert complaints(Path(f"{name.removesuffix('s')}.yaml"), example) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_a_first_line_that_names_a_schema_names_the_right_one(path: Path) -> None:
    first = path.read_text(encoding="utf-8").split("\n")[0]
    if STARTER in path.parents:
        depth = len(path.relative_to(STARTER).parts) - 1
        assert first == f"# yaml-language-server: $schema={'../' * depth}.schemas/{schema_of(path)}"


@pytest.mark.parametrize("file", PAGES)
def test_every_key_of_a_page_says_what_it_means(file: str) -> None:
    rows = [line for line in page_text(file).splitlines() if line.startswith("| `") and line.count(" | ") == 3]
    assert rows
    assert [row for row in rows if row.endswith("|  |")] == []


def test_defaults_read_as_an_author_would_write_them() -> None:
    page = page_text("workspace.md")
    assert "| `bound` | length of time | `5 seconds` |" in page
    assert "| `purposes` | list of text | `[marketing]` |" in page
    assert "| `workspace` | text | must be there |" in page
