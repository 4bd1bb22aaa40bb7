"""The rules that link records, the strongest first. Each says what two records must share."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from onefold.stitch.config import StitchConfig
from onefold.stitch.names import GIVEN_NAMES_ALIKE, SURNAMES_ALIKE
from onefold.stitch.normal import fill
from onefold.warehouse import Engine, fixed_sql, literal

__all__ = ["RULES", "Rule", "links_by_rule"]

ROOM = "onefold.stitch"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Two records are linked when `shared` is equal and the names are equal or alike.

    Attributes:
        name: how the links call it.
        shared: columns of the cleaned records that must be equal.
        bearer: the name that must be equal or alike, `given` or `surname`.
        rare: the columns of which the last must seldom meet the others by chance; none when what
            is shared identifies people by itself.
        equal: false for a rule that a stronger one covers where the names are equal.
    """

    name: str
    shared: tuple[str, ...]
    bearer: str = "given"
    rare: tuple[str, ...] = ()
    equal: bool = True


RULES = (
    Rule(name="email+given-name", shared=("email",)),
    Rule(name="phone+given-name", shared=("phone",)),
    Rule(
        name="name+birthdate",
        shared=("surname", "birthdate"),
        rare=("surname", "given", "birthdate"),
    ),
    Rule(name="address+given-name", shared=("address", "postal")),
    Rule(
        name="name+postal",
        shared=("surname", "postal"),
        rare=("surname", "given", "postal"),
    ),
    Rule(
        name="given-name+birthdate+postal",
        shared=("birthdate", "postal"),
        rare=("given", "birthdate", "postal"),
    ),
    Rule(
        name="given-name+birthdate+like-surname",
        shared=("given", "birthdate"),
        bearer="surname",
        equal=False,
    ),
    Rule(
        name="name+city",
        shared=("surname", "city"),
        rare=("surname", "given", "city"),
    ),
)


def links_by_rule(engine: Engine, rule: Rule, config: StitchConfig) -> exp.Expr:
    """Give the query of a rule's links: a, b. It reads `_stitch_keyed`, which is written here."""
    parameters = {"coincidences": config.coincidences} if rule.rare else {}
    engine.table("_stitch_keyed", _keyed(rule), parameters)
    return fill(
        fixed_sql(ROOM, "links"),
        alike=SURNAMES_ALIKE if rule.bearer == "surname" else GIVEN_NAMES_ALIKE,
        equal=literal(rule.equal),
        block_bearers=literal(config.block_bearers),
    )


def _keyed(rule: Rule) -> exp.Expr:
    known = {
        "key": _combined(rule.shared),
        "bearer": exp.column(rule.bearer),
        "present": exp.and_(*(exp.column(c).is_(exp.null()).not_() for c in rule.shared)),
    }
    if not rule.rare:
        return fill(fixed_sql(ROOM, "keyed"), **known)
    *name, other = rule.rare
    return fill(
        fixed_sql(ROOM, "keyed_when_rare"),
        **known,
        name=_combined(tuple(name)),
        other=exp.column(other),
    )


def _combined(columns: tuple[str, ...]) -> exp.Expr:
    """One 64-bit number for several columns: short to group and sort by."""
    return exp.func("hash", *(exp.column(column) for column in columns))
