"""The jars that the local stack needs, read from flink-conf/jars.toml: coordinates, use, size and checksum."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from cjo.resources import data_dir


@dataclass(frozen=True)
class Jar:
    """One file of a Maven repository, pinned by its SHA-256.

    `use` is `flink` (on the cluster's class path), `compiler`, `broker` or `registry`; `size` is in bytes.
    """

    group: str
    artifact: str
    version: str
    use: str
    sha256: str
    size: int
    classifier: str = ""
    packaging: str = "jar"

    @property
    def name(self) -> str:
        """The file's name."""
        tail = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{tail}.{self.packaging}"

    @property
    def path(self) -> PurePosixPath:
        """Where the file is in a Maven repository."""
        return PurePosixPath(*self.group.split("."), self.artifact, self.version, self.name)

    @property
    def coordinates(self) -> str:
        """`group:artifact:version`, as people write it."""
        return f"{self.group}:{self.artifact}:{self.version}"


@cache
def all_jars() -> tuple[Jar, ...]:
    """Every jar of the table, in its order."""
    table = tomllib.loads((data_dir("flink-conf") / "jars.toml").read_text(encoding="utf-8"))
    return tuple(_jar(row) for row in table["jar"])


def jars_for(*uses: str) -> list[Jar]:
    """The jars of these uses, in the table's order."""
    return [jar for jar in all_jars() if jar.use in uses]


def _jar(row: dict[str, str | int]) -> Jar:
    group, artifact, version, *kind = str(row["coordinates"]).split(":")
    packaging, classifier = kind or ("jar", "")
    return Jar(group, artifact, version, str(row["use"]), str(row["sha256"]), int(row["size"]), classifier, packaging)
