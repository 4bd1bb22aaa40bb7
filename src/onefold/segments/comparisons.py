"""One condition to SQL: the operators, each type in its own function.

A comparison may be NULL where the column is, and NULL counts as *no*. Operators that negate
another are built as its exact opposite, so they are never NULL and count people without a value.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from onefold.segments.clock import Clock
from onefold.segments.literals import number, text
from onefold.segments.operators import Family, Takes, operators_of
from onefold.segments.refusals import RuleError, near
from onefold.segments.rules import Condition, Scalar
from onefold.segments.scope import Field
from onefold.segments.spans import Span, span

__all__ = ["compare", "definitely", "every", "negate"]


def compare(condition: Condition, field: Field, clock: Clock) -> exp.Expr:
    """Write a condition on a column as a boolean expression; NULL means no.

    Raises:
        RuleError: the operator does not compare this type, or the value is not of it.
    """
    if field.family not in condition.op.families:
        raise _wrong_operator(condition, field)
    if condition.op.takes is Takes.NOTHING:
        return _WITHOUT_VALUE[condition.op.name](field.sql)
    if condition.op.name == "is not" and field.family in {Family.NUMBER, Family.STRING}:
        return exp.NullSafeNEQ(this=field.sql, expression=_single(condition, field))
    if condition.op.negates:
        return negate(_positive(condition.op.negates, condition, field, clock))
    return _positive(condition.op.name, condition, field, clock)


def negate(predicate: exp.Expr) -> exp.Expr:
    """Write the exact opposite: true wherever the predicate is false or NULL, never NULL."""
    return exp.Not(this=definitely(predicate))


def definitely(predicate: exp.Expr) -> exp.Expr:
    """Write a predicate so that it is never NULL."""
    if isinstance(predicate, _NEVER_NULL):
        return predicate
    return exp.Coalesce(this=predicate, expressions=[exp.false()])


def every(*predicates: exp.Expr) -> exp.Expr:
    """Join predicates by AND, without parentheses that say nothing."""
    parts = (exp.paren(part) if isinstance(part, exp.Or) else part for part in predicates)
    return exp.and_(*parts, copy=False, wrap=False)


def _positive(op: str, condition: Condition, field: Field, clock: Clock) -> exp.Expr:
    if field.family in {Family.DATE, Family.DATETIME}:
        return _on_days(op, condition, field, clock)
    if op == "in list":
        return exp.In(this=field.sql, expressions=_several(condition, field))
    if op == "between":
        return _between_numbers(condition, field)
    return _SIGNS[op](this=field.sql, expression=_single(condition, field))


def _on_days(op: str, condition: Condition, field: Field, clock: Clock) -> exp.Expr:
    spans = _spans(condition, field, clock)
    return _DAYS[op](field.sql, spans[0], spans[-1])


def _within(column: exp.Expr, first: Span, last: Span) -> exp.Expr:
    if first is last and not first.open:
        return exp.EQ(this=column, expression=first.start)
    return every(_from(column, first, last), _until(column.copy(), first, last))


def _before(column: exp.Expr, day: Span, _: Span) -> exp.Expr:
    return exp.LT(this=column, expression=day.start)


def _after(column: exp.Expr, day: Span, _: Span) -> exp.Expr:
    return (exp.GTE if day.open else exp.GT)(this=column, expression=day.end)


def _from(column: exp.Expr, first: Span, _: Span) -> exp.Expr:
    return exp.GTE(this=column, expression=first.start)


def _until(column: exp.Expr, _: Span, last: Span) -> exp.Expr:
    return (exp.LT if last.open else exp.LTE)(this=column, expression=last.end)


def _spans(condition: Condition, field: Field, clock: Clock) -> tuple[Span, ...]:
    spans = tuple(
        span(value, field, clock, (*condition.path, "value", *place))
        for place, value in _values(condition)
    )
    first, last = spans[0], spans[-1]
    _refuse_reversed(condition, first.begins > last.ends)
    return spans


def _between_numbers(condition: Condition, field: Field) -> exp.Expr:
    low, high = _several(condition, field)
    smaller, larger = (Decimal(repr(value)) for _, value in _values(condition))
    _refuse_reversed(condition, smaller > larger)
    return exp.Between(this=field.sql, low=low, high=high)


def _refuse_reversed(condition: Condition, is_reversed: bool) -> None:
    if is_reversed:
        raise RuleError(
            f"op {condition.op.name!r}: the first value lies after the second",
            path=(*condition.path, "value"),
            hint="write the smaller or earlier one first",
        )


def _several(condition: Condition, field: Field) -> list[exp.Expr]:
    write = number if field.family is Family.NUMBER else text
    return [
        write(value, field, (*condition.path, "value", *place))
        for place, value in _values(condition)
    ]


def _single(condition: Condition, field: Field) -> exp.Expr:
    if condition.value == "":
        raise RuleError(
            f"op {condition.op.name!r} needs a text that is not empty",
            path=(*condition.path, "value"),
            hint="for people without a text write op: is empty",
        )
    (value,) = _several(condition, field)
    return value


def _values(condition: Condition) -> list[tuple[tuple[int, ...], Scalar]]:
    """List a condition's values, each with its place below `value` in the data."""
    if isinstance(condition.value, tuple):
        return [((index,), value) for index, value in enumerate(condition.value)]
    return [] if condition.value is None else [((), condition.value)]


def _wrong_operator(condition: Condition, field: Field) -> RuleError:
    offered = operators_of(field.family)
    return RuleError(
        f"op {condition.op.name!r} does not compare {field.label} ({field.kind})"
        f"{near(condition.op.name, offered)}",
        path=(*condition.path, "op"),
        hint=f"operators of this type: {', '.join(offered)}",
    )


def _is_null(column: exp.Expr) -> exp.Expr:
    return exp.Is(this=column, expression=exp.null())


def _is_empty(column: exp.Expr) -> exp.Expr:
    blank = exp.EQ(this=column.copy(), expression=exp.Literal.string(""))
    return exp.or_(_is_null(column), blank, copy=False)


def _is_filled(column: exp.Expr) -> exp.Expr:
    return exp.NEQ(this=column, expression=exp.Literal.string(""))


def _is_true(column: exp.Expr) -> exp.Expr:
    return column


def _is_false(column: exp.Expr) -> exp.Expr:
    return exp.EQ(this=column, expression=exp.false())


_NEVER_NULL = (exp.Exists, exp.Is, exp.Not, exp.NullSafeNEQ)
_WITHOUT_VALUE: dict[str, Callable[[exp.Expr], exp.Expr]] = {
    "is null": _is_null,
    "is not null": lambda column: exp.Not(this=_is_null(column)),
    "is empty": _is_empty,
    "is not empty": _is_filled,
    "is true": _is_true,
    "is false": _is_false,
}
_DAYS: dict[str, Callable[[exp.Expr, Span, Span], exp.Expr]] = {
    "is": _within,
    "between": _within,
    "before": _before,
    "after": _after,
    "on or before": _until,
    "on or after": _from,
}
_SIGNS: dict[str, type[exp.Expr]] = {
    "is": exp.EQ,
    ">": exp.GT,
    ">=": exp.GTE,
    "<": exp.LT,
    "<=": exp.LTE,
    "contains": exp.Contains,
    "starts with": exp.StartsWith,
    "ends with": exp.EndsWith,
}
