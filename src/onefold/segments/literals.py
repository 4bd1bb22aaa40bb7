"""Numbers and texts as people write them: literals of a column's type, or refused with reason."""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from onefold.model import FieldType, TypeKind
from onefold.segments.refusals import Path, RuleError
from onefold.segments.rules import Scalar
from onefold.segments.scope import Field
from onefold.warehouse import literal

__all__ = ["not_a", "number", "text"]

LARGEST_INTEGER = 2**63 - 1
MOST_DIGITS = 38  # of a decimal, in all
EXACT_DIGITS = 15  # of a float: so many the engine reads as a decimal without loss


def number(value: Scalar, field: Field, path: Path) -> exp.Expr:
    """Write a number for a column of numbers, exactly.

    Raises:
        RuleError: it is no number, or none that the column's type can hold.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "write it without quotes" if _is_quoted_number(value) else ""
        raise not_a("number", value, field, path, hint=hint)
    exact = Decimal(repr(value))
    problem = _problem(exact, field.type or FieldType(TypeKind.FLOAT))
    if problem:
        raise not_a(problem, value, field, path)
    return exp.Literal.number(_digits(exact, field.type))


def text(value: Scalar, field: Field, path: Path) -> exp.Expr:
    """Write a text for a column of texts.

    Raises:
        RuleError: it is no text. YAML reads 75001 as a number, and 2027-01-15 as a date.
    """
    if not isinstance(value, str):
        raise not_a("text", value, field, path, hint=f'write it in quotes: "{value}"')
    return literal(value)


def not_a(wanted: str, value: Scalar, field: Field, path: Path, *, hint: str = "") -> RuleError:
    """Say that a value is not what its column holds."""
    shown = repr(value) if isinstance(value, str) else str(value)
    return RuleError(
        f"value {shown} is not a {wanted} for {field.label} ({field.kind})", path=path, hint=hint
    )


def _problem(exact: Decimal, type_: FieldType) -> str:
    """Name what a number is not, when its column could not hold it; else nothing."""
    if type_.kind is TypeKind.INTEGER:
        if exact != exact.to_integral_value():
            return "whole number"
        return "number of 64 bits" if abs(exact) > LARGEST_INTEGER else ""
    if type_.kind is TypeKind.DECIMAL:
        scale = type_.scale or 0
        if abs(exact) >= Decimal(10) ** (MOST_DIGITS - scale):
            return f"number of at most {MOST_DIGITS} digits"
        if exact != round(exact, scale):
            return f"number with at most {scale} digits after the point"
    return ""


def _digits(exact: Decimal, type_: FieldType | None) -> str:
    plain = format(exact, "f")
    if type_ and type_.kind is TypeKind.FLOAT and sum(map(str.isdigit, plain)) > EXACT_DIGITS:
        return f"{exact:e}"  # the engine reads an exponent as a float, plain digits as a decimal
    return plain.removesuffix(".0")


def _is_quoted_number(value: Scalar) -> bool:
    return isinstance(value, str) and value.strip().lstrip("+-").replace(".", "", 1).isdigit()
