"""What policies hold back: changes too small, or too soon after the last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlglot import exp

from onefold.delta.config import FieldPolicy, Held, MinChange
from onefold.model import FieldType, TypeKind
from onefold.warehouse import call, column, literal

__all__ = ["holds", "is_final", "sent_at", "stands"]

MAX_DIGITS = 38
FLOAT_SCALE = 18  # digits after the point by which floats are compared
DAY = timedelta(days=1)


def sent_at(field: str) -> str:
    """Name the column of the acknowledged state that says when a field was sent."""
    return f"_sent_at {field}"


def stands(field: str, policies: Mapping[str, FieldPolicy], alias: str) -> exp.Expr:
    """Tell whether a cell holds a value, and not the one that stands for none."""
    value = column(field, alias)
    there = exp.not_(value.is_(exp.null()))
    policy = policies.get(field)
    if policy is None or policy.cleared_as is None:
        return there
    text = exp.cast(value.copy(), "VARCHAR")  # of a type that it may have had before
    none = policy.cleared_as if isinstance(policy.cleared_as, str) else "false"
    return exp.and_(there, exp.NEQ(this=text, expression=literal(none)))


def holds(
    field: str,
    policy: FieldPolicy,
    *,
    desired: str,
    known: Mapping[str, str],
    now: exp.Expr | None,
) -> dict[Held, exp.Expr]:
    """Give the conditions under which a set of a field is held back, in the order of their names.

    They stand over the aliases d (desired) and a (acknowledged), and are true or false where both
    values are there; a first value is held back by none.

    Args:
        field: the field; `known` has it, with a type that the destination stores alike.
        policy: its policy.
        desired: the engine's type of the desired value.
        known: the engine's types of the acknowledged state, by column.
        now: the time, a TIMESTAMPTZ.
    """
    found: dict[Held, exp.Expr] = {}
    if policy.min_change is not None:
        small = _too_small(field, policy.min_change, desired, known[field])
        found[Held.MIN_CHANGE] = call("coalesce", small, exp.false())
    if policy.min_interval is not None and sent_at(field) in known:
        assert now is not None  # noqa: S101 - who has a policy says what time it is
        first = column(field, "a").is_(exp.null())
        soon = exp.and_(exp.not_(first), _too_soon(field, policy.min_interval, now))
        found[Held.MIN_INTERVAL] = call("coalesce", soon, exp.false())
    return found


def is_final(field: str, policy: FieldPolicy, known: Mapping[str, str]) -> exp.Expr:
    """Tell whether a `final` policy holds a set back, where both values are there.

    Args:
        field: the field.
        policy: its policy.
        known: the engine's types of the acknowledged state, by column.
    """
    new, old = column(field, "d"), column(field, "a")
    if not policy.revived:
        return exp.and_(
            exp.NEQ(this=new, expression=literal(policy.final)), exp.NEQ(this=new, expression=old)
        )
    stands_there = old.eq(literal(policy.final))
    if sent_at(field) not in known:
        return stands_there
    return exp.and_(stands_there, column(sent_at(field), "a").is_(exp.null()))


def _too_small(field: str, least: MinChange, desired: str, known: str) -> exp.Expr:
    """Compare exactly, in decimals; where the digits do not suffice, the answer is NULL."""
    amount = least.amount.normalize()
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - a finite number
    scale = max(_scale(desired), _scale(known), 0 if least.is_share else -exponent)
    new = _decimal(column(field, "d"), desired, scale)
    old = _decimal(column(field, "a"), known, scale)
    change = call("abs", exp.Sub(this=new.copy(), expression=old.copy()))
    if least.is_share:
        numerator, denominator = amount.as_integer_ratio()
        measured: exp.Expr = exp.Mul(this=change, expression=literal(denominator))
        bound: exp.Expr = exp.Mul(this=call("abs", old.copy()), expression=literal(numerator))
    else:
        measured, bound = change, _decimal(literal(f"{amount:f}"), "VARCHAR", scale)
    same_sign = call("sign", new.copy()).eq(call("sign", old.copy()))
    return call("TRY", exp.and_(same_sign, exp.LT(this=measured, expression=bound)))


def _scale(engine_type: str) -> int:
    held = FieldType.of_engine(engine_type)
    if held is not None and held.kind is TypeKind.DECIMAL:
        return held.scale or 0
    return FLOAT_SCALE if held is not None and held.kind is TypeKind.FLOAT else 0


def _decimal(value: exp.Expr, engine_type: str, scale: int) -> exp.Expr:
    """Read a number as a decimal: a float by its text, whose shortest digits are its value."""
    held = FieldType.of_engine(engine_type)
    if held is not None and held.kind is TypeKind.FLOAT:
        value = exp.cast(value, "VARCHAR")
    return exp.cast(value, exp.DataType.build(f"DECIMAL({MAX_DIGITS}, {scale})", dialect="duckdb"))


def _too_soon(field: str, least: timedelta, moment: exp.Expr) -> exp.Expr:
    before = column(sent_at(field), "a")
    if least % DAY:
        passed = exp.Sub(this=call("epoch_us", moment.copy()), expression=call("epoch_us", before))
        return exp.LT(this=passed, expression=literal(least // timedelta(microseconds=1)))
    days = call(
        "date_diff", literal("day"), exp.cast(before, "DATE"), exp.cast(moment.copy(), "DATE")
    )
    return exp.LT(this=days, expression=literal(least // DAY))
