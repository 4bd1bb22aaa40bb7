"""The fence: what the engine's own parser sees in a query must be on a list, or it is refused.

DuckDB itself parses the rendered query (`json_serialize_sql` takes nothing but SELECT), so no
spelling that our parser and the engine read differently gets through. Lists are of what may pass:
kinds of nodes, kinds of relations, functions, table functions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import duckdb

__all__ = ["Foreign", "allowed_functions", "foreign_parts"]

_QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_RELATIONS = {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "CTE"}
_RELATIONS |= {"PIVOT", "COLUMN_DATA"}
_TABLE_FUNCTIONS = frozenset({"unnest", "generate_series", "range", "json_each", "json_tree"})
# A bare name that no column bears becomes a call of these.
_CALLED_WITHOUT_PARENTHESES = frozenset(
    [
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "current_catalog",
        "current_role",
        "current_schema",
        "current_user",
        "session_user",
    ]
)

Foreign = tuple[str, str]
"""What does not pass: ("function", its name), or ("syntax", a sentence)."""


@cache
def allowed_functions() -> frozenset[str]:
    """Return the functions that SQL of a project may call."""
    package = resources.files("onefold.warehouse.user_sql")
    lines = package.joinpath("allowed_functions.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


def foreign_parts(query: str) -> Iterator[Foreign]:
    """Give everything in a query that may not pass, in the order of the query.

    Args:
        query: SQL of DuckDB, placeholders unbound.
    """
    tree = json.loads(_parser().cursor().execute(_SERIALIZE, [query]).fetchall()[0][0])
    if tree["error"]:
        yield "syntax", tree.get("error_message", "the engine cannot parse it")
        return
    yield from _foreign(tree["statements"])


_SERIALIZE = "SELECT json_serialize_sql($1::VARCHAR)"


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """Open an empty engine that serves as a parser only."""
    return duckdb.connect(":memory:", config={"enable_external_access": False, "threads": 1})


def _foreign(part: Any) -> Iterator[Foreign]:
    if isinstance(part, list):
        for item in part:
            yield from _foreign(item)
    elif isinstance(part, dict):
        yield from _refused(part)
        for name, value in part.items():
            if not (name == "function" and part.get("type") == "TABLE_FUNCTION"):
                yield from _foreign(value)
            else:
                yield from _foreign(value.get("arguments", value.get("children", [])))


def _refused(node: dict[str, Any]) -> Iterator[Foreign]:
    """Judge one node: a query, a relation, a call, or a bare name."""
    kind = str(node.get("type", ""))
    if kind.endswith("_NODE") and kind not in _QUERIES:
        yield "syntax", "only SELECT may stand here"
    if "sample" in node:
        yield from _refused_relation(node, kind)
    if kind == "TABLE_FUNCTION":
        name = node["function"].get("function_name", "").lower()
        if name not in _TABLE_FUNCTIONS:
            yield "function", name
    elif "function_name" in node:
        yield from _refused_call(node)
    elif kind == "COLUMN_REF" and len(node.get("column_names", ())) == 1:
        name = str(node["column_names"][0]).lower()
        if name in _CALLED_WITHOUT_PARENTHESES:
            yield "function", name


def _refused_relation(node: dict[str, Any], kind: str) -> Iterator[Foreign]:
    if node["sample"] is not None:
        yield "syntax", "a sample gives other rows at every run"
    if not kind.endswith("_NODE") and kind not in _RELATIONS:
        yield "syntax", "only tables, queries and VALUES may stand in FROM"


def _refused_call(node: dict[str, Any]) -> Iterator[Foreign]:
    name = node["function_name"].lower()
    arguments = node.get("arguments", node.get("children", []))
    if name == "age" and len(arguments) == 1:  # counts from the engine's today
        yield "function", name
    is_symbol = not name.replace("_", "a")[:1].isalpha()
    if not is_symbol and name not in allowed_functions():
        yield "function", name
