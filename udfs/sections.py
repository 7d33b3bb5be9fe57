"""One subject's state as bytes: one value, the head, while it is small, and parts read on demand once it is not.

What crosses between the JVM and Python costs by its length, so a busy customer must not pay for their whole
memory with each touchpoint. Entries of the parts that grow (`sig`: a signal's memory, `seen`: a day of marks, `warm`:
signals that are being warmed up) move out of the head into entries of their own when the head gets long; they are read
when the engine looks at them and written when they have changed. Values are JSON as bytes, not text: Flink writes a
text into a checkpoint character by character. docs/reasons/probes.md has the measurements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import orjson

from cjo.engine.duplicates import FEW
from udfs.keys import KEYS_MIN, SPLIT_BYTES, Keys, keys_in, number_of, order_of, split
from udfs.lazy import PENDING, Lazy

SIGNALS: Final = "sig"
GROWING: Final = (SIGNALS, "seen", "warm")
SPILL_BYTES = 2_048
"""A head longer than this gives away its large entries."""
GROWTH_BYTES = 256
"""They are looked for once for so many bytes that it has grown: mostly there are none."""
ENTRY_BYTES_MIN = 512
"""An entry shorter than this stays in the head: a read of its own would cost more."""
MANY: Final = "#"
"""What the name of an entry begins with that is one of many, each as large as the others: none stays in the head."""
_ALWAYS_READ: Final = ("seen", FEW)
"""Each touchpoint asks for it, and adds to it: out of the head it would cost more. Its length is bounded."""
_ARMED: Final = "_armed"
_OUT: Final = "_out"
_KEYS: Final = b'{"#":['
_loads: Final = orjson.loads
_dumps: Final = orjson.dumps


class Store(Protocol):
    """Where parts of the current subject's state are kept."""

    def get(self, key: str) -> bytes | None:
        """The value under `key`, or None."""

    def put(self, key: str, value: bytes) -> None:
        """Set the value under `key`."""

    def remove(self, key: str) -> None:
        """Forget the value under `key`."""


class Part(Lazy):
    """A part of the state, some of whose entries are still in the store."""

    def __init__(self, inline: dict[str, Any], out: list[str], read: Callable[[str], bytes | None]) -> None:
        super().__init__({**inline, **dict.fromkeys(out, PENDING)})
        self.out = dict.fromkeys(out)
        """Names of the entries in the store, in order."""
        self.loaded: dict[str, bytes] = {}
        """Those of them that may have changed, as the store has them."""
        self._read = read

    def _load(self, name: str) -> Any:
        data = self._look(name)
        value = _loads(data)
        order = keys_in(value)
        if order is not None:
            value = Keys(order, self._reader(name))
        self._known[name] = value
        return value

    def _reader(self, name: str) -> Callable[[int], bytes | None]:
        return lambda number: self._read(f"{name}#{number}")

    def _look(self, name: str) -> bytes:
        data = self._read(name)
        if data is None:
            raise KeyError(f"the state has lost its entry {name}")
        self.loaded[name] = data
        return data

    def _load_all(self) -> None:
        for name in self._known:
            if self._known[name] is PENDING:
                self._load(name)

    def __getitem__(self, name: str) -> Any:
        value = self._known[name]
        return self._load(name) if value is PENDING else value

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self.out and name not in self.loaded:
            self._look(name)
        self._known[name] = value

    def __delitem__(self, name: str) -> None:
        del self._known[name]

    def clear(self) -> None:
        """Take all entries out."""
        self._known.clear()

    def bytes_read(self) -> int:
        """How much was read of the entries."""
        own = sum(map(len, self.loaded.values()))
        many = [value for value in self._known.values() if value.__class__ is Keys]
        return own + sum(len(data) for keys in many for data in keys.read.values())


def load(head: bytes | None, store: Store) -> tuple[dict[str, Any] | None, int | None]:
    """(state, time for which a timer is armed) of the current subject, epoch ms; (None, None) where nothing is kept."""
    if head is None:
        return None, None
    state: dict[str, Any] = _loads(head)
    armed_ms = state.pop(_ARMED, None)
    if _OUT in state:
        for part, names in state.pop(_OUT).items():
            state[part] = Part(state[part], names, _reader(store, part))
    return state, armed_ms


def _reader(store: Store, part: str) -> Callable[[str], bytes | None]:
    return lambda name: store.get(_name(part, name))


def save(state: dict[str, Any] | None, armed_ms: int | None, store: Store, before: bytes | None) -> bytes | None:
    """Write the parts that have changed; returns the new head, None where nothing is kept any more.

    `before` is the head as it was loaded.
    """
    if state is None:
        if before is not None:
            _clear(before, store)
        return None
    out: dict[str, list[str]] = {}
    for part in GROWING:
        entries = state.get(part)
        if isinstance(entries, Part):  # rare: the state is large
            names = _write_entries(store, part, entries)
            if names:
                out[part] = names
            else:
                state[part] = dict(entries.items())
    data = _head(state, armed_ms, out)
    if len(data) > SPILL_BYTES and _has_grown(data, before) and _spill(store, state, out):
        data = _head(state, armed_ms, out)
    return data


