"""Documents as the YAML that an author would write."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ ./:+-]*[A-Za-z0-9]|[A-Za-z]").fullmatch
_WORDS = {"true", "false", "yes", "no", "null", "on", "off", "y", "n"}


def yaml_text(documents: Sequence[Any]) -> str:
    """The documents, one after the other."""
    return "---\n".join("\n".join(_lines(one, 0)) + "\n" for one in documents)


def _lines(value: Any, depth: int) -> list[str]:
    pad = "  " * depth
    if isinstance(value, dict) and value:
        return [line for key, inner in value.items() for line in _entry(f"{pad}{_scalar(key)}:", inner, depth)]
    if isinstance(value, list) and value:
        return [f"{pad}- {_flow(item)}" for item in value]
    return [pad + _flow(value)]


def _entry(head: str, value: Any, depth: int) -> list[str]:
    if isinstance(value, dict | list) and value and len(flow := _flow(value)) > 80 - len(head):
        return [head, *_lines(value, depth + 1)]
    return [f"{head} {flow if isinstance(value, dict | list) and value else _flow(value)}"]


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    text = value if isinstance(value, str) else None
    if text is not None and _PLAIN(text) and text.lower() not in _WORDS and ": " not in text:
        return text
    return json.dumps(value, ensure_ascii=False)
