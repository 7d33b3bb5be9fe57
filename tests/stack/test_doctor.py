"""What `cjo doctor` tells of this machine."""

from __future__ import annotations

import pytest

from cjo.stack.doctor import is_plain_build

USE = "-fprofile-use -fprofile-correction"


@pytest.mark.parametrize(
    ("config", "is_plain"),
    [
        ({"CONFIG_ARGS": "'--enable-shared'", "PGO_PROF_USE_FLAG": USE, "PY_CORE_CFLAGS": "-O3"}, True),
        ({"CONFIG_ARGS": "'--enable-optimizations'", "PGO_PROF_USE_FLAG": USE, "PY_CORE_CFLAGS": "-O3"}, False),
        ({"CONFIG_ARGS": "", "PGO_PROF_USE_FLAG": USE, "PY_CORE_CFLAGS": f"-O3 {USE}"}, False),
        ({"CONFIG_ARGS": "'--enable-shared' '--prefix=/usr'", "PGO_PROF_USE_FLAG": "", "PY_CORE_CFLAGS": "-O2"}, False),
        ({}, False),
    ],
)
def test_a_python_that_was_built_without_optimization_is_told(config: dict[str, str], is_plain: bool) -> None:
    assert is_plain_build(config) is is_plain
