"""A whole request: its form, exports, deletes."""

from braze_sandbox.rules.rule import Basis, Rule, Verdict

_REQUEST = Verdict.REQUEST_REFUSED
_DOC = Basis.DOCUMENTED
_SEEN = Basis.OBSERVED
_OPEN = Basis.OPEN


class RequestRule(Rule):
    """A whole request: its form, exports, deletes."""

    BODY_NOT_JSON = _REQUEST, _DOC, "the body is not JSON", "The request body is not valid JSON."
    BODY_NOT_DECLARED_JSON = (
        *(_REQUEST, _OPEN, "Content-Type is not application/json"),
        "The Content-Type header must be 'application/json'.",
    )
    PARAMETER_INVALID = (
        *(_REQUEST, _OPEN, "a number or word after the question mark is none of those it can be"),
        "'{field}' is not valid",
    )
    TOO_MANY_OBJECTS = (
        *(
            _REQUEST,
            _DOC,
            "more than 75 attributes, events and purchases together (legacy: of one; bulk: 1,000)",
        ),
        "Max Input Length Exceeded",
    )
    NOTHING_VALID = (
        *(_REQUEST, _SEEN, "no array at all, or every object refused"),
        "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.",
    )
    TOO_MANY_EXPORT_IDS = (
        *(_REQUEST, _DOC, "more than 50 external_ids or user_aliases in an export"),
        "The max number of external_ids and aliases per request was exceeded",
    )
    TOO_MANY_DELETE_IDS = (
        *(_REQUEST, _DOC, "more than 50 identifiers in a delete"),
        "The max number of ids per request was exceeded",
    )
    EXPORT_FIELDS_MISSING = (
        *(
            _REQUEST,
            _DOC,
            "an export without fields_to_export (accounts from before 2024-08-22 need none)",
        ),
        "'fields_to_export' is required and must be an array of strings.",
    )
    EXPORT_FIELD_UNKNOWN = (
        *(_REQUEST, _OPEN, "fields_to_export names a field that does not exist"),
        "'fields_to_export' holds an unknown field: {field}",
    )
    EXPORT_IDENTIFIERS_INVALID = (
        *(_REQUEST, _DOC, "an export without identifiers, or with two single ones"),
        (
            "Give 'external_ids', 'user_aliases', or one of 'braze_id', 'device_id', "
            "'email_address', 'phone'."
        ),
    )
    DELETE_KIND_INVALID = (
        *(_REQUEST, _OPEN, "not exactly one kind of identifier in a delete"),
        "Give one array: external_ids, user_aliases, braze_ids, email_addresses or phone_numbers",
    )
    DELETE_ITEM_INVALID = (
        *(_REQUEST, _OPEN, "an identifier of the wrong shape in a delete"),
        "'{field}' holds an identifier of the wrong shape.",
    )
