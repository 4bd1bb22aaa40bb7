"""Groups and treatments: given once, kept for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from sqlglot import exp

from onefold.orchestrations.config import CONTROL, CampaignSettings, Group
from onefold.warehouse import Engine, call, column, count_if, ident, literal, relation

__all__ = ["Assigned", "assign"]

BUCKETS = 2**48  # the first 12 hexadecimal digits of an MD5


@dataclass(frozen=True, kw_only=True, slots=True)
class Assigned:
    """The result for one campaign.

    Attributes:
        audience: table (`person_id`, `group_name`, `treatment`): everybody in it now, control too.
        new: table of the same shape plus `bucket` and `round`: those assigned just now, to be kept.
        members: people in the audience.
        control: those of them in control.
        assigned: how many were assigned just now.
    """

    audience: str
    new: str
    members: int
    control: int
    assigned: int


def assign(
    engine: Engine,
    campaign: CampaignSettings,
    *,
    kept: str | None,
    aliases: str | None,
    result: str,
) -> Assigned:
    """Find a campaign's audience, and give everybody new a group and a treatment.

    Args:
        engine: where the relations are.
        campaign: the settings.
        kept: the relation (`person_id`, `group_name`, `treatment`, `round`) of all earlier
            assignments: everything that was ever `new`.
        aliases: the relation (`old_person_id`, `person_id`) of persons that merged into others:
            an assignment goes with the person.
        result: the stem of the names of the tables made.
    """
    new = f"{result}_new"
    with engine.scratch("people", "kept") as (people, held):
        engine.table(people, _people(campaign))
        engine.table(held, _held(campaign, people, kept, aliases))
        engine.table(new, _given(campaign, people, held, kept))
        everybody = exp.union(
            exp.select("person_id", "group_name", "treatment").from_(relation(held)),
            exp.select("person_id", "group_name", "treatment").from_(relation(new)),
            distinct=False,
        )
        engine.table(result, everybody)
    in_control = count_if(column("treatment").eq(literal(CONTROL)))
    members, control = engine.row(
        exp.select(call("count", exp.Star()), in_control).from_(relation(result))
    )
    return Assigned(
        audience=result, new=new, members=members, control=control, assigned=engine.count(new)
    )


def _people(campaign: CampaignSettings) -> exp.Expr:
    """Select the audience: in one of the included, in none of the excluded."""
    parts = [exp.select("person_id").from_(relation(name)) for name in campaign.include]
    included = exp.union(*parts) if len(parts) > 1 else parts[0].distinct()
    query = exp.select(column("person_id", "i")).from_(included.subquery("i"))
    for name in campaign.exclude:
        same = column("person_id", "e").eq(column("person_id", "i"))
        excluded = exp.select("1").from_(relation(name, "e")).where(same)
        query = query.where(exp.not_(exp.Exists(this=excluded)))
    return query


def _held(
    campaign: CampaignSettings, people: str, kept: str | None, aliases: str | None
) -> exp.Select:
    """Select the audience's earlier assignments that the definition still knows.

    Of a person's assignments the latest counts: an older one that the definition knows again is
    past. When persons merged, the surviving person's own goes first, then the smallest id's.
    """
    wanted = ("person_id", "group_name", "treatment")
    if kept is None:
        nobody = [exp.cast(exp.null(), "VARCHAR").as_(name) for name in wanted]
        return exp.select(*nobody).where(exp.false())
    person: exp.Expr = column("person_id", "k")
    query = exp.select().from_(_latest(kept).subquery("k"))
    if aliases is not None:
        same = column("old_person_id", "a").eq(column("person_id", "k"))
        query = query.join(relation(aliases, "a"), on=same, join_type="left")
        person = exp.func("coalesce", column("person_id", "a"), person)
    in_audience = column("person_id", "p").eq(person.copy())
    known = exp.Tuple(expressions=[column("group_name", "k"), column("treatment", "k")]).isin(
        *(
            exp.Tuple(expressions=[literal(group.name), literal(treatment.name)])
            for group in campaign.groups
            for treatment in group.treatments
        )
    )
    moved = exp.NEQ(this=column("person_id", "k"), expression=person.copy())
    rank = exp.Tuple(expressions=[moved, column("person_id", "k")])
    first = [
        call("arg_min", column(name, "k"), rank.copy()).as_(name)
        for name in ("group_name", "treatment")
    ]
    return (
        query.join(relation(people, "p"), on=in_audience)
        .where(known)
        .select(person.as_("person_id"), *first)
        .group_by(person.copy())
    )


def _latest(kept: str) -> exp.Select:
    latest = [
        call("arg_max", column(name), column("round")).as_(name)
        for name in ("group_name", "treatment")
    ]
    return exp.select("person_id", *latest).from_(relation(kept)).group_by("person_id")


def _given(campaign: CampaignSettings, people: str, held: str, kept: str | None) -> exp.Select:
    """Select group, treatment, bucket and round for those without an assignment."""
    query = exp.select().from_(relation(people, "p"))
    groups = exp.Case()
    for number, group in enumerate(campaign.groups):
        if group.members is None:
            groups = groups.when(exp.true(), literal(number))
            break
        alias = f"g{number}"
        members = exp.select("person_id").distinct().from_(relation(group.members))
        same = column("person_id", alias).eq(column("person_id", "p"))
        query = query.join(members.subquery(alias), on=same, join_type="left")
        found = exp.not_(column("person_id", alias).is_(exp.null()))
        groups = groups.when(found, literal(number))
    has_one = column("person_id", "h").eq(column("person_id", "p"))
    has = exp.select("1").from_(relation(held, "h")).where(has_one)
    query = query.where(exp.not_(exp.Exists(this=has)))
    bucketed = query.select(
        column("person_id", "p"),
        groups.as_("group_number"),
        _bucket(campaign.name).as_("bucket"),
    ).subquery("b")
    names = exp.Case()
    treatments = exp.Case()
    for number, group in enumerate(campaign.groups):
        here = column("group_number").eq(literal(number))
        names = names.when(here, literal(group.name))
        treatments = treatments.when(here.copy(), _by_share(group))
    return (
        exp.select(
            "person_id",
            names.as_("group_name"),
            treatments.as_("treatment"),
            "bucket",
            _round(kept).as_(ident("round")),
        )
        .from_(bucketed)
        .where(exp.not_(column("group_number").is_(exp.null())))
    )


def _round(kept: str | None) -> exp.Expr:
    """Number this giving: one more than the latest kept."""
    if kept is None:
        return exp.cast(literal(1), "BIGINT")
    last = exp.func("coalesce", call("max", column("round")), literal(0))
    return exp.select(exp.Add(this=last, expression=literal(1))).from_(relation(kept)).subquery()


def _bucket(campaign: str) -> exp.Expr:
    """Give a number from 0 to BUCKETS - 1, even over people and independent between campaigns."""
    digest = call(
        "md5", exp.DPipe(this=literal(f"{campaign}/"), expression=column("person_id", "p"))
    )
    start = call("left", digest, literal(12))
    hexadecimal = exp.DPipe(this=literal("0x"), expression=start)
    return exp.cast(hexadecimal, "BIGINT")


def _by_share(group: Group) -> exp.Expr:
    """Choose the treatment whose part of the line from 0 to 1 holds the bucket."""
    ends = _ends([treatment.share for treatment in group.treatments])
    choice = exp.Case()
    for treatment, end in zip(group.treatments, ends, strict=True):
        choice = choice.when(
            exp.LT(this=column("bucket"), expression=literal(end)), literal(treatment.name)
        )
    return choice


def _ends(shares: Sequence[Decimal]) -> list[int]:
    total = sum(shares)
    return [int(end * BUCKETS / total) for end in accumulate(shares)]
