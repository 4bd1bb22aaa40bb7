"""Every tutorial works when it is followed to the letter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.docs.conftest import Terminal


def test_the_first_profile_can_be_followed_and_its_ledger_read(
    root: Path, terminal: Terminal
) -> None:
    terminal.follow(root / "docs" / "tutorials" / "first-profile.md")
    printed = terminal.python(root / "docs" / "how-to" / "read-the-ledger-with-other-tools.md")
    assert 'C002 acknowledged {"external_id":"C002","home_city":"Nantes"}' in printed
    assert "Nantes" in printed.split("C002 acknowledged")[0], "the table as it is now"


def test_no_tutorial_is_left_out(root: Path) -> None:
    tutorials = (root / "docs" / "tutorials").glob("*.md")
    assert [page.name for page in tutorials] == ["first-profile.md"]
