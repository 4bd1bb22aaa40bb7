"""Users whom nobody may know any more, at `/users/delete`."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from onefold.destinations.request import Request
from onefold.model import IdentifierKind

__all__ = ["delete_requests"]

MOST_DELETED = 50
_ARRAYS = {
    IdentifierKind.EXTERNAL_ID: "external_ids",
    IdentifierKind.BRAZE_ID: "braze_ids",
    IdentifierKind.USER_ALIAS: "user_aliases",
}


def delete_requests(kind: IdentifierKind, identifiers: Sequence[str]) -> list[Request]:
    """Write requests that delete users, by one kind of identifier, 50 a request.

    Whom Braze does not know is not deleted, and that is no error; so they may be repeated.
    """
    aliased = kind is IdentifierKind.USER_ALIAS
    users = [orjson.Fragment(one) if aliased else one for one in identifiers]
    return [
        Request(
            path="/users/delete",
            body=orjson.dumps({_ARRAYS[kind]: users[first : first + MOST_DELETED]}),
            arrays={},
        )
        for first in range(0, len(users), MOST_DELETED)
    ]
