"""The memory of a signal that has many keys, in 64 entries by hash: a touchpoint reads and writes those it asks for.

The signal's own entry then holds the keys alone, the one known longest first, as `{"#": [key, ...]}`; the memory of a
key is in the entry `NAME#NUMBER`. The engine sees one dict, in the order in which keys became known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from zlib import crc32

import orjson

from udfs.lazy import PENDING, Lazy

ENTRIES: Final = 64
SPLIT_BYTES = 16_384
"""Memory of a signal that is longer than this, and has so many keys, is split."""
KEYS_MIN = 32
ORDER: Final = "#"


class Keys(Lazy):
    """Memory by key. `read` gives the entry of a number, None where there is none."""

    def __init__(self, order: list[str], read: Callable[[int], bytes | None]) -> None:
        super().__init__(dict.fromkeys(order, PENDING))
        self.read: dict[int, bytes] = {}
        """Entries that were read, as the store has them; empty where it has none."""
        self.changed = False
        """True where keys have come or gone."""
        self._entry = read
        self._members: dict[int, dict[str, None]] = {}

    def _load(self, number: int) -> None:
        if number in self.read:
            return
        data = self._entry(number)
        self.read[number] = data or b""
        found = orjson.loads(data) if data else {}
        self._members[number] = dict.fromkeys(found)
        self._known.update(found)

    def _load_all(self) -> None:
        for number in {number_of(key) for key in self._known}:
            self._load(number)

    def __getitem__(self, key: str) -> Any:
        value = self._known[key]
        if value is PENDING:
            self._load(number_of(key))
            value = self._known[key]
        return value

    def __setitem__(self, key: str, memory: Any) -> None:
        number = number_of(key)
        self._load(number)
        if key not in self._known:
            self.changed = True
            self._members[number][key] = None
        self._known[key] = memory

    def __delitem__(self, key: str) -> None:
        number = number_of(key)
        self._load(number)
        del self._known[key]
        del self._members[number][key]
        self.changed = True

    def entries(self) -> Iterable[tuple[int, bytes]]:
        """(number, new bytes) of those that have changed; empty bytes: the entry is not needed any more."""
        for number, before in self.read.items():
            members = self._members[number]
            data = orjson.dumps({key: self._known[key] for key in members}) if members else b""
            if data != before:
                yield number, data


def number_of(key: str) -> int:
    """Which entry has the memory of `key`."""
    return crc32(key.encode()) % ENTRIES


def order_of(keys: Iterable[str]) -> bytes:
    """The signal's own entry: the keys in their order."""
    return orjson.dumps({ORDER: list(keys)})


def split(memory: dict[str, Any]) -> dict[int, bytes]:
    """The entries of all keys, by number."""
    found: dict[int, dict[str, Any]] = {}
    for key, one in memory.items():
        found.setdefault(number_of(key), {})[key] = one
    return {number: orjson.dumps(part) for number, part in found.items()}


def keys_in(entry: Any) -> list[str] | None:
    """The keys where a signal's own entry holds nothing else; None where it is the memory itself."""
    if entry.__class__ is dict and len(entry) == 1 and entry.get(ORDER).__class__ is list:
        order: list[str] = entry[ORDER]
        return order
    return None
