"""Rows to events and purchases: checked, written as JSON, each with an id of its own.

An event happens once, so nothing of a row is left out as a bad field of a profile would be: a row
is sent as it is meant, or refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from onefold.destinations.braze.attributes import ARRAY, TRACK
from onefold.destinations.braze.config import BrazeSettings
from onefold.destinations.braze.identifiers import creation, identified, most_bytes
from onefold.destinations.braze.occurrence_columns import (
    IDENTIFIERS,
    MEMBERS,
    PROPERTY_ID,
    column_problems,
    missing,
    property_columns,
)
from onefold.destinations.columns import refuse_identifier_type
from onefold.destinations.config import Attribute
from onefold.destinations.cut import member
from onefold.destinations.encode import encode, encode_text, plain_text
from onefold.destinations.formulas import formula, statement
from onefold.destinations.merging import never_twice
from onefold.destinations.occurrences import (
    ColumnProblem,
    OccurrenceSource,
    PreparedOccurrences,
)
from onefold.destinations.request import Request
from onefold.destinations.rules import Rule, type_rule
from onefold.destinations.together import JointPacking, Loaded, deal, joint_bodies
from onefold.destinations.validate import Checks
from onefold.errors import SqlError
from onefold.model import Column, FieldType, IdentifierKind, ObjectKind, Price
from onefold.warehouse import Engine, call, column, literal, select

__all__ = ["BrazeOccurrences", "prepare_occurrences"]

ID_BYTES = 64  # `onefold_id` among the properties
MAX_PROPERTIES_BYTES = {
    ObjectKind.EVENTS: 100_000 - ID_BYTES,
    ObjectKind.PURCHASES: 50_000 - ID_BYTES,
}
MOST_OF_ONE_PURCHASE = 100  # Braze takes no larger quantity


class BrazeOccurrences:
    """Events and purchases to `/users/track`, with the attributes of the same people."""

    identifiers = IDENTIFIERS

    def __init__(self, settings: BrazeSettings) -> None:
        self._settings = settings

    def problems(
        self, kind: ObjectKind, columns: Sequence[Column], key: Sequence[str]
    ) -> Iterator[ColumnProblem]:
        """Say what is wrong with a table's columns, and with its key."""
        return column_problems(kind, columns, key)

    def prepare(
        self, engine: Engine, kind: ObjectKind, sources: Sequence[OccurrenceSource], *, result: str
    ) -> PreparedOccurrences:
        """Check rows, write them as JSON, and give each request object its id."""
        settings = self._settings
        return prepare_occurrences(
            engine,
            kind,
            sources,
            identifier=settings.identifier,
            extra=creation(settings.identifier, update_existing_only=settings.update_existing_only),
            result=result,
        )

    def price(self, engine: Engine, relation: str) -> Price:
        """Say what they cost: a data point an event, and one a thing that was bought."""
        sums = select("count(*)", "CAST(coalesce(sum(_points), 0) AS BIGINT)", source=relation)
        rows, points = engine.row(sums)
        return Price(rows=rows, data_points=points)

    def deal(self, engine: Engine, loads: Sequence[Loaded]) -> tuple[Mapping[str, str], int]:
        """Give objects of several kinds their places in shared requests."""
        limit = self._settings.limits.objects
        packing = JointPacking(max_objects=limit.objects, combined=limit.combined)
        return deal(engine, loads, packing)

    def requests(
        self, engine: Engine, dealt: Mapping[str, str], first: int, last: int
    ) -> Mapping[int, Request]:
        """Write a range of shared requests; what does more than set values is never repeated."""
        return {
            chunk: Request(
                path=TRACK,
                body=body,
                arrays=arrays,
                repeatable=arrays.keys() <= {ARRAY} and not never_twice(body),
            )
            for chunk, arrays, body in joint_bodies(engine, dealt, first, last)
        }


