"""The JSON text of a value, one formula a type.

The engine's own `to_json` is no encoder: it writes instants that Braze takes for strings, NaN,
exponents and 0.10000000149011612.
"""

from __future__ import annotations

from sqlglot import exp

from onefold.destinations.formulas import formula
from onefold.model import FieldType, TypeKind

__all__ = ["encode", "encode_text", "plain_text"]

_QUOTED = {TypeKind.DATE, TypeKind.DATETIME}  # their text needs quotes, and no escapes
_TEXTS = {TypeKind.STRING, TypeKind.VARCHAR}


def encode(value: exp.Expr, type: FieldType) -> exp.Expr:  # noqa: A002 - the word for it
    """Give the JSON text of a prepared value; NULL gives `null`.

    boolean `true`; integer `-12`; decimal and float plain, without exponent, always with a point
    when the type has one, so that the kind of number never varies; date `"2026-01-05"`; datetime
    `"2026-01-05T09:30:00.000Z"` (UTC); texts escaped; nested values as they are.
    """
    text = encode_text(value) if type.kind in _TEXTS else plain_text(value, type)
    if type.kind in _QUOTED:
        text = formula("""'"' || :text || '"'""", text=text)
    return formula("coalesce(:text, 'null')", text=text)


def encode_text(value: exp.Expr) -> exp.Expr:
    """Give the JSON text of a text: in quotes, escaped; NULL stays NULL."""
    return formula("CAST(json_quote(:value) AS VARCHAR)", value=value)


def plain_text(value: exp.Expr, type: FieldType) -> exp.Expr:  # noqa: A002 - the word for it
    """Give a value's text without quotes or escapes; NULL stays NULL."""
    match type.kind:
        case TypeKind.DATETIME:
            return formula(_INSTANT, value=value)
        case TypeKind.FLOAT:
            return _float(value)
        case TypeKind.DECIMAL if type.scale:
            return _decimal(value)
        case _:
            return formula("CAST(:value AS VARCHAR)", value=value)


_INSTANT = (
    "strftime(make_timestamp(epoch_us(CAST(:value AS TIMESTAMPTZ))), '%Y-%m-%dT%H:%M:%S.%gZ')"
)


def _decimal(value: exp.Expr) -> exp.Expr:
    """12.500 is 12.5, 12.000 is 12.0: the column's scale is no part of the value."""
    text = formula("CAST(:value AS VARCHAR)", value=value)
    trimmed = formula("rtrim(:text, '0')", text=text)
    closed = formula("CASE WHEN :text LIKE '%.' THEN :text || '0' ELSE :text END", text=trimmed)
    # A decimal without digits before the point is written by the engine without a zero there.
    return formula(r"regexp_replace(:text, '^(-?)\.', '\10.')", text=closed)


def _float(value: exp.Expr) -> exp.Expr:
    """The shortest digits that read back as the same double; an exponent is written out."""
    text = formula("CAST(:value AS VARCHAR)", value=value)
    digits = formula("replace(regexp_extract(:text, '^-?([0-9.]+)e', 1), '.', '')", text=text)
    exponent = formula("TRY_CAST(regexp_extract(:text, 'e(.+)$', 1) AS INTEGER)", text=text)
    written_out = formula(
        "CASE WHEN :text LIKE '-%' THEN '-' ELSE '' END || CASE WHEN :exponent < 0 "
        "THEN '0.' || repeat('0', -:exponent - 1) || :digits "
        "ELSE rpad(:digits, :exponent + 1, '0') || '.0' END",
        text=text,
        digits=digits,
        exponent=exponent,
    )
    return formula(
        "CASE WHEN contains(:text, 'e') THEN :long ELSE :text END", text=text, long=written_out
    )
