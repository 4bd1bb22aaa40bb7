"""Every case folder holds the files that differ from `base`, and the text that people then read.

Write the texts anew with `ONEFOLD_GOLDEN=write pytest tests/rooms/project`, and read the diff.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from onefold.project import ProjectErrors, load_project

GOLDEN = Path(__file__).parents[2] / "golden" / "project"
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.name != "base")


def _report(root: Path) -> str:
    try:
        project = load_project(root, environ={})
    except ProjectErrors as errors:
        return "\n".join([str(errors), *map(str, errors.notices)])
    return "\n".join(["no errors", *map(str, project.notices)])


def _without_standing_notice(text: str) -> str:
    """The base project has a schedule, and with it one notice that has its own case."""
    lines = text.splitlines()
    kept = [
        line
        for at, line in enumerate(lines)
        if "schedules are kept" not in line and "schedules are kept" not in lines[at - 1]
    ]
    return "\n".join(kept)


@pytest.mark.parametrize("case", CASES)
def test_people_read_this(case: str, tmp_path: Path) -> None:
    folder = GOLDEN / case
    shutil.copytree(GOLDEN / "base", tmp_path, dirs_exist_ok=True)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    text = _report(tmp_path)
    shown = (text if case == "notices" else _without_standing_notice(text)) + "\n"
    expected = folder / "expected.txt"
    if os.environ.get("ONEFOLD_GOLDEN") == "write":
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")


def test_the_base_project_has_no_errors() -> None:
    assert load_project(GOLDEN / "base", environ={}).name == "shop"
