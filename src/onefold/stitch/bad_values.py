"""Values that too many people share, or that nobody means, must not link records."""

from __future__ import annotations

from collections.abc import Sequence

import phonenumbers
import pyarrow as pa
from sqlglot import exp

from onefold.errors import UnknownKey, nearest
from onefold.stitch.config import Run, StitchConfig
from onefold.stitch.normal import fill, folded, normal_email, normal_key
from onefold.warehouse import Engine, fixed_sql, literal

__all__ = ["find_bad_values", "leave_bad_values_out"]

ROOM = "onefold.stitch"
_SCRATCH = (
    "_stitch_borne",
    "_stitch_counted",
    "_stitch_crowded",
    "_stitch_placeholders",
    "_stitch_odd_birthdates",
)
_LISTED = pa.schema([("semantic", pa.string()), ("value", pa.string()), ("verdict", pa.string())])
_SEMANTICS = ("email", "phone", "given_name", "surname", "birthdate")


def find_bad_values(engine: Engine, config: StitchConfig, run: Run, tags: Sequence[str]) -> None:
    """Write `_stitch_bad_values`: semantic, value, records, bearers, reason.

    Raises:
        UnknownKey: a list of the settings names a semantic that no record bears.
    """
    household = {"household": config.household_bearers}
    engine.register("_stitch_listed", _listed(engine, config, tags))
    try:
        engine.table("_stitch_borne", fixed_sql(ROOM, "borne"))
        engine.table("_stitch_counted", fixed_sql(ROOM, "counted"))
        engine.table("_stitch_crowded", fixed_sql(ROOM, "crowded"), household)
        engine.table("_stitch_placeholders", fixed_sql(ROOM, "placeholders"))
        engine.table(
            "_stitch_odd_birthdates",
            fixed_sql(ROOM, "odd_birthdates"),
            {"as_of": run.as_of.date(), **household},
        )
        engine.table(
            "_stitch_bad_values", fixed_sql(ROOM, "bad_values"), {"find": config.find_bad_values}
        )
    finally:
        engine.unregister("_stitch_listed")
        engine.drop(*_SCRATCH)


def leave_bad_values_out(engine: Engine) -> None:
    """Write `_stitch_clean` and `_stitch_clean_keys`: what to match by, without bad values."""
    engine.table("_stitch_clean", fixed_sql(ROOM, "clean"))
    engine.table("_stitch_clean_keys", fixed_sql(ROOM, "clean_keys"))


def _listed(engine: Engine, config: StitchConfig, tags: Sequence[str]) -> pa.Table:
    rows = [
        {"semantic": semantic, "value": normal, "verdict": verdict}
        for verdict, lists in (("deny", config.deny), ("allow", config.allow))
        for semantic, values in lists.items()
        for normal in _normal_forms(engine, config, _known(semantic, tags), values)
    ]
    return pa.Table.from_pylist(rows, schema=_LISTED)


def _known(semantic: str, tags: Sequence[str]) -> str:
    known = (*_SEMANTICS, *tags)
    if semantic in known:
        return semantic
    close = nearest(semantic, known)
    raise UnknownKey(
        f"bad_values: {semantic} is not a semantic of any record",
        hint=f"nearest: {close}" if close else f"known: {', '.join(known)}",
    )


def _normal_forms(
    engine: Engine, config: StitchConfig, semantic: str, values: Sequence[str]
) -> list[str]:
    if semantic == "phone":
        return [_e164(value, config.default_country) for value in values]
    forms = [_normal_form(semantic, literal(value)) for value in values]
    row = engine.row(exp.select(*forms)) if forms else ()
    return [form for form in row if form is not None]


def _normal_form(semantic: str, value: exp.Expr) -> exp.Expr:
    if semantic == "email":
        return normal_email(value)
    if semantic == "given_name":
        return folded(value)
    if semantic == "surname":
        return fill(
            exp.func("replace", exp.Placeholder(this="name"), literal(" "), literal("")),
            name=folded(value),
        )
    return normal_key(value)


def _e164(value: str, country: str) -> str:
    """Normalise a number of the settings; one that cannot be read stays as it is."""
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return value
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
