"""Arrays, objects and arrays of objects: their one JSON text, whatever they come from.

A value of the engine (LIST, STRUCT, MAP) is written as JSON, what JSON has no exact form for as
text, with its shape beside it. Then a function of the engine over Arrow batches brings every text,
ours or a user's, into one form: keys sorted, no blanks, texts NFC, times as
`{"$time":"2026-01-05T00:00:00.000Z"}`, nulls left out. It stands for what SQL cannot say at any
depth; each different value of a batch is looked at once. A value that cannot be sent becomes the
mark of a reason, which no JSON text is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from unicodedata import is_normalized, normalize

import orjson
import pyarrow as pa
from sqlglot import exp

from onefold.destinations.formulas import formula
from onefold.errors import OnefoldError, SqlError
from onefold.model import FieldType
from onefold.warehouse import Engine, call, literal

__all__ = ["MARKS", "canonical", "install_nested", "json_ready", "leaves", "leaves_of"]

MAX_CHARACTERS = 255
MAX_ELEMENTS = 500
MAX_BYTES = 100_000
MAX_SAFE = 2**53
MAX_YEAR = 3000
LONGEST_PLAIN = 1e16  # from here on, and below the next, Python writes an exponent
SHORTEST_PLAIN = 1e-4

_INVALID, _SINGLE, _KEY, _TEXT, _TIME, _NUMBER, _MIXED, _MANY, _LONG, _DEEP, _ORDER = range(11)
_SAYS = {
    _INVALID: "not valid JSON",
    _SINGLE: "neither an object nor an array",
    _KEY: f"has a key that is empty, over {MAX_CHARACTERS} characters, or holds . $ or a blank",
    _TEXT: f"holds a text longer than {MAX_CHARACTERS} characters",
    _TIME: f"holds a time that is none, or outside the years 1 to {MAX_YEAR}",
    _NUMBER: "holds a number that readers of JSON would round, or that is not finite",
    _MIXED: "is an array that holds neither objects alone nor single values alone",
    _MANY: f"has more than {MAX_ELEMENTS} different elements, and Braze would drop the first",
    _LONG: f"longer than {MAX_BYTES // 1000} KB",
    _DEEP: "nested too deep",
    _ORDER: "is an instruction to Braze (add, remove, inc), not a value",
}
MARKS: Final = {f"!{code}": reason for code, reason in _SAYS.items()}
"""What is wrong with a value, by the mark that stands for it."""

_CANONICAL, _LEAVES = "onefold_nested", "onefold_leaves"
_ORDERS = {"add", "remove", "inc"}
_BAD_KEY = re.compile(r"[.$\s]")
_TIME_FORM = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII
)
_TIME_KEY = "$time"


def install_nested(engine: Engine) -> None:
    """Make the functions known to the engine; a second time changes nothing."""
    engine.function(_CANONICAL, _canonical_texts, ["VARCHAR", "VARCHAR"], "VARCHAR")
    engine.function(_LEAVES, _leaf_counts, ["VARCHAR"], "INTEGER")


def canonical(value: exp.Expr, column: FieldType) -> exp.Expr:
    """Give the one JSON text of a nested value, or a mark; no value, and JSON's null, are NULL.

    Raises:
        SqlError: the column's type holds one that has no JSON.
    """
    if column.nested is None:
        return _called(exp.cast(value, "VARCHAR"), "null")
    held = exp.DataType.build(column.nested, dialect="duckdb")
    shape = orjson.dumps(_shape(held)).decode()
    # Not `exp.cast`: to it, a cast to one struct is as good as a cast to another.
    zoned = exp.Cast(this=value.copy(), to=_replaced(held, _zoned))
    written = exp.Cast(this=zoned, to=_replaced(held, _as_text))
    return _called(formula("CAST(to_json(:it) AS VARCHAR)", it=written), shape)


def leaves(value: exp.Expr) -> exp.Expr:
    """Count what setting a nested value costs: an array of single values 1, else 1 a leaf."""
    return call(_LEAVES, exp.cast(value.copy(), "VARCHAR"))


def _called(text: exp.Expr, shape: str) -> exp.Expr:
    return formula("nullif(:form, 'null')", form=call(_CANONICAL, text, literal(shape)))


# -- in the engine -----------------------------------------------------------------------------


def _shape(held: exp.DataType) -> Any:
    """Say how to read the JSON of a type: `[x]`, `{"members": …}`, `{"each": x}`, a word or null.

    The word is for texts that stand for something else. null: as it is.
    """
    match held.this:
        case exp.DType.ARRAY | exp.DType.LIST:
            inside = _shape(held.expressions[0])
            return inside and [inside]
        case exp.DType.STRUCT:
            members = {part.name: _shape(part.args["kind"]) for part in held.expressions}
            return {"members": members} if any(members.values()) else None
        case exp.DType.MAP:
            inside = _shape(held.expressions[1])
            return inside and {"each": inside}
        case _:
            return _word(held)


_TEXT_TYPE = exp.DataType.build("VARCHAR", dialect="duckdb")
_TIMES_OF_DAY = {exp.DType.TIME, exp.DType.TIMETZ}
_WORDS = {
    **dict.fromkeys(exp.DataType.INTEGER_TYPES | exp.DataType.TEXT_TYPES),
    **dict.fromkeys((exp.DType.BOOLEAN, exp.DType.UUID, exp.DType.ENUM, exp.DType.JSON)),
    **dict.fromkeys((exp.DType.INT128, exp.DType.UINT128, exp.DType.DECIMAL), "decimal"),
    **dict.fromkeys((exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.NULL), "float"),
    **dict.fromkeys(exp.DataType.TEMPORAL_TYPES - _TIMES_OF_DAY, "datetime"),
    exp.DType.DATE: "date",
}


def _word(held: exp.DataType) -> str | None:
    if held.this not in _WORDS:
        raise SqlError(
            f"a nested value holds {held.sql('duckdb')}, which cannot be sent",
            hint="cast it in the SQL that makes it",
        )
    return _WORDS[held.this]


def _replaced(held: exp.DataType, leaf: Callable[[exp.DataType], exp.DataType]) -> exp.DataType:
    """Give a type with other leaves."""

    def replace(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.DataType) and node.this not in exp.DataType.NESTED_TYPES:
            return leaf(node)
        return node

    replaced = held.copy().transform(replace)
    assert isinstance(replaced, exp.DataType)  # noqa: S101 - as every node was
    return replaced


def _zoned(leaf: exp.DataType) -> exp.DataType:
    """An instant without a zone is in the project's; a NULL without a type is of any."""
    if _WORDS[leaf.this] == "datetime":
        return exp.DataType.build("TIMESTAMPTZ", dialect="duckdb")
    return _TEXT_TYPE if leaf.this is exp.DType.NULL else leaf


