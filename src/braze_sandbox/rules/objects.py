"""One object of /users/track, and each of its fields."""

from braze_sandbox.rules.rule import Basis, Rule, Verdict

_OBJECT = Verdict.OBJECT_REFUSED
_SKIPPED = Verdict.OBJECT_SKIPPED
_IGNORED = Verdict.FIELD_IGNORED
_CLEARED = Verdict.FIELD_CLEARED
_ALTERED = Verdict.ALTERED
_DOC = Basis.DOCUMENTED
_SEEN = Basis.OBSERVED
_OPEN = Basis.OPEN


class ObjectRule(Rule):
    """One object of /users/track, and each of its fields."""

    # any object
    OBJECT_NOT_AN_OBJECT = _OBJECT, _OPEN, "not a JSON object", "'{field}' must hold objects"
    IDENTIFIER_MISSING = (
        *(_OBJECT, _SEEN, "none of external_id, user_alias, braze_id, email, phone"),
        "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required",
    )
    IDENTIFIERS_TOO_MANY = (
        *(_OBJECT, _SEEN, "more than one of external_id, user_alias, braze_id"),
        "You must specify only one of 'external_id', 'user_alias' or 'braze_id'",
    )
    EXTERNAL_ID_INVALID = (
        *(_OBJECT, _OPEN, "external_id is empty or not a string"),
        "'external_id' must be a non-empty string",
    )
    EXTERNAL_ID_TOO_LONG = (
        *(_OBJECT, _SEEN, "external_id is longer than 987 bytes"),
        "'external_id' must be fewer than 988 bytes",
    )
    EXTERNAL_ID_BLOCKED = (
        *(_OBJECT, _DOC, "external_id is of a blocked dummy user"),
        "provided external_id is blacklisted and disallowed",
    )
    BRAZE_ID_INVALID = _OBJECT, _OPEN, "braze_id is not a string", "'braze_id' is not valid"
    USER_ALIAS_INVALID = (
        *(_OBJECT, _OPEN, "user_alias lacks alias_name or alias_label, or they are not strings"),
        "'user_alias' must be an object with 'alias_name' and 'alias_label'",
    )
    PHONE_IDENTIFIER_INVALID = (
        *(_OBJECT, _DOC, "a user is looked up by a phone that is not a number"),
        "The value provided for the 'phone' field is not a valid phone number.",
    )
    UPDATE_ONLY_MISS = _SKIPPED, _OPEN, "_update_existing_only and the user is unknown"
    BRAZE_ID_UNKNOWN = _SKIPPED, _OPEN, "braze_id is unknown: it can't be created"
    PUSH_TOKEN_KNOWN = _SKIPPED, _DOC, "an anonymous push token that is there already"

    # standard fields
    EMAIL_INVALID = (
        *(_OBJECT, _DOC, "email is not an address"),
        "The value provided for the 'email' field is not a valid email.",
    )
    SUBSCRIPTION_STATE_INVALID = (
        *(_OBJECT, _DOC, "email_subscribe or push_subscribe is another word, or null"),
        "'{field}' must be 'subscribed', 'unsubscribed', or 'opted_in'",
    )
    LOCATION_INVALID = (
        *(_OBJECT, _DOC, "current_location lacks a longitude or latitude in range"),
        "'current_location' must be an object with a valid 'longitude' and 'latitude'",
    )
    SUBSCRIPTION_GROUPS_NOT_ARRAY = (
        *(_OBJECT, _DOC, "subscription_groups is not an array"),
        "'subscription_groups' must be an array",
    )
    SUBSCRIPTION_GROUP_NOT_OBJECT = (
        *(_OBJECT, _DOC, "subscription_groups holds something else than objects"),
        "'subscription_groups' must be an array of objects",
    )
    SUBSCRIPTION_GROUP_ID_INVALID = (
        *(
            _OBJECT,
            _DOC,
            "subscription_group_id is not a UUID, or of no group where groups were made",
        ),
        "'subscription_group_id' must be a valid subscription group id",
    )
    SUBSCRIPTION_GROUP_STATE_INVALID = (
        *(_OBJECT, _DOC, "subscription_state is another word"),
        "'subscription_state' must be 'subscribed' or 'unsubscribed'",
    )
    EMAIL_SUBSCRIPTION_INFO_FORBIDDEN = (
        *(_OBJECT, _DOC, "email_subscription_info is set"),
        "'email_subscription_info' can not be set",
    )
    PUSH_TOKENS_INVALID = (
        *(_OBJECT, _DOC, "push_tokens is not an array of objects"),
        "'push_tokens' must be an array of objects with 'app_id' and 'token'",
    )
    PUSH_TOKEN_APP_ID_INVALID = (
        *(_OBJECT, _DOC, "app_id of a push token is missing, empty or not a string"),
        "'app_id' of a push token must be a string",
    )
    PUSH_TOKEN_STRING_INVALID = (
        *(_OBJECT, _DOC, "token of a push token is missing, empty or not a string"),
        "'token' of a push token must be a string",
    )
    PUSH_DEVICE_ID_INVALID = (
        *(_OBJECT, _DOC, "device_id is not a string of 8 to 255 bytes"),
        "'device_id' must be a string of 8 to 255 bytes",
    )
    PUSH_TOKEN_IMPORT_INVALID = (
        *(_OBJECT, _DOC, "push_token_import with an identifier, or without push_tokens"),
        "'push_token_import' needs 'push_tokens', and neither 'external_id' nor 'braze_id'",
    )
    COUNTRY_UNMAPPED = _CLEARED, _DOC, "country is neither ISO 3166-1 alpha-2 nor a known name"
    TIME_ZONE_UNKNOWN = _IGNORED, _DOC, "time_zone is neither an IANA nor a Rails name"
    LANGUAGE_UNKNOWN = _IGNORED, _OPEN, "language is not ISO 639-1"
    DOB_INVALID = _IGNORED, _OPEN, "dob is not a date as YYYY-MM-DD"
    GENDER_INVALID = _IGNORED, _OPEN, "gender is none of M, F, O, N, P"
    PHONE_UNSENDABLE = _ALTERED, _OPEN, "phone is no number: kept as sent, can't be messaged"
    STANDARD_TYPE_WRONG = _IGNORED, _OPEN, "a standard field of the wrong JSON type"
    SESSION_TIME_INVALID = _IGNORED, _OPEN, "a date_of_… or marked_… field is not a time"

    # custom attributes
    ATTRIBUTE_BLOCKED = _IGNORED, _DOC, "the attribute is on the blocklist; costs no data point"
    FORCED_TYPE_MISFIT = _IGNORED, _DOC, "the value can't be made the type forced in the dashboard"
    NAME_INVALID = _IGNORED, _OPEN, "the name is empty, longer than 255 or begins with $"
    STRING_TOO_LONG = _IGNORED, _DOC, "a string is longer than 255 characters"
    TIME_OUT_OF_RANGE = _ALTERED, _DOC, "a time before year 1 or after 3000: stored as a string"
    INCREMENT_INVALID = (
        _IGNORED,
        _OPEN,
        "inc is no integer, the attribute no number, the sum too large",
    )
    ARRAY_EDIT_INVALID = _IGNORED, _OPEN, "add or remove without an array, or on a non-array"
    ARRAY_TOO_LONG = (
        _ALTERED,
        _DOC,
        "an array above 500 values, or its own limit: the oldest are dropped",
    )
    ARRAY_VALUE_INVALID = _ALTERED, _OPEN, "null, an array or a long string in an array: left out"
    OBJECT_TOO_LARGE = _IGNORED, _DOC, "an object or array above 100 KB, or too deep"
    NESTED_INVALID = _IGNORED, _DOC, "a bad key, null, time or string inside an object"
    OBJECT_ARRAY_EDIT_INVALID = _IGNORED, _OPEN, "$add, $update or $remove of the wrong shape"

    # events and purchases
    EVENT_BLOCKED = _SKIPPED, _DOC, "the event is on the blocklist; costs no data point"
    FIELD_REQUIRED = _OBJECT, _DOC, "a required field is missing", "'{field}' is required"
    TEXT_INVALID = (
        *(_OBJECT, _OPEN, "name or product_id is not a string of 1 to 255 characters"),
        "'{field}' must be a string of 1 to 255 characters",
    )
    TIME_INVALID = _OBJECT, _OPEN, "time is not a time", "'time' must be an ISO 8601 time"
    TIME_IN_FUTURE = _ALTERED, _DOC, "an event in the future happens now"
    CURRENCY_INVALID = (
        *(_OBJECT, _OPEN, "currency is not three capital letters"),
        "'currency' must be an ISO 4217 code",
    )
    PRICE_INVALID = _OBJECT, _OPEN, "price is not a number", "'price' must be a number"
    QUANTITY_INVALID = _OBJECT, _SEEN, "quantity is not from 1 to 100", "'quantity' is not valid"
    PROPERTIES_INVALID = (
        *(_OBJECT, _OPEN, "properties is not an object, or above 100 KB (purchases: 50 KB)"),
        "'properties' is not valid",
    )
    PROPERTY_RESERVED = (
        *(_OBJECT, _DOC, "a property is called time or event_name"),
        "'{field}' is a reserved property name",
    )
    PROPERTY_INVALID = (
        _ALTERED,
        _OPEN,
        "a property with a bad name, a long string, or a time in an array: left out",
    )
    PROPERTIES_TOO_MANY = _ALTERED, _DOC, "more than 256 properties: the first 256 are kept"

    @property
    def code(self) -> str:
        """The code of the error: Braze's where its documentation has one, else the name."""
        return _CODES.get(self, self.name)


