"""Each open question, answered in each way: what a client sees then."""

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest

from braze_sandbox.answers import rate_limited, within_limits
from braze_sandbox.decisions import Decisions
from braze_sandbox.limits import Account, Bucket, Contract, RateLimit, Windows, limit_headers

AT = "2026-01-05T09:30:00Z"
LONG = "x" * 256
BIG = [str(number) for number in range(501)]
Look = Callable[[Any], object]


def kept(*sent: dict[str, Any]) -> Look:
    """What ada's custom attributes are after these objects, each in a request of its own."""

    def look(sandbox: Any) -> object:
        for one in sent:
            sandbox.track({"external_id": "ada", **one})
        return sandbox.users()[0]["custom_attributes"]

    return look


def points(*sent: dict[str, Any]) -> Look:
    def look(sandbox: Any) -> object:
        kept(*sent)(sandbox)
        return sandbox.last_request()["data_points"]

    return look


def answered(body: Any, *, path: str = "/users/track", **given: Any) -> Look:
    def look(sandbox: Any) -> object:
        reply = sandbox.post(path, body, **given)
        return reply.status, reply.json

    return look


def standard(**sent: Any) -> Look:
    def look(sandbox: Any) -> object:
        status = sandbox.track({"external_id": "ada", **sent}).status
        return status, [user["attributes"] for user in sandbox.users()]

    return look


def names(body: Any) -> Look:
    def look(sandbox: Any) -> object:
        sandbox.post("/users/track", body)
        return [user["user_aliases"][0]["alias_name"] for user in sandbox.users()]

    return look


def api_key(sandbox: Any) -> object:
    body = json.dumps({"attributes": [{"external_id": "ada"}], "api_key": "sandbox-key"}).encode()
    headers = {"Content-Type": "application/json"}
    in_body = sandbox.ask("POST", "/users/track", body, headers).status
    plain = json.dumps({"attributes": [{"external_id": "ada"}]}).encode()
    in_query = sandbox.ask("POST", "/users/track?api_key=sandbox-key", plain, headers).status
    return in_body, in_query


def too_large(sandbox: Any) -> object:
    return sandbox.post("/users/track", b"{}".ljust(4 * 1024 * 1024 + 1)).status


def from_elsewhere(sandbox: Any) -> object:
    key = {"key": "far", "allow_ips": ["192.0.2.0/24"]}
    assert sandbox.ask("POST", "/_sandbox/keys", json.dumps(key).encode()).status == 200
    return answered({"attributes": []}, key="far")(sandbox)


def known_and_unknown(sandbox: Any) -> object:
    sandbox.track({"external_id": "ada"})
    return answered({"external_ids": ["ada", "eve"]}, path="/users/delete")(sandbox)


def nobody_identified(sandbox: Any) -> object:
    item = {"external_id": "ada", "user_alias": ALIAS}
    reply = sandbox.post("/users/identify", {"aliases_to_identify": [item]})
    return reply.status, reply.json["aliases_processed"]


def nobody_merged(sandbox: Any) -> object:
    sandbox.track(ADA)
    sides = {"identifier_to_merge": {"external_id": "eve"}, "identifier_to_keep": ADA}
    reply = sandbox.post("/users/merge", {"merge_updates": [sides]})
    return reply.status, reply.json["message"]


def two_kinds(sandbox: Any) -> object:
    sandbox.track({"external_id": "ada"}, {"external_id": "eve"})
    braze_id = sandbox.users()[1]["braze_id"]
    body = {"external_ids": ["ada"], "braze_ids": [braze_id]}
    return sandbox.post("/users/delete", body).status, len(sandbox.users())


def sold(sandbox: Any) -> object:
    return sandbox.post("/users/track", {"purchases": [SALE]}).status


def joined(change: dict[str, Any], *, made: bool = True) -> Look:
    """How many members the cohort has after the change; none: there is no cohort."""

    def look(sandbox: Any) -> object:
        sandbox.track(ADA, {"user_alias": ALIAS, "_update_existing_only": False})
        if made:
            sandbox.post(COHORTS, COHORT)
        sandbox.post(f"{COHORTS}/users", {**KEYS, "cohort_id": "vip", "cohort_changes": [change]})
        return [len(one["members"]) for one in sandbox.look("cohorts")["cohorts"]]

    return look