def _as_text(leaf: exp.DataType) -> exp.DataType:
    return leaf if _WORDS[leaf.this] is None else _TEXT_TYPE


def _canonical_texts(texts: pa.ChunkedArray, shapes: pa.ChunkedArray) -> pa.Array:
    """Do a batch; all its shapes are one."""
    shape = orjson.loads(shapes[0].as_py()) if len(shapes) else None
    encoded = texts.combine_chunks().dictionary_encode()
    told = [_canonical(text, shape) for text in encoded.dictionary.to_pylist()]
    return pa.array(told, pa.string()).take(encoded.indices)


def _leaf_counts(texts: pa.ChunkedArray) -> pa.Array:
    told = [max(1, leaves_of(orjson.loads(text))) for text in texts.to_pylist()]
    return pa.array(told, pa.int32())


# -- one value ---------------------------------------------------------------------------------


class _Marked(OnefoldError):
    """A value that cannot be sent; nobody outside sees it."""

    def __init__(self, code: int) -> None:
        super().__init__(_SAYS[code])
        self.code = code


def _canonical(text: str, shape: Any) -> str:
    try:
        written = _written(text, shape)
    except _Marked as marked:
        return f"!{marked.code}"
    except (RecursionError, orjson.JSONEncodeError):
        return f"!{_DEEP}"
    return f"!{_LONG}" if len(written) > MAX_BYTES else written.decode()


