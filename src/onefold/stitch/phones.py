"""Phone numbers to E.164 in SQL, by the numbering plans of the `phonenumbers` library.

The plans become two small relations; no number passes through Python. Followed are calling codes,
international and national prefixes, and possible lengths of every country; numbers of the default
country must also have the exact pattern. Left out are letters (1-800-FLOWERS) and the carrier codes
that Argentina, Brazil and Mexico mix into national prefixes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TypeVar

import phonenumbers
import pyarrow as pa
from phonenumbers import PhoneMetadata, PhoneNumberDesc

from onefold.errors import ProjectError
from onefold.stitch.normal import fill
from onefold.warehouse import Engine, fixed_sql, literal

__all__ = ["normalise_phones"]

_Part = TypeVar("_Part")
NO_COUNTRY = "001"  # of calling codes that belong to no country, such as +800
_LONGEST_CODE = 3  # digits; calling codes have one to three and none begins with another
_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("calling_code", pa.string()),
        ("national_prefix", pa.string()),
        ("lengths", pa.list_(pa.int64())),
        ("pattern", pa.string()),
    ]
)


def normalise_phones(engine: Engine, default_country: str) -> None:
    """Write `_stitch_phones`: rid, e164 (NULL when it is no possible number), from the records.

    Raises:
        ProjectError: `default_country` is no country with a numbering plan.
    """
    if default_country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ProjectError(
            f"default_country {default_country!r} is not a country code",
            hint='write two letters (ISO 3166-1), such as default_country: "FR"',
        )
    plan = _plan(default_country.upper())
    engine.register("_stitch_countries", _country_plans())
    engine.register("_stitch_calling_codes", _calling_code_plans())
    query = fill(
        fixed_sql("onefold.stitch", "phones"),
        default_country=literal(default_country.upper()),
        default_code=literal(str(plan.country_code)),
        default_pattern=literal(_numbers(plan).national_number_pattern),
        default_out=literal(f"^(?:{plan.international_prefix})([1-9])"),
        default_prefix=literal(f"^(?:{_parsing_prefix(plan)})"),
        longest=literal(max(_numbers(plan).possible_length)),
    )
    try:
        engine.table("_stitch_phones", query)
    finally:
        engine.unregister("_stitch_countries")
        engine.unregister("_stitch_calling_codes")


def _parsing_prefix(plan: PhoneMetadata) -> str:
    """Give the pattern of the national prefix; carrier codes (rewriting rules) are left out."""
    if plan.national_prefix_for_parsing and not plan.national_prefix_transform_rule:
        return str(plan.national_prefix_for_parsing)
    return plan.national_prefix or "$."


@cache
def _country_plans() -> pa.Table:
    return _relation(_countries())


@cache
def _calling_code_plans() -> pa.Table:
    return _relation(_calling_codes())


def _countries() -> Iterable[tuple[str, PhoneMetadata]]:
    for country in sorted(phonenumbers.SUPPORTED_REGIONS):
        yield country, _plan(country)


def _calling_codes() -> Iterable[tuple[str, PhoneMetadata]]:
    """Give every run of three digits that begins with a calling code, with its main country."""
    for code, countries in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        plan = _plan(countries[0]) if countries[0] != NO_COUNTRY else _worldwide_plan(code)
        free = _LONGEST_CODE - len(str(code))
        for rest in range(10**free):
            yield f"{code}{rest:0{free}d}" if free else str(code), plan


def _plan(country: str) -> PhoneMetadata:
    return _known(PhoneMetadata.metadata_for_region(country))


def _worldwide_plan(calling_code: int) -> PhoneMetadata:
    return _known(PhoneMetadata.metadata_for_nongeo_region(calling_code))


def _numbers(plan: PhoneMetadata) -> PhoneNumberDesc:
    return _known(plan.general_desc)


def _known(part: _Part | None) -> _Part:
    if part is None:
        raise LookupError("phonenumbers lists a country without a numbering plan")
    return part


def _relation(plans: Iterable[tuple[str, PhoneMetadata]]) -> pa.Table:
    rows = [
        {
            "name": name,
            "calling_code": str(plan.country_code),
            "national_prefix": plan.national_prefix,
            "lengths": [length for length in _numbers(plan).possible_length if length > 0],
            "pattern": _numbers(plan).national_number_pattern,
        }
        for name, plan in plans
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
