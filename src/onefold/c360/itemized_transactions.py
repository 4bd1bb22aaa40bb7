"""unified_itemized_transactions: the lines of orders of all sources, in one set of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from onefold.errors import Place, ProjectError
from onefold.model import FeedField, RecordShape, TypeKind
from onefold.warehouse import ColumnNote, column, literal

__all__ = ["LINE_COLUMNS", "LINE_NOTES", "LineColumn", "itemized_transactions"]

_PREFIX = "txn-item/"
_MONEY = "DECIMAL(18,4)"
_NUMBERS = {TypeKind.INTEGER, TypeKind.DECIMAL, TypeKind.FLOAT}
_ACCEPTED = {
    _MONEY: _NUMBERS,
    "BIGINT": _NUMBERS,
    "BOOLEAN": {TypeKind.BOOLEAN},
    "TIMESTAMPTZ": {TypeKind.DATETIME, TypeKind.DATE},
    "VARCHAR": set(TypeKind),
}


@dataclass(frozen=True, slots=True)
class LineColumn:
    """A column that a tag fills: `txn-item/item-revenue` fills `item_revenue`."""

    name: str
    engine_type: str
    description: str

    @property
    def tag(self) -> str:
        """The tag of the field that fills the column."""
        return _PREFIX + self.name.replace("_", "-")


LINE_COLUMNS = (
    LineColumn("order_id", "VARCHAR", "The order"),
    LineColumn("product_id", "VARCHAR", "The product"),
    LineColumn("customer_id", "VARCHAR", "The customer as the source names it"),
    LineColumn("order_datetime", "TIMESTAMPTZ", "When it was ordered"),
    LineColumn("currency", "VARCHAR", "Currency of the amounts (ISO 4217)"),
    LineColumn("purchase_brand", "VARCHAR", "Brand it was bought from"),
    LineColumn("purchase_channel", "VARCHAR", "Channel, such as web or store"),
    LineColumn("digital_channel", "VARCHAR", "Part of the digital channel, such as app"),
    LineColumn("store_id", "VARCHAR", "Shop"),
    LineColumn("payment_method", "VARCHAR", "How it was paid"),
    LineColumn("is_return", "BOOLEAN", "The line is a return"),
    LineColumn("is_cancellation", "BOOLEAN", "The line is a cancellation"),
    LineColumn("item_quantity", "BIGINT", "Pieces; NULL counts as 1 in orders"),
    LineColumn("item_revenue", _MONEY, "Revenue of the line"),
    LineColumn("item_subtotal", _MONEY, "Amount of the line before discounts and taxes"),
    LineColumn("item_discount_amount", _MONEY, "Discount on the line"),
    LineColumn("item_discount_percent", _MONEY, "Discount on the line, per cent"),
    LineColumn("item_tax_amount", _MONEY, "Taxes of the line"),
    LineColumn("item_list_price", _MONEY, "List price of the line"),
    LineColumn("item_cost", _MONEY, "What the line cost the brand"),
    LineColumn("item_profit", _MONEY, "Revenue less cost of the line"),
    LineColumn("unit_revenue", _MONEY, "Revenue of one piece"),
    LineColumn("unit_subtotal", _MONEY, "Amount of one piece before discounts and taxes"),
    LineColumn("unit_discount_amount", _MONEY, "Discount on one piece"),
    LineColumn("unit_tax_amount", _MONEY, "Taxes of one piece"),
    LineColumn("unit_list_price", _MONEY, "List price of one piece"),
    LineColumn("unit_cost", _MONEY, "What one piece cost the brand"),
    LineColumn("unit_profit", _MONEY, "Revenue less cost of one piece"),
    LineColumn("order_discount_amount", _MONEY, "Discount on the whole order, on each line"),
    LineColumn("order_shipping_amount", _MONEY, "Shipping of the whole order, on each line"),
)
LINE_NOTES = (
    ColumnNote(name="person_id", description="The person who ordered; NULL when nobody is known"),
    ColumnNote(name="datasource", description="Source of the line"),
    ColumnNote(name="pk", description="Key of the line in its source"),
    *(ColumnNote(name=line.name, description=line.description) for line in LINE_COLUMNS),
)


def itemized_transactions(shapes: Sequence[RecordShape]) -> exp.Query:
    """Build the union of every source with a `txn-item/` tag; without one, no rows.

    Raises:
        ProjectError: such a source lacks the order's id, or a tagged field's type does not fit.
    """
    sources = [
        shape
        for shape in shapes
        if any(field.tag and field.tag.startswith(_PREFIX) for field in shape.fields)
    ]
    if not sources:
        return _no_lines()
    queries: list[exp.Query] = [_lines(shape) for shape in sources]
    return reduce(lambda left, right: exp.union(left, right, distinct=False), queries)


def _lines(shape: RecordShape) -> exp.Select:
    if shape.tagged(_PREFIX + "order-id") is None:
        raise ProjectError(
            f"{shape.source} has {_PREFIX} tags, and none of them says which order a line is of",
            hint=f"add  tag: {_PREFIX}order-id  to the field that holds the order's number",
            where=Place(f"sources/{shape.source}.yaml"),
        )
    return exp.select(
        column("person_id"),
        literal(shape.source).as_("datasource"),
        column("_key").as_("pk"),
        *(_filled(line, shape) for line in LINE_COLUMNS),
    ).from_(exp.to_table(shape.source, dialect="duckdb"))


def _filled(line: LineColumn, shape: RecordShape) -> exp.Expr:
    field = shape.tagged(line.tag)
    if field is None and line.name == "customer_id":
        field = shape.tagged("fk-customer")
    if field is not None:
        _type_fits(line, field, shape)
    value = exp.null() if field is None else column(field.name)
    return exp.cast(value, line.engine_type, dialect="duckdb").as_(line.name)


def _type_fits(line: LineColumn, field: FeedField, shape: RecordShape) -> None:
    accepted = _ACCEPTED[line.engine_type]
    if field.type.kind not in accepted:
        raise ProjectError(
            f"{shape.source}.{field.name} is tagged {line.tag}, and its type is {field.type}",
            hint=f"declare it as {' or '.join(sorted(accepted))}",
            where=Place(f"sources/{shape.source}.yaml"),
        )


def _no_lines() -> exp.Select:
    texts = {"person_id": "VARCHAR", "datasource": "VARCHAR", "pk": "VARCHAR"}
    types = {**texts, **{line.name: line.engine_type for line in LINE_COLUMNS}}
    return exp.select(
        *(exp.cast(exp.null(), kind, dialect="duckdb").as_(name) for name, kind in types.items())
    ).where(exp.false())
