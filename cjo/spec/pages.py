"""Reference pages of what authors write, made from the wire models: each key, its kind, its default, its meaning.

`python -m cjo.spec.pages` writes the pages of PAGES in docs/reference anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cjo.spec.deliver import Deliver
from cjo.spec.durations import PATTERN
from cjo.spec.journeys import JourneyDocument
from cjo.spec.policies import Policies
from cjo.spec.schema import FOLDER, json_schema
from cjo.spec.signals import MODELS
from cjo.spec.templates import PartialDocument, TemplateDocument
from cjo.spec.tracking import Tracking
from cjo.spec.workspace import Workspace

Schema = dict[str, Any]


#: Page -> the models that its tables tell; what they mention follows. What stands above them is in INTROS.
PAGES: dict[str, tuple[type[BaseModel], ...]] = {
    "workspace.md": (Workspace,),
    "tracking.md": (Tracking,),
    "policies.md": (Policies,),
    "deliver.md": (Deliver,),
    "journeys.md": (JourneyDocument,),
    "templates.md": (TemplateDocument, PartialDocument),
    **{f"signals/{kind}.md": (model,) for kind, model in MODELS.items()},
}
INTROS = Path(__file__).resolve().parent / "intros"
_KINDS_OF_SIGNAL = INTROS.parents[1] / "signals"


def page_text(file: str) -> str:
    """The page of PAGES as Markdown that ends with a line break."""
    told: dict[str, Schema] = {}
    for model in PAGES[file]:
        schema = json_schema(model)
        told[schema["title"]] = schema
        _take(schema, schema.get("$defs", {}), told)
    source = _intro(file)
    intro = source.read_text(encoding="utf-8").strip()
    named = source.relative_to(INTROS.parents[2]).as_posix()
    parts = [intro, f"_Made from the models and {named} by `python -m cjo.spec.pages`._"]
    return "\n\n".join([*parts, *("\n".join(_section(name, schema)) for name, schema in told.items())]) + "\n"


def _intro(file: str) -> Path:
    """What stands above the tables: of a kind of signal in its folder, else in INTROS."""
    folder, _, name = file.rpartition("/")
    return _KINDS_OF_SIGNAL / Path(name).stem / "page.md" if folder else INTROS / name


def _take(schema: Schema, known: dict[str, Schema], told: dict[str, Schema]) -> None:
    """Add the models that `schema` mentions, in the order of mention, and what those mention."""
    fresh = [name for name in _mentioned({**schema, "$defs": {}}) if name not in told]
    told.update({name: known[name] for name in fresh})
    for name in fresh:
        _take(known[name], known, told)


def _mentioned(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield _name(value)
        for part in value.values():
            yield from _mentioned(part)
    elif isinstance(value, list):
        for part in value:
            yield from _mentioned(part)


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _section(name: str, schema: Schema) -> Iterator[str]:
    yield f"## {name.removesuffix('Document')}"
    yield schema.get("description", "")
    if "properties" not in schema:
        return
    yield from ("", "| key | what | default | meaning |", "|---|---|---|---|")
    required = schema.get("required", ())
    for key, field in schema["properties"].items():
        default = "must be there" if key in required else _default(field)
        kind = _kind({name: part for name, part in field.items() if name != "description"})
        yield f"| `{key}` | {kind} | {default} | {_cell(field.get('description', ''))} |"


def _kind(field: Schema) -> str:
    if "$ref" in field:
        return f"[{_name(field)}](#{_name(field).lower()})"
    if "enum" in field or "const" in field:
        return _either(_values(field))
    if branches := field.get("anyOf") or field.get("oneOf"):
        return _alternatives(branches)
    return _KINDS[field["type"]](field)


def _alternatives(branches: list[Schema]) -> str:
    told = (_values(branch) or [_kind(branch)] for branch in branches if branch.get("type") != "null")
    kinds = list(dict.fromkeys(kind for kinds in told for kind in kinds))
    single = _either(kinds[:-1])
    if len(kinds) > 1 and kinds[-1] == f"list of {single}":
        return f"{single}, or a list"
    return _either(kinds)


def _values(field: Schema) -> list[str]:
    return [f"`{value}`" for value in field.get("enum", [field["const"]] if "const" in field else [])]


def _either(words: Iterable[str]) -> str:
    *most, last = [*words] or [""]
    return f"{', '.join(most)} or {last}" if most else last


def _text(field: Schema) -> str:
    if field.get("pattern") == PATTERN:
        return "length of time"
    return "time with a zone" if field.get("format") == "date-time" else _cell(field.get("description", "text"))


def _whole(field: Schema) -> str:
    least, most = field.get("minimum"), field.get("maximum")
    bounds = f"{'' if least is None else f' from {least:,}'}{'' if most is None else f' to {most:,}'}"
    return f"whole number{bounds}"


def _mapping(field: Schema) -> str:
    names = _either(_values(field.get("propertyNames", {}))) or "name"
    return f"{names} → {_kind(field['additionalProperties'])}"


_KINDS = {
    "string": _text,
    "integer": _whole,
    "number": lambda field: "number",
    "boolean": lambda field: "`true` or `false`",
    "array": lambda field: f"list of {_kind(field['items'])}",
    "object": _mapping,
}


def _default(field: Schema) -> str:
    """As an author would write it; nothing where the meaning tells it."""
    value = _plain(field.get("default"))
    return "" if value is None else f"`{_flow(value)}`"


def _plain(value: Any) -> Any:
    """Without what is not set; None where nothing is."""
    if isinstance(value, dict):
        kept = {key: part for key, part in value.items() if part not in (None, False)}
        return kept or None
    return value if value != [] else None


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> int:
    """Write all pages; returns the exit code."""
    for file in PAGES:
        (FOLDER / file).parent.mkdir(exist_ok=True)
        (FOLDER / file).write_text(page_text(file), encoding="utf-8")
        print(FOLDER / file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