def two_changes(sandbox: Any) -> object:
    """Of one cohort, the second while the first has not settled."""
    decide(sandbox, settling="usual")
    sandbox.post(COHORTS, COHORT)
    body = {**KEYS, "cohort_id": "vip", "cohort_changes": [{"user_ids": ["ada"]}]}
    statuses = [sandbox.post(f"{COHORTS}/users", body).status for _ in range(2)]
    while sandbox.look("summary")["unsettled_requests"]:
        pass
    return statuses


def items(method: str, *sent: dict[str, Any]) -> Look:
    """The status of the request, and the items after it."""

    def look(sandbox: Any) -> object:
        sandbox.post("/catalogs", {"catalogs": [{"name": "bread", "fields": FIELDS}]})
        sandbox.post("/catalogs/bread/items", {"items": [{"id": "rye", "name": "Rye", "price": 4}]})
        status = sandbox.call(method, "/catalogs/bread/items", {"items": sent}).status
        return status, sandbox.look("catalogs")["catalogs"][0]["items"]

    return look


KEYS = {"partner_api_key": "sandbox-partner-key", "client_secret": "sandbox-client-secret"}
COHORTS = "/partners/acme/cohorts"
COHORT = {**KEYS, "cohort_id": "vip", "name": "Best", "created_at": AT}
FIELDS = [
    {"name": "id", "type": "string"},
    {"name": "name", "type": "string"},
    {"name": "price", "type": "number"},
]
RYE, OAT = {"id": "rye", "name": "Rye", "price": 4}, {"id": "oat", "price": 6}
ADA = {"external_id": "ada"}
NAMES = {"a b": 1, "c.d": 2, "$e": 3, "f": 4}
REFUSED = {"attributes": [ADA, {"external_id": "eve", "email": "none"}]}
SENTENCE = "The value provided for the 'email' field is not a valid email."
SOME = {"message": "success", "attributes_processed": 1}
PLACE = {"input_array": "attributes", "index": 1}
MISS = {"attributes": [ADA, {"external_id": "eve", "_update_existing_only": True}]}
ALIAS = {"alias_label": "crm", "alias_name": "7"}
ALIAS_EVENT = {
    "events": [{"user_alias": ALIAS, "name": "x", "time": AT, "_update_existing_only": False}]
}
NESTED = {"bad": {"x": None}, "good": {"y": 1}, "tier": "gold"}
SALE = {"external_id": "ada", "product_id": "p", "currency": "EUR", "price": -1, "time": AT}
NO_SUCH = (
    "identifiers must be objects with an 'external_id' property that is a string, 'user_alias' "
    "property that is an object, 'email' property that is a string, or 'phone' property that is "
    "a string"
)
NO_USER = {"attributes": [{"braze_id": "f" * 24}]}