def prepare_occurrences(
    engine: Engine,
    kind: ObjectKind,
    sources: Sequence[OccurrenceSource],
    *,
    identifier: IdentifierKind,
    extra: Sequence[exp.Expr] = (),
    result: str,
) -> PreparedOccurrences:
    """Check rows, write them as JSON, and give each request object its id.

    Args:
        engine: where the relations are.
        kind: events or purchases.
        sources: the orchestrations that send them.
        identifier: what request objects carry.
        extra: further members of each object, each a text such as `"key":true`.
        result: see `Occurrences.prepare`.
    """
    refusals = f"{result}_refusals"
    judged = [f"{result}_judged_{number}" for number in range(len(sources))]
    old = sum(
        _judge(engine, kind, source, name) for source, name in zip(sources, judged, strict=True)
    )
    with engine.scratch("written", "repeated") as (written, repeated):
        parts = [
            _written(engine, kind, identifier, *pair) for pair in zip(sources, judged, strict=True)
        ]
        engine.table(written, _stacked(parts))
        engine.table(repeated, statement("occurrences_repeated", {"written": written}))
        given = {"written": written, "repeated": repeated}
        objects = _objects(kind, identifier, given, extra)
        rows = engine.table(result, objects)
        reasons = [_refused(name, identifier) for name in judged]
        contested = statement("occurrences_refused", given, most_bytes=MAX_PROPERTIES_BYTES[kind])
        refused = engine.table(refusals, _stacked([*reasons, contested]))
        read = sum(engine.count(name) for name in judged)
        sent_rows = engine.scalar(select('count(DISTINCT "row")', source=result))
    engine.drop(*judged)
    return PreparedOccurrences(
        relation=result,
        refusals=refusals,
        rows=rows,
        refused_rows=refused,
        collapsed_rows=read - refused - sent_rows,
        old_rows=old,
    )


def _stacked(parts: Sequence[exp.Expr]) -> exp.Expr:
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)


def _judge(engine: Engine, kind: ObjectKind, source: OccurrenceSource, result: str) -> int:
    """Make the table `result` of checked rows, and give how many are too old to be looked at."""
    columns = engine.relation_columns(source.relation)
    refuse_identifier_type(columns)
    kept = exp.cast(literal(source.kept_since.isoformat()), "TIMESTAMPTZ", dialect="duckdb")
    is_old = formula(
        "coalesce(CAST(:time AS TIMESTAMPTZ) < :kept, FALSE)", time=column("time"), kept=kept
    )
    checks = Checks(internal=("_identifier", "_person_id"), rules=_rules(kind, columns, source.key))
    text = exp.alias_(formula("CAST(_identifier AS VARCHAR)"), "_identifier")
    rows = select(exp.Star(replace=[text]), source=source.relation).where(exp.not_(is_old))
    engine.table(result, checks.query(rows))
    return int(engine.scalar(select("count(*)", source=source.relation).where(is_old)))


def _rules(kind: ObjectKind, columns: Sequence[Column], key: Sequence[str]) -> dict[str, Rule]:
    """Give a rule to each member and each property; those of the key must have a value."""
    required = {name.lower() for name in key}
    types = {one.name.lower(): _type(one) for one in columns if not one.name.startswith("_")}
    found = {name: one.rule(types[name]) for name, one in MEMBERS[kind].items() if name in types}
    for one in _properties(kind, columns):
        held = _type(one)
        found[one.name] = type_rule(Attribute(name=one.name, type=held), held)
    return {
        name: replace(rule, problems=(missing(), *rule.problems))
        if name.lower() in required
        else rule
        for name, rule in found.items()
    }


def _properties(kind: ObjectKind, columns: Sequence[Column]) -> tuple[Column, ...]:
    return property_columns(kind, [one for one in columns if not one.name.startswith("_")])


def _type(one: Column) -> FieldType:
    found = FieldType.of_engine(one.engine_type)
    if found is None:
        raise SqlError(
            f"the column {one.name} is of type {one.engine_type}, which cannot be sent",
            hint="cast it in the SQL that makes it",
        )
    return found


def _usable(identifier: IdentifierKind) -> exp.Expr:
    return formula(
        "coalesce(strlen(_identifier) BETWEEN 1 AND :most, FALSE)",
        most=literal(most_bytes(identifier)),
    )


