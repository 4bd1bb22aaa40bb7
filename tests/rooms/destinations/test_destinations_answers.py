from __future__ import annotations

from typing import Any

import orjson
import pytest

from onefold.destinations import RefusedWhole, Request
from onefold.destinations.braze.answers import Reply, read_reply
from onefold.destinations.braze.waits import asked_wait_s
from onefold.destinations.retry import Setback
from onefold.errors import Final, KeyRejected, PermissionMissing
from onefold.model import Answer, RowRefusal, Secret

KEY = "0a1b2c3d-key"
NOW = 1_767_225_600.0


def read(
    status: int,
    content: Any,
    arrays: dict[str, int] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    request = Request(path="/users/track", body=b"", arrays=arrays or {"attributes": 3})
    reply = Reply(status, headers or {}, body)
    return read_reply(reply, request, now=NOW, redact=Secret(KEY).redact)


def error(index: Any, reason: Any = "bad", array: Any = "attributes") -> dict[str, Any]:
    return {"index": index, "input_array": array, "type": reason}


def test_everything_taken() -> None:
    answer = read(201, {"message": "success", "attributes_processed": 3})
    assert answer == Answer(status=201, accepted=3)


def test_refusals_land_on_their_rows() -> None:
    answer = read(
        201,
        {
            "message": "success",
            "attributes_processed": 1,
            "errors": [error(2, "bad email"), error(0, "no id"), error(2, "and blocked")],
        },
    )
    assert answer.accepted == 1
    assert answer.refusals == (
        RowRefusal(position=0, reason="no id"),
        RowRefusal(position=2, reason="bad email; and blocked"),
    )
    assert answer.note == ""


@pytest.mark.parametrize(
    "strange",
    [
        "a plain sentence",
        error(3),
        error(-1),
        error("1"),
        error(True),
        error(1.0),
        error(None),
        error(1, array="events"),
        error(1, reason={"code": 5}),
        {"index": 1, "input_array": "attributes"},
        {"index": 1, "type": "bad"},
        17,
        None,
        [1],
    ],
)
def test_an_error_of_unknown_shape_hits_no_row(strange: Any) -> None:
    answer = read(
        201,
        {"message": "success", "attributes_processed": 1, "errors": [error(1), strange]},
    )
    assert answer.refusals == (RowRefusal(position=1, reason="bad"),)
    assert answer.note.startswith("1 errors name no row: ")
    assert answer.accepted == 1
    assert answer.unknown == (range(3),)  # one more was refused, and nobody says which


def test_an_error_of_unknown_shape_changes_nothing_when_all_are_counted() -> None:
    content = {"message": "success", "attributes_processed": 3, "errors": ["slow today"]}
    answer = read(201, content)
    assert (answer.accepted, answer.unknown) == (3, ())


@pytest.mark.parametrize("errors", ["a sentence", {"0": "bad"}])
def test_errors_that_are_no_list(errors: Any) -> None:
    answer = read(201, {"message": "success", "errors": errors})
    assert answer.refusals == ()
    assert (answer.accepted, answer.unknown) == (0, (range(3),))
    assert answer.note.startswith("1 errors name no row: ")


ARRAYS = {"attributes": 2, "events": 3, "purchases": 1}


def test_each_array_counts_its_own_rows() -> None:
    answer = read(
        201,
        {
            "message": "success",
            "attributes_processed": 1,
            "events_processed": 2,
            "purchases_processed": 0,
            "errors": [
                error(0, "no price", "purchases"),
                error(2, "no name", "events"),
                error(1, "bad email"),
            ],
        },
        ARRAYS,
    )
    assert {one.position: one.reason for one in answer.refusals} == {
        1: "bad email",
        4: "no name",
        5: "no price",
    }
    assert (answer.accepted, answer.unknown) == (3, ())


def test_a_nameless_error_touches_the_array_that_lacks_one() -> None:
    content = {
        "message": "success",
        "attributes_processed": 2,
        "events_processed": 1,
        "purchases_processed": 1,
        "errors": ["a plain sentence", error(0, "no name", "events")],
    }
    answer = read(201, content, ARRAYS)
    assert [one.position for one in answer.refusals] == [2]
    assert answer.unknown == (range(2, 5),)


@pytest.mark.parametrize("array", ["events", "purchase", "user_identifiers"])
def test_an_array_that_was_not_sent_blames_nobody(array: str) -> None:
    content = {"message": "success", "attributes_processed": 3, "errors": [error(0, "bad", array)]}
    assert read(201, content).refusals == ()


def test_a_400_that_counts_rows_as_taken_leaves_the_others_open() -> None:
    content = {"message": "bad", "attributes_processed": 1, "errors": [error(0)]}
    answer = read(400, content)
    assert [one.position for one in answer.refusals] == [0]
    assert answer.unknown == (range(3),)


def test_notes_and_reasons_hold_nobodys_address() -> None:
    person = {"email": "ada@example.com", "phone": "+33 6 12 34 56 78"}
    told = "'ada@example.com' is not valid, nor is +33 6 12 34 56 78"
    content = {
        "message": "success",
        "attributes_processed": 1,
        "errors": [error(1, told), told, {"object": person}, [person]],
    }
    shown = repr(read(201, content))
    assert "ada@" not in shown
    assert "12 34" not in shown
    assert "is not valid, nor is ***" in shown


def test_queued_in_maintenance() -> None:
    assert read(202, {"message": "queued"}).accepted == 3


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b'{"message":"succ', b"[]", b"{}"])
def test_what_is_not_brazes_is_no_receipt(body: bytes) -> None:
    with pytest.raises(Setback) as setback:
        read(200, body)
    assert setback.value.maybe_arrived