def plain(state: dict[str, Any]) -> dict[str, Any]:
    """The state with every entry read: what JSON can be made of."""
    return {name: _plain(part) if isinstance(part, Part) else part for name, part in state.items()}


def _plain(part: Part) -> dict[str, Any]:
    return {name: dict(value.items()) if value.__class__ is Keys else value for name, value in part.items()}


def is_armed_for(head: bytes, time_ms: int) -> bool:
    """True where the timer of a state is armed for that time, without reading the state: it is told last."""
    return head.endswith(b'"%s":%d}' % (_ARMED.encode(), time_ms))


def bytes_read(state: dict[str, Any] | None, head: bytes | None) -> int:
    """How much was read of the current subject's state, bytes; 0 where it is small."""
    if state is None or head is None:
        return 0
    parts = [part for name in GROWING if isinstance(part := state.get(name), Part)]
    if not parts and len(head) <= SPILL_BYTES:
        return 0
    return len(head) + sum([part.bytes_read() for part in parts])


def _head(state: dict[str, Any], armed_ms: int | None, out: dict[str, list[str]]) -> bytes:
    if not out:
        if armed_ms is None:
            return _dumps(state)
        state[_ARMED] = armed_ms  # for the moment: a copy of the state would cost more
        data = _dumps(state)
        del state[_ARMED]
        return data
    head: dict[str, Any] = {**state, _OUT: out}
    for part, names in out.items():
        kept: Mapping[str, Any] = state[part]
        moved = set(names)
        head[part] = {name: kept[name] for name in kept if name not in moved}
    if armed_ms is not None:
        head[_ARMED] = armed_ms
    return _dumps(head)


def _write_entries(store: Store, part: str, entries: Part) -> list[str]:
    """Bring the store's entries of `part` up to date; returns their names."""
    for name in [name for name in entries.out if name not in entries]:
        _remove(store, part, name)
        del entries.out[name]
        entries.loaded.pop(name, None)
    for name, before in entries.loaded.items():
        _write(store, part, name, entries[name], before)
    return list(entries.out)


def _write(store: Store, part: str, name: str, value: Any, before: bytes) -> None:
    """Bring one entry up to date, with those of its keys where they are many; `before` is what it was."""
    if value.__class__ is Keys:
        if len(value) >= KEYS_MIN // 2:
            _write_keys(store, part, name, value)
            return
        value = dict(value.items())
    data = _dumps(value)
    if data != before:
        _put(store, part, name, value, data, before)


def _write_keys(store: Store, part: str, name: str, keys: Keys) -> None:
    for number, data in keys.entries():
        if data:
            store.put(_name(part, f"{name}#{number}"), data)
        else:
            store.remove(_name(part, f"{name}#{number}"))
    if keys.changed:
        store.put(_name(part, name), order_of(keys))


def _put(store: Store, part: str, name: str, value: Any, data: bytes, before: bytes) -> None:
    """Write an entry, `data` as a whole, which takes the place of `before`."""
    _remove_keys(store, part, name, before)
    if part == SIGNALS and len(data) > SPLIT_BYTES and _are_keys(value):
        for number, piece in split(value).items():
            store.put(_name(part, f"{name}#{number}"), piece)
        data = order_of(value)
    store.put(_name(part, name), data)


def _are_keys(memory: dict[str, Any]) -> bool:
    """True for memory by key of many; that of a signal without a key is of few fields, not all of them dicts."""
    return len(memory) >= KEYS_MIN and all(one.__class__ is dict for one in memory.values())


def _remove(store: Store, part: str, name: str) -> None:
    _remove_keys(store, part, name, store.get(_name(part, name)) or b"")
    store.remove(_name(part, name))


def _remove_keys(store: Store, part: str, name: str, entry: bytes) -> None:
    """Remove the entries of the keys that `entry` names, where it does."""
    keys = keys_in(_loads(entry)) if entry.startswith(_KEYS) else None
    for number in {number_of(key) for key in keys or ()}:
        store.remove(_name(part, f"{name}#{number}"))


def _has_grown(data: bytes, before: bytes | None) -> bool:
    known = 0 if before is None or len(before) <= SPILL_BYTES else len(before)
    return len(data) // GROWTH_BYTES > known // GROWTH_BYTES


def _spill(store: Store, state: dict[str, Any], out: dict[str, list[str]]) -> bool:
    """Move large entries from the head into the store; True where there were any."""
    found = False
    for part in GROWING:
        moved = set(out.get(part, ()))
        for name in [name for name in state.get(part, ()) if name not in moved and (part, name) != _ALWAYS_READ]:
            data = _dumps(state[part][name])
            if len(data) >= ENTRY_BYTES_MIN or name[:1] == MANY:
                _put(store, part, name, state[part][name], data, b"")
                out.setdefault(part, []).append(name)
                found = True
    return found


def _clear(head: bytes, store: Store) -> None:
    for part, names in _loads(head).get(_OUT, {}).items():
        for name in names:
            _remove(store, part, name)


def _name(part: str, name: str) -> str:
    return f"{part}:{name}"
