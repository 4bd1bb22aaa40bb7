"""RESULTS.md: each command writes its own section, and leaves those of others as they are."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import duckdb

__all__ = ["RESULTS", "machine", "write_section"]

RESULTS = Path(__file__).parent / "RESULTS.md"
HEAD = (
    "# Results\n\nWritten by `make bench` and `make bench-braze`; no line of it is typed by hand.\n"
)
ORDER = ("walk", "braze")


def machine() -> str:
    """Say what it was measured on, and how busy that was just before."""
    return (
        f"Machine: {os.cpu_count()} cores, {_memory_gib()} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, DuckDB {duckdb.__version__}."
    )


def write_section(name: str, lines: Sequence[str], *, page: Path = RESULTS) -> None:
    """Put a section in the place of its former self."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    sections = {known: _section(text, known) for known in ORDER} | {name: "\n".join(lines)}
    parts = [
        f"<!-- {known}: begin -->\n{held.strip()}\n<!-- {known}: end -->\n"
        for known, held in sections.items()
        if held
    ]
    page.write_text("\n".join([HEAD, *parts]), encoding="utf-8")


def _section(text: str, name: str) -> str:
    _, _, rest = text.partition(f"<!-- {name}: begin -->")
    return rest.partition(f"<!-- {name}: end -->")[0]


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
