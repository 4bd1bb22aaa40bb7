"""What import-linter's contracts cannot say of the house's imports."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import grimp
import pytest

import onefold

SOURCE = Path(str(onefold.__file__)).parents[1]
PACKAGES = sorted(path.parent for path in SOURCE.glob("*/**/__init__.py"))
MODULES = [  # Alembic finds its scripts by file; nobody imports them
    path for path in sorted(SOURCE.glob("onefold/**/*.py")) if "migrations" not in path.parts
]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).parts)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("onefold", "braze_sandbox", cache_dir=None)


def _cycle(graph: grimp.ImportGraph, start: str) -> list[str] | None:
    """Find a way from a module back to itself."""
    paths = [[start]]
    seen = set()
    while paths:
        path = paths.pop()
        for imported in graph.find_modules_directly_imported_by(path[-1]):
            if imported == start:
                return [*path, start]
            if imported not in seen:
                seen.add(imported)
                paths.append([*path, imported])
    return None


def test_no_module_imports_itself_by_a_detour(graph: grimp.ImportGraph) -> None:
    cycles = {module: cycle for module in graph.modules if (cycle := _cycle(graph, module))}
    assert cycles == {}


def _is_front_door(imported: str) -> bool:
    package, _, name = imported.rpartition(".")
    is_package = SOURCE.joinpath(*imported.split("."), "__init__.py").is_file()
    if is_package or imported.count(".") == 1:
        return True
    return name in importlib.import_module(package).__all__


def test_a_package_is_entered_by_its_front_door(graph: grimp.ImportGraph) -> None:
    """What a package offers stands in its `__init__`; its files are its own business.

    A function and the file that holds it may share a name; the graph cannot tell them apart.
    """
    back_doors = [
        f"{module} imports {imported}"
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.split(".")[:2] != module.split(".")[:2] and not _is_front_door(imported)
    ]
    assert back_doors == []


def test_a_package_has_a_charter_and_names_what_it_offers() -> None:
    for package in PACKAGES:
        tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{package}: its docstring says what it is for"
        imports = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
        if imports - {"__future__"}:
            module = importlib.import_module(module_name(package))
            assert module.__all__, package
            assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_a_module_names_what_it_offers() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{path}: its docstring says what it is about"
        offers = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        if offers and path.name not in ("__init__.py", "__main__.py"):
            assert "__all__" in {
                target.id
                for node in tree.body
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }, path
