"""merged_customers: one row per person; columns that belong together come from one record."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from onefold.c360.config import MergeSettings
from onefold.model import RecordShape
from onefold.warehouse import ColumnNote, call, column, ident, literal

__all__ = ["GROUPS", "FieldGroup", "key_columns", "merged_customers", "merged_customers_notes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldGroup:
    """Columns that move together: all of them come from the record that is chosen for the group.

    Attributes:
        name: `<name>_datasource` and `<name>_pk` say which record was chosen.
        columns: the columns, with a sentence each.
        bad: the column of unified_coalesced that says why the value is a bad one, NULL when it is
            not; a record with a bad value is never chosen for this group.
    """

    name: str
    columns: dict[str, str]
    bad: str | None = None


GROUPS = (
    FieldGroup(
        name="name",
        columns={
            "title": "Form of address",
            "given_name": "First name",
            "surname": "Family name",
            "full_name": "Name in one piece, as delivered",
            "generational_suffix": "Jr, Sr, III",
        },
    ),
    FieldGroup(
        name="address",
        columns={
            "address": "Street and number",
            "address2": "Flat, floor, building",
            "city": "Town",
            "state": "State, region or province",
            "postal": "Postal code",
            "country": "Country",
        },
    ),
    FieldGroup(name="email", columns={"email": "E-mail address"}, bad="blv_email"),
    FieldGroup(name="phone", columns={"phone": "Phone number"}, bad="blv_phone"),
    FieldGroup(name="birthdate", columns={"birthdate": "Day of birth"}),
    FieldGroup(name="gender", columns={"gender": "Gender"}),
    FieldGroup(name="company", columns={"company": "Company"}),
)
_TAKEN = {"person_id", "datasource", "pk", "has_blv", "create_dt", "update_dt"}
_TAKEN |= {name for group in GROUPS for name in group.columns}
_MORE_THAN_ANY_RECENCY = 2**32  # records of one person
_MORE_THAN_ANY_COMPLETENESS = 16  # columns of one group


def key_columns(shapes: Sequence[RecordShape]) -> dict[str, str]:
    """Return the columns of unified_coalesced that hold keys of a person, with their tags, sorted.

    `fk-loyalty` on a source of profiles gives `loyalty`. A key named like another column keeps its
    prefix: `fk-email` gives `fk_email`.
    """
    tags = {
        field.tag
        for shape in shapes
        if shape.stitch == "profile" and shape.person_id is None
        for field in shape.fields
        if field.tag and field.tag.startswith("fk-")
    }
    return {_key_column(tag): tag for tag in sorted(tags)}


def _key_column(tag: str) -> str:
    whole = tag.replace("-", "_").lower()
    bare = whole.removeprefix("fk_")
    return whole if bare in _TAKEN or bare.startswith("blv_") else bare


def merged_customers(keys: Iterable[str], settings: MergeSettings) -> exp.Select:
    """Build the query: number each person's records by recency, choose per group, spread.

    Args:
        keys: the columns of keys, see `key_columns`.
        settings: which sources are trusted first.
    """
    names = tuple(keys)
    chosen = exp.select(
        "person_id",
        *(_choice(group, settings) for group in GROUPS),
        *map(_latest, names),
        "min(create_dt) AS create_dt",
        "max(update_dt) AS update_dt",
        dialect="duckdb",
    )
    return (
        exp.select("person_id", *_spread(), *map(column, names), "create_dt", "update_dt")
        .with_("ranked", as_=_ranked())
        .with_("chosen", as_=chosen.from_("ranked").group_by("person_id"))
        .from_("chosen")
    )


def merged_customers_notes(keys: Mapping[str, str]) -> tuple[ColumnNote, ...]:
    """Describe the columns, in their order."""
    groups = [
        ColumnNote(name=name, pii=True, description=sentence)
        for group in GROUPS
        for name, sentence in group.columns.items()
    ]
    origins = [
        note
        for group in GROUPS
        for note in (
            ColumnNote(
                name=f"{group.name}_datasource",
                description=f"Source of the record that gave the {group.name}",
            ),
            ColumnNote(
                name=f"{group.name}_pk",
                description=f"Key of the record that gave the {group.name}",
            ),
        )
    ]
    return (
        ColumnNote(name="person_id", description="The person"),
        *groups,
        *origins,
        *(
            ColumnNote(name=key, description=f"The person's most recent key `{tag}`")
            for key, tag in keys.items()
        ),
        ColumnNote(name="create_dt", description="When the person's first record was made"),
        ColumnNote(name="update_dt", description="When a record of the person last changed"),
    )


def _ranked() -> exp.Select:
    """Number the records of a person from the most recent; source and pk make the order total."""
    recency = (
        "row_number() OVER (PARTITION BY person_id "
        "ORDER BY update_dt DESC NULLS LAST, datasource, pk) AS recency"
    )
    query = exp.select("*", recency, dialect="duckdb").from_("unified_coalesced")
    return query.where("person_id IS NOT NULL")


def _choice(group: FieldGroup, settings: MergeSettings) -> exp.Expr:
    """Take a group's columns from the best record, with where they come from."""
    fields = {name: column(name) for name in group.columns}
    record = _struct({**fields, "datasource": column("datasource"), "pk": column("pk")})
    best = call("arg_min", record, _preference(group, settings))
    filled = exp.or_(*(field.copy().is_(exp.null()).not_() for field in fields.values()))
    if group.bad:
        filled = exp.and_(filled, column(group.bad).is_(exp.null()))
    chosen = exp.Filter(this=best, expression=exp.Where(this=filled))
    return exp.alias_(chosen, _choice_name(group), quoted=True)


def _preference(group: FieldGroup, settings: MergeSettings) -> exp.Expr:
    """Order records by priority, completeness, recency: as one integer, which aggregates fast."""
    sources = settings.group_priority.get(group.name, settings.priority)
    ranks = exp.Case(this=column("datasource"), default=literal(len(sources)))
    for rank, source in enumerate(sources):
        ranks = ranks.when(literal(source), literal(rank), copy=False)
    priority: exp.Expr = ranks if sources else literal(0)
    empty = [
        exp.cast(column(name).is_(exp.null()), exp.DataType.Type.BIGINT) for name in group.columns
    ]
    missing = reduce(operator.add, empty)
    ordered = exp.paren(priority) * literal(_MORE_THAN_ANY_COMPLETENESS) + exp.paren(missing)
    return exp.paren(ordered) * literal(_MORE_THAN_ANY_RECENCY) + column("recency")


def _latest(key: str) -> exp.Expr:
    """Take the most recent value of a key; `arg_min` passes over NULL."""
    return exp.alias_(call("arg_min", column(key), column("recency")), key, quoted=True)


def _spread() -> list[exp.Expr]:
    """Spread the chosen records into columns, and say where each group comes from."""
    values: list[exp.Expr] = [
        column(name, _choice_name(group)) for group in GROUPS for name in group.columns
    ]
    origins: list[exp.Expr] = [
        exp.alias_(column(part, _choice_name(group)), f"{group.name}_{part}", quoted=True)
        for group in GROUPS
        for part in ("datasource", "pk")
    ]
    return values + origins


def _choice_name(group: FieldGroup) -> str:
    return f"{group.name}_choice"


def _struct(fields: dict[str, exp.Column]) -> exp.Struct:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=ident(name), expression=value) for name, value in fields.items()
        ]
    )