def _written(text: str, shape: Any) -> bytes:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _Marked(_INVALID) from None
    match value:
        case None:
            return b"null"
        case list():
            kept: Any = _array(value, shape[0] if shape else None)
        case dict():
            if value and value.keys() <= _ORDERS:
                raise _Marked(_ORDER)
            kept = _object(value, shape)
        case _:
            raise _Marked(_SINGLE)
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


def _array(elements: Iterable[Any], shape: Any) -> list[Any]:
    """Keep objects, or of equal single values the last, as Braze does."""
    present = [one for one in elements if one is not None]
    if present and all(type(one) is dict for one in present):
        return [_object(one, shape) for one in present]
    if any(type(one) in (dict, list) for one in present):
        raise _Marked(_MIXED)
    single = [_single(one, shape) for one in present]
    once = list({(type(one), str(one)): one for one in reversed(single)}.values())
    if len(once) > MAX_ELEMENTS:
        raise _Marked(_MANY)
    return once[::-1]


def _object(members: dict[str, Any], shape: Any) -> dict[str, Any]:
    kept = {}
    each = shape and shape.get("each")
    shapes = (shape and shape.get("members")) or {}
    for key, value in members.items():
        if value is None:
            continue
        if not 1 <= len(key) <= MAX_CHARACTERS or _BAD_KEY.search(key):
            raise _Marked(_KEY)
        kept[_composed(key)] = _inside(value, each or shapes.get(key))
    return kept


def _inside(value: Any, shape: Any) -> Any:
    """Keep a value inside an object."""
    if type(value) is list:
        element = shape[0] if shape else None
        return [_inside(one, element) for one in value if one is not None]
    if type(value) is dict:
        if value.keys() == {_TIME_KEY}:
            return {_TIME_KEY: _time(value[_TIME_KEY])}
        return _object(value, shape)
    if shape in ("date", "datetime"):
        return {_TIME_KEY: _time(value)}
    return _single(value, shape)


def _single(value: Any, shape: str | None) -> Any:
    if type(value) is str:
        match shape:
            case None:
                return _text(value)
            case "date":
                return _time(value)[:10]
            case "datetime":
                return _time(value)
            case "decimal":
                return _number(float(value) if "." in value else int(value), exactly=value)
            case _:
                return _number(float(value))
    return value if type(value) is bool else _number(value)


def _text(value: str) -> str:
    composed = _composed(value)
    if len(composed) > MAX_CHARACTERS:
        raise _Marked(_TEXT)
    return composed


def _composed(text: str) -> str:
    return text if is_normalized("NFC", text) else normalize("NFC", text)


def _number(value: float, exactly: str = "") -> Any:
    """Keep a number that a double holds, written as a single one is: without an exponent."""
    if type(value) is int:
        if abs(value) > MAX_SAFE:
            raise _Marked(_NUMBER)
        return value
    if not isfinite(value) or (exactly and Decimal(exactly) != Decimal(repr(value))):
        raise _Marked(_NUMBER)
    if value == 0 or SHORTEST_PLAIN <= abs(value) < LONGEST_PLAIN:
        return value + 0.0
    plain = f"{Decimal(repr(value)):f}"
    return orjson.Fragment(plain if "." in plain else f"{plain}.0")


def _time(value: Any) -> str:
    """Write a time in UTC; one without a zone is in UTC to Braze."""
    if type(value) is not str or not _TIME_FORM.fullmatch(value):
        raise _Marked(_TIME)
    try:
        moment = datetime.fromisoformat(value)
        zoned = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Marked(_TIME) from None
    if zoned.year > MAX_YEAR:
        raise _Marked(_TIME)
    return zoned.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def leaves_of(value: Any) -> int:
    """Count the keys that hold a single value, a time or an array of single values."""
    if type(value) is dict and value.keys() != {_TIME_KEY}:
        return sum(map(leaves_of, value.values()))
    if type(value) is list and value and type(value[0]) is dict:
        return sum(map(leaves_of, value))
    return 1


def json_ready(value: Any) -> Any:
    """Give a part of a value in its form, read from its text, to be written as it stood there."""
    if type(value) is dict:
        return {key: json_ready(one) for key, one in value.items()}
    if type(value) is list:
        return [json_ready(one) for one in value]
    return _number(value) if type(value) is float else value
