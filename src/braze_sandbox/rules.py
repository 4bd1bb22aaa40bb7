"""Every rule of the contract that input can break, and what happens then. The table decides.

A reader that meets a broken rule raises `Broken(rule)` or notes it; what follows is read off the
rule's verdict, never decided in the reader.
"""

from enum import Enum


class Verdict(Enum):
    """What becomes of input that breaks a rule."""

    REQUEST_REFUSED = "the whole request is refused with 400"
    OBJECT_REFUSED = "the object is refused, with an entry in `errors`"
    OBJECT_SKIPPED = "the object is counted as processed, and nothing is stored; no error"
    FIELD_IGNORED = "the field keeps its old value; no error"
    FIELD_CLEARED = "the field is set to null; no error"
    ALTERED = "something else than what was sent is stored; no error"


class Basis(Enum):
    """How well the rule is known."""

    DOCUMENTED = "Braze's documentation"
    OBSERVED = "seen in Braze's answers by third parties"
    OPEN = "the documentation is silent; this is the sandbox's choice"


_REQUEST, _OBJECT, _SKIPPED = (
    Verdict.REQUEST_REFUSED,
    Verdict.OBJECT_REFUSED,
    Verdict.OBJECT_SKIPPED,
)
_IGNORED, _CLEARED, _ALTERED = Verdict.FIELD_IGNORED, Verdict.FIELD_CLEARED, Verdict.ALTERED
_DOC, _SEEN, _OPEN = Basis.DOCUMENTED, Basis.OBSERVED, Basis.OPEN


