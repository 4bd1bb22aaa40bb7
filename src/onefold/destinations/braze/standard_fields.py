"""The fields that Braze itself knows: their types, how it keeps them, and whether they cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from onefold.destinations.braze.codes import (
    LANGUAGES,
    countries,
    country_names,
    time_zone_names,
    time_zones,
)
from onefold.destinations.config import Attribute
from onefold.destinations.encode import plain_text
from onefold.destinations.formulas import fill, formula
from onefold.destinations.rules import (
    VALUE,
    Problem,
    Rule,
    nested_rule,
    one_of,
    text_rule,
    type_rule,
)
from onefold.model import FieldType, TypeKind
from onefold.warehouse import literal

__all__ = ["STANDARD_FIELDS", "SUBSCRIPTIONS", "StandardField", "attribute_rule"]

SUBSCRIPTIONS = frozenset({"email_subscribe", "push_subscribe"})
"""What people agreed to receive: Braze refuses null for it."""

_TEXT = frozenset({TypeKind.STRING, TypeKind.VARCHAR})
_DATE = frozenset({TypeKind.DATE})
_INSTANT = frozenset({TypeKind.DATETIME})
_FLAG = frozenset({TypeKind.BOOLEAN})
_NESTED = frozenset({TypeKind.JSON})

STORED_AS_TIME = "texts in the form of a time: Braze stores times"

_BLANKS = " \t\r\n\u00a0\u200b\ufeff"
_LOCAL = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = rf"{_LOCAL}(\.{_LOCAL})*@({_LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]"
_PHONE = r"\+[1-9][0-9]{6,14}"


@dataclass(frozen=True, kw_only=True, slots=True)
class StandardField:
    """A field of Braze's own.

    Attributes:
        kinds: the types that it takes.
        rule: how its values are kept, made when first needed; None: as its type.
        billable: whether setting it costs a data point: those that Braze's list of billable fields
            names.
    """

    kinds: frozenset[TypeKind]
    rule: Callable[[], Rule] | None = None
    billable: bool = True


def attribute_rule(attribute: Attribute, column: FieldType) -> Rule:
    """Give Braze's rule for an attribute, held in a column of this type."""
    standard = STANDARD_FIELDS.get(attribute.name)
    if attribute.name in _NESTED_PROBLEMS:
        return nested_rule(column, _NESTED_PROBLEMS[attribute.name])
    texts = attribute.type.kind in _TEXT and column.kind in _TEXT
    if standard is None and texts and not attribute.as_string:
        return _text_or_time()
    if standard is None or standard.rule is None:
        return type_rule(attribute, column)
    return standard.rule()


_OFFSET = r"[+-](?:0\d|1[0-4])(?::?[0-5]\d)?"
_DAY = r"\d{4}-\d\d-\d\d"
_MINUTE = r"(?:[01]\d|2[0-3]):[0-5]\d"
_WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MOMENT = rf"{_DAY}[T ]{_MINUTE}(?::[0-5]\d(?:[.]\d{{1,9}})?)?"
_TO_ISO = (  # forms of times other than ISO 8601 with a zone, and how they are written in it
    (r"(\d\d)/(\d\d)/(\d{4})", r"\3-\1-\2"),
    (rf"({_DAY}T{_MINUTE}:\d\d):(\d{{3}})(Z|{_OFFSET})", r"\1.\2\3"),
    (
        rf"{_WEEKDAY} (\d\d) (\d\d) ({_MINUTE}:\d\d)[.](Z|UTC|{_OFFSET}) (\d{{4}})",
        r"\5-\1-\2T\3\4",
    ),
    (rf"({_DAY})", r"\1T00:00"),
    (rf"({_MOMENT})(?:UTC)?", r"\1Z"),
)
_ISO = rf"^{_MOMENT}(Z|{_OFFSET})$"
_MAYBE_TIME = f"^([0-9]{{4}}-|[0-9]{{2}}/|{_WEEKDAY} [0-9])"
_STORED_TIME = "____-__-__T__:__:__.___Z"


