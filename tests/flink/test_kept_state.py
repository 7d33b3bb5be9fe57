"""F4: every customer's state in a kept savepoint of the real stack is read by today's code, without Flink."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from cjo.engine import migrations
from tests.cluster.kept import FOLDER, releases
from udfs import sections

_HEAD = re.compile(r'\{"v":\d+,"clock":')


class Nowhere(dict[str, bytes]):
    """A store that is never asked: heads alone are looked at."""

    def put(self, key: str, value: bytes) -> None:
        raise AssertionError(key)

    def remove(self, key: str) -> None:
        raise AssertionError(key)


def heads(release: str) -> Iterator[bytes]:
    """The heads in the files of a savepoint: JSON between Flink's own bytes."""
    with tarfile.open(FOLDER / release / "savepoint.tar.gz") as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member)
            assert file is not None
            text = file.read().decode("latin-1")
            for found in _HEAD.finditer(text):
                _, end = json.JSONDecoder().raw_decode(text, found.start())
                yield text[found.start() : end].encode("latin-1")


def plan_of(release: str) -> dict[str, Any]:
    told = json.loads(gzip.decompress((FOLDER / release / "told.json.gz").read_bytes()))
    return dict(told["plan"])


@pytest.mark.parametrize("release", releases())
def test_the_state_of_a_release_is_read_and_its_timers_are_in_time(release: str) -> None:
    bound_ms = plan_of(release)["workspace"]["bound_ms"]
    states = []
    for head in heads(release):
        state, armed_ms = sections.load(head, Nowhere())
        assert state is not None
        migrations.bring_up_to_date(state)
        if state["wakes"]:
            assert armed_ms is not None and armed_ms <= state["wakes"][0][0] + bound_ms
        states.append(state)

    assert len(states) > 200
    assert {state["v"] for state in states} == {migrations.VERSION}
    for part in ("profile", "consent", "marks", "arms", "caps", "groups"):
        assert any(state.get(part) for state in states), part
