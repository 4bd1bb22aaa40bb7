"""`purchased:` to its node: what the items must be, how far back, how much."""

from __future__ import annotations

from collections.abc import Mapping

from onefold.segments.operators import OPERATORS
from onefold.segments.periods import Period, parse_period
from onefold.segments.purchases import FILTERS
from onefold.segments.refusals import Path, RuleError
from onefold.segments.rules import Purchased, Scalar
from onefold.segments.shapes import is_listed, mapping, refuse_unknown, scalar, scalars, shown

__all__ = ["parse_purchased"]

ENOUGH = ("orders", "revenue")
_EXAMPLE = "at_least: {orders: 2} or at_least: {revenue: 100}"


def parse_purchased(data: object, path: Path) -> Purchased:
    """Read what stands under `purchased`; `path` leads to the rule that holds it."""
    here = (*path, "purchased")
    if not isinstance(data, Mapping):
        hint = "purchased: {brand: shop, within: 30 days}, or purchased: {} for anything, ever"
        raise RuleError(f"purchased what? Here stands {shown(data)}", path=here, hint=hint)
    asked = mapping(data, here, "purchased")
    refuse_unknown(asked, (*FILTERS, "within", "at_least"), here, "purchased")
    least = _at_least(asked["at_least"], (*here, "at_least")) if "at_least" in asked else {}
    return Purchased(
        filters=tuple(
            (key, _one_or_more(value, (*here, key)))
            for key, value in asked.items()
            if key in FILTERS
        ),
        within=_within(asked["within"], (*here, "within")) if "within" in asked else None,
        orders=_orders(least["orders"], (*here, "at_least", "orders"))
        if "orders" in least
        else None,
        revenue=_number(least["revenue"], (*here, "at_least", "revenue"))
        if "revenue" in least
        else None,
        path=path,
    )


def _one_or_more(data: object, path: Path) -> Scalar | tuple[Scalar, ...]:
    return scalars(data, path, OPERATORS["in list"]) if is_listed(data) else scalar(data, path)


def _within(data: object, path: Path) -> Period:
    period = parse_period(data) if isinstance(data, str) else None
    if period is None:
        hint = "write 30 days, 2 weeks, 6 months or 1 year"
        raise RuleError(f"{shown(data)} is not a period", path=path, hint=hint)
    return period


def _at_least(data: object, path: Path) -> Mapping[str, object]:
    if not isinstance(data, Mapping) or not data:
        raise RuleError(f"at least what? Here stands {shown(data)}", path=path, hint=_EXAMPLE)
    least = mapping(data, path, "at_least")
    refuse_unknown(least, ENOUGH, path, "at_least")
    return least


def _orders(data: object, path: Path) -> int:
    number = _number(data, path)
    if not isinstance(number, int) or number < 1:
        raise RuleError(
            f"orders are counted from 1, so not {shown(data)}", path=path, hint=_EXAMPLE
        )
    return number


def _number(data: object, path: Path) -> int | float:
    value = scalar(data, path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RuleError(f"a number is expected here, not {shown(data)}", path=path, hint=_EXAMPLE)
    return value
