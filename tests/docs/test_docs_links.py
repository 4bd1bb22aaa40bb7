"""Every link inside the repository leads somewhere: to a file, and to a heading in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")


def test_every_link_leads_to_a_file(pages: tuple[Path, ...]) -> None:
    broken = [
        f"{page.name}: {link}" for page, link, target, _ in _links(pages) if not target.exists()
    ]
    assert broken == []


def test_every_anchor_is_a_heading(pages: tuple[Path, ...]) -> None:
    broken = [
        f"{page.name}: {link}"
        for page, link, target, anchor in _links(pages)
        if anchor and target.suffix == ".md" and anchor not in _anchors(target)
    ]
    assert broken == []


def test_every_page_can_be_reached_from_the_readme(root: Path, pages: tuple[Path, ...]) -> None:
    reached: set[Path] = set()
    waiting = [root / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.is_file():
            reached.add(page)
            waiting += [target for _, _, target, _ in _links([page]) if target.suffix == ".md"]
    missed = {page for page in pages if root / "src" not in page.parents} - reached
    assert sorted(str(page.relative_to(root)) for page in missed) == []


def test_the_documents_are_there(root: Path) -> None:
    assert [name for name in DOCUMENTS if not (root / name).read_text("utf-8").strip()] == []


def _links(pages: tuple[Path, ...] | list[Path]) -> Iterator[tuple[Path, str, Path, str]]:
    """Give page, link, target and anchor of every link that stays in the repository."""
    for page in pages:
        text = SPAN.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
        for link in LINK.findall(text):
            if not re.match(r"[a-z]+:", link):
                path, _, anchor = link.partition("#")
                yield page, link, (page.parent / path).resolve() if path else page, anchor


def _anchors(page: Path) -> set[str]:
    """Give the anchors that a page's headings have."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = [re.sub(r"[^\w\s-]", "", title.lower()).strip() for title in HEADING.findall(text)]
    return {re.sub(r"\s", "-", title) for title in titles}