CASES: list[tuple[str, str, Look, object]] = [
    ("key_refused", "echo", answered({}, key="no"), (401, {"message": "Invalid API key: no"})),
    ("key_refused", "fixed", answered({}, key="no"), (401, {"message": "Invalid API Key"})),
    ("ip_refused", "access_denied", from_elsewhere, (403, {"message": "Access Denied"})),
    ("ip_refused", "forbidden", from_elsewhere, (403, {"message": "Forbidden"})),
    ("refusal_body", "message", answered({}, path="/x"), (404, {"message": "Not Found"})),
    (
        *("refusal_body", "message_and_errors", answered({}, path="/x")),
        (404, {"message": "Not Found", "errors": []}),
    ),
    ("body_too_large", "413", too_large, 413),
    ("body_too_large", "400", too_large, 400),
    (
        *("content_type", "required", answered({"attributes": [ADA]}, content_type="text/plain")),
        (400, {"message": "The Content-Type header must be 'application/json'."}),
    ),
    (
        *("content_type", "ignored", answered({"attributes": [ADA]}, content_type="text/plain")),
        (201, SOME),
    ),
    ("api_key_in_body", "refused", api_key, (401, 401)),
    ("api_key_in_body", "accepted", api_key, (201, 201)),
    ("maintenance", "off", answered({"attributes": [ADA]}), (201, SOME)),
    ("maintenance", "queued", answered({"attributes": [ADA]}), (202, {"message": "queued"})),
    (
        *("error_type", "sentence", answered(REFUSED)),
        (201, {**SOME, "errors": [{"type": SENTENCE, **PLACE}]}),
    ),
    (
        *("error_type", "code", answered(REFUSED)),
        (201, {**SOME, "errors": [{"type": "EMAIL_BAD_FORMAT", **PLACE}]}),
    ),
    ("error_type", "plain", answered(REFUSED), (201, {**SOME, "errors": [SENTENCE]})),
    (
        *("processed", "objects", answered({"attributes": [ADA, ADA]})),
        (201, {"message": "success", "attributes_processed": 2}),
    ),
    ("processed", "users", answered({"attributes": [ADA, ADA]}), (201, SOME)),
    (
        *("update_only_miss", "counted", answered({"attributes": MISS["attributes"]})),
        (201, {"message": "success", "attributes_processed": 2}),
    ),
    ("update_only_miss", "not_counted", answered(MISS), (201, SOME)),
    ("braze_id_unknown", "ignore", answered(NO_USER), (201, SOME)),
    (
        *("braze_id_unknown", "refuse", lambda s: s.post("/users/track", NO_USER).json["errors"]),
        [{"type": "'braze_id' is not valid", "input_array": "attributes", "index": 0}],
    ),
    ("alias_of_event", "creates", names(ALIAS_EVENT), ["7"]),
    ("alias_of_event", "never_creates", names(ALIAS_EVENT), []),
    ("identify_miss", "counted", nobody_identified, (201, 1)),
    ("identify_miss", "not_counted", nobody_identified, (201, 0)),
    ("merge_miss", "success", nobody_merged, (202, "success")),
    ("merge_miss", "refuse", nobody_merged, (400, NO_SUCH)),
    ("delete_counts", "known", known_and_unknown, (200, {"deleted": 1, "message": "success"})),
    ("delete_counts", "sent", known_and_unknown, (200, {"deleted": 2, "message": "success"})),
    ("delete_kinds", "one", two_kinds, (400, 2)),
    ("delete_kinds", "many", two_kinds, (200, 0)),
    ("cohort_success", "201", answered(COHORT, path=COHORTS), (201, {"message": "success"})),
    ("cohort_success", "200", answered(COHORT, path=COHORTS), (200, {"message": "success"})),
    ("cohort_success", "202", answered(COHORT, path=COHORTS), (202, {"message": "success"})),
    ("cohort_aliases", "object", joined({"aliases": {"crm": ["7"]}}), [1]),
    ("cohort_aliases", "list", joined({"aliases": [ALIAS]}), [1]),
    ("cohort_unknown", "refuse", joined({"user_ids": ["ada"]}, made=False), []),
    ("cohort_unknown", "create", joined({"user_ids": ["ada"]}, made=False), [1]),
    ("cohort_changing", "locked", two_changes, [201, 423]),
    ("cohort_changing", "free", two_changes, [201, 201]),
    ("catalog_item_known", "keep", items("POST", {"id": "rye", "price": 5}), (202, [RYE])),
    (
        *("catalog_item_known", "replace", items("POST", {"id": "rye", "price": 5})),
        (202, [{"id": "rye", "price": 5}]),
    ),
    ("catalog_item_unknown", "ignore", items("PATCH", OAT), (202, [RYE])),
    ("catalog_item_unknown", "create", items("PATCH", OAT), (202, [OAT, RYE])),
    ("catalog_fields_missing", "empty", items("POST", OAT), (202, [OAT, RYE])),
    ("catalog_fields_missing", "refuse", items("POST", OAT), (400, [RYE])),
    ("attribute_name", "loose", kept(NAMES), {"a b": 1, "c.d": 2, "f": 4}),
    ("attribute_name", "strict", kept(NAMES), {"f": 4}),
    ("string_too_long", "drop", kept({"bio": "old"}, {"bio": LONG}), {"bio": "old"}),
    ("string_too_long", "truncate", kept({"bio": "old"}, {"bio": LONG}), {"bio": "x" * 255}),
    ("array_too_long", "oldest", kept({"seen": ["a"]}, {"seen": BIG}), {"seen": BIG[1:]}),
    ("array_too_long", "ignore", kept({"seen": ["a"]}, {"seen": BIG}), {"seen": ["a"]}),
    ("array_elements", "as_sent", kept({"seen": [1, True, "a"]}), {"seen": [1, True, "a"]}),
    ("array_elements", "strings", kept({"seen": [1, True, "a"]}), {"seen": ["1", "true", "a"]}),
    ("mixed_types", "as_sent", kept({"n": 1}, {"n": "2"}, {"n": "x"}), {"n": "x"}),
    ("mixed_types", "first", kept({"n": 1}, {"n": "2"}, {"n": "x"}), {"n": 2}),
    ("inc_missing", "zero", kept({"n": {"inc": 2}}), {"n": 2}),
    ("inc_missing", "ignore", kept({"n": {"inc": 2}}), {}),
    ("inc_text", "ignore", kept({"n": "five"}, {"n": {"inc": 2}}), {"n": "five"}),
    ("inc_text", "zero", kept({"n": "five"}, {"n": {"inc": 2}}), {"n": 2}),
    ("inc_fraction", "ignore", kept({"n": 1}, {"n": {"inc": 1.75}}), {"n": 1}),
    ("inc_fraction", "add", kept({"n": 1}, {"n": {"inc": 1.75}}), {"n": 2.75}),
    ("inc_fraction", "truncate", kept({"n": 1}, {"n": {"inc": 1.75}}), {"n": 2}),
    ("nested_invalid", "attribute", kept(NESTED), {"good": {"y": 1}, "tier": "gold"}),
    ("nested_invalid", "object", kept(NESTED), {"tier": "gold"}),
    ("email_case", "as_sent", standard(email="Ada@X.com"), (201, [{"email": "Ada@X.com"}])),
    ("email_case", "lower", standard(email="Ada@X.com"), (201, [{"email": "ada@x.com"}])),
    ("phone_invalid", "store", standard(phone="none"), (201, [{"phone": "none"}])),
    ("phone_invalid", "ignore", standard(phone="none"), (201, [{}])),
    ("phone_invalid", "refuse", standard(phone="none"), (400, [])),
    ("negative_price", "accept", sold, 201),
    ("negative_price", "refuse", sold, 400),
    ("inc_data_points", "counted", points({"n": {"inc": 2}}), 1),
    ("inc_data_points", "free", points({"n": {"inc": 2}}), 0),
    ("unchanged_standard_fields", "counted", points({"gender": "F"}, {"gender": "F"}), 1),
    ("unchanged_standard_fields", "free", points({"gender": "F"}, {"gender": "F"}), 0),
]  # fmt: skip
ELSEWHERE = {
    "bulk_priority",
    "settling",
    "settle_order",
    "rate_limit_headers",
    "rate_limit_mau",
    "rate_limit_message",
    "rate_limit_remaining",
    "rate_limit_windows",
}
"""Shown below with a clock of the test's own, or with the process, or beside bulk and sync."""


