"""Fetches the pinned jars into the user's cache: each checked, whole or absent, safe with concurrent callers."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.coordinates import Jar, jars_for
from cjo.stack.locks import file_lock

ATTEMPTS = 3
PARALLEL_DOWNLOADS = 4
TIMEOUT_S = 60


def fetch(settings: Settings, *uses: str) -> list[Path]:
    """Paths of the jars of these uses, in the table's order, fetched if missing or broken.

    Raises StackError if one cannot be fetched. A progress bar goes to stderr when something has to be fetched.
    """
    jars = jars_for(*uses)
    if missing(settings, jars):
        with file_lock(settings.cache / "lock"):
            if left := missing(settings, jars):
                _download_all(settings, left)
    return [path_of(settings, jar) for jar in jars]


def path_of(settings: Settings, jar: Jar) -> Path:
    """Where the cache keeps `jar`, fetched or not."""
    return settings.cache / "maven" / jar.path


def missing(settings: Settings, jars: Sequence[Jar]) -> list[Jar]:
    """The jars that are not in the cache, or not of the size they should have."""
    return [jar for jar in jars if not _has_size(path_of(settings, jar), jar.size)]


def broken(settings: Settings, jars: Sequence[Jar]) -> list[Jar]:
    """The jars in the cache whose bytes are not the pinned ones (reads every byte)."""
    return [jar for jar in jars if (path := path_of(settings, jar)).exists() and sha256(path) != jar.sha256]


def unpacked(settings: Settings, use: str) -> Path:
    """The folder with the unpacked archive of `use`, fetched and unpacked if missing."""
    (archive,) = fetch(settings, use)
    folder = settings.cache / "unpacked" / archive.name.removesuffix(".tar.gz")
    if not folder.is_dir():
        with file_lock(settings.cache / "lock"):
            if not folder.is_dir():
                _unpack(archive, folder)
    return folder


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _unpack(archive: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(scratch, filter="data")
        scratch.chmod(0o755)
        scratch.replace(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _download_all(settings: Settings, jars: Sequence[Jar]) -> None:
    settings.cache.mkdir(parents=True, exist_ok=True)
    with (
        _progress(len(jars), sum(jar.size for jar in jars)) as advance,
        tempfile.TemporaryDirectory(dir=settings.cache, prefix="fetching-") as scratch,
        ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool,
    ):
        # Each download has a repository of its own to write to: only a whole and checked file enters the cache.
        list(pool.map(lambda jar: _download(settings, jar, Path(scratch) / jar.sha256, advance), jars))


def _download(settings: Settings, jar: Jar, scratch: Path, advance: Callable[[int], None]) -> None:
    problem = "no attempt was made"
    for attempt in range(ATTEMPTS):
        done = 0

        def count(size: int) -> None:
            nonlocal done
            done += size
            advance(size)

        try:
            file = _resolve(jar, scratch / str(attempt), count)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        else:
            if (got := sha256(file)) == jar.sha256:
                target = path_of(settings, jar)
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(file, target)
                return
            problem = f"expected SHA-256 {jar.sha256}, got {got}"
        advance(-done)
    raise StackError(
        f"{jar.coordinates} cannot be fetched: {problem}",
        "check the network; a mirror of the Maven repository is set under [repositories] in ~/.config/jgo.conf",
    )


def _resolve(jar: Jar, repository: Path, count: Callable[[int], None]) -> Path:
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext, PythonResolver
    from jgo.maven._core import DEFAULT_REMOTE_REPOS

    @contextmanager
    def progress(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield count

    context = MavenContext(
        resolver=PythonResolver(progress_callback=progress),
        repo_cache=repository,
        remote_repos=GlobalSettings.load().repositories | DEFAULT_REMOTE_REPOS,
        timeout=TIMEOUT_S,
    )
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return Path(component.artifact(jar.classifier, jar.packaging).resolve())


@contextmanager
def _progress(files: int, size: int) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"fetching {files} jars, {size / 1e6:.0f} MB")
        yield lambda _size: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(f"fetching {files} jars", total=size)
        yield lambda count: bar.advance(task, count)