class Rule(Enum):
    """One rule: verdict, basis, when it is broken, and the sentence a client reads (if any)."""

    # the request
    BODY_NOT_JSON = _REQUEST, _DOC, "the body is not JSON", "The request body is not valid JSON."
    BODY_NOT_DECLARED_JSON = (
        *(_REQUEST, _OPEN, "Content-Type is not application/json"),
        "The Content-Type header must be 'application/json'.",
    )
    TOO_MANY_OBJECTS = (
        *(
            _REQUEST,
            _DOC,
            "more than 75 attributes, events and purchases together (legacy: of one)",
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
        *(_REQUEST, _DOC, "an export without fields_to_export"),
        "'fields_to_export' is required and must be an array of strings.",
    )
    EXPORT_FIELD_UNKNOWN = (
        *(_REQUEST, _OPEN, "fields_to_export names a field that does not exist"),
        "'fields_to_export' holds an unknown field: {field}",
    )
    EXPORT_IDENTIFIERS_INVALID = (
        *(_REQUEST, _DOC, "an export without identifiers, or with two single ones"),
        "Give 'external_ids', 'user_aliases', or one of 'braze_id', 'email_address', 'phone'.",
    )
    DELETE_KIND_INVALID = (
        *(_REQUEST, _OPEN, "not exactly one kind of identifier in a delete"),
        "Give one array: external_ids, user_aliases, braze_ids, email_addresses or phone_numbers",
    )
    DELETE_ITEM_INVALID = (
        *(_REQUEST, _OPEN, "an identifier of the wrong shape in a delete"),
        "'{field}' holds an identifier of the wrong shape.",
    )

    TOO_MANY_IDENTITY_ITEMS = (
        *(_REQUEST, _DOC, "more than 50 aliases, users or ids in a call about identities"),
        "The max number of external_ids and aliases per request was exceeded",
    )
    SUBSCRIPTION_EMAIL_AND_PHONE = (
        *(_REQUEST, _DOC, "a subscription status is set for both email and phone"),
        "Either an email address or a phone number should be provided, but not both.",
    )
    SUBSCRIPTIONS_INVALID = (
        *(_REQUEST, _OPEN, "subscription_groups of /v2/subscription/status/set is no list"),
        "'subscription_groups' must be an array of objects",
    )
    TOO_MANY_SUBSCRIPTION_GROUPS = (
        *(_REQUEST, _SEEN, "more than 25 groups in one /v2/subscription/status/set"),
        "The max number of subscription groups per request was exceeded",
    )
    SUBSCRIBERS_MISSING = (
        *(_REQUEST, _OPEN, "a subscription status is set for nobody, or for something else"),
        "'{field}' must be an array of strings",
    )
    TOO_MANY_SUBSCRIBERS = (
        *(_REQUEST, _DOC, "more than 50 users of one subscription group in a request"),
        "The max number of ids per request was exceeded",
    )
    SUBSCRIBER_UNKNOWN = _SKIPPED, _OPEN, "a subscription status is set for an unknown user"

    ALIASES_INVALID = (
        *(_REQUEST, _OPEN, "user_aliases is not a list of objects"),
        "'user_aliases' must be an array of objects",
    )
    ALIAS_UPDATES_INVALID = (
        *(_REQUEST, _OPEN, "alias_updates is not a list of objects with a label and two names"),
        "'alias_updates' must hold 'alias_label', 'old_alias_name' and 'new_alias_name'",
    )
    IDENTIFY_INVALID = (
        *(_REQUEST, _OPEN, "nobody to identify, or a list that is none"),
        "Give 'aliases_to_identify', 'emails_to_identify' or 'phone_numbers_to_identify'.",
    )
    MERGE_UPDATES_INVALID = (
        *(_REQUEST, _DOC, "merge_updates is not a list of objects"),
        "'merge_updates' must be an array of objects",
    )
    TOO_MANY_MERGE_UPDATES = (
        *(_REQUEST, _DOC, "more than 50 merges at once"),
        "a single request may not contain more than 50 merge updates",
    )
    MERGE_IDENTIFIER_INVALID = (
        *(_REQUEST, _DOC, "a side of a merge names nobody, or by e-mail without prioritization"),
        (
            "identifiers must be objects with an 'external_id' property that is a string, "
            "'user_alias' property that is an object, 'email' property that is a string, or "
            "'phone' property that is a string"
        ),
    )
    MERGE_KEYS_INVALID = (
        *(_REQUEST, _DOC, "a merge has other keys than its two sides"),
        "'merge_updates' must only have 'identifier_to_merge' and 'identifier_to_keep'",
    )
    EXTERNAL_IDS_EMPTY = (
        *(_REQUEST, _OPEN, "no external ids to rename or remove"),
        "'{field}' must be an array that is not empty",
    )

    # who becomes whom
    ALIAS_TAKEN = _SKIPPED, _DOC, "the new alias is another user's already"
    ALIAS_LABEL_TAKEN = _SKIPPED, _DOC, "the user has a name under that label already"
    ALIAS_USER_UNKNOWN = _SKIPPED, _DOC, "an alias for an external_id that nobody has"
    ALIAS_UNKNOWN = _SKIPPED, _DOC, "the alias to be renamed does not exist"
    PRIORITIZATION_INVALID = (
        *(_OBJECT, _DOC, "an e-mail or phone to identify without a valid prioritization"),
        "'prioritization' must be an array of priorities",
    )
    IDENTIFY_MISS = _SKIPPED, _DOC, "nobody has the alias (in that case), e-mail or phone"
    IDENTIFY_AMBIGUOUS = (
        *(_SKIPPED, _DOC),
        "several users are left after the priorities, or the target has the e-mail itself",
    )
    IDENTIFY_KNOWN = _SKIPPED, _OPEN, "the user meant has an external_id already"
    IDENTIFY_LABEL_TAKEN = _SKIPPED, _DOC, "the target has an alias of the same label"
    MERGE_MISS = _SKIPPED, _OPEN, "a side of a merge is nobody"
    MERGE_AMBIGUOUS = _SKIPPED, _OPEN, "a side of a merge is several users after the priorities"
    MERGE_SAME = _SKIPPED, _OPEN, "both sides of a merge are the same user"
    RENAME_UNKNOWN = (
        *(_OBJECT, _DOC, "current_external_id is nobody's, or deprecated"),
        "'current_external_id' must be the external id of a user",
    )
    RENAME_TAKEN = (
        *(_OBJECT, _DOC, "new_external_id is in use, be it as a deprecated one"),
        "'new_external_id' is already in use",
    )
    DEPRECATED_UNKNOWN = (
        *(_OBJECT, _DOC, "an id to remove that is nobody's"),
        "the external id does not exist",
    )
    DEPRECATED_PRIMARY = (
        *(_OBJECT, _DOC, "an id to remove that is a user's own"),
        "the external id is not deprecated",
    )

    # cohorts
    COHORT_ID_INVALID = (
        *(_REQUEST, _DOC, "cohort_id is empty or not a string"),
        "cohort_id must be a valid string",
    )
    COHORT_NAME_INVALID = (
        *(_REQUEST, _DOC, "a cohort's name is empty or not a string"),
        "name must be a non-empty string",
    )
    COHORT_CREATED_AT_INVALID = (
        *(_REQUEST, _DOC, "a cohort's created_at is not a time"),
        "created_at must be a valid ISO 8601 time",
    )
    COHORT_CHANGES_INVALID = (
        *(
            _REQUEST,
            _DOC,
            "cohort_changes is no list of objects with user_ids, device_ids, aliases",
        ),
        (
            "cohort_changes must be objects with user_ids or device_ids as arrays of strings, "
            "or an aliases object"
        ),
    )
    TOO_MANY_COHORT_IDS = (
        *(_REQUEST, _DOC, "more than 1,000 ids, devices and aliases in changes of a cohort"),
        "only 1,000 ids are allowed per request",
    )
    COHORT_UNKNOWN = (
        *(_REQUEST, _OPEN, "a change of a cohort that was not made"),
        "cohort_id must be a valid string: no cohort has it",
    )
    COHORT_USER_UNKNOWN = (
        *(_SKIPPED, _DOC),
        "nobody has the id for a cohort, or the device is an identified user's",
    )

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
        *(_OBJECT, _DOC, "subscription_group_id is not a UUID"),
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
        *(_OBJECT, _DOC, "push_tokens is not an array of objects with app_id and token"),
        "'push_tokens' must be an array of objects with 'app_id' and 'token'",
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
    ARRAY_TOO_LONG = _ALTERED, _DOC, "an array above 500 values: the oldest are dropped"
    ARRAY_VALUE_INVALID = _ALTERED, _OPEN, "null, an array or a long string in an array: left out"
    OBJECT_TOO_LARGE = _IGNORED, _DOC, "an object or array of objects above 100 KB, or too deep"
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
    PROPERTY_INVALID = _ALTERED, _OPEN, "a property with a bad name or a long string: left out"
    PROPERTIES_TOO_MANY = _ALTERED, _DOC, "more than 256 properties: the first 256 are kept"

    def __init__(self, verdict: Verdict, basis: Basis, when: str, sentence: str = "") -> None:
        self.verdict = verdict
        self.basis = basis
        self.when = when
        self.sentence = sentence

    @property
    def id(self) -> str:
        """The rule's name as logs and summaries write it."""
        return self.name.lower()

    @property
    def code(self) -> str:
        """The code of the error: Braze's where its documentation has one, else the name."""
        return CODES.get(self, self.name)


CODES = {
    Rule.EMAIL_INVALID: "EMAIL_BAD_FORMAT",
    Rule.SUBSCRIPTION_STATE_INVALID: "BAD_EMAIL_SUBSCRIPTION_STATE",
    Rule.LOCATION_INVALID: "BAD_LOCATION_UPDATE",
    Rule.SUBSCRIPTION_GROUPS_NOT_ARRAY: "BAD_SUBSCRIPTION_GROUP_ARRAY",
    Rule.SUBSCRIPTION_GROUP_NOT_OBJECT: "BAD_SUBSCRIPTION_GROUP_HASH",
    Rule.SUBSCRIPTION_GROUP_ID_INVALID: "BAD_SUBSCRIPTION_GROUP_ID",
    Rule.SUBSCRIPTION_GROUP_STATE_INVALID: "BAD_SUBSCRIPTION_GROUP_STATE",
    Rule.EMAIL_SUBSCRIPTION_INFO_FORBIDDEN: "INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO",
    Rule.PUSH_TOKENS_INVALID: "BAD_PUSH_TOKEN_VALUE",
    Rule.PUSH_DEVICE_ID_INVALID: "BAD_DEVICE_ID",
    Rule.PUSH_TOKEN_IMPORT_INVALID: "BAD_PUSH_TOKEN_IMPORT",
}
"""The documented codes of errors."""


class Broken(Exception):
    """Input broke a rule; the rule's verdict says what follows."""

    def __init__(self, rule: Rule, *, field: str = "") -> None:
        self.rule = rule
        self.sentence = rule.sentence.format(field=field)
        super().__init__(self.sentence or rule.when)
