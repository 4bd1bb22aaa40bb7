"""What the README shows is what a newcomer sees, numbers apart: the shop here is smaller."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.docs.conftest import Terminal


def test_the_readme_shows_what_onefold_shows(root: Path, terminal: Terminal) -> None:
    terminal.numbers_matter = False
    terminal.follow(root / "README.md")


def test_the_readme_leads_to_every_room(root: Path) -> None:
    charters = (root / "src" / "onefold").glob("*/__init__.py")
    rooms = [one.parent.name for one in charters if one.read_text().startswith('"""Room ')]
    page = (root / "README.md").read_text(encoding="utf-8")
    assert len(rooms) == 9
    assert [room for room in rooms if f"](src/onefold/{room}/)" not in page] == []
