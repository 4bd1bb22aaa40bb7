"""Names of attributes: which Braze would misread, and which hide a field that it already has."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from onefold.destinations.braze.standard_fields import STANDARD_FIELDS
from onefold.destinations.config import Attribute
from onefold.model import TypeKind, element_of

__all__ = ["name_problem", "name_problems", "shadowing", "type_problem"]

MAX_NAME_CHARACTERS = 255

_NOT_ATTRIBUTES = {
    "external_id": "is an identifier, never an attribute",
    "braze_id": "is an identifier, never an attribute",
    "user_alias": "is an identifier, never an attribute",
    "alias_name": "is part of an identifier, never an attribute",
    "alias_label": "is part of an identifier, never an attribute",
    "email_subscription_info": "is refused by Braze",
    "push_token_import": "steers Braze's import of push tokens",
}
_SYNONYMS = {
    "first_name": "forename fname givenname christianname",
    "last_name": "surname lname familyname",
    "email": "mail emailaddress mailaddress",
    "phone": "phonenumber telephone telephonenumber tel",
    "dob": "birthday birthdate dateofbirth bday born birth",
    "gender": "sex",
    "home_city": "city town",
    "country": "countrycode",
    "language": "languagecode lang preferredlanguage",
    "time_zone": "timezone tz timezonename",
    "email_subscribe": "emailsubscription emailoptin emailsubscribed",
    "push_subscribe": "pushsubscription pushoptin pushsubscribed",
}
_MEANT = {_word: _field for _field, _words in _SYNONYMS.items() for _word in _words.split()}


def shadowing(name: str) -> str | None:
    """Give the standard field that a custom attribute of this name would shadow, or None.

    `birthday` shadows `dob`; `First Name` shadows `first_name`; `first_name` is the field itself.
    """
    if name in STANDARD_FIELDS:
        return None
    squeezed = _squeezed(name)
    return _SQUEEZED_FIELDS.get(squeezed) or _MEANT.get(squeezed)


def name_problem(name: str) -> str | None:
    """Say what is wrong with an attribute's name, or None."""
    if not name or name != name.strip() or not name.isprintable():
        return f"attribute {name!r}: a name is not empty and has no blanks around it"
    if len(name) > MAX_NAME_CHARACTERS:
        return f"attribute {name[:40]}…: longer than {MAX_NAME_CHARACTERS} characters"
    if problem := _reserved(name):
        return problem
    field = shadowing(name)
    if field:
        return f"{name!r} would shadow Braze's own field {field}; write  {field}: {{from: {name}}}"
    return None


def _reserved(name: str) -> str | None:
    if name.startswith(("_", "$")):
        return f"attribute {name}: names with _ or $ in front are Braze's and ours"
    if element_of(name) is not None:
        return f"attribute {name}: what stands in brackets is an element of a campaign's array"
    if name in _NOT_ATTRIBUTES:
        return f"attribute {name} {_NOT_ATTRIBUTES[name]}"
    return None


def name_problems(names: Iterable[str]) -> list[str]:
    """Say what is wrong with names, each alone and with each other."""
    names = list(names)
    alone = [problem for name in names if (problem := name_problem(name))]
    folded = groupby(sorted(names, key=str.casefold), key=str.casefold)
    twins = [group for _, same in folded if len(group := list(same)) > 1]
    return alone + [
        f"attributes {' and '.join(map(repr, group))} are one name but for case; Braze keeps both"
        for group in twins
    ]


def type_problem(attribute: Attribute) -> str | None:
    """Say what is wrong with the type of an attribute that is a standard field, or None."""
    if attribute.type.kind is TypeKind.JSON and attribute.as_string:
        return f"attribute {attribute.name}: as: string is for single values, not for arrays"
    standard = STANDARD_FIELDS.get(attribute.name)
    if standard is None or attribute.sent_type.kind in standard.kinds:
        return None
    fitting = " or ".join(sorted(standard.kinds - {TypeKind.VARCHAR}))
    return f"attribute {attribute.name}: Braze takes {fitting} here, not {attribute.sent_type}"


def _squeezed(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


_SQUEEZED_FIELDS = {_squeezed(_name): _name for _name in STANDARD_FIELDS}
