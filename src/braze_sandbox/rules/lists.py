"""Lists of users: subscription groups and cohorts."""

from braze_sandbox.rules.rule import Basis, Rule, Verdict

_REQUEST = Verdict.REQUEST_REFUSED
_SKIPPED = Verdict.OBJECT_SKIPPED
_DOC = Basis.DOCUMENTED
_SEEN = Basis.OBSERVED
_OPEN = Basis.OPEN


class ListRule(Rule):
    """Lists of users: subscription groups and cohorts."""

    # subscription groups
    SUBSCRIPTION_EMAIL_AND_PHONE = (
        *(_REQUEST, _DOC, "a subscription status is set for both email and phone"),
        "Either an email address or a phone number should be provided, but not both.",
    )
    SUBSCRIPTION_CHANNEL_OTHER = (
        *(_REQUEST, _DOC, "e-mails for a group of another channel, phones for one of e-mails"),
        "'{field}' can not be used for a subscription group of this channel",
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
        *(
            _REQUEST,
            _OPEN,
            "a subscription status of nobody, or of something else, is set or asked for",
        ),
        "'{field}' must be an array of strings",
    )
    TOO_MANY_SUBSCRIBERS = (
        *(_REQUEST, _DOC, "more than 50 users of one subscription group in a request"),
        "The max number of ids per request was exceeded",
    )
    SUBSCRIBER_UNKNOWN = _SKIPPED, _OPEN, "a subscription status is set for an unknown user"

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