def _written(
    engine: Engine,
    kind: ObjectKind,
    identifier: IdentifierKind,
    source: OccurrenceSource,
    judged: str,
) -> exp.Select:
    """Select the rows that nothing refuses, as texts: what they say, and their ids."""
    columns = engine.relation_columns(judged)
    types = {one.name.lower(): _type(one) for one in columns if not one.name.startswith("_")}
    quantity = (
        column("quantity") if "quantity" in types and "quantity" in MEMBERS[kind] else literal(1)
    )
    properties = [
        _if_any(one.name, encode(column(one.name), _type(one)))
        for one in _properties(kind, columns)
    ]
    texts = select(
        column("_identifier").as_("user"),
        "_person_id",
        _key_text(kind, source.key, types).as_("key"),
        _head(kind, types).as_("head"),
        formula("CAST(:quantity AS INTEGER)", quantity=quantity).as_("quantity"),
        _joined(properties).as_("properties"),
        formula("CAST(:time AS TIMESTAMPTZ)", time=column("time")).as_("time"),
        source=judged,
    ).where(_usable(identifier), "len(_refused) = 0")
    since = exp.cast(literal(source.since.isoformat()), "TIMESTAMPTZ", dialect="duckdb")
    return exp.select(
        "*",
        formula("left(sha256(key), 32)").as_("row"),
        formula("left(sha256(concat_ws('\x1f', head, quantity, properties)), 32)").as_("hash"),
        since.as_("_since"),
        exp.convert(source.resend).as_("_resend"),
    ).from_(texts.subquery("texts"))


def _key_text(kind: ObjectKind, key: Sequence[str], types: Mapping[str, FieldType]) -> exp.Expr:
    """Write what tells a row from every other; an event's name is part of it."""
    parts = [encode_text(column("name"))] if kind is ObjectKind.EVENTS else []
    for name in key:
        if name.lower() in types:
            parts.append(encode_text(plain_text(column(name), types[name.lower()])))
        else:  # a column that names the person
            named = "_person_id" if name.lower() == "person_id" else "_identifier"
            parts.append(encode_text(column(named)))
    return _joined(parts)


def _head(kind: ObjectKind, types: Mapping[str, FieldType]) -> exp.Expr:
    """Write the members that are no properties, but for the quantity."""
    names = [name for name in MEMBERS[kind] if name in types and name != "quantity"]
    return _joined([_if_any(name, encode(column(name), types[name])) for name in names])


def _if_any(name: str, value: exp.Expr) -> exp.Expr:
    return formula(
        "CASE WHEN NOT :it IS NULL THEN :member END", it=column(name), member=member(name, value)
    )


def _joined(members: Sequence[exp.Expr]) -> exp.Expr:
    return call("concat_ws", literal(","), *members) if members else literal("")


def _objects(
    kind: ObjectKind,
    identifier: IdentifierKind,
    given: Mapping[str, str],
    extra: Sequence[exp.Expr],
) -> exp.Expr:
    """Split rows of a large quantity, and write each part as a request object."""
    split = statement(
        "occurrences_split", given, most=MOST_OF_ONE_PURCHASE, most_bytes=MAX_PROPERTIES_BYTES[kind]
    )
    properties = formula(
        ":id || CASE WHEN properties = '' THEN '' ELSE ',' || properties END",
        id=member(PROPERTY_ID, encode_text(column("_identifier"))),
    )
    members = [
        identified(identifier, "user"),
        column("head"),
        *(
            [member("quantity", formula("CAST(part AS VARCHAR)"))]
            if kind is ObjectKind.PURCHASES
            else []
        ),
        member("properties", formula("'{' || :inside || '}'", inside=properties)),
        *extra,
    ]
    text = formula("'{' || :members || '}'", members=_joined(members))
    kept = ("_identifier", "_person_id", "user", "row", "time", "hash", "_since", "_resend")
    return exp.select(
        *(column(name) for name in kept), text.as_("_object"), column("part").as_("_points")
    ).from_(split.subquery("split"))  # type: ignore[attr-defined]


def _refused(judged: str, identifier: IdentifierKind) -> exp.Select:
    """Select what is refused for its values or for its identifier, with the reasons."""
    reasons = formula(
        "array_to_string(list_transform(range(1, len(_refused) + 1), "
        "lambda i : _refused[i] || ': ' || _reasons[i]), '; ')"
    )
    unnamed = formula(
        "CASE WHEN strlen(_identifier) > :most THEN 'identifier_too_long' "
        "ELSE 'identifier_missing' END",
        most=literal(most_bytes(identifier)),
    )
    reason = formula(
        "CASE WHEN :usable THEN :reasons ELSE :unnamed END",
        usable=_usable(identifier),
        reasons=reasons,
        unnamed=unnamed,
    )
    return select(
        "_identifier",
        "_person_id",
        "CAST(NULL AS VARCHAR) AS field",
        reason.as_("reason"),
        source=judged,
    ).where(exp.or_(exp.not_(_usable(identifier)), formula("len(_refused) > 0")))
