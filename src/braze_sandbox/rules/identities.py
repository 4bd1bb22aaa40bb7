"""Who becomes whom: aliases, identify, merge, rename, remove."""

from braze_sandbox.rules.rule import Basis, Rule, Verdict

_REQUEST = Verdict.REQUEST_REFUSED
_OBJECT = Verdict.OBJECT_REFUSED
_SKIPPED = Verdict.OBJECT_SKIPPED
_DOC = Basis.DOCUMENTED
_OPEN = Basis.OPEN


class IdentityRule(Rule):
    """Who becomes whom: aliases, identify, merge, rename, remove."""

    TOO_MANY_IDENTITY_ITEMS = (
        *(_REQUEST, _DOC, "more than 50 aliases, users or ids in a call about identities"),
        "The max number of external_ids and aliases per request was exceeded",
    )
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
