"""The compiled engine: which modules it has, whose source it was made of, and that it decides the same."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from cjo.errors import StackError
from cjo.native import build as building
from cjo.native.finder import compiled_files
from cjo.native.modules import ROOT, SUFFIX, build_folder, digest, files_of, module_of, sources


def ran(*words: str, **environment: str) -> str:
    """Its standard output; fails with all that it has said where it does."""
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env={**os.environ, **environment}, capture_output=True)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


def test_every_module_that_an_engine_of_a_kind_loads_is_compiled() -> None:
    compiled = {module_of(path) for path in sources()}
    waiting = [name for name in compiled if name.startswith("cjo.signals.")]
    for name in waiting:
        for node in ast.walk(ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cjo.signals."):
                assert node.module in compiled, f"{name} loads {node.module}: cjo/native/modules.py lists its stem"


def test_an_edited_source_has_another_build(tmp_path: Path) -> None:
    for package in ("cjo", "udfs"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    assert digest(tmp_path) == digest()
    with (tmp_path / "cjo" / "engine" / "core.py").open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert digest(tmp_path) != digest()


def test_where_nothing_was_compiled_python_runs(tmp_path: Path) -> None:
    said = ran("-c", "from cjo.engine import core; print(core.__file__)", CJO_CACHE=str(tmp_path)).strip()
    assert said == str(ROOT / "cjo/engine/core.py")


def test_what_is_found_is_imported_under_the_name_of_its_python(tmp_path: Path) -> None:
    place = build_folder_in(tmp_path) / "udfs"
    place.mkdir(parents=True)
    (place / f"keys{SUFFIX}").write_bytes(b"no machine code")
    assert list(files_of(place.parent)) == ["udfs.keys"]
    words = ("-c", "try: import udfs.keys as k\nexcept ImportError as e: print(e.path)\nelse: print(k.__file__)")
    assert ran(*words, CJO_CACHE=str(tmp_path)).strip() == str(place / f"keys{SUFFIX}")
    assert ran(*words, CJO_CACHE=str(tmp_path), CJO_NATIVE="0").strip() == str(ROOT / "udfs/keys.py")


def build_folder_in(cache: Path) -> Path:
    return cache / "built" / build_folder(digest()).name


@pytest.mark.parametrize(
    ("what", "lacks", "hint"),
    [("importlib.util.find_spec", "mypy", "cjo[native]"), ("shutil.which", "C compiler", "gcc")],
)
def test_what_compiling_lacks_is_named(
    what: str, lacks: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CJO_CACHE", str(tmp_path))
    monkeypatch.setattr(f"cjo.native.build.{what}", lambda *_: None)
    with pytest.raises(StackError) as failed:
        building.build()
    assert lacks in failed.value.message
    assert hint in (failed.value.hint or "")
    assert not (tmp_path / "built").exists()


def test_source_that_does_not_compile_leaves_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("cjo", "udfs"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "udfs" / "keys.py").open("a", encoding="utf-8") as file:
        file.write("WRONG: int = 'text'\n")
    monkeypatch.setenv("CJO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(building, "ROOT", tmp_path)
    with pytest.raises(StackError, match=r"udfs/keys.py:\d+: error: Incompatible types"):
        building.build()
    assert not list((tmp_path / "cache" / "built").iterdir())


def test_old_builds_are_removed_and_the_newest_stay_however_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, now_s = tmp_path / "built", time.time()
    for days in (1, 6, *range(8, 20)):
        (built / f"native-{days:02}").mkdir(parents=True)
        os.utime(built / f"native-{days:02}", (now_s - days * 86_400,) * 2)
    (built / "cjo-flink-1.jar").touch()
    monkeypatch.setenv("CJO_CACHE", str(tmp_path))
    monkeypatch.setattr(building, "check_tools", lambda: None)
    monkeypatch.setattr(building, "_compiled", lambda scratch: Path(tempfile.mkdtemp(dir=scratch)))

    target = building.build()

    kept = ["cjo-flink-1.jar", target.name, "native-01", "native-06", "native-08", "native-09"]
    assert sorted(path.name for path in built.iterdir()) == sorted(kept)


@pytest.mark.skipif(not any(compiled_files()), reason="the engine is not compiled: make native")
def test_compiled_and_interpreted_decide_and_keep_the_same() -> None:
    compiled, interpreted = (json.loads(ran("-m", "tests.native.digests", CJO_NATIVE=how)) for how in ("1", "0"))
    assert (compiled.pop("compiled"), interpreted.pop("compiled")) == (True, False)
    assert compiled == interpreted


@pytest.mark.skipif(not any(compiled_files()), reason="the engine is not compiled: make native")
@pytest.mark.parametrize(
    ("module", "words"),
    [("tests.signals", ("--cases", "500", "--seed", "77000")), ("tests.system", ("--seeds", "60", "--from", "5000"))],
)
def test_signals_and_stories_by_chance_hold_compiled(module: str, words: tuple[str, ...]) -> None:
    ran("-m", module, *words, CJO_NATIVE="1")
