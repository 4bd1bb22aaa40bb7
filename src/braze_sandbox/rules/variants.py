"""What /users/track/bulk and /users/track/sync refuse, and /users/track does not."""

from braze_sandbox.rules.rule import Basis, Rule, Verdict

_REQUEST = Verdict.REQUEST_REFUSED
_DOC = Basis.DOCUMENTED


class VariantRule(Rule):
    """What /users/track/bulk and /users/track/sync refuse, and /users/track does not."""

    TOO_MANY_OBJECTS_OF_PROFILE = (
        *(_REQUEST, _DOC, "more than 100 objects of one user in a /users/track/bulk"),
        "A single request may not contain more than 100 objects of one user profile",
    )
    NOT_ONE_OBJECT = (
        *(_REQUEST, _DOC, "not exactly one object in one array in a /users/track/sync"),
        "Exactly one object must be provided in 'attributes', 'events', or 'purchases'",
    )
