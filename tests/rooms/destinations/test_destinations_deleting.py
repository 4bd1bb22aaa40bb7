"""Who is deleted: by one kind of identifier, fifty a request, as often as one likes."""

import json

import pytest

from onefold.destinations.braze.deleting import delete_requests
from onefold.model import IdentifierKind


@pytest.mark.parametrize(
    ("kind", "identifier", "body"),
    [
        (IdentifierKind.EXTERNAL_ID, 'C"1', {"external_ids": ['C"1']}),
        (IdentifierKind.BRAZE_ID, "5f1c", {"braze_ids": ["5f1c"]}),
        (
            IdentifierKind.USER_ALIAS,
            '{"alias_label":"crm","alias_name":"77"}',
            {"user_aliases": [{"alias_label": "crm", "alias_name": "77"}]},
        ),
    ],
)
def test_each_kind_is_told_as_braze_calls_it(
    kind: IdentifierKind, identifier: str, body: object
) -> None:
    (request,) = delete_requests(kind, [identifier])
    assert (request.method, request.path) == ("POST", "/users/delete")
    assert json.loads(request.body) == body
    assert request.repeatable


def test_a_request_deletes_fifty_at_most() -> None:
    everybody = [f"C{number}" for number in range(120)]
    requests = delete_requests(IdentifierKind.EXTERNAL_ID, everybody)
    told = [json.loads(one.body)["external_ids"] for one in requests]
    assert [len(one) for one in told] == [50, 50, 20]
    assert [who for one in told for who in one] == everybody
