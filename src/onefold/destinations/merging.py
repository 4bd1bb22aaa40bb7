"""Nested values by part: the keys and elements that differ, where Braze then holds what is wanted.

Braze takes an object's keys by themselves when the user's object says `_merge_objects`, and the
elements of an array of objects by `$add`, `$remove` and `$update`. The first is said once for all
fields of a row: it would also merge an object that is meant to replace another. So each field of a
row is written in two ways, plain and merging, and the row takes the cheaper way that all its fields
have. A part is sent only where it gives exactly the value that is wanted (0017).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import orjson
import pyarrow as pa
from sqlglot import exp

from onefold.destinations.columns import Fields
from onefold.destinations.config import Merge
from onefold.destinations.formulas import formula
from onefold.destinations.nested import json_ready, leaves_of
from onefold.model import TypeKind
from onefold.warehouse import Engine, any_of, call, column, ident, literal, relation

__all__ = ["Written", "never_twice", "write_parts"]

_WAYS = "onefold_ways"
_WAY = "STRUCT(plain VARCHAR, plain_cost INTEGER, merging VARCHAR, merging_cost INTEGER)"
_WAY_TYPE = pa.struct(
    {
        "plain": pa.string(),
        "plain_cost": pa.int32(),
        "merging": pa.string(),
        "merging_cost": pa.int32(),
    }
)
_FLAG = '"_merge_objects":true'
_MERGES = "_merges"
_ADD = b'"$add":['
_TIME = "$time"


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """How the nested fields of changes are written.

    Attributes:
        source: the changes, with what the other attributes read.
        texts: by field, its JSON text.
        costs: by field, what it costs.
        extra: the member of a row's object that tells Braze to merge, NULL where it shall not;
            none when nothing is merged.
    """

    source: exp.Select
    texts: Mapping[str, exp.Expr] = field(default_factory=dict)
    costs: Mapping[str, exp.Expr] = field(default_factory=dict)
    extra: tuple[exp.Expr, ...] = ()


def write_parts(engine: Engine, changes: str, known: str | None, fields: Fields) -> Written:
    """Write nested fields by part, those that may be.

    Args:
        engine: where the relations are.
        changes: see `Channel.cut`.
        known: the acknowledged state; None: nothing is known, so nothing is merged.
        fields: the columns of the changes.
    """
    nested = {one.name: one.merge for one, held in fields.attributes if held.kind is TypeKind.JSON}
    if known is None or not any(nested.values()):
        return Written(source=exp.select("*").from_(relation(changes)))
    engine.function(_WAYS, _ways, ["VARCHAR", "VARCHAR", "VARCHAR"], _WAY)
    return Written(
        source=_decided(_with_ways(engine, changes, known, nested), nested),
        texts={name: _taken(name, "") for name in nested},
        costs={name: _taken(name, "_cost") for name in nested},
        extra=(exp.case().when(column(_MERGES), literal(_FLAG)),),
    )


def never_twice(body: bytes) -> bool:
    """Tell whether a body adds elements to an array: each time that it arrives, once more.

    No value of ours holds this key, and in a text its quotes are escaped.
    """
    return _ADD in body


def _with_ways(
    engine: Engine, changes: str, known: str, nested: Mapping[str, Merge | None]
) -> exp.Select:
    types = {one.name: one.engine_type for one in engine.relation_columns(known)}
    ways = []
    for name, merge in nested.items():
        stands: exp.Expr = literal("null")
        if types.get(name) == "JSON":
            unsure = call("list_contains", column("_unsettled", "k"), literal(name))
            sure = exp.not_(call("coalesce", unsure, exp.false()))
            stands = exp.case().when(sure, exp.cast(column(name, "k"), "VARCHAR"))
            stands = call("coalesce", stands, literal("null"))
        wanted = exp.cast(column(name, "c"), "VARCHAR")
        told = orjson.dumps(None if merge is None else {"by": merge.by}).decode()
        ways.append(call(_WAYS, stands, wanted, literal(told)).as_(ident(_way(name))))
    same = column("_identifier", "k").eq(column("_identifier", "c"))
    joined = exp.select("c.*", *ways).from_(relation(changes, "c"))
    return joined.join(relation(known, "k"), on=same, join_type="left")


def _decided(ways: exp.Select, names: Mapping[str, object]) -> exp.Select:
    """Add whether a row merges: all its nested fields can, and it is cheaper."""
    cannot = any_of(
        formula("NOT :way IS NULL AND :merging IS NULL", way=way, merging=_part(name, "merging"))
        for name in names
        for way in [column(_way(name))]
    )
    merges = formula(
        "NOT :cannot AND :merging < :plain",
        cannot=cannot,
        merging=_sum(names, "merging_cost"),
        plain=_sum(names, "plain_cost"),
    )
    return exp.select("*", merges.as_(_MERGES)).from_(ways.subquery("ways"))


def _sum(names: Iterable[str], part: str) -> exp.Expr:
    costs = [call("coalesce", _part(name, part), literal(0)) for name in names]
    return formula("list_sum(:costs)", costs=exp.array(*costs))


def _way(name: str) -> str:
    return f"_way {name}"


def _part(name: str, part: str) -> exp.Expr:
    return call("struct_extract", column(_way(name)), literal(part))


def _taken(name: str, suffix: str) -> exp.Expr:
    """Give a part of the way that the row takes; NULL for a clear."""
    merging = exp.case().when(column(_MERGES), _part(name, f"merging{suffix}"))
    return merging.else_(_part(name, f"plain{suffix}"))


# -- one value -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Way:
    text: str | None
    cost: int | None


_NO_WAY = _Way(None, None)


def _ways(known: pa.ChunkedArray, wanted: pa.ChunkedArray, merge: pa.ChunkedArray) -> pa.Array:
    """Do a batch; how all of it is merged is one."""
    how = orjson.loads(merge[0].as_py()) if len(merge) else None
    rows = zip(known.to_pylist(), wanted.to_pylist(), strict=True)
    told = [_both(before, text, how) for before, text in rows]
    return pa.array(
        [
            {
                "plain": plain.text,
                "plain_cost": plain.cost,
                "merging": merging.text,
                "merging_cost": merging.cost,
            }
            for plain, merging in told
        ],
        _WAY_TYPE,
    )


def _both(before: str, text: str, how: dict[str, Any] | None) -> tuple[_Way, _Way]:
    """Give the cheapest plain and the cheapest merging way of a value; at the same cost whole."""
    known, wanted = orjson.loads(before), orjson.loads(text)
    whole = _Way(text, max(1, leaves_of(wanted)))
    plain = [whole]
    # An array that is sent replaces the one that was there, merging or not.
    replaces = type(wanted) is not dict or (type(known) is dict and _merged(known, wanted))
    merging = [whole] if replaces is True or _same(replaces, wanted) else []
    if how is not None:
        if type(known) is dict and type(wanted) is dict:
            merging += _keys(known, wanted)
        if how["by"] is not None and type(known) is list and type(wanted) is list:
            plain += _orders(known, wanted, how["by"], merging=False)
            merging += _orders(known, wanted, how["by"], merging=True)
    return _cheapest(plain), _cheapest(merging)


def _cheapest(ways: Sequence[_Way]) -> _Way:
    return min(ways, key=lambda way: way.cost or 0, default=_NO_WAY)


def _keys(known: dict[str, Any], wanted: dict[str, Any]) -> list[_Way]:
    """Write the keys that differ, where merging them gives the whole."""
    part = _differing(known, wanted)
    if not part or not _same(_merged(known, part), wanted):
        return []
    return [_Way(orjson.dumps(json_ready(part)).decode(), max(1, leaves_of(part)))]


def _differing(known: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    part = {}
    for key, value in wanted.items():
        before = known.get(key)
        if _is_object(before) and _is_object(value) and value:
            if inside := _differing(before, value):
                part[key] = inside
        elif key not in known or not _same(before, value):
            part[key] = value
    return part


def _merged(known: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Merge as Braze does: objects key by key at any depth; all else replaces what was there."""
    merged = dict(known)
    for key, value in part.items():
        before = known.get(key)
        # Whether a time is replaced by an object or merged with it nobody says: then it is no part.
        times = not (_is_object(before) or _is_object(value))
        if type(before) is dict and type(value) is dict and not times:
            merged[key] = _merged(before, value)
        else:
            merged[key] = value
    return merged


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return type(value) is dict and value.keys() != {_TIME}


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values are one in Braze: 1, 1.0 and true are three."""
    if type(one) is not type(other):
        return False
    if type(one) is dict:
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if type(one) is list:
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _orders(known: list[Any], wanted: list[Any], by: str, *, merging: bool) -> list[_Way]:
    """Write what becomes of elements, where that gives the whole array in its order."""
    before, after = _by_identifier(known, by), _by_identifier(wanted, by)
    if before is None or after is None:
        return []
    kept = [key for key in before if key in after]
    added = [key for key in after if key not in before]
    if [*kept, *added] != list(after):  # what is added stands at the end, and nothing moves
        return []
    changes = {}
    for key in kept:
        if not _same(before[key], after[key]):
            part = _changed_members(before[key], after[key]) if merging else after[key]
            if part is None:
                return []
            changes[key] = part
    removed = [key for key in before if key not in after]
    orders = {
        "$add": [after[key] for key in added],
        "$remove": [_named(by, key) for key in removed],
        "$update": [_named(by, key) | {"$new_object": one} for key, one in changes.items()],
    }
    told = {order: elements for order, elements in orders.items() if elements}
    if not told:
        return []
    objects = [*orders["$add"], *changes.values()]
    cost = len(removed) + sum(max(1, leaves_of(one)) for one in objects)
    return [_Way(orjson.dumps(json_ready(told)).decode(), cost)]


def _by_identifier(elements: list[Any], by: str) -> dict[tuple[type, Any], dict[str, Any]] | None:
    """Give elements by their identifiers; None when one has none, or two have the same."""
    found = {}
    for one in elements:
        identifier = one.get(by) if type(one) is dict else None
        if type(identifier) not in (str, int):
            return None
        found[type(identifier), identifier] = one
    # Whether "1" is 1 to Braze nobody says.
    texts = {str(identifier) for _, identifier in found}
    return found if len(texts) == len(elements) else None


def _changed_members(known: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Give the members that differ; None unless they give the whole, merged deeply or not."""
    part = {key: one for key, one in wanted.items() if not _same(known.get(key), one)}
    exact = _same(known | part, wanted) and _same(_merged(known, part), wanted)
    return part if exact else None


def _named(by: str, key: tuple[type, Any]) -> dict[str, Any]:
    return {"$identifier_key": by, "$identifier_value": key[1]}
