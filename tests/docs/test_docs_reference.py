"""The reference pages say what the code has: errors, exit codes, variables.

`python tests/docs/test_docs_reference.py` writes the generated part again.
"""

from __future__ import annotations

import re
from pathlib import Path

from onefold import errors
from onefold.cli.running import DONE_WITH_REJECTS
from onefold.errors import OnefoldError, UsageError

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
ERRORS = REFERENCE / "errors.md"
GENERATED = re.compile(r"(?<=<!-- generated: errors -->\n).*?(?=<!-- end -->)", re.DOTALL)
VARIABLE = re.compile(r"\bONEFOLD_[A-Z_]+")


def generated() -> str:
    """Write the tree of errors as a list, each with its meaning."""
    return "".join(_branch(OnefoldError, 0))


def _branch(kind: type[OnefoldError], depth: int) -> list[str]:
    meaning = (kind.__doc__ or "").split("\n\n")[0].replace("\n    ", " ")
    code = f" Exit code {kind.exit_code}." if kind.exit_code != OnefoldError.exit_code else ""
    below = [one for one in kind.__subclasses__() if one.__module__ == errors.__name__]
    line = f"{'  ' * depth}- `{kind.__name__}`: {meaning}{code}\n"
    return [line, *(text for one in below for text in _branch(one, depth + 1))]


def test_the_page_of_errors_holds_the_tree() -> None:
    found = GENERATED.search(ERRORS.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == generated(), "run: python tests/docs/test_docs_reference.py"


def test_the_tree_holds_every_error() -> None:
    kinds = {name for name in errors.__all__ if name[0].isupper()} - {"Place"}
    assert set(re.findall(r"- `(\w+)`", generated())) == kinds


def test_the_page_of_exit_codes_has_each_of_them() -> None:
    page = (REFERENCE / "exit-codes.md").read_text(encoding="utf-8")
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert codes == {0, OnefoldError.exit_code, UsageError.exit_code, DONE_WITH_REJECTS}


def test_the_page_of_variables_has_each_of_them() -> None:
    page = (REFERENCE / "environment-variables.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(ONEFOLD_\w+)", page, re.MULTILINE))
    code = "".join(one.read_text("utf-8") for one in (ROOT / "src" / "onefold").rglob("*.py"))
    used = {_stem(name) for name in VARIABLE.findall(code)}
    # Not variables: texts that merely look alike, named here so that a new one is noticed.
    assert documented == used - {"ONEFOLD_YAML"}


def _stem(name: str) -> str:
    """Give the beginning that all credentials share, for a credential."""
    return "ONEFOLD_CREDENTIAL_" if name.startswith("ONEFOLD_CREDENTIAL_") else name


if __name__ == "__main__":
    text = ERRORS.read_text(encoding="utf-8")
    ERRORS.write_text(GENERATED.sub(lambda _: generated(), text), encoding="utf-8")
