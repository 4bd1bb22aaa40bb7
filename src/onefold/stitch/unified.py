"""The unified record of every source record, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp, parse_one

from onefold.stitch.linking import UNNAMED
from onefold.stitch.normal import fill
from onefold.stitch.rules import RULES
from onefold.stitch.semantics import PROFILE_COLUMNS
from onefold.warehouse import Engine, fixed_sql, ident, literal

__all__ = ["write_evidence", "write_unified"]

ROOM = "onefold.stitch"
_REASONS = ("blv_email", "blv_phone", "blv_given_name", "blv_surname")

# As delivered and trimmed, but for these. A number or address that cannot be read stays as it is,
# with the reason in its blv_ column.
_SHOWN = {
    "email": parse_one("lower(r.email)", dialect="duckdb"),
    "phone": parse_one("coalesce(h.e164, r.phone)", dialect="duckdb"),
}


def write_unified(engine: Engine, keys: Mapping[str, str]) -> None:
    """Write `stitch_unified_coalesced`: one row a record, with its person."""
    reasons = [exp.column(ident(name), table="c") for name in _REASONS]
    columns = [
        exp.column("person_id", table="p"),
        exp.column("datasource", table="r"),
        exp.column("pk", table="r"),
        *(exp.alias_(_shown(name), ident(name)) for name in PROFILE_COLUMNS),
        *(exp.column(ident(name), table="r") for name in keys.values()),
        exp.alias_(exp.func("coalesce", *reasons).is_(exp.null()).not_(), "has_blv"),
        *(reason.copy() for reason in reasons),
    ]
    query = (
        exp.select(*columns)
        .from_("_stitch_records AS r")
        .join("_stitch_labels AS l", on="l.rid = r.rid")
        .join("_stitch_persons AS p", on="p.cluster = l.cluster")
        .join("_stitch_clean AS c", on="c.rid = r.rid")
        .join("_stitch_phones AS h", on="h.rid = r.rid", join_type="left")
    )
    engine.table("stitch_unified_coalesced", query)


def write_evidence(engine: Engine) -> None:
    """Write the links between records of one person, the keys' persons and the bad values."""
    engine.table("stitch_links", fill(fixed_sql(ROOM, "links_kept"), value=_evidence()))
    engine.table("stitch_key_persons", fixed_sql(ROOM, "key_persons"))
    engine.table("stitch_bad_values", "SELECT * FROM _stitch_bad_values")


def _shown(name: str) -> exp.Expr:
    return _SHOWN[name].copy() if name in _SHOWN else exp.column(ident(name), table="r")


def _evidence() -> exp.Expr:
    """What two linked records share, as text: the columns of the rule, or the key."""
    columns = {rule.name: (rule.bearer, *rule.shared) for rule in RULES}
    columns |= {name: (name,) for name in UNNAMED}
    told = exp.Case(this=exp.column("rule", table="l"))
    for rule, names in columns.items():
        parts = (exp.cast(exp.column(name, table="c"), "VARCHAR") for name in names)
        told = told.when(literal(rule), exp.func("concat_ws", literal(" "), *parts))
    return told.else_(exp.column("value", table="k"))
