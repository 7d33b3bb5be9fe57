"""How deep a record's values nest, found out before anything is made of them: the twin of Nesting.java.

Where a type holds itself (a reply its replies) the record says how deep that goes, and what reads it calls itself for
each level: forty kilobytes would end the process. And where items take no bytes, six bytes can say that there are as
many as a number can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

DEPTH_MAX = 1_000
"""How many values may be open at once: records, unions, arrays, maps."""
SPARE_ITEMS = 1 << 20
"""So many items may take no bytes."""
_BYTES = {"null": 0, "boolean": 1, "float": 4, "double": 8}
_LONG_BITS = 64

Named = Mapping[str, Any]


def needs_a_look(schema: Any, named: Named) -> bool:
    """Whether a record of `schema` (as fastavro has parsed it) can nest without end, or hold items of no bytes."""
    return _is_unbounded(schema, named, (), set())


def _is_unbounded(schema: Any, named: Named, within: tuple[str, ...], fine: set[str]) -> bool:
    """`within` are the types that hold this one, `fine` those that were looked into."""
    if isinstance(schema, list):
        return any(_is_unbounded(branch, named, within, fine) for branch in schema)
    if isinstance(schema, str):
        if schema in within:
            return True
        return schema in named and schema not in fine and _is_unbounded(named[schema], named, within, fine)
    match schema["type"]:
        case "record" | "error":
            inside = (*within, schema["name"])
            found = any(_is_unbounded(field["type"], named, inside, fine) for field in schema["fields"])
            fine.add(schema["name"])
            return found
        case "array":
            return _is_empty(schema["items"], named, ()) or _is_unbounded(schema["items"], named, within, fine)
        case "map":
            return _is_unbounded(schema["values"], named, within, fine)
        case "enum" | "fixed":
            return False
        case inner:
            return _is_unbounded(inner, named, within, fine)


def _is_empty(schema: Any, named: Named, within: tuple[str, ...]) -> bool:
    """Whether a value of it takes no bytes."""
    if isinstance(schema, str) and schema in named:
        return schema not in within and _is_empty(named[schema], named, (*within, schema))
    if isinstance(schema, str):
        return schema == "null"
    if isinstance(schema, list):
        return False
    match schema["type"]:
        case "record" | "error":
            return all(_is_empty(field["type"], named, within) for field in schema["fields"])
        case "fixed":
            return bool(schema["size"] == 0)
        case "array" | "map" | "enum":
            return False
        case inner:
            return _is_empty(inner, named, within)


def look(data: bytes, start: int, schema: Any, named: Named) -> None:
    """ValueError where the record in `data` nests deeper than DEPTH_MAX, or its bytes do not fit the schema."""
    walk = _Walk(data, start, named)
    opened: list[Iterator[Any]] = [iter((schema,))]
    while opened:
        try:
            inner = next(opened[-1])
        except StopIteration:
            opened.pop()
            continue
        below = walk.into(inner)
        if below is not None:
            opened.append(below)
            if len(opened) > DEPTH_MAX + 1:
                raise ValueError(f"its values are nested more than {DEPTH_MAX} deep")


class _Walk:
    """A place in the bytes, which moves on."""

    def __init__(self, data: bytes, start: int, named: Named) -> None:
        self._data, self._at, self._named = data, start, named
        self._items_left = len(data) + SPARE_ITEMS
        self._skip: dict[str, Callable[[], object]] = {
            **{kind: partial(self._take, length) for kind, length in _BYTES.items()},
            **dict.fromkeys(("int", "long", "enum"), self._long),
            **dict.fromkeys(("bytes", "string"), lambda: self._take(self._long())),
        }

    def into(self, schema: Any) -> Iterator[Any] | None:
        """The schemas of what is inside the value here; None of one that holds no others, which is passed over."""
        if isinstance(schema, str) and schema in self._named:
            schema = self._named[schema]
        if isinstance(schema, list):
            branch = self._long()
            if not 0 <= branch < len(schema):
                raise ValueError(f"a union has no branch {branch}")
            return iter((schema[branch],))
        kind = schema if isinstance(schema, str) else schema["type"]
        match kind:
            case "record" | "error":
                return iter([field["type"] for field in schema["fields"]])
            case "array":
                return self._blocks(schema["items"], lambda: None)
            case "map":
                return self._blocks(schema["values"], self._skip["string"])
            case "fixed":
                self._take(schema["size"])
                return None
            case str() if kind in self._skip:
                self._skip[kind]()
                return None
        return self.into(kind)

    def _blocks(self, inner: Any, before_each: Callable[[], object]) -> Iterator[Any]:
        while count := self._long():
            if count < 0:
                count = -count
                self._long()
            self._items_left -= count
            if self._items_left < 0:
                raise ValueError(f"a block of {count} items, in a record of {len(self._data)} bytes")
            for _ in range(count):
                before_each()
                yield inner

    def _long(self) -> int:
        number = 0
        for shift in range(0, _LONG_BITS, 7):
            part = self._data[self._at]
            self._at += 1
            number |= (part & 0x7F) << shift
            if part < 0x80:
                return (number >> 1) ^ -(number & 1)
        raise ValueError("a number has more than 10 bytes")

    def _take(self, length: int) -> None:
        if not 0 <= length <= len(self._data) - self._at:
            raise ValueError(f"a length of {length} bytes, with {len(self._data) - self._at} left")
        self._at += length
