"""Where the installed Flink is, without importing it."""

from __future__ import annotations

import sysconfig
from importlib.util import find_spec
from pathlib import Path

from cjo.errors import StackError

_JARS = ("lib/*.jar", "opt/flink-python*.jar", "plugins/metrics-prometheus/*.jar")


def flink_home() -> Path:
    """The folder with bin, lib, opt and conf inside the package apache-flink. Raises StackError if there is none."""
    spec = find_spec("pyflink")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("the package apache-flink is not installed", "install cjo with its dependencies")
    return Path(spec.submodule_search_locations[0])


def flink_jars() -> list[Path]:
    """The jars that every process of the local stack needs: the shipped ones, for Python functions flink-python, and
    the Prometheus reporter, which Flink ships as a plugin."""
    home = flink_home()
    return [path for place in _JARS for path in sorted(home.glob(place))]


def site_packages() -> Path:
    """The folder that Python functions inside Flink must have on their path."""
    return Path(sysconfig.get_paths()["purelib"])