def decide(sandbox: Any, **changes: str) -> Any:
    return sandbox.ask("POST", "/_sandbox/decisions", json.dumps(changes).encode())


@pytest.mark.parametrize(("name", "value", "look", "seen"), CASES)
def test_a_decision_shows(sandbox: Any, name: str, value: str, look: Look, seen: object) -> None:
    assert decide(sandbox, **{name: value}).status == 200
    assert look(sandbox) == seen


def test_every_value_of_every_decision_is_shown() -> None:
    values = {
        (name, value)
        for name, field in Decisions.model_fields.items()
        for value in get_args(field.annotation)
        if name not in ELSEWHERE
    }
    assert {(name, value) for name, value, _, _ in CASES} == values


def refused(clock: Callable[[], float], *, aligned: bool = True) -> Any:
    windows = Windows({Bucket.TRACK: [RateLimit(requests=1, seconds=60)]}, clock)
    windows.take(Bucket.TRACK, aligned=aligned)
    return windows.take(Bucket.TRACK, aligned=aligned)


def test_a_429_as_decided_but_on_mau_contracts_as_documented() -> None:
    standing = refused(lambda: 600.0)
    decisions = Decisions().with_changes(
        {"rate_limit_headers": "standard", "rate_limit_message": "Rate Limited"}
    )
    answer = rate_limited(standing, Account(), decisions)
    assert answer.content == {"message": "Rate Limited"}
    assert answer.headers["retry-after"] == "60"
    mau = rate_limited(standing, Account(contract=Contract.MAU), decisions)
    assert mau.headers == {"x-ratelimit-retry-after": "60"}


