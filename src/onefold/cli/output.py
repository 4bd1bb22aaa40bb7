"""How results reach people and programs: tables on a terminal, JSON on request."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["echo_json", "err", "error_json", "out", "print_rows", "print_table"]

WIDEST_TABLE = 12  # columns; a wider row is printed downwards, without its empty values
WIDTH_OF_PIPES = 200  # characters; a terminal says its own

out = Console(
    highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH_OF_PIPES
)
err = Console(
    stderr=True,
    highlight=False,
    soft_wrap=True,
    width=None if sys.stderr.isatty() else WIDTH_OF_PIPES,
)


def echo_json(value: object) -> None:
    """Write a value as JSON to stdout: dates as ISO 8601, decimals as numbers."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.buffer.write(orjson.dumps(_plain(value), default=_default, option=options) + b"\n")
    sys.stdout.buffer.flush()


def error_json(error: BaseException, *, message: str, hint: str, where: str | None) -> None:
    """Write an error as JSON to stdout, for programs that asked for `--json`."""
    echo_json({"error": type(error).__name__, "message": message, "hint": hint, "where": where})


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None
) -> None:
    """Print a small table; numbers are right-aligned."""
    found = [list(row) for row in rows]
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for number, name in enumerate(columns):
        numeric = bool(found) and all(
            row[number] is None or isinstance(row[number], int | float | Decimal) for row in found
        )
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in found:
        table.add_row(*(_cell(value) for value in row))
    out.print(table)


def print_rows(data: pa.Table, *, json: bool) -> None:
    """Print a query's result."""
    if json:
        echo_json(data.to_pylist())
        return
    rows = data.to_pylist()
    if data.num_columns <= WIDEST_TABLE:
        print_table(data.column_names, (list(row.values()) for row in rows))
        return
    for number, row in enumerate(rows, start=1):
        filled = [(name, value) for name, value in row.items() if value is not None]
        print_table(("column", "value"), filled, title=f"row {number}")


def _cell(value: object) -> Text:
    if value is None:
        return Text("")
    if isinstance(value, bool):
        return Text("true" if value else "false")
    if isinstance(value, int):
        return Text(f"{value:,}".replace(",", " "))
    if isinstance(value, datetime):
        return Text(value.isoformat(sep=" ", timespec="seconds"))
    if isinstance(value, bytes):
        return Text(_decoded(value))
    return Text(str(value))


def _decoded(value: bytes) -> str:
    r"""Write bytes as the text that they nearly always are; what is none as \xE9."""
    return value.decode(errors="backslashreplace")


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _default(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    return _decoded(value) if isinstance(value, bytes) else str(value)
