"""The query that normalises the fields of a row and takes out the values it must refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from onefold.destinations.columns import Fields
from onefold.destinations.formulas import formula
from onefold.destinations.rules import Rule, RuleOf, shaped_rule
from onefold.warehouse import call, column

__all__ = ["Checks"]

NO_TEXTS = "CAST([] AS VARCHAR[])"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checks:
    """The rules for the columns of a relation.

    Attributes:
        internal: names of our own columns, passed through.
        rules: a rule for each other column, by its name.
    """

    internal: tuple[str, ...]
    rules: Mapping[str, Rule]

    @classmethod
    def of(cls, fields: Fields, rule_of: RuleOf) -> Checks:
        """Look the rules up."""
        rules = {
            attribute.name: shaped_rule(attribute, held, rule_of)
            for attribute, held in fields.attributes
        }
        return cls(internal=fields.internal, rules=rules)

    @property
    def output(self) -> list[exp.Column]:
        """The columns that `query` gives."""
        return [column(name) for name in (*self.internal, *self.rules, "_refused", "_reasons")]

    def query(self, source: exp.Select) -> exp.Select:
        """Normalise, find reasons, keep: three layers, so that nothing is computed twice."""
        return self._kept(self._judged(self._normalised(source)))

    def _normalised(self, source: exp.Select) -> exp.Select:
        values = [
            exp.alias_(rule.normalised(column(name)), name, quoted=True)
            for name, rule in self.rules.items()
        ]
        return exp.select(*self._ours(), *values).from_(source.subquery("desired"))

    def _judged(self, source: exp.Select) -> exp.Select:
        reasons = [
            exp.alias_(rule.reason(column(name)), _reason_column(name).name, quoted=True)
            for name, rule in self.rules.items()
            if rule.problems
        ]
        return exp.select("*", *reasons).from_(source.subquery("normal"))

    def _kept(self, source: exp.Select) -> exp.Select:
        values = [
            exp.alias_(_unless_refused(name, rule), name, quoted=True)
            for name, rule in self.rules.items()
        ]
        judged = [name for name, rule in self.rules.items() if rule.problems]
        reasons = [_reason_column(name) for name in judged]
        names = [_name_if_refused(name) for name in judged]
        lists = {"_refused": _texts(names, reasons), "_reasons": _texts(reasons, reasons)}
        return exp.select(
            *self._ours(), *values, *(exp.alias_(tree, name) for name, tree in lists.items())
        ).from_(source.subquery("judged"))

    def _ours(self) -> list[exp.Column]:
        return [column(name) for name in self.internal]


def _reason_column(name: str) -> exp.Column:
    """The column that says, within the query, why a field is refused."""
    return column(f"_reason {name}")


def _unless_refused(name: str, rule: Rule) -> exp.Expr:
    kept = rule.kept(column(name))
    if not rule.problems:
        return kept
    return formula(
        "CASE WHEN :reason IS NULL THEN :kept END", reason=_reason_column(name), kept=kept
    )


def _name_if_refused(name: str) -> exp.Expr:
    return formula(
        "CASE WHEN NOT :reason IS NULL THEN :name END",
        reason=_reason_column(name),
        name=exp.Literal.string(name),
    )


def _texts(items: Sequence[exp.Expr], reasons: Sequence[exp.Expr]) -> exp.Expr:
    """List the items that are not null. Lists are built only where there is a reason: rarely."""
    if not items:
        return formula(NO_TEXTS)
    return formula(
        "CASE WHEN :any IS NULL THEN :none ELSE list_filter(:items, lambda x : NOT x IS NULL) END",
        any=call("coalesce", *reasons),
        none=formula(NO_TEXTS),
        items=exp.Array(expressions=list(items)),
    )