@pytest.mark.parametrize(
    ("where", "bucket", "retry_after_alone"),
    [
        ("everywhere", Bucket.TRACK, True),
        ("everywhere", Bucket.USERS, True),
        ("track", Bucket.TRACK, True),
        ("track", Bucket.USERS, False),
    ],
)
def test_where_the_headers_of_a_mau_contract_hold(
    where: str, bucket: Bucket, retry_after_alone: bool
) -> None:
    windows = Windows({bucket: [RateLimit(requests=1, seconds=3_600)]}, lambda: 7_200.0)
    account = Account(contract=Contract.MAU)
    decisions = Decisions().with_changes({"rate_limit_mau": where})
    first, second = windows.take(bucket), windows.take(bucket)
    assert first is not None
    assert second is not None
    reset = within_limits(first, account, decisions)["x-ratelimit-reset"]
    assert reset == ("3600" if retry_after_alone else "10800")
    refused = rate_limited(second, account, decisions).headers
    assert ("x-ratelimit-reset" not in refused) == retry_after_alone
    assert refused["x-ratelimit-retry-after"] == "3600"


def test_windows_begin_with_the_epoch_or_with_a_request() -> None:
    assert refused(lambda: 610.0).resets_at == 660
    assert refused(lambda: 610.0, aligned=False).resets_at == 670


def test_remaining_may_be_a_second_old() -> None:
    now = 600.0
    windows = Windows({Bucket.TRACK: [RateLimit(requests=9, seconds=3_600)]}, lambda: now)
    shown = []
    for seconds in (0, 0.4, 0.9, 1.1):
        now = 600.0 + seconds
        standing = windows.take(Bucket.TRACK)
        assert standing is not None
        shown.append(
            [
                limit_headers(standing, Contract.MAU, approximate=approximate)[
                    "x-ratelimit-remaining"
                ]
                for approximate in (True, False)
            ]
        )
    assert shown == [["8", "8"], ["8", "7"], ["8", "6"], ["5", "5"]]


def test_the_table_tells_everything_of_a_decision(sandbox: Any) -> None:
    decide(sandbox, inc_text="zero")
    table = {one["name"]: one for one in sandbox.look("decisions")["decisions"]}
    assert table.keys() == Decisions.model_fields.keys()
    assert table["inc_text"] == {
        "name": "inc_text",
        "value": "zero",
        "default": "ignore",
        "values": ["ignore", "zero"],
        "decides": "`inc` on what is no number: ignored, or starts at 0",
        "basis": "the documentation is silent",
    }
    assert all(one["default"] in one["values"] for one in table.values())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"inc_txt": "zero"}, "Not a decision: inc_txt; did you mean inc_text?"),
        ({"inc_text": "nul"}, "Not a value of inc_text: take one of ignore, zero"),
    ],
)
def test_what_is_no_decision_is_told(sandbox: Any, changes: dict[str, str], told: str) -> None:
    reply = decide(sandbox, **changes)
    assert (reply.status, reply.json["message"]) == (400, told)


def test_decisions_from_the_command_line_outlast_a_reset(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--decide", "inc_missing=ignore", "--decide", "maintenance=queued")
    decide(sandbox, maintenance="off")
    sandbox.reset()
    table = {one["name"]: one["value"] for one in sandbox.look("decisions")["decisions"]}
    assert (table["inc_missing"], table["maintenance"]) == ("ignore", "queued")
