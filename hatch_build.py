"""Data files go into the package only in a standard wheel: an editable install reads them from the checkout."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("schemas", "journeys", "flink-conf")


class DataFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Copies the data folders to cjo/_data."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by the builder; `version` is `standard` or `editable`."""
        if version == "standard":
            build_data["force_include"] |= {folder: f"cjo/_data/{folder}" for folder in FOLDERS}
