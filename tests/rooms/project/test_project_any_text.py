"""Whatever people write, they get errors with places, never a traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.errors import OnefoldError, ProjectError
from onefold.project import ProjectErrors, load_project
from onefold.project.yaml_reader import read_document

BASE = Path(__file__).parents[2] / "golden" / "project" / "base"
FILES = sorted(path.relative_to(BASE).as_posix() for path in BASE.rglob("*.yaml"))
SCALARS = [
    *("", "~", "5", "-1", "0.5", ".nan", "true", "no", "2027-03-01", "'text'", "[a, 5]", "[]"),
    *("{a: {b: 5}}", "{}", "[[[]]]", "${X}", "${X:-y}", "150%", '">= 5"', "&a [*a]", "!x y"),
]


def _refusals(content: bytes) -> list[ProjectError]:
    try:
        read_document(content, "sources/x.yaml")
    except ProjectError as error:
        return [error]
    return []


def _errors(root: Path) -> list[OnefoldError]:
    try:
        load_project(root, environ={})
    except ProjectErrors as errors:
        return list(errors.errors)
    return []


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text(alphabet=" -:#&*!|>{}[]'\"%@`?,\n\tab1", max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes | str) -> None:
    written = content.encode() if isinstance(content, str) else content
    assert all(error.where and error.message for error in _refusals(written))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(BASE, tmp_path_factory.mktemp("any") / "shop"))


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_any_value_anywhere_is_taken_or_refused(root: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES))
    original = (BASE / file).read_text(encoding="utf-8")
    lines = original.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    key, colon, _ = lines[at].partition(":")
    changed = f"{key}{colon} {data.draw(st.sampled_from(SCALARS))}"
    kept = data.draw(st.sampled_from([[changed], [], [lines[at], lines[at]]]))
    (root / file).write_text("\n".join([*lines[:at], *kept, *lines[at + 1 :]]), encoding="utf-8")
    try:
        assert all(error.where and error.message for error in _errors(root))
    finally:
        (root / file).write_text(original, encoding="utf-8")
