"""One relation of desired rows, from all sources of values."""

from __future__ import annotations

from sqlglot import exp

from onefold.delta.config import DeltaInput, DesiredRows
from onefold.warehouse import Engine, any_of, call, column, ident, literal, relation

__all__ = ["join_desired"]


def join_desired(engine: Engine, given: DeltaInput, *, result: str) -> tuple[str, ...]:
    """Make the view `result`: a row an identifier, with all flags, fields and `_wanted`.

    Returns:
        All fields that the comparison is about: of the desired rows, then those that only a rule
        names (its people may still leave).
    """
    own = [field for rows in given.desired for field in rows.fields]
    others = [field for rule in given.rules for field in rule.fields]
    engine.view(result, _together(given.desired, own) if given.desired else _nobody())
    return tuple(dict.fromkeys([*own, *others]))


def _together(desired: tuple[DesiredRows, ...], fields: list[str]) -> exp.Select:
    flags = list(dict.fromkeys(flag for rows in desired for flag in rows.flags))
    return _joined(desired).select(
        _first(desired, "_identifier").as_("_identifier"),
        _first(desired, "_person_id").as_("_person_id"),
        _refused(desired).as_("_refused"),
        *(_flag(desired, flag).as_(ident(flag)) for flag in flags),
        any_of(_flag(desired, flag) for flag in flags).as_("_wanted"),
        *(_field(desired, field).as_(ident(field)) for field in fields),
    )


def _nobody() -> exp.Select:
    text = exp.cast(exp.null(), "VARCHAR")
    texts = exp.cast(exp.null(), exp.DataType.build("VARCHAR[]", dialect="duckdb"))
    return exp.select(
        text.as_("_identifier"),
        text.copy().as_("_person_id"),
        texts.as_("_refused"),
        exp.false().as_("_wanted"),
    ).where(exp.false())


def _joined(desired: tuple[DesiredRows, ...]) -> exp.Select:
    query = exp.select()
    for number, rows in enumerate(desired):
        source = relation(rows.relation, f"d{number}")
        if number == 0:
            query = query.from_(source)
            continue
        same = column("_identifier", f"d{number}").eq(_first(desired[:number], "_identifier"))
        query = query.join(source, on=same, join_type="full")
    return query


def _first(desired: tuple[DesiredRows, ...], name: str) -> exp.Expr:
    found = [column(name, f"d{number}") for number in range(len(desired))]
    return found[0] if len(found) == 1 else exp.func("coalesce", *found)


def _refused(desired: tuple[DesiredRows, ...]) -> exp.Expr:
    lists: list[exp.Expr] = [column("_refused", f"d{number}") for number in range(len(desired))]
    return lists[0] if len(lists) == 1 else call("list_concat", *lists)


def _flag(desired: tuple[DesiredRows, ...], flag: str) -> exp.Expr:
    found = [
        call("coalesce", column(flag, f"d{number}"), literal(False))  # noqa: FBT003 - a SQL value
        for number, rows in enumerate(desired)
        if flag in rows.flags
    ]
    return any_of(found)


def _field(desired: tuple[DesiredRows, ...], field: str) -> exp.Expr:
    (number,) = [number for number, rows in enumerate(desired) if field in rows.fields]
    return column(field, f"d{number}")
