"""Desired rows: one relation a source of values, with who wants each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from onefold.orchestrations.config import (
    CONTROL,
    CampaignSettings,
    FieldSource,
    OrchestrationSettings,
    ValueSource,
)
from onefold.warehouse import Engine, any_of, call, column, ident, literal, relation

__all__ = ["DesiredSource", "desire", "identifier_of", "not_suppressed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DesiredSource:
    """What one source of values contributes.

    Attributes:
        source: the source's name.
        relation: the view: `_identifier`, `_person_id`, one BOOLEAN a flag, one column a field.
        fields: its fields, by the names of the destination.
        flags: the flag column of each orchestration that wants some of its fields.
    """

    source: str
    relation: str
    fields: tuple[str, ...]
    flags: Mapping[str, str]


def desire(
    engine: Engine,
    sources: Sequence[ValueSource],
    fields: Sequence[FieldSource],
    *,
    orchestrations: Sequence[OrchestrationSettings],
    campaigns: Sequence[tuple[CampaignSettings, str]],
    result: str = "desired",
) -> tuple[DesiredSource, ...]:
    """Make a view of desired rows for every source of which somebody wants a field.

    Args:
        engine: where the relations are.
        sources: the sources of values; memberships go with the first.
        fields: where each attribute's value comes from.
        orchestrations: those that run now.
        campaigns: those that run now, each with its audience (see `Assigned`).
        result: the stem of the views' names.
    """
    found = []
    for number, source in enumerate(sources):
        own = _Source(
            source=source,
            fields=[field for field in fields if field.source == source.name],
            orchestrations=[one for one in orchestrations if one.source == source.name],
            campaigns=campaigns if source.has_person else (),
            memberships=number == 0,
        )
        if not own.flags:
            continue
        name = f"{result}_{number}"
        engine.view(name, own.query())
        found.append(
            DesiredSource(
                source=source.name, relation=name, fields=own.field_names, flags=own.flags
            )
        )
    return tuple(found)


class _Source:
    """One source's query; alias s is the source, c0, c1… the campaigns, t0, t1… other tables."""

    def __init__(
        self,
        *,
        source: ValueSource,
        fields: Sequence[FieldSource],
        orchestrations: Sequence[OrchestrationSettings],
        campaigns: Sequence[tuple[CampaignSettings, str]],
        memberships: bool,
    ) -> None:
        self._source = source
        self._orchestrations = orchestrations
        names = {field.field for field in fields}
        self._campaigns = [
            (campaign, audience)
            for campaign, audience in campaigns
            if names & set(campaign.fields)
            or (memberships and (campaign.membership or campaign.cohorts))
        ]
        self._memberships = self._campaigns if memberships else []
        wanted = {name for one in orchestrations for name in one.fields}
        wanted |= {name for campaign, _ in self._campaigns for name in campaign.fields}
        self._fields = [field for field in fields if field.field in wanted]
        self._tables = list(dict.fromkeys(f.table for f in self._fields if f.table is not None))

    @property
    def flags(self) -> Mapping[str, str]:
        names = [one.name for one in self._orchestrations]
        names += [campaign.name for campaign, _ in self._campaigns]
        return {name: f"_in {name}" for name in names}

    @property
    def field_names(self) -> tuple[str, ...]:
        own = [field.field for field in self._fields]
        for campaign, _ in self._memberships:
            own += [campaign.membership] if campaign.membership else []
            own += campaign.cohorts
        return tuple(own)

    def query(self) -> exp.Select:
        query = exp.select().from_(relation(self._source.relation, "s"))
        for number, (_, audience) in enumerate(self._campaigns):
            query = query.join(
                relation(audience, f"c{number}"),
                on=self._same_person(f"c{number}"),
                join_type="left",
            )
        for number, table in enumerate(self._tables):
            query = query.join(
                relation(table, f"t{number}"), on=self._same_person(f"t{number}"), join_type="left"
            )
        conditions = self._conditions()
        person = column("person_id", "s") if self._source.has_person else _no_text()
        return query.select(
            identifier_of(self._source).as_("_identifier"),
            person.as_("_person_id"),
            *(condition.as_(ident(self.flags[name])) for name, condition in conditions.items()),
            *(self._value(field).as_(ident(field.field)) for field in self._fields),
            *self._membership_values(),
        ).where(any_of(condition.copy() for condition in conditions.values()))

    def _same_person(self, alias: str) -> exp.Expr:
        return column("person_id", alias).eq(column("person_id", "s"))

    def _conditions(self) -> dict[str, exp.Expr]:
        """Say who wants a row: an orchestration all of them, a campaign its treated people."""
        conditions = {
            one.name: not_suppressed(self._source, one.suppressed) for one in self._orchestrations
        }
        for number, (campaign, _) in enumerate(self._campaigns):
            treatment = column("treatment", f"c{number}")
            treated = exp.NEQ(this=treatment, expression=literal(CONTROL))
            known = call("coalesce", treated, exp.false())
            conditions[campaign.name] = exp.and_(
                known, not_suppressed(self._source, campaign.suppressed)
            )
        return conditions

    def _value(self, field: FieldSource) -> exp.Expr:
        if field.column is None:
            return literal(field.constant)
        alias = "s" if field.table is None else f"t{self._tables.index(field.table)}"
        return column(field.column, alias)

    def _membership_values(self) -> list[exp.Expr]:
        values = []
        for number, (campaign, _) in enumerate(self._memberships):
            for name, cells in campaign.cohorts.items():
                inside = any_of(_treated(f"c{number}", *cell) for cell in cells)
                values.append(exp.case().when(inside, exp.true()).as_(ident(name)))
            if campaign.membership is None:
                continue
            value = exp.Case()
            for group in campaign.groups:
                for treatment in group.treatments:
                    here = _treated(f"c{number}", group.name, treatment.name)
                    value = value.when(here, literal(campaign.says(group.name, treatment.name)))
            values.append(value.as_(ident(campaign.membership)))
        return values


def identifier_of(source: ValueSource) -> exp.Expr:
    """Give the identifier of a row of a source (alias s); NULL when a part of it is missing."""
    columns = [column(name, "s") for name in source.identifier]
    if len(columns) == 1:
        return columns[0]
    texts = [exp.cast(one, "VARCHAR") for one in columns]
    members: list[exp.Expr] = []
    for name, text in zip(source.identifier, texts, strict=True):
        members += [literal(name), text]
    packed = exp.cast(call("json_object", *members), "VARCHAR")
    complete = exp.and_(*(exp.NEQ(this=text.copy(), expression=literal("")) for text in texts))
    return exp.Case().when(complete, packed)


def not_suppressed(source: ValueSource, suppressed: Sequence[str]) -> exp.Expr:
    """Tell whether a row of a source (alias s) is of somebody whom something may want."""
    if not source.has_person:
        return exp.true()
    found = [
        exp.Exists(
            this=exp.select("1")
            .from_(relation(name, f"x{number}"))
            .where(column("person_id", f"x{number}").eq(column("person_id", "s")))
        )
        for number, name in enumerate(suppressed)
    ]
    return exp.not_(any_of(found)) if found else exp.true()


def _treated(alias: str, group: str, treatment: str) -> exp.Expr:
    return exp.and_(
        column("group_name", alias).eq(literal(group)),
        column("treatment", alias).eq(literal(treatment)),
    )


def _no_text() -> exp.Expr:
    return exp.cast(exp.null(), "VARCHAR")
