"""Every tutorial works when it is followed to the letter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TUTORIALS = sorted((Path(__file__).parents[2] / "docs" / "tutorials").glob("*.md"))


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_can_be_followed(page: Path, terminal: Any) -> None:
    terminal.follow(page)
    assert terminal.sandboxes, "a tutorial that sends nothing shows nothing"
