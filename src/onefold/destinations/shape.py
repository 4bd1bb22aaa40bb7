"""What is made coarser before anything is compared: numbers, moments, and numbers in bands.

What is compared is what is sent, so a change within one unit or one band is no change.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlglot import exp

from onefold.destinations.formulas import fill, formula
from onefold.model import FieldType, TypeKind
from onefold.warehouse import call, literal

__all__ = ["Band", "Bands", "Period", "Rounding", "Shape", "shape_problem", "shaped", "shaped_type"]

MAX_DIGITS = 38
FLOAT_DIGITS = FieldType(TypeKind.DECIMAL, precision=MAX_DIGITS, scale=18)  # a float's, as written

_NUMBERS = {TypeKind.INTEGER, TypeKind.DECIMAL, TypeKind.FLOAT}
_MOMENTS = {TypeKind.DATE, TypeKind.DATETIME}
_COMPARE = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


class Period(StrEnum):
    """A unit of the calendar, in the project's zone; a week begins on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Numbers to the nearest multiple of a unit, halves away from zero; moments to the beginning.

    Attributes:
        to: the unit of a number, above 0; or the period whose beginning a date or datetime becomes.
    """

    to: Decimal | Period


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A name for the numbers on one side of a limit.

    Attributes:
        name: what is sent.
        operator: `<`, `<=`, `>` or `>=`.
        limit: the number on its right.
    """

    name: str
    operator: str
    limit: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Bands:
    """Names instead of numbers; the first band that holds gives its name.

    Attributes:
        bands: in order; none is hidden by those before it.
        otherwise: the name of numbers in no band.
        empty: the name of no number at all; None leaves it empty.
    """

    bands: tuple[Band, ...]
    otherwise: str
    empty: str | None = None


Shape = Rounding | Bands


def shape_problem(shape: Shape, held: FieldType) -> str | None:
    """Say why values of a type cannot be shaped so, or None."""
    if isinstance(shape, Bands):
        fits = held.kind in _NUMBERS
        return None if fits else f"bands are for numbers, and this column is {held}"
    if isinstance(shape.to, Period):
        return _period_problem(shape.to, held)
    if held.kind not in _NUMBERS:
        return f"round_to: {shape.to:f} is for numbers, and this column is {held}"
    if held.kind is TypeKind.INTEGER and shape.to % 1:
        return f"integers have nothing that round_to: {shape.to:f} could round"
    digits = _integer_digits(held) + _scale(shape.to, held)
    if held.kind is TypeKind.DECIMAL and digits > MAX_DIGITS:
        return f"a {held} has no digits left for round_to: {shape.to:f}"
    return None


def shaped_type(shape: Shape | None, held: FieldType) -> FieldType:
    """Give the type of shaped values."""
    match shape:
        case Bands():
            return FieldType(TypeKind.STRING)
        case Rounding(to=Decimal() as unit) if held.kind is TypeKind.DECIMAL:
            scale = _scale(unit, held)
            digits = max(_integer_digits(held), len(f"{int(unit)}")) + 1 + scale
            return FieldType(TypeKind.DECIMAL, precision=min(MAX_DIGITS, digits), scale=scale)
        case _:
            return held


def shaped(shape: Shape, value: exp.Expr, held: FieldType, instant: exp.Expr) -> exp.Expr:
    """Give the shaped value, a formula that no value makes fail.

    Args:
        shape: how.
        value: the raw value.
        held: its type; `shape_problem` has nothing against it.
        instant: the formula, over `:value`, of a datetime as an instant.
    """
    if isinstance(shape, Bands):
        return _banded(shape, _exact(value, held))
    if isinstance(shape.to, Decimal):
        return _rounded(value, shape.to, held)
    moment = value if held.kind is TypeKind.DATE else fill(instant, value=value)
    began = call("date_trunc", literal(str(shape.to)), moment)
    return exp.cast(began, held.engine_type, dialect="duckdb")


def _period_problem(period: Period, held: FieldType) -> str | None:
    if held.kind not in _MOMENTS:
        return f"round_to: {period} is for dates and datetimes, and this column is {held}"
    if held.kind is TypeKind.DATE and period in (Period.HOUR, Period.DAY):
        return f"dates have nothing that round_to: {period} could round"
    return None


def _integer_digits(held: FieldType) -> int:
    return (held.precision or MAX_DIGITS) - (held.scale or 0)


def _scale(unit: Decimal, held: FieldType) -> int:
    """Give the digits after the point that multiples of a unit, and the raw values, need."""
    exponent = unit.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - a finite number
    return max(-exponent, held.scale or 0)


def _exact(value: exp.Expr, held: FieldType) -> exp.Expr:
    """Give a number for comparisons: a 32-bit 0.1 is 0.1, and NaN is no number in any band."""
    if held.kind is not TypeKind.FLOAT:
        return value
    return formula("CAST(CAST(:value AS VARCHAR) AS DOUBLE)", value=value)


def _banded(shape: Bands, number: exp.Expr) -> exp.Expr:
    case = exp.case()
    if shape.empty is None:
        case = case.when(number.copy().is_(exp.null()), exp.cast(exp.null(), "VARCHAR"))
    else:
        case = case.when(number.copy().is_(exp.null()), literal(shape.empty))
    nan = formula("isnan(CAST(:number AS DOUBLE))", number=number)
    case = case.when(nan, literal(shape.otherwise))
    for band in shape.bands:
        limit = exp.Literal.number(f"{band.limit:f}")
        within = _COMPARE[band.operator](this=number.copy(), expression=limit)
        case = case.when(within, literal(band.name))
    return case.else_(literal(shape.otherwise))


def _rounded(value: exp.Expr, unit: Decimal, held: FieldType) -> exp.Expr:
    match held.kind:
        case TypeKind.INTEGER:
            return _nearest(value, unit, "HUGEINT")
        case TypeKind.DECIMAL:
            return _nearest(value, unit, shaped_type(Rounding(unit), held).engine_type)
        case _:
            text = formula("CAST(:value AS VARCHAR)", value=value)
            digits = exp.TryCast(
                this=text, to=exp.DataType.build(FLOAT_DIGITS.engine_type, dialect="duckdb")
            )
            # Through text again: the nearest double, which a division by a power of ten may miss.
            return formula(
                "coalesce(CAST(CAST(:nearest AS VARCHAR) AS DOUBLE), CAST(:text AS DOUBLE))",
                nearest=_nearest(digits, unit, FLOAT_DIGITS.engine_type),
                text=text,
            )


def _nearest(value: exp.Expr, unit: Decimal, engine_type: str) -> exp.Expr:
    """Round half away from zero, exactly; a number too large for its neighbour stays."""
    number = exp.cast(value.copy(), engine_type, dialect="duckdb")
    step = exp.cast(literal(f"{unit:f}"), engine_type, dialect="duckdb")
    rest = formula(":number % :step", number=number, step=step)
    rounded = formula(
        ":number - :rest + CASE WHEN abs(:rest) < :step - abs(:rest) THEN :step - :step "
        "WHEN :number < 0 THEN -:step ELSE :step END",
        number=number,
        step=step,
        rest=rest,
    )
    return formula("coalesce(TRY(:rounded), :number)", rounded=rounded, number=number)
