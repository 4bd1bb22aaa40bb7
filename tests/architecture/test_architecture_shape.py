"""Small files, short functions, one tree of errors, no print, no mock: counted, not wished."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import onefold
from onefold import errors
from onefold.errors import OnefoldError

SOURCE = Path(str(onefold.__file__)).parents[1]
TESTS = Path(__file__).parents[1]
MODULES = sorted(SOURCE.glob("**/*.py"))
MOST_LINES = 400
LONGEST_FUNCTIONS = 40  # lines; one function in ten may be longer
INTERNAL = {  # never reach a person: caught in the file that raises them
    "onefold.project.validation.Invalid",
    "onefold.destinations.retry.Setback",
}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def dotted(node: ast.expr) -> str:
    """Write `a.b.c` for a name or attribute, and nothing for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func)


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# --- sizes ----------------------------------------------------------------------------------------


def test_no_module_is_long() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_nine_functions_in_ten_are_short() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in MODULES
        for node in functions(parsed(path))
    ]
    assert quantiles(lengths, n=10)[-1] < LONGEST_FUNCTIONS


# --- errors ---------------------------------------------------------------------------------------


def drawn() -> dict[str, str]:
    """Read the tree in the docstring of `errors`: each name with the name above it."""
    found: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (inspect.getdoc(errors) or "").splitlines():
        match = re.match(r"(?P<before>[ │├└─]*)(?P<name>[A-Z]\w+)  +\S", line)
        if match:
            depth = len(match["before"])
            above = [(column, name) for column, name in above if column < depth]
            if above:
                found[match["name"]] = above[-1][1]
            above.append((depth, match["name"]))
    return found


def test_the_drawn_tree_is_the_tree() -> None:
    classes = {
        one.__name__: one
        for one in vars(errors).values()
        if inspect.isclass(one) and issubclass(one, OnefoldError)
    }
    real = {
        name: one.__bases__[0].__name__ for name, one in classes.items() if one is not OnefoldError
    }
    apart = {"Interrupted": "OnefoldError"}  # told below the tree
    assert drawn() | apart == real
    assert set(classes) <= set(errors.__all__)


def test_every_error_of_the_house_hangs_in_the_tree() -> None:
    """An error of a room is a subclass of one that is drawn, so that callers know what it means."""
    for path in SOURCE.glob("onefold/**/*.py"):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        if "migrations" in name or name.endswith("__main__"):
            continue
        for one in vars(importlib.import_module(name)).values():
            own = inspect.isclass(one) and one.__module__ == name
            if own and issubclass(one, BaseException) and f"{name}.{one.__name__}" not in INTERNAL:
                assert issubclass(one, OnefoldError), one


# --- habits ---------------------------------------------------------------------------------------


def test_only_the_command_line_prints() -> None:
    printing = {"print", "pprint", "sys.stdout.write", "sys.stderr.write"}
    for path in SOURCE.glob("onefold/**/*.py"):
        if not path.is_relative_to(SOURCE / "onefold" / "cli"):
            assert not printing & set(calls(parsed(path))), path


def test_time_and_chance_come_in_as_arguments() -> None:
    """Below `app` nobody looks at a clock or draws a number unasked."""
    outside = {"app", "cli", "server", "examples"}
    clocks = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "uuid1", "uuid.uuid1"}
    for path in SOURCE.glob("onefold/**/*.py"):
        if path.relative_to(SOURCE / "onefold").parts[0] in outside or path.stem == "clock":
            continue
        assert not clocks & set(calls(parsed(path))), path


def test_no_code_of_ours_is_mocked() -> None:
    """Tests use the real thing, or a fake that is a product; environment and folder may be set."""
    forbidden = re.compile(r"^(mock|mocker|patch|MagicMock|Mock)\b|monkeypatch\.(setattr|delattr)")
    for path in TESTS.glob("**/*.py"):
        tree = parsed(path)
        assert not {"unittest.mock", "mock", "pytest_mock"} & set(imported(tree)), path
        assert not [name for name in calls(tree) if forbidden.search(name)], path