def _text_or_time() -> Rule:
    """Keep a text; one in a form of times is a time to Braze, without a zone in UTC.

    Outside the years 1 to 3000 it is a text to Braze, too, and kept as it is.
    """
    iso: exp.Expr = VALUE
    for form, written in _TO_ISO:
        iso = formula(
            "regexp_replace(:iso, :form, :written)",
            iso=iso,
            form=literal(f"^{form}$"),
            written=literal(written),
        )
    checked = formula("regexp_extract(:iso, :form)", iso=iso, form=literal(_ISO))
    instant = formula(  # days are the commonest by far, and need one look
        "CASE WHEN regexp_full_match(:value, :day) "
        "THEN TRY_CAST(:value || ' 00:00Z' AS TIMESTAMPTZ) "
        "ELSE TRY_CAST(:checked AS TIMESTAMPTZ) END",
        checked=checked,
        day=literal(_DAY),
    )
    time = formula(
        "CASE WHEN :time BETWEEN '0001' AND '3001' AND :time LIKE :stored THEN :time END",
        time=plain_text(instant, FieldType(TypeKind.DATETIME)),
        stored=literal(_STORED_TIME),
    )
    rule = text_rule(
        "CASE WHEN regexp_matches(CAST(:value AS VARCHAR), :maybe) "
        "THEN coalesce(:time, CAST(:value AS VARCHAR)) ELSE CAST(:value AS VARCHAR) END",
        maybe=literal(_MAYBE_TIME),
        time=fill(time, value=formula("CAST(:value AS VARCHAR)")),
    )
    is_time = formula("coalesce(:value LIKE :stored, false)", stored=literal(_STORED_TIME))
    return replace(rule, remarks=(Problem(is_time, STORED_AS_TIME),))


def _trimmed(normal: str, *problems: Problem) -> Rule:
    text = formula("trim(:value, :blanks)", blanks=literal(_BLANKS))
    return text_rule(normal, *problems, text=text)


def _spelled(
    spellings: Mapping[str, str], written: str, codes: Collection[str], reason: str
) -> Rule:
    """Keep codes; what is none is looked up, whatever its case. Nearly all are: that is quick.

    Args:
        spellings: other names of codes, upper case.
        written: a formula for `:text` as codes are written.
        codes: those that are taken.
        reason: why others are refused.
    """
    known = exp.Map(
        keys=exp.Array(expressions=[literal(name) for name in spellings]),
        values=exp.Array(expressions=[literal(name) for name in spellings.values()]),
    )
    text = formula("nfc_normalize(trim(:value, :blanks))", blanks=literal(_BLANKS))
    code = formula(written, text=text)
    return text_rule(
        "CASE WHEN :is_code THEN :code "
        "ELSE coalesce(list_extract(map_extract(:known, upper(:text)), 1), :code) END",
        one_of(codes, reason),
        is_code=exp.In(this=code, expressions=[literal(one) for one in sorted(codes)]),
        code=code,
        text=text,
        known=known,
    )


def _unlike(pattern: str, reason: str) -> Problem:
    return Problem(
        formula("NOT regexp_full_match(:value, :pattern)", pattern=literal(pattern)), reason
    )


def _unfit(fits: str, reason: str, **parts: exp.Expr) -> Problem:
    """Refuse what a formula over a nested value's one text does not fit."""
    return Problem(formula("NOT coalesce(TRY(:fits), false)", fits=formula(fits, **parts)), reason)


def _email() -> Rule:
    too_long = Problem(formula("instr(:value, '@') > 65"), "not an e-mail address")
    return _trimmed("lower(:text)", _unlike(_EMAIL, "not an e-mail address"), too_long)


def _phone() -> Rule:
    reason = "not an international phone number: +, then 7 to 15 digits"
    digits = r"regexp_replace(regexp_replace(:text, '[\s().\-/]', '', 'g'), '^00', '+')"
    return _trimmed(digits, _unlike(_PHONE, reason))


