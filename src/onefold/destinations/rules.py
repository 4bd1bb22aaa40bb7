"""How values of each type are kept: a normal form, and the reasons to refuse a value.

A rule's formulas stand over `:value`. They are total: no value makes them fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlglot import exp

from onefold.destinations.config import Attribute
from onefold.destinations.encode import plain_text
from onefold.destinations.formulas import fill, formula
from onefold.destinations.nested import MARKS, canonical
from onefold.destinations.shape import shaped, shaped_type
from onefold.model import FieldType, TypeKind

__all__ = [
    "MAX_CHARACTERS",
    "VALUE",
    "Problem",
    "Rule",
    "RuleOf",
    "nested_rule",
    "one_of",
    "shaped_rule",
    "text_rule",
    "type_rule",
]

MAX_CHARACTERS = 255
MAX_SAFE_DIGITS = 15  # a decimal of so many digits survives a double

VALUE = exp.Placeholder(this="value")


@dataclass(frozen=True, slots=True)
class Problem:
    """Values for which `when` (a formula over the normal form) is true are refused."""

    when: exp.Expr
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """How a value is kept.

    Attributes:
        normal: its normal form, a formula over the raw value.
        problems: why a normal form is refused; the first that holds.
        stored: what is kept of a normal form that is not refused, a formula over it.
        remarks: what people should know of values that are kept: formulas over what is kept.
    """

    normal: exp.Expr = VALUE
    problems: tuple[Problem, ...] = ()
    stored: exp.Expr = VALUE
    remarks: tuple[Problem, ...] = ()

    def normalised(self, raw: exp.Expr) -> exp.Expr:
        """Give the normal form of a column."""
        return fill(self.normal, value=raw)

    def reason(self, value: exp.Expr) -> exp.Expr:
        """Give the reason to refuse a normal form; NULL when there is none."""
        case = exp.Case()
        for problem in self.problems:
            case = case.when(fill(problem.when, value=value), exp.Literal.string(problem.reason))
        return case

    def kept(self, value: exp.Expr) -> exp.Expr:
        """Give what is kept of a normal form that is not refused."""
        return fill(self.stored, value=value)


RuleOf = Callable[[Attribute, FieldType], Rule]
"""Gives a destination's rule for an attribute, held in a column of this type."""


def shaped_rule(attribute: Attribute, column: FieldType, rule_of: RuleOf) -> Rule:
    """Give the rule for an attribute whose values may be made coarser first."""
    if attribute.shape is None:
        return rule_of(attribute, column)
    rule = rule_of(attribute, shaped_type(attribute.shape, column))
    raw = shaped(attribute.shape, VALUE, column, _INSTANT)
    return replace(rule, normal=fill(rule.normal, value=raw))


def text_rule(normal: str, *problems: Problem, **parts: exp.Expr) -> Rule:
    """Keep texts in a normal form, NFC, at most 255 characters."""
    composed = formula("nfc_normalize(:text)", text=formula(normal, **parts))
    too_long = Problem(
        formula("length(:value) > :most", most=exp.Literal.number(MAX_CHARACTERS)),
        f"longer than {MAX_CHARACTERS} characters",
    )
    return Rule(normal=composed, problems=(too_long, *problems))


def one_of(codes: Iterable[str], reason: str) -> Problem:
    """Refuse what is not in a list."""
    known = [exp.Literal.string(code) for code in sorted(codes)]
    return Problem(exp.not_(exp.In(this=VALUE.copy(), expressions=known)), reason)


def nested_rule(column: FieldType, *problems: Problem) -> Rule:
    """Keep arrays and objects as JSON text in one form; see `nested`."""
    marked = [
        Problem(formula(":value = :mark", mark=exp.Literal.string(mark)), reason)
        for mark, reason in MARKS.items()
    ]
    return Rule(
        normal=canonical(VALUE, column),
        problems=(*marked, *problems),
        stored=formula("TRY_CAST(:value AS JSON)"),
    )


def type_rule(attribute: Attribute, column: FieldType) -> Rule:
    """Give the rule for an attribute's type.

    Args:
        attribute: what is declared.
        column: the type of the column that holds it.
    """
    if attribute.type.kind is TypeKind.JSON:
        return nested_rule(column)
    if attribute.as_string:
        return text_rule(":text", text=plain_text(VALUE, column))
    return _of_type(column)


def _of_type(column: FieldType) -> Rule:
    match column.kind:
        case TypeKind.STRING | TypeKind.VARCHAR:
            return text_rule("CAST(:value AS VARCHAR)")
        case TypeKind.DECIMAL:
            return _DECIMAL if (column.precision or 0) > MAX_SAFE_DIGITS else Rule()
        case kind:
            return _SIMPLE[kind]


# A naive value is in the project's zone. Where clocks go back an hour, the engine takes the second
# of the two instants; ours is the first.
_INSTANT = formula(
    "CASE WHEN typeof(:value) = 'TIMESTAMP WITH TIME ZONE' THEN CAST(:value AS TIMESTAMPTZ) "
    "WHEN CAST(:earlier AS TIMESTAMP) = CAST(:value AS TIMESTAMP) THEN :earlier "
    "ELSE CAST(:value AS TIMESTAMPTZ) END",
    earlier=formula("CAST(:value AS TIMESTAMPTZ) - INTERVAL '1' HOUR"),
)
_SIMPLE = {
    TypeKind.BOOLEAN: Rule(),
    TypeKind.INTEGER: Rule(
        problems=(
            Problem(
                formula("NOT :value BETWEEN -9007199254740992 AND 9007199254740992"),
                "an integer beyond 2^53: JSON readers would round it",
            ),
        ),
        stored=formula("TRY_CAST(:value AS BIGINT)"),
    ),
    TypeKind.FLOAT: Rule(  # through text: a 32-bit 0.1 stays 0.1; and -0.0 becomes 0.0
        normal=formula("CAST(CAST(:value AS VARCHAR) AS DOUBLE) + 0.0"),
        problems=(Problem(formula("NOT isfinite(:value)"), "not a finite number"),),
    ),
    TypeKind.DATE: Rule(
        problems=(
            Problem(
                formula("NOT :value BETWEEN DATE '0001-01-01' AND DATE '3000-12-31'"),
                "outside the years 1 to 3000",
            ),
        ),
    ),
    TypeKind.DATETIME: Rule(
        normal=formula("date_trunc('milliseconds', :instant)", instant=_INSTANT),
        problems=(
            Problem(
                formula(
                    "NOT :value BETWEEN CAST('0001-01-01 00:00:00+00' AS TIMESTAMPTZ) "
                    "AND CAST('3000-12-31 23:59:59.999+00' AS TIMESTAMPTZ)"
                ),
                "outside the years 1 to 3000",
            ),
        ),
    ),
}
_DECIMAL = Rule(
    problems=(
        Problem(
            formula(
                "length(trim(replace(replace(CAST(:value AS VARCHAR), '.', ''), '-', ''), '0')) "
                "> :digits",
                digits=exp.Literal.number(MAX_SAFE_DIGITS),
            ),
            f"more than {MAX_SAFE_DIGITS} significant digits; write as: string to send the text",
        ),
    )
)