_CODES: dict[Rule, str] = {
    ObjectRule.EMAIL_INVALID: "EMAIL_BAD_FORMAT",
    ObjectRule.SUBSCRIPTION_STATE_INVALID: "BAD_EMAIL_SUBSCRIPTION_STATE",
    ObjectRule.LOCATION_INVALID: "BAD_LOCATION_UPDATE",
    ObjectRule.SUBSCRIPTION_GROUPS_NOT_ARRAY: "BAD_SUBSCRIPTION_GROUP_ARRAY",
    ObjectRule.SUBSCRIPTION_GROUP_NOT_OBJECT: "BAD_SUBSCRIPTION_GROUP_HASH",
    ObjectRule.SUBSCRIPTION_GROUP_ID_INVALID: "BAD_SUBSCRIPTION_GROUP_ID",
    ObjectRule.SUBSCRIPTION_GROUP_STATE_INVALID: "BAD_SUBSCRIPTION_GROUP_STATE",
    ObjectRule.EMAIL_SUBSCRIPTION_INFO_FORBIDDEN: "INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO",
    ObjectRule.PUSH_TOKENS_INVALID: "BAD_PUSH_TOKEN_VALUE",
    ObjectRule.PUSH_TOKEN_APP_ID_INVALID: "BAD_PUSH_TOKEN_APP_ID",
    ObjectRule.PUSH_TOKEN_STRING_INVALID: "BAD_PUSH_TOKEN_STRING",
    ObjectRule.PUSH_DEVICE_ID_INVALID: "BAD_DEVICE_ID",
    ObjectRule.PUSH_TOKEN_IMPORT_INVALID: "BAD_PUSH_TOKEN_IMPORT",
}
"""The documented codes of errors."""
