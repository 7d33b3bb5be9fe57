"""What stands in state for a dict of which some entries are still in the store until they are asked for.

It answers what engine code asks of a dict, and is none: compiled code would look into one without asking it.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, ValuesView
from typing import Any, Final

PENDING: Final = object()
"""In place of an entry that nobody has asked for."""


class Lazy:
    """Entries by name, in order. A subclass says how one is read, set and removed, and how all are read."""

    def __init__(self, known: dict[str, Any]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Any:
        raise NotImplementedError

    def __setitem__(self, name: str, value: Any) -> None:
        raise NotImplementedError

    def __delitem__(self, name: str) -> None:
        raise NotImplementedError

    def _load_all(self) -> None:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def get(self, name: str, default: Any = None) -> Any:
        """The entry, else `default`."""
        return self[name] if name in self._known else default

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The entry, which is `default` from now on where there was none."""
        if name not in self._known:
            self[name] = default
        return self[name]

    def pop(self, name: str, *default: Any) -> Any:
        """Take the entry out."""
        if name not in self._known:
            return self._known.pop(name, *default)
        value = self[name]
        del self[name]
        return value

    def items(self) -> ItemsView[str, Any]:
        """All entries by name."""
        self._load_all()
        return self._known.items()

    def values(self) -> ValuesView[Any]:
        """All entries."""
        self._load_all()
        return self._known.values()
