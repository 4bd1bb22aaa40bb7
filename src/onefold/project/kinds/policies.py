"""How project files write what an attribute is sent less often for: units, bands, thresholds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import Field, PlainValidator

from onefold.delta import MinChange
from onefold.destinations import Band, Bands, Period, Rounding
from onefold.errors import nearest
from onefold.project.values import PERCENT, wrong

__all__ = ["BandsOf", "LeastChange", "RoundTo"]

_BAND = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")
MAX_DIGITS = 15  # before and after the point: more than a JSON number keeps


def _number(value: object) -> Decimal | None:
    """Read a number above 0 as it is written, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = Decimal(str(value))
    _, digits, exponent = number.as_tuple()
    fits = isinstance(exponent, int) and number < 10**MAX_DIGITS and exponent >= -MAX_DIGITS
    return number if digits and fits and number > 0 else None


def _round_to(value: object) -> Rounding:
    number = _number(value)
    if number is not None:
        return Rounding(number)
    if isinstance(value, str) and value in set(Period):
        return Rounding(Period(value))
    close = nearest(value, list(Period)) if isinstance(value, str) else None
    hint = f"nearest: {close}" if close else "write a number such as 10 or 0.5, or day, month, year"
    raise wrong(f"`round_to: {value}` is neither a number above 0 nor a period", hint)


def _bands(value: object) -> Bands:
    if not isinstance(value, Mapping) or not value:
        raise wrong("`bands` must hold names with limits", _BANDS_HINT)
    bands: list[Band] = []
    words: dict[str, str] = {}
    for name, limit in value.items():
        if not isinstance(name, str) or not name:
            raise wrong(f"the band `{name}` is not a text", "put its name in quotes")
        match = _BAND.fullmatch(limit.strip()) if isinstance(limit, str) else None
        if limit in _OTHERWISE:
            if limit in words:
                raise wrong(f"two bands are `{limit}`: {words[limit]} and {name}", "remove one")
            words[limit] = name
        elif match is None:
            turned = name in _OTHERWISE or _BAND.fullmatch(name.strip())
            hint = f"the name comes first:  {limit}: {_quoted(name)}" if turned else _LIMIT_HINT
            raise wrong(f"`{limit}` is not a band's limit", hint)
        else:
            bands.append(Band(name=name, operator=match[1], limit=Decimal(match[2])))
    if "else" not in words:
        raise wrong("no band is for all other numbers", f"add one:  {_new_name(value)}: else")
    _refuse_hidden(bands)
    return Bands(bands=tuple(bands), otherwise=words["else"], empty=words.get("empty"))


_OTHERWISE = ("else", "empty")
_LIMIT_HINT = 'write "< 30", else, or empty'
_BANDS_HINT = 'write {green: "< 30", yellow: "< 90", grey: else}'


def _quoted(limit: str) -> str:
    return limit if limit in _OTHERWISE else f'"{limit}"'


def _new_name(taken: Mapping[object, object]) -> str:
    return next(name for name in ("other", "others", "else_other") if name not in taken)


def _refuse_hidden(bands: list[Band]) -> None:
    """Refuse a band that the one before hides: the first that holds gives its name."""
    if not bands:
        raise wrong("no band has a limit", _BANDS_HINT)
    for one, after in pairwise(bands):
        if one.operator[0] != after.operator[0]:
            raise wrong(
                f"the bands {one.name} and {after.name} look in two directions",
                "write all of them with < and <=, smallest first; or all with > and >=",
            )
        rising = one.operator[0] == "<"
        if one.limit == after.limit:
            reachable = len(one.operator) < len(after.operator)
        else:
            reachable = (one.limit < after.limit) is rising
        if not reachable:
            raise wrong(
                f"nothing can be in the band {after.name}: {one.name} comes first and takes it all",
                "put the smallest limit first" if rising else "put the largest limit first",
            )


def _min_change(value: object) -> MinChange:
    match = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    number = Decimal(match[1]) / 100 if match else _number(value)
    if not number:
        raise wrong(
            f"`min_change: {value}` is neither a percentage nor a number above 0",
            "write 5% for a share of the value in Braze, or a number such as 10",
        )
    return MinChange(amount=number, is_share=match is not None)


_Positive = Annotated[float, Field(gt=0)]
_Written = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d+)?\s*%$")]

RoundTo = Annotated[Rounding, PlainValidator(_round_to, json_schema_input_type=_Positive | Period)]
BandsOf = Annotated[
    Bands,
    PlainValidator(
        _bands,
        json_schema_input_type=dict[
            str, Annotated[str, Field(pattern=rf"^({_BAND.pattern}|else|empty)$")]
        ],
    ),
]
LeastChange = Annotated[
    MinChange, PlainValidator(_min_change, json_schema_input_type=_Positive | _Written)
]
