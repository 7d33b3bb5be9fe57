"""deliver.yaml and the workspace around it, read and checked, with the secrets that the environment holds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cjo.compile.deliver import check
from cjo.deliver.signing import secret_bytes
from cjo.errors import UsageError
from cjo.settings import Settings
from cjo.spec.deliver import Deliver, Smtp
from cjo.spec.folder import read_alone
from cjo.spec.problems import Problems
from cjo.spec.workspace import Workspace


@dataclass(frozen=True)
class Loaded:
    """What `cjo deliver` works by."""

    folder: Path
    deliver: Deliver
    workspace: Workspace

    @property
    def carriers(self) -> dict[str, str]:
        """By topic the name of its carrier."""
        return {self.workspace.topic_of(channel): carrier for channel, carrier in self.deliver.channels.items()}

    @property
    def topics(self) -> dict[str, list[str]]:
        """By carrier the topics that it serves."""
        found: dict[str, list[str]] = {name: [] for name in self.deliver.carriers}
        for topic, carrier in self.carriers.items():
            found[carrier].append(topic)
        return {name: topics for name, topics in found.items() if topics}

    def journal(self, settings: Settings) -> Path:
        """Where outcomes are kept."""
        named = self.deliver.journal
        return self.folder / named if named else settings.home / "deliver" / f"{self.deliver.group}.db"


def load(path: Path) -> Loaded:
    """The file with `carriers` at `path` and workspace.yaml beside it, nothing else. Raises SpecErrors.

    So a mistake in a journey that is being written stops no delivery.
    """
    problems = Problems()
    workspace = read_alone(path.parent / "workspace.yaml", Workspace, "workspace", problems)
    document = read_alone(path, Deliver, path.name, problems)
    if document is not None and workspace is not None and workspace.model is not None:
        check(document, workspace.model, problems)
    problems.raise_if_any(str(path))
    if document is None or document.model is None or workspace is None or workspace.model is None:
        raise ValueError(f"{path}: no carriers")
    return Loaded(path.parent, document.model, workspace.model)


class Secrets:
    """Values of environment variables, by name. What is missing or wrong is collected; nothing is ever printed."""

    def __init__(self, env: Mapping[str, str] = os.environ) -> None:
        self._env = env
        self._problems: list[str] = []

    def signing(self, variable: str) -> list[bytes]:
        """The signing secrets in a variable, parted by spaces, the newest first."""
        found = []
        for word in self.text(variable).split():
            try:
                found.append(secret_bytes(word, variable))
            except UsageError as error:
                self._problems.append(f"{error.message}; {error.hint}")
        return found

    def text(self, variable: str) -> str:
        """What a variable holds."""
        value = self._env.get(variable, "")
        if not value.strip():
            self._problems.append(f"the environment variable {variable} is not set")
        return value

    def login(self, spec: Smtp) -> tuple[str, str] | None:
        """User and password of a mail server, where the file names them."""
        if spec.user_env is None or spec.password_env is None:
            return None
        return self.text(spec.user_env), self.text(spec.password_env)

    def raise_if_any(self, path: Path) -> None:
        """UsageError with everything that is missing."""
        if self._problems:
            lines = "\n".join(dict.fromkeys(self._problems))
            hint = "deliver.yaml names variables; set them where cjo deliver is started"
            raise UsageError(f"{path} asks for secrets:\n{lines}", hint)
