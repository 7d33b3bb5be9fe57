"""What pydantic found wrong, in an author's words: code, place, what was expected, nearest name, next step."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from cjo.spec.nodes import Node
from cjo.spec.problems import Problems, did_you_mean, nearest

Loc = Sequence[str | int]

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of names",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "too_short": "at least one",
    "string_too_short": "some text",
}
_OWN = {
    "duration": "duration",
    "time": "time",
    "until": "wait-until",
    "bad_name": "bad-name",
    "step": "step-shape",
    "again": "wrong-value",
    "scenario_line": "scenario-line",
    "link": "wrong-value",
    "wrong_value": "wrong-value",
    "days": "wrong-value",
    "share": "wrong-value",
    "recipients": "wrong-value",
}
_ELSEWHERE = {
    "effective_at": "remove it: what is published holds from the time that `cjo apply --effective-at TIME` gives",
}
"""What authors may look for in a file, and where it is."""
_QUOTED = re.compile(r"'(?:[^']|'')*'").fullmatch
_REFERENCE = re.compile(r"\b(?:moment|profile|run|outcome)\.\w").search
"""In a text under `with`: it is an expression, not a text of its own."""


def explain(error: Mapping[str, Any], model: type[BaseModel], root: Node, who: str, problems: Problems) -> None:
    """Add the problem behind one of pydantic's errors on a document."""
    loc, kind = error["loc"], error["type"]
    key, node = root.find(loc)
    if kind == "extra_forbidden":
        keys = list(fields_of(model_at(model, loc[:-1])))
        hint = _ELSEWHERE.get(str(loc[-1])) or did_you_mean(str(loc[-1]), keys, "known keys here:")
        problems.add("unknown-key", key.place, who, f"unknown key '{loc[-1]}'", hint)
    elif kind == "missing":
        problems.add("missing-key", key.place, who, f"missing '{loc[-1]}'", _how_to_add(model, loc))
    elif kind in _OWN:
        place = key.place if loc[-1] == "[key]" else node.place
        problems.add(_OWN[kind], place, who, _at(loc, error["msg"]), error.get("ctx", {}).get("hint"))
    elif kind == "empty_key":
        problems.add("wrong-value", key.place, who, error["msg"], "write it, or remove the key")
    elif kind == "union_tag_not_found":
        kinds = [name for member in _members(_annotation_at(model, loc)) for name in _kinds_of(member)]
        problems.add("missing-key", key.place, who, "missing 'kind'", "add `kind: ...`, one of: " + ", ".join(kinds))
    elif kind in ("literal_error", "union_tag_invalid"):
        _explain_choice(error, node, who, problems)
    else:
        expected = _EXPECTED.get(kind) or str(error["msg"]).removeprefix("Input should be ")
        got = _shown(node.data())
        is_fixed = kind == "string_type" and loc[-2:-1] == ("with",)
        hint = fixed_value(str(loc[-1]), node.data()) if is_fixed else f"write {expected} here"
        problems.add("wrong-value", node.place, who, _at(loc, f"expected {expected}, got {got}"), hint)


def fixed_value(name: str, written: Any) -> str:
    """What to do where a value stands under `with`, and only the name of one can."""
    if isinstance(written, list | dict) or written is None or written == "":
        return "name a value, such as moment.total"
    is_reckoned = isinstance(written, str) and _REFERENCE(written) is not None
    shown = json.dumps(written if is_reckoned else _literal(written), ensure_ascii=False)
    word = name.replace("-", "_")  # a variable of a run is no name with hyphens
    before = f"`- set: {{update: {{{word}: {shown}}}}}`"
    what = "what is reckoned" if is_reckoned else "a fixed one"
    return f"name a value, such as moment.total; {what} is set by a step before, {before}, and named as run.{word}"


def _literal(written: Any) -> Any:
    """A value as an expression has it: text in single quotes."""
    if not isinstance(written, str) or _QUOTED(written):
        return written
    return "'" + written.replace("'", "''") + "'"


