"""Who an object is about: exactly one primary identifier, or an e-mail or phone to look up."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from braze_sandbox.rules import Broken, ObjectRule
from braze_sandbox.standard_fields import is_phone, read_email

MAX_EXTERNAL_ID_BYTES = 987
PRIMARY = ("external_id", "user_alias", "braze_id")


class Kind(Enum):
    """The kinds of identifier, by the name of their key."""

    EXTERNAL_ID = "external_id"
    USER_ALIAS = "user_alias"
    BRAZE_ID = "braze_id"
    EMAIL = "email"
    PHONE = "phone"
    ANONYMOUS = "push_token_import"


@dataclass(frozen=True, slots=True)
class Alias:
    """A second name of a user, unique by label and name."""

    label: str
    name: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """One way to name a user. The value is an `Alias` for `USER_ALIAS`, else text."""

    kind: Kind
    value: str | Alias


def read_identifier(sent: Mapping[str, object], blocked: frozenset[str]) -> Identifier:
    """The one identifier of an object; raises `Broken`.

    A primary identifier that is null counts as absent. `blocked` are external ids that Braze
    refuses (dummy users).
    """
    primary = [key for key in PRIMARY if sent.get(key) is not None]
    if sent.get("push_token_import") is True:
        return _read_anonymous(sent, primary)
    if len(primary) > 1:
        raise Broken(ObjectRule.IDENTIFIERS_TOO_MANY)
    if primary:
        return read_primary(primary[0], sent[primary[0]], blocked)
    if sent.get("email") is not None:
        return Identifier(Kind.EMAIL, read_email(sent["email"]))
    if sent.get("phone") is not None:
        return Identifier(Kind.PHONE, read_phone(sent["phone"]))
    raise Broken(ObjectRule.IDENTIFIER_MISSING)


def read_primary(key: str, sent: object, blocked: frozenset[str]) -> Identifier:
    """The identifier that the value of `external_id`, `user_alias` or `braze_id` names."""
    if key == "external_id":
        return Identifier(Kind.EXTERNAL_ID, _read_external_id(sent, blocked))
    if key == "user_alias":
        return Identifier(Kind.USER_ALIAS, read_alias(sent))
    if not isinstance(sent, str):
        raise Broken(ObjectRule.BRAZE_ID_INVALID)
    return Identifier(Kind.BRAZE_ID, sent)


def read_alias(sent: object) -> Alias:
    """A `user_alias` object."""
    if isinstance(sent, Mapping):
        label, name = sent.get("alias_label"), sent.get("alias_name")
        if isinstance(label, str) and isinstance(name, str) and label and name:
            return Alias(label, name)
    raise Broken(ObjectRule.USER_ALIAS_INVALID)


def read_phone(sent: object) -> str:
    """A phone number good enough to find somebody by."""
    if not isinstance(sent, str) or not is_phone(sent):
        raise Broken(ObjectRule.PHONE_IDENTIFIER_INVALID)
    return sent


def _read_external_id(sent: object, blocked: frozenset[str]) -> str:
    if not isinstance(sent, str) or not sent:
        raise Broken(ObjectRule.EXTERNAL_ID_INVALID)
    if len(sent.encode()) > MAX_EXTERNAL_ID_BYTES:
        raise Broken(ObjectRule.EXTERNAL_ID_TOO_LONG)
    if sent in blocked:
        raise Broken(ObjectRule.EXTERNAL_ID_BLOCKED)
    return sent


def _read_anonymous(sent: Mapping[str, object], primary: list[str]) -> Identifier:
    """A user known by nothing but a push token, whose shape its own reader checks."""
    tokens = sent.get("push_tokens")
    if primary or not isinstance(tokens, list) or not tokens:
        raise Broken(ObjectRule.PUSH_TOKEN_IMPORT_INVALID)
    token = tokens[0].get("token") if isinstance(tokens[0], dict) else None
    return Identifier(Kind.ANONYMOUS, str(token))
