"""Records read by the jobs' format in a JVM of its own, with a registry that answers what a test says."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cjo.avro.contracts import load_schema
from cjo.settings import Settings
from cjo.stack.flink_home import flink_jars
from cjo.stack.jars import fetch
from cjo.stack.java import java_home
from cjo.stack.java_build import _compile, own_jar
from jobs._log import reader_schema
from tests.served import Handler, served

SOURCE = Path(__file__).parent / "java" / "io" / "cjo" / "flink" / "ReadRecords.java"
COLUMNS = ("attributes", "amount", "product_id")
CONTRACT = 1
"""Id of the contract in every registry here."""
NOT_FOUND = {"error_code": 40403, "message": "not found"}


class Answers:
    """A registry by path: `{"/schemas/ids/7": schema}`, schemas as text or with the rest of the answer about them.

    `asked` are the paths that it was asked for. It knows the contract unless told otherwise.
    """

    def __init__(self, **by_path: Any) -> None:
        self.by_path: dict[str, Any] = {id_path(CONTRACT): json.dumps(load_schema("touchpoint")), **by_path}
        self.asked: list[str] = []

    def to(self, path: str) -> tuple[int, dict[str, Any]]:
        """(status, body) of an answer."""
        self.asked.append(path)
        if path not in self.by_path:
            return 404, NOT_FOUND
        found = self.by_path[path]
        return 200, {"schema": found} if isinstance(found, str) else found


def id_path(schema_id: int) -> str:
    """Where a registry has the schema of that id."""
    return f"/schemas/ids/{schema_id}"


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """Address of a registry that answers so."""

    class Registry(Handler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            status, answer = answers.to(self.path.partition("?")[0])
            self.answer(status, json.dumps(answer).encode())

    with served(Registry) as place:
        yield f"http://{place}"


class Jvm:
    """The format, compiled for a test. `folder` is for what it needs."""

    def __init__(self, folder: Path) -> None:
        settings = Settings.load()
        jars = [own_jar(settings), *flink_jars(), *fetch(settings, "flink")]
        self._folder = folder
        _compile(settings, [SOURCE], jars, folder / "classes")
        self._class_path = os.pathsep.join(map(str, [folder / "classes", *jars]))
        schema = reader_schema(load_schema("touchpoint"), COLUMNS, ())
        self._names = [*(field["name"] for field in schema["fields"]), "dead_kind", "dead_error"]
        (folder / "reader.json").write_text(json.dumps(schema), encoding="utf-8")

    def read(self, registry: str, records: Sequence[bytes]) -> list[Mapping[str, str | None]]:
        """The columns of each record, as text; fewer than there are records where it stopped."""
        command = [java_home() / "bin" / "java", "-cp", self._class_path, "io.cjo.flink.ReadRecords"]
        given = "".join(base64.b64encode(one).decode() + "\n" for one in records)
        done = subprocess.run(
            [*command, registry, self._folder / "reader.json", str(CONTRACT)],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stderr
        return [dict(zip(self._names, map(_text, line.split(",")), strict=True)) for line in done.stdout.splitlines()]


def _text(field: str) -> str | None:
    text = base64.b64decode(field).decode()
    return None if text == "null" else text
