"""Objects of several kinds in one request: what belongs to one person travels together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlglot import exp

from onefold.destinations.formulas import formula, statement
from onefold.destinations.joining import join_objects
from onefold.warehouse import Engine, column, literal, relation, select

__all__ = ["JointPacking", "Loaded", "deal", "joint_bodies"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """Objects of one kind that are to travel.

    Attributes:
        array: the array of the body that holds them.
        relation: one row an object: `_identifier` VARCHAR (unique), `_object` VARCHAR (its JSON)
            and what the next two name.
        person: the column that says whose it is.
        moment: the column that orders a person's objects; None for those that come first.
    """

    array: str
    relation: str
    person: str = "_identifier"
    moment: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class JointPacking:
    """How objects of several kinds become requests.

    Attributes:
        max_objects: objects in one request.
        combined: whether all arrays together hold so many, or each of them.
        max_object_bytes: no object is longer.
        max_body_bytes: a longer body is cut in pieces.
    """

    max_objects: int
    combined: bool
    max_object_bytes: int = 100_000
    max_body_bytes: int = 3_800_000


def deal(
    engine: Engine, loads: Sequence[Loaded], packing: JointPacking
) -> tuple[Mapping[str, str], int]:
    """Give every object its place in a request.

    Args:
        engine: where the relations are; makes `<relation>_dealt` of each.
        loads: in the order of their arrays in a body, at most three.
        packing: how objects become requests.

    Returns:
        By array the relation with `_chunk` BIGINT (the request, from 0) and `_position` INTEGER (in
        its array, from 0); and how many requests there are.
    """
    frame = sum(len(load.array) + len('"":[],') for load in loads) + len("{}")
    room = packing.max_body_bytes - frame
    with engine.scratch("objects", "places") as (objects, places):
        engine.table(objects, _stacked([_narrow(at, load) for at, load in enumerate(loads)]))
        dealt = statement(
            "deal",
            {"objects": objects},
            combined=packing.combined,
            most=packing.max_objects,
            max_bytes=room,
            stride=room - packing.max_object_bytes - 1,
        )
        engine.table(places, dealt)
        for at, load in enumerate(loads):
            engine.table(f"{load.relation}_dealt", _placed(engine, at, load, places))
        chunks = engine.scalar(select("coalesce(max(chunk) + 1, 0)", source=places))
    return {load.array: f"{load.relation}_dealt" for load in loads}, chunks


def joint_bodies(
    engine: Engine, dealt: Mapping[str, str], first: int, last: int
) -> Iterator[tuple[int, Mapping[str, int], bytes]]:
    """Write the bodies of a range of requests: each with its chunk and what each array holds."""
    in_range = formula("_chunk BETWEEN :first AND :last", first=literal(first), last=literal(last))
    parts = [
        select(
            formula("_chunk * :lists + :at", lists=literal(len(dealt)), at=literal(at)).as_("run"),
            column("_object").as_("object"),
            column("_chunk").as_("chunk"),
            literal(array).as_("list"),
            column("_position").as_("position"),
            source=name,
        ).where(in_range)
        for at, (array, name) in enumerate(dealt.items())
    ]
    query = exp.select("run", "object", "chunk", "list").from_(_stacked(parts).subquery("objects"))
    joined = join_objects(engine.arrow(query.order_by("run", "position")))
    for chunk, lists in groupby(joined, lambda one: one.first["chunk"]):
        arrays, members = {}, []
        for one in lists:
            arrays[one.first["list"]] = one.rows
            members.append(b'"%b":[%b]' % (one.first["list"].encode(), one.objects))
        yield chunk, arrays, b"{%b}" % b",".join(members)


def _narrow(at: int, load: Loaded) -> exp.Select:
    no_moment = exp.cast(exp.null(), "TIMESTAMPTZ", dialect="duckdb")
    return select(
        literal(at).as_("list"),
        column(load.person).as_("person"),
        column("_identifier").as_("key"),
        (column(load.moment) if load.moment else no_moment).as_("moment"),
        formula("strlen(_object) + 1").as_("bytes"),
        source=load.relation,
    )


def _placed(engine: Engine, at: int, load: Loaded, places: str) -> exp.Select:
    held = [
        column(one.name, "o")
        for one in engine.relation_columns(load.relation)
        if one.name not in ("_chunk", "_position")
    ]
    same = exp.and_(
        column("list", "p").eq(literal(at)), column("key", "p").eq(column("_identifier", "o"))
    )
    return (
        exp.select(
            *held,
            column("chunk", "p").as_("_chunk"),
            column("position", "p").as_("_position"),
        )
        .from_(relation(load.relation, "o"))
        .join(relation(places, "p"), on=same)
    )


def _stacked(parts: Sequence[exp.Select]) -> exp.Query:
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
