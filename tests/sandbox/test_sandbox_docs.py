"""The reference page says what the sandbox does."""

import re
from pathlib import Path

import pytest

from braze_sandbox.__main__ import read_settings
from braze_sandbox.api import ENDPOINTS
from braze_sandbox.control import PREFIX, ROUTES
from braze_sandbox.rules import Basis, Rule

PAGE = (Path(__file__).parents[2] / "docs/reference/braze-sandbox.md").read_text(encoding="utf-8")
BASIS = {Basis.DOCUMENTED: "documented", Basis.OBSERVED: "observed", Basis.OPEN: "open"}


def rules_table() -> str:
    """The table of rules as the page must have it: paste this when a rule has changed."""
    rows = [
        f"| `{rule.id}` | {rule.when} | {rule.verdict.value} | {BASIS[rule.basis]} |\n"
        for rule in Rule
    ]
    return "| Rule | When | What happens | Known |\n|---|---|---|---|\n" + "".join(rows)


def test_the_page_holds_the_table_of_rules() -> None:
    assert rules_table() in PAGE


def test_the_page_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert {option for option in options if option not in PAGE} == set()


def test_the_page_names_every_address() -> None:
    assert all(f"`{method} {path}`" in PAGE for method, path in ENDPOINTS)
    assert {what for _, what in ROUTES if f"{PREFIX}{what}" not in PAGE} == set()
