"""The files that the how-to pages write are right, in the project for which they are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.docs.conftest import Terminal


def test_the_files_of_every_how_to_pass_the_check(root: Path, terminal: Terminal) -> None:
    terminal.type("onefold init shop --example shop --customers 100")
    terminal.type("cd shop")
    written = 0
    for page in sorted((root / "docs" / "how-to").glob("*.md")):  # two may write the same file
        files = terminal.write_files(page)
        said = terminal.type("onefold check") if files else None
        assert said is None or said.code == 0, f"{page.name}: {said.shown}"
        written += files
    assert written >= 10