def test_all_refused_one_by_one() -> None:
    answer = read(
        400,
        {"message": "Valid data must be provided", "errors": [error(row) for row in (1, 0, 2)]},
    )
    assert (answer.status, answer.accepted) == (400, 0)
    assert [refusal.position for refusal in answer.refusals] == [0, 1, 2]


@pytest.mark.parametrize("errors", [None, [], [error(0)], [error(0), error(1), error(1), "x"]])
def test_a_request_refused_as_a_whole(errors: Any) -> None:
    with pytest.raises(RefusedWhole, match="Braze answered 400: Max Input Length Exceeded"):
        read(400, {"message": "Max Input Length Exceeded", "errors": errors})


def test_a_refusal_of_items_says_why_and_names_none() -> None:
    """Like reasons must read alike, or rows that nobody takes would be told apart in vain."""

    def problem(name: str, sentence: str, item: str) -> dict[str, object]:
        return {
            "id": name, "message": sentence, "parameters": ["id"], "parameter_values": [item]
        }  # fmt: skip

    errors = [
        problem("items-too-large", "Too long: ada@example.com", "rye"),
        problem("invalid-fields", "No such field", "oat"),
        problem("invalid-fields", "No such field", "spelt"),
    ]
    with pytest.raises(RefusedWhole) as refusal:
        read(400, {"message": "Invalid Request", "errors": errors}, {"items": 4})
    assert refusal.value.message == (
        "Braze answered 400: Invalid Request; Too long: *** (items-too-large); "
        "No such field (invalid-fields)"
    )


def test_a_catalog_that_is_not_there() -> None:
    error = {"id": "catalog-not-found", "message": "Could not find catalog"}
    with pytest.raises(Final, match="Could not find catalog") as missing:
        read(404, {"message": "Invalid Request", "errors": [error]}, {"items": 1})
    assert "make the catalog in Braze's dashboard" in missing.value.hint


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (401, KeyRejected, "another instance"),
        (403, PermissionMissing, "users.track"),
        (404, Final, "rest_endpoint"),
        (413, RefusedWhole, "4 MB"),
        (301, Final, "redirects"),
        (418, Final, "plan --person"),
    ],
)
def test_final_refusals_say_what_to_do(status: int, kind: type[Final], hint: str) -> None:
    with pytest.raises(kind) as refusal:
        read(status, {"message": "no"})
    assert type(refusal.value) is kind
    assert hint in refusal.value.hint


@pytest.mark.parametrize("status", [408, 423, 425, 500, 502, 503, 504, 599])
def test_what_may_pass_may_have_arrived(status: int) -> None:
    with pytest.raises(Setback) as setback:
        read(status, b"oops")
    assert setback.value.maybe_arrived
    assert setback.value.wait_s is None


def test_a_limit_was_surely_not_passed() -> None:
    with pytest.raises(Setback) as setback:
        read(429, {"message": "Rate limited"}, headers={"x-ratelimit-retry-after": "7"})
    assert not setback.value.maybe_arrived
    assert setback.value.wait_s == pytest.approx(7, abs=0.1)


def test_the_key_is_taken_out_of_every_text() -> None:
    with pytest.raises(KeyRejected) as refusal:
        read(401, {"message": f"Invalid API key: {KEY}"})
    assert KEY not in str(refusal.value)
    assert "***" in str(refusal.value)
    answer = read(201, {"message": "success", "errors": [error(0, f"bad {KEY}"), f"odd {KEY}"]})
    assert KEY not in repr(answer)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"X-Ratelimit-Retry-After": "12"}, 12),
        ({"Retry-After": "9"}, 9),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}, 30),
        ({"X-RateLimit-Reset": "2"}, 2),
        ({"X-RateLimit-Reset": str(int(NOW) + 40)}, 40),
        ({"X-RateLimit-Reset": str(int(NOW) - 40)}, 0),
        ({"X-RateLimit-Reset": "999", "X-Ratelimit-Retry-After": "5"}, 5),
        ({"Retry-After": "9", "X-Ratelimit-Retry-After": "5"}, 5),
        ({"X-Ratelimit-Retry-After": "soon", "X-RateLimit-Reset": "4"}, 4),
        ({"Retry-After": "1000000"}, 3_600),
        ({"Retry-After": "-5"}, 0),
    ],
)
def test_how_long_a_429_asks_to_wait(headers: dict[str, str], wait_s: float) -> None:
    assert asked_wait_s(headers, NOW) == pytest.approx(wait_s, abs=0.1)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"X-RateLimit-Reset": "nan"}])
def test_a_429_that_says_nothing(headers: dict[str, str]) -> None:
    assert asked_wait_s(headers, NOW) is None
