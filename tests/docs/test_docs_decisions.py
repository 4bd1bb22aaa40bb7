"""Decisions are numbered without gaps and listed; every dependency has a reason."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def test_decisions_are_numbered_and_listed(root: Path) -> None:
    folder = root / "docs" / "decisions"
    files = sorted(path.name for path in folder.glob("0*.md"))
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    index = (folder / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d{4})\]\((.+?)\)", index, re.MULTILINE)
    assert listed == [(name[:4], name) for name in files]


def test_a_decision_says_why_and_what_follows(root: Path) -> None:
    needed = ("**Context.**", "**Decision.**", "**What follows.**")
    for path in (root / "docs" / "decisions").glob("0*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}: "), path.name
        assert [part for part in needed if part not in text] == [], path.name


def test_every_dependency_has_its_reason(root: Path) -> None:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    needed = settings["project"]["dependencies"] + settings["build-system"]["requires"]
    names = {re.split(r"[<>=~! ]", text)[0] for text in needed}
    page = (root / "docs" / "decisions" / "0009-dependencies.md").read_text(encoding="utf-8")
    reasons = set(re.findall(r"^\| ([\w.\[\]-]+) \|", page, re.MULTILINE))
    assert sorted(names - reasons) == []
