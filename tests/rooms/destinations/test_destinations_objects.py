"""Cohorts, subscription groups and catalogs: which requests changes become, keys apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from onefold.destinations import (
    Attribute,
    BrazeSettings,
    Channel,
    PartnerKeys,
    Request,
    halves,
    open_destination,
)
from onefold.destinations.braze.keys import Keys
from onefold.errors import ProjectError
from onefold.model import DestinationObject, ObjectKind, Price, Secret, parse_type
from onefold.warehouse import Engine

Open = Callable[..., Channel]
COHORTS = DestinationObject(ObjectKind.COHORTS)
GROUPS = DestinationObject(ObjectKind.SUBSCRIPTION_GROUPS)
PRODUCTS = DestinationObject(ObjectKind.CATALOG, "products")
NEWS = "1f6e0f9e-0000-4000-8000-000000000000"


@pytest.fixture
def channel_of(braze_settings: Callable[..., BrazeSettings]) -> Open:
    def channel(thing: DestinationObject, types: dict[str, str], **others: Any) -> Channel:
        fields = [Attribute(name=name, type=parse_type(kind)) for name, kind in types.items()]
        settings = braze_settings(**({"partner": "acme"} | others))
        return open_destination("braze", settings, "key").channel(thing, fields)

    return channel


def told(requests: dict[int, Request]) -> list[tuple[str, str, Any]]:
    assert list(requests) == list(range(len(requests)))
    return [(one.method, one.path, json.loads(one.body)) for one in requests.values()]


def sent(channel: Channel, engine: Engine) -> list[tuple[str, str, Any]]:
    cut = channel.cut(engine, "changes")
    return told(dict(channel.requests(engine, cut.relation, 0, 10**9)))


def test_a_cohort_is_told_who_enters_and_who_leaves(engine: Engine, channel_of: Open) -> None:
    engine.table(
        "changes",
        """SELECT * FROM (VALUES
            ('ada', 'p1', ['VIPs', 'Lapsing'], TRUE, CAST(NULL AS BOOLEAN)),
            ('bea "b"', 'p2', ['VIPs'], TRUE, NULL),
            ('cyd', 'p3', ['VIPs'], NULL, NULL)
        ) AS t(_identifier, _person_id, _changed, "VIPs", "Lapsing")""",
    )
    channel = channel_of(COHORTS, {"VIPs": "boolean", "Lapsing": "boolean"})

    def change(cohort: str, ids: list[str], *, remove: bool) -> tuple[str, str, Any]:
        changes = [{"user_ids": ids, "should_remove": remove}]
        body = {"cohort_id": cohort, "cohort_changes": changes}
        return "POST", "/partners/acme/cohorts/users", body

    requests = sent(channel, engine)
    assert sorted(requests, key=str) == sorted(
        [
            change("VIPs", ["ada", 'bea "b"'], remove=False),
            change("VIPs", ["cyd"], remove=True),
            change("Lapsing", ["ada"], remove=True),
        ],
        key=str,
    )
    price = channel.price(engine, "changes_cut")
    assert price == Price(
        rows=4,
        requests=3,
        data_points=0,
        sets={"VIPs": 2},
        clears={"VIPs": 1, "Lapsing": 1},
    )


def test_a_cohort_is_named_before_anybody_enters(channel_of: Open) -> None:
    channel = channel_of(COHORTS, {"VIPs": "boolean", "Gone": "boolean"})
    price = Price(sets={"VIPs": 2}, clears={"Gone": 1})
    now = datetime(2027, 1, 5, 9, 30, tzinfo=UTC)
    (request,) = channel.preludes(price, now=now)
    assert (request.path, json.loads(request.body)) == (
        "/partners/acme/cohorts",
        {"cohort_id": "VIPs", "name": "VIPs", "created_at": "2027-01-05T09:30:00+00:00"},
    )


@pytest.mark.parametrize(
    ("thing", "most", "ids"),
    [
        (COHORTS, 1000, lambda body: body["cohort_changes"][0]["user_ids"]),
        (GROUPS, 50, lambda body: body["subscription_groups"][0]["external_ids"]),
        (PRODUCTS, 50, lambda body: [item["id"] for item in body["items"]]),
    ],
    ids=["cohorts", "groups", "items"],
)
def test_no_request_holds_more_than_braze_takes(
    engine: Engine,
    channel_of: Open,
    thing: DestinationObject,
    most: int,
    ids: Callable[[Any], list[str]],
) -> None:
    value, kind = ("'subscribed'", "string") if thing == GROUPS else ("TRUE", "boolean")
    engine.table(
        "changes",
        f"SELECT printf('p%05d', i) AS _identifier, i AS _person_id, ['id'] AS _changed, "
        f"{value} AS id FROM range({2 * most + 1}) AS t(i)",
    )
    channel = channel_of(thing, {"id": kind})
    requests = channel.requests(engine, channel.cut(engine, "changes").relation, 0, 9)
    assert [one.rows for one in requests.values()] == [most, most, 1]
    found = [name for one in requests.values() for name in ids(json.loads(one.body))]
    assert found == [f"p{number:05}" for number in range(2 * most + 1)]


def test_halves_of_a_cohorts_request_keep_its_frame(engine: Engine, channel_of: Open) -> None:
    engine.table(
        "changes",
        "SELECT 'p' || i AS _identifier, i AS _person_id, ['a'] AS _changed, TRUE AS a "
        "FROM range(3) AS t(i)",
    )
    channel = channel_of(COHORTS, {"a": "boolean"})
    (whole,) = channel.requests(engine, channel.cut(engine, "changes").relation, 0, 0).values()
    both = halves(whole)
    assert both is not None
    assert [(one.rows, json.loads(one.body)["cohort_changes"]) for one in both] == [
        (1, [{"user_ids": ["p0"], "should_remove": False}]),
        (2, [{"user_ids": ["p1", "p2"], "should_remove": False}]),
    ]
    again = halves(both[1])
    assert again is not None
    assert [json.loads(one.body)["cohort_changes"][0]["user_ids"] for one in again] == [
        ["p1"],
        ["p2"],
    ]
    assert halves(both[0]) is None


def test_subscriptions_by_group_and_state(engine: Engine, channel_of: Open) -> None:
    engine.table(
        "changes",
        f"""SELECT * FROM (VALUES
            ('ada', 1, ['{NEWS}'], 'subscribed'), ('bea', 2, ['{NEWS}'], 'unsubscribed'),
            ('cyd', 3, ['{NEWS}'], 'subscribed')
        ) AS t(_identifier, _person_id, _changed, "{NEWS}")""",
    )

    def change(state: str, ids: list[str]) -> tuple[str, str, Any]:
        group = {"subscription_group_id": NEWS, "subscription_state": state, "external_ids": ids}
        return "POST", "/v2/subscription/status/set", {"subscription_groups": [group]}

    requests = sent(channel_of(GROUPS, {NEWS: "string"}), engine)
    assert requests == [change("subscribed", ["ada", "cyd"]), change("unsubscribed", ["bea"])]


def test_states_are_words_of_braze(engine: Engine, channel_of: Open) -> None:
    engine.table(
        "desired",
        f"""SELECT * FROM (VALUES ('ada', 1, ' Subscribed'), ('bea', 2, 'maybe'))
            AS t(_identifier, _person_id, "{NEWS}")""",
    )
    prepared = channel_of(GROUPS, {NEWS: "string"}).prepare(engine, "desired")
    assert engine.rows(f'SELECT _identifier, "{NEWS}" FROM {prepared.relation} ORDER BY 1') == [
        ("ada", "subscribed"),
        ("bea", None),
    ]
    assert engine.rows(f"SELECT _identifier, reason FROM {prepared.refusals}") == [
        ("bea", "neither subscribed nor unsubscribed")
    ]


def test_items_are_added_updated_and_deleted(engine: Engine, channel_of: Open) -> None:
    engine.table(
        "changes",
        """SELECT * FROM (VALUES
            ('a1', NULL, ['id', 'name', 'price'], TRUE, 'Loaf "dark"', 4.5::DOUBLE, NULL),
            ('b2', NULL, ['price', 'since'], NULL, NULL, 5.0::DOUBLE, NULL),
            ('c3', NULL, ['id', 'name', 'price'], NULL, NULL, NULL, NULL)
        ) AS t(_identifier, _person_id, _changed, id, name, price, since)""",
    )
    types = {"id": "boolean", "name": "string", "price": "float", "since": "date"}
    engine.table("changes_typed", "SELECT * REPLACE (CAST(since AS DATE) AS since) FROM changes")
    engine.table("changes", "FROM changes_typed")
    path = "/catalogs/products/items"
    requests = sent(channel_of(PRODUCTS, types), engine)
    assert sorted(requests) == [
        ("DELETE", path, {"items": [{"id": "c3"}]}),
        ("PATCH", path, {"items": [{"id": "b2", "price": 5.0, "since": None}]}),
        ("PUT", path, {"items": [{"id": "a1", "name": 'Loaf "dark"', "price": 4.5}]}),
    ]


def test_ids_of_items_are_letters_digits_hyphens_and_underscores(
    engine: Engine, channel_of: Open
) -> None:
    engine.table(
        "wanted",
        """SELECT * FROM (VALUES ('Rye_2-b', 1), ('dark rye', 2), ('brötli', 3),
            (repeat('x', 250), 4), (repeat('x', 251), 5),
            (NULL, 6), ('rye.', 7)
        ) AS t(_identifier, _person_id), (SELECT TRUE AS id, 'Rye' AS name) AS same""",
    )
    prepared = channel_of(PRODUCTS, {"id": "boolean", "name": "string"}).prepare(engine, "wanted")
    refused = engine.arrow(f"FROM {prepared.refusals} ORDER BY _person_id").read_all()
    reasons = zip(*(refused[name].to_pylist() for name in ("_person_id", "reason")), strict=True)
    unfit = dict.fromkeys((2, 3, 5, 7), "identifier_invalid")
    assert dict(reasons) == unfit | {6: "identifier_missing"}
    assert (prepared.rows, prepared.refused_rows) == (2, 5)


@pytest.mark.parametrize(
    ("thing", "fields"),
    [
        (DestinationObject(ObjectKind.CATALOG, "my products"), {"id": "boolean"}),
        (PRODUCTS, {"id": "boolean", "unit price": "float"}),
        (PRODUCTS, {"id": "boolean"} | {f"f{number}": "integer" for number in range(500)}),
    ],
)
def test_what_braze_takes_for_no_catalog(
    channel_of: Open, thing: DestinationObject, fields: dict[str, str]
) -> None:
    with pytest.raises(ProjectError, match="catalog"):
        channel_of(thing, fields)


def test_cohorts_need_a_partner(channel_of: Open) -> None:
    with pytest.raises(ProjectError, match="partner"):
        channel_of(COHORTS, {"VIPs": "boolean"}, partner="")


def test_each_endpoint_gets_its_own_keys_and_no_other() -> None:
    keys = Keys(Secret("rest-1"), PartnerKeys(Secret("partner-2"), Secret("client-3")))
    track = Request(path="/users/track", body=b'{"attributes":[]}', arrays={})
    assert keys.signed(track) == ({"Authorization": "Bearer rest-1"}, track.body)
    cohort = Request(path="/partners/acme/cohorts", body=b'{"cohort_id":"a"}', arrays={})
    headers, body = keys.signed(cohort)
    assert headers == {}
    assert json.loads(body) == {
        "partner_api_key": "partner-2",
        "client_secret": "client-3",
        "cohort_id": "a",
    }
    assert keys.redact("rest-1 partner-2 client-3") == "*** *** ***"
