"""Compiles the project's Java with the Eclipse compiler: no JDK is needed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path

from cjo.errors import StackError
from cjo.resources import java_sources
from cjo.settings import Settings
from cjo.stack.coordinates import jars_for
from cjo.stack.flink_home import flink_jars
from cjo.stack.jars import fetch
from cjo.stack.java import java_home
from cjo.stack.locks import file_lock

OWN_JAR = "cjo-flink-"
TARGET = "11"  # what Flink itself is compiled for
EPOCH = (1980, 1, 1, 0, 0, 0)


def own_jar(settings: Settings) -> Path:
    """The jar with the classes and resources of udfs/java, compiled if its sources or class path have changed.

    Raises StackError with the compiler's words if it does not compile.
    """
    root, files = _files()
    sources = [path for path in files if path.suffix == ".java"]
    resources = {_name_in_jar(path, root): path for path in files if path.suffix != ".java"}
    class_path = [*flink_jars(), *fetch(settings, "flink")]
    target = settings.cache / "built" / own_jar_name()
    with file_lock(settings.cache / "build.lock"):
        if not target.exists():
            _build(settings, sources, resources, class_path, target)
    return target


def own_jar_name() -> str:
    """The name that the jar of these sources has, built or not: another version of cjo gives another one."""
    names = [*(path.name for path in flink_jars()), *(jar.name for jar in jars_for("flink"))]
    return f"{OWN_JAR}{_digest(*_files(), names)}.jar"


def _files() -> tuple[Path, list[Path]]:
    root = java_sources()
    return root, sorted(path for path in root.rglob("*") if path.is_file())


def _name_in_jar(path: Path, root: Path) -> str:
    """Resources may lie in a folder `resources`, which is not part of their name in the jar."""
    parts = path.relative_to(root).parts
    return "/".join(parts[parts.index("resources") + 1 :] if "resources" in parts else parts)


def _digest(root: Path, files: list[Path], class_path: list[str]) -> str:
    digest = hashlib.sha256(TARGET.encode())
    for path in files:
        digest.update(f"\0{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    for jar in class_path:
        digest.update(f"\0{jar}".encode())
    return digest.hexdigest()[:12]


def _build(
    settings: Settings, sources: list[Path], resources: dict[str, Path], class_path: list[Path], target: Path
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        classes = Path(scratch) / "classes"
        _compile(settings, sources, class_path, classes)
        compiled = {str(path.relative_to(classes)): path for path in classes.rglob("*.class")}
        part = Path(scratch) / target.name
        _zip(compiled | resources, part)
        os.replace(part, target)


def _compile(settings: Settings, sources: list[Path], class_path: list[Path], classes: Path) -> None:
    (compiler,) = fetch(settings, "compiler")
    command: list[str | Path] = [java_home() / "bin" / "java", "-jar", compiler, "-source", TARGET, "-target", TARGET]
    command += ["-proc:none", "-nowarn", "-encoding", "UTF-8", "-cp", os.pathsep.join(map(str, class_path))]
    answer = subprocess.run([*command, "-d", classes, *sources], capture_output=True, text=True)
    if answer.returncode:
        raise StackError(f"the project's Java does not compile:\n{answer.stdout}{answer.stderr}".rstrip())


def _zip(files: dict[str, Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as jar:
        for name, path in sorted(files.items()):
            jar.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes())