def without_misspelt(errors: Sequence[Mapping[str, Any]], model: type[BaseModel]) -> list[Mapping[str, Any]]:
    """The errors without those on absent keys that are there, misspelt, and the like: that is one mistake, not two."""
    meant = set()
    for error in errors:
        if error["type"] == "extra_forbidden":
            parent = tuple(error["loc"][:-1])
            meant.add((*parent, nearest(str(error["loc"][-1]), fields_of(model_at(model, parent)))))
    return [
        error
        for error in errors
        if (error["type"] != "missing" or tuple(error["loc"]) not in meant) and not _says_only_no_text(error, errors)
    ]


def _says_only_no_text(error: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]) -> bool:
    """True for "expected text" about a value that may be text or a mapping, where another error says what is wrong."""
    value, tried = tuple(error["loc"][:-1]), error["loc"][-1:]
    others = (tuple(other["loc"]) for other in errors if other is not error)
    return tuple(tried) == ("str",) and any(loc[: len(value)] == value and len(loc) > len(value) for loc in others)


def _explain_choice(error: Mapping[str, Any], node: Node, who: str, problems: Problems) -> None:
    tagged = error["type"] == "union_tag_invalid"
    listed = error["ctx"]["expected_tags" if tagged else "expected"]
    choices = [word.strip("' ") for word in str(listed).replace(" or ", ", ").split(",")]
    if tagged:
        node = node.find(["kind"])[1]
    got = node.data()
    near = nearest(str(got), choices)
    hint = (f"did you mean '{near}'? " if near else "") + "write one of: " + ", ".join(choices)
    loc = (*error["loc"], "kind") if tagged else error["loc"]
    problems.add("wrong-value", node.place, who, _at(loc, f"expected {listed}, got {_shown(got)}"), hint)


def _kinds_of(member: Any) -> tuple[str, ...]:
    """What a member of a union has as its `kind`; empty where it has none."""
    kind = fields_of(member).get("kind")
    return () if kind is None else get_args(kind.annotation)


def _how_to_add(model: type[BaseModel], loc: Loc) -> str:
    field = fields_of(model_at(model, loc[:-1])).get(str(loc[-1]))
    if field is None:
        return f"add `{loc[-1]}: ...`"
    example = field.examples[0] if field.examples else "..."
    return f"add `{loc[-1]}: {example}` ({field.description})"


def _at(loc: Loc, said: str) -> str:
    names = [part for part in loc if isinstance(part, str) and part != "[key]" and ":" not in part]
    return f"{names[-1]}: {said}" if names else said


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def fields_of(model: Any) -> dict[str, FieldInfo]:
    """The keys that a model knows as they are written, with their fields; empty for what is no model."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)) or issubclass(model, RootModel):
        return {}
    return {field.alias or name: field for name, field in model.model_fields.items()}


def model_at(model: Any, loc: Loc) -> Any:
    """The annotation that a path of pydantic's leads to; of a union the first member that has keys."""
    current = _annotation_at(model, loc)
    found = [member for member in _members(current) if fields_of(member)]
    return found[0] if found else current


def _annotation_at(model: Any, loc: Loc) -> Any:
    current: Any = model
    for part in loc:
        current = _step_into(_members(current), part)
    return current


def _step_into(members: list[Any], part: str | int) -> Any:
    for member in members:
        origin = get_origin(member)
        if isinstance(part, int) and origin is list:
            return get_args(member)[0]
        if isinstance(part, str) and origin is dict:
            return get_args(member)[1]
        if fields_of(member) and part in fields_of(member):
            field = fields_of(member)[str(part)]
            return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        if isinstance(member, type) and issubclass(member, RootModel):
            return _step_into(_members(member.model_fields["root"].annotation), part)
    return _tagged(members, part)


def _tagged(members: list[Any], part: str | int) -> Any:
    """The member of a union that a tag names: pydantic puts the tag into the path."""
    for member in members:
        if str(part).removeprefix("kind:") in _kinds_of(member):
            return member
        if f"step:{next(iter(fields_of(member)), '')}" == part:
            return member
    return Union[tuple(members)] if members else None  # noqa: UP007


def _members(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [member for part in get_args(annotation) for member in _members(part)]
    return [annotation]
