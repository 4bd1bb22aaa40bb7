"""Desired rows to prepared ones: normal values, refused fields, one row an identifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from onefold.destinations.columns import read_fields, refuse_identifier_type
from onefold.destinations.config import Attribute
from onefold.destinations.formulas import fill, formula, statement
from onefold.destinations.nested import install_nested
from onefold.destinations.port import Prepared
from onefold.destinations.rules import Rule, RuleOf
from onefold.destinations.validate import Checks
from onefold.warehouse import Engine, call, column, count_if, literal, relation, select

__all__ = ["MAX_IDENTIFIER_BYTES", "prepare_rows"]

MAX_IDENTIFIER_BYTES = 987
MANY, LARGE_SHARE = 100, 0.05  # values of a field, and of them those refused, that are remarkable

Remarks = Mapping[tuple[str, str], int]


def prepare_rows(
    engine: Engine,
    desired: str,
    attributes: Sequence[Attribute],
    rule_of: RuleOf,
    *,
    most_bytes: int = MAX_IDENTIFIER_BYTES,
    shape: str | None = None,
) -> Prepared:
    """Prepare desired rows; see `Channel.prepare`.

    Rows that share their identifier are few: they are set apart first, so that whole rows are
    compared among them alone.

    Args:
        engine: where the relation lives.
        desired: see `Channel.prepare`.
        attributes: what may be sent.
        rule_of: what is right and normal for each.
        most_bytes: a longer identifier is refused with its row.
        shape: a regular expression; an identifier that it does not match as a whole is, too.
    """
    install_nested(engine)
    columns = engine.relation_columns(desired)
    refuse_identifier_type(columns)
    checks = Checks.of(read_fields(columns, attributes, prepared=False), rule_of)
    prepared, refusals = f"{desired}_prepared", f"{desired}_refusals"
    unfit = _unfit(most_bytes, shape)
    identified = _identified(desired, unfit)
    with engine.scratch("repeated", "contested") as (repeated, contested):
        engine.table(repeated, statement("repeated", {"identified": identified}))
        engine.table(contested, _contested(checks, _among(identified, "semi", repeated)))
        agreed = select(*checks.output, source=contested).where("versions = 1 AND turn = 1")
        unique = checks.query(_among(identified, "anti", repeated))
        rows = engine.table(prepared, exp.union(unique, agreed, distinct=False))
        engine.table(refusals, _refusals(desired, contested, prepared, unfit))
    refused = engine.scalar(select("count(*)", source=refusals).where("field IS NULL"))
    read = engine.scalar(select("count(*)", source=desired))
    return Prepared(
        relation=prepared,
        refusals=refusals,
        rows=rows,
        refused_rows=refused,
        collapsed_rows=read - rows - refused,
        remarks={
            **_remarks(engine, prepared, checks.rules),
            **_mostly_refused(engine, prepared, refusals),
        },
    )


def _remarks(engine: Engine, prepared: str, rules: Mapping[str, Rule]) -> Remarks:
    """Count the values that are kept and of which people should know something."""
    told = [(name, one) for name, rule in rules.items() for one in rule.remarks]
    if not told:
        return {}
    holds = [count_if(fill(one.when, value=column(name))) for name, one in told]
    counts = engine.row(select(*holds, source=prepared))
    return {
        (name, one.reason): count for (name, one), count in zip(told, counts, strict=True) if count
    }


def _mostly_refused(engine: Engine, prepared: str, refusals: str) -> Remarks:
    """Find the fields of which so many values are refused that the column itself may be wrong."""
    counted = select("field", "count(*)", source=refusals).where("NOT field IS NULL")
    refused = dict(engine.rows(counted.group_by("field")))
    found = {}
    for name, count in sorted(refused.items()):
        values = count + engine.scalar(select(call("count", column(name)), source=prepared))
        if values >= MANY and count >= LARGE_SHARE * values:
            found[name, f"{count / values:.0%} of its values cannot be sent"] = count
    return found


def _unfit(most_bytes: int, shape: str | None) -> exp.Expr:
    """Say why an identifier cannot be sent, or NULL."""
    text = formula("CAST(_identifier AS VARCHAR)")
    length = formula("coalesce(strlen(:text), 0)", text=text)
    reason = exp.case().when(length.eq(literal(0)), literal("identifier_missing"))
    reason = reason.when(length > literal(most_bytes), literal("identifier_too_long"))
    if shape is None:
        return reason
    shaped = formula("regexp_full_match(:text, :shape)", text=text, shape=literal(shape))
    return reason.when(exp.not_(shaped), literal("identifier_invalid"))


def _identified(desired: str, unfit: exp.Expr) -> exp.Select:
    """Desired rows whose identifier is usable, with the identifier as text."""
    text = formula("CAST(_identifier AS VARCHAR)")
    everything = exp.Star(replace=[exp.alias_(text, "_identifier")])
    return select(everything, source=desired).where(unfit.is_(exp.null()))


def _among(identified: exp.Select, side: str, repeated: str) -> exp.Select:
    """Rows whose identifier is (`semi`) or is not (`anti`) among the repeated ones."""
    return (
        exp.select("*")
        .from_(identified.copy().subquery("identified"))
        .join(relation(repeated), using="_identifier", join_type=side)
    )


def _contested(checks: Checks, source: exp.Select) -> exp.Select:
    """Checked rows with `versions` (different rows of their identifier) and `turn` (from 1)."""
    values = call("row", *(column(name) for name in (*checks.rules, "_refused")))
    versions = formula("count(DISTINCT :fields) OVER (PARTITION BY _identifier)", fields=values)
    turn = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column("_identifier")],
        order=exp.Order(expressions=[column(name) for name in checks.internal]),
    )
    checked = checks.query(source).subquery("checked")
    return exp.select("*", versions.as_("versions"), turn.as_("turn")).from_(checked)


def _refusals(desired: str, contested: str, prepared: str, unfit: exp.Expr) -> exp.Expr:
    relations = {"desired": desired, "contested": contested, "prepared": prepared}
    return fill(statement("refusals", relations), unfit=unfit)
