"""Links between pages lead somewhere, and every page can be reached from the table of contents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjo.resources import data_dir

DOCS = data_dir("docs")
ROOT = DOCS.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """(file, anchor) of every link to a file of the project."""
    for link in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        if "://" not in link and not link.startswith("mailto:"):
            path, _, anchor = link.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    lost = [str(path) for path, _ in links(page) if not path.exists()]
    lost += [f"{path}#{anchor}" for path, anchor in links(page) if anchor and anchor not in anchors(path)]
    assert lost == []


def test_every_page_is_reached_from_the_table_of_contents() -> None:
    reached, queue = set(), [DOCS / "README.md"]
    while queue:
        page = queue.pop()
        if page not in reached and page.suffix == ".md" and page.exists():
            reached.add(page)
            queue += [path for path, _ in links(page)]
    assert [str(page) for page in PAGES if page.resolve() not in reached] == []