def _gender() -> Rule:
    words = (
        "CASE lower(:text) WHEN 'male' THEN 'M' WHEN 'female' THEN 'F' WHEN 'other' THEN 'O' "
        "WHEN 'not applicable' THEN 'N' WHEN 'prefer not to say' THEN 'P' ELSE upper(:text) END"
    )
    return _trimmed(words, one_of("MFONP", "not one of M, F, O, N, P"))


def _country() -> Rule:
    reason = "not a country code (ISO 3166-1, two letters)"
    return _spelled(country_names(), "upper(:text)", countries(), reason)


def _language() -> Rule:
    reason = "not a language code (ISO 639-1, two letters)"
    tag = r"regexp_replace(lower(:text), '^([a-z]{2})[-_][a-z0-9_-]+$', '\1')"  # fr-FR is fr
    return _trimmed(tag, one_of(LANGUAGES, reason))


def _time_zone() -> Rule:
    reason = "not a time zone's name of IANA or Ruby on Rails"
    return _spelled(time_zone_names(), ":text", time_zones(), reason)


def _subscription() -> Rule:
    states = ["opted_in", "subscribed", "unsubscribed"]
    return _trimmed("lower(:text)", one_of(states, f"not one of {', '.join(states)}"))


_ID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_GROUP = (
    rf'\{{"subscription_group_id":"{_ID}","subscription_state":"(un)?subscribed"'
    r'(,"use_double_opt_in_logic":(true|false))?\}'
)
_NESTED_PROBLEMS = {
    "current_location": _unfit(
        "json_keys(:value) = ['latitude', 'longitude'] "
        "AND json_type(:value, '$.latitude') IN ('BIGINT', 'UBIGINT', 'DOUBLE') "
        "AND json_type(:value, '$.longitude') IN ('BIGINT', 'UBIGINT', 'DOUBLE') "
        "AND CAST(json_extract_string(:value, '$.latitude') AS DOUBLE) BETWEEN -90 AND 90 "
        "AND CAST(json_extract_string(:value, '$.longitude') AS DOUBLE) BETWEEN -180 AND 180",
        "not a place: {longitude, latitude}, two numbers",
    ),
    "subscription_groups": _unfit(
        "regexp_full_match(:value, :groups)",
        "not a list of {subscription_group_id, subscription_state}",
        groups=literal(rf"\[({_GROUP}(,{_GROUP})*)?\]"),
    ),
}
_nested = partial(StandardField, kinds=_NESTED)

STANDARD_FIELDS = {
    "first_name": StandardField(kinds=_TEXT),
    "last_name": StandardField(kinds=_TEXT),
    "email": StandardField(kinds=_TEXT, rule=_email),
    "phone": StandardField(kinds=_TEXT, rule=_phone),
    "dob": StandardField(kinds=_DATE),
    "gender": StandardField(kinds=_TEXT, rule=_gender),
    "home_city": StandardField(kinds=_TEXT),
    "country": StandardField(kinds=_TEXT, rule=_country),
    "language": StandardField(kinds=_TEXT, rule=_language),
    "time_zone": StandardField(kinds=_TEXT, rule=_time_zone),
    "email_subscribe": StandardField(kinds=_TEXT, rule=_subscription, billable=False),
    "push_subscribe": StandardField(kinds=_TEXT, rule=_subscription, billable=False),
    "email_open_tracking_disabled": StandardField(kinds=_FLAG, billable=False),
    "email_click_tracking_disabled": StandardField(kinds=_FLAG, billable=False),
    "date_of_first_session": StandardField(kinds=_INSTANT, billable=False),
    "date_of_last_session": StandardField(kinds=_INSTANT, billable=False),
    "marked_email_as_spam_at": StandardField(kinds=_INSTANT, billable=False),
    "current_location": _nested(),
    "subscription_groups": _nested(billable=False),
    "push_tokens": _nested(billable=False),
    "facebook": _nested(billable=False),
    "twitter": _nested(billable=False),
}
