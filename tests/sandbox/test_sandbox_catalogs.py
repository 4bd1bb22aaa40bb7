"""Catalogs: who may change them and how often, pages of items, and what happens later."""

import json
import re
from typing import Any

import pytest

FIELDS = [{"name": "id", "type": "string"}, {"name": "price", "type": "number"}]
MADE = {"catalogs": [{"name": "bread", "fields": FIELDS}]}
ITEMS = "/catalogs/bread/items"
RYE = {"items": [{"id": "rye", "price": 4}]}
NEW = {"items": [{"price": 4}]}


def held(sandbox: Any) -> dict[str, Any]:
    """The prices of the only catalog's items."""
    (catalog,) = sandbox.look("catalogs")["catalogs"]
    return {item["id"]: item.get("price") for item in catalog["items"]}


@pytest.mark.parametrize(
    ("permission", "method", "path", "body", "status"),
    [
        ("create", "POST", "/catalogs", {"catalogs": [{"name": "cake", "fields": FIELDS}]}, 201),
        ("get", "GET", "/catalogs", b"", 200),
        ("delete", "DELETE", "/catalogs/bread", b"", 200),
        ("add_items", "POST", ITEMS, {"items": [{"id": "oat"}]}, 202),
        ("update_items", "PATCH", ITEMS, RYE, 202),
        ("replace_items", "PUT", ITEMS, RYE, 202),
        ("delete_items", "DELETE", ITEMS, RYE, 202),
        ("get_items", "GET", ITEMS, b"", 200),
        ("get_item", "GET", f"{ITEMS}/rye", b"", 200),
        ("create_item", "POST", f"{ITEMS}/oat", NEW, 201),
        ("update_item", "PATCH", f"{ITEMS}/rye", NEW, 200),
        ("replace_item", "PUT", f"{ITEMS}/rye", NEW, 200),
        ("delete_item", "DELETE", f"{ITEMS}/rye", b"", 202),
    ],
)
def test_each_address_needs_its_own_permission(
    sandbox: Any, permission: str, method: str, path: str, body: Any, status: int
) -> None:
    sandbox.post("/catalogs", MADE)
    sandbox.post(ITEMS, RYE)
    for key, permissions in (("one", [f"catalogs.{permission}"]), ("none", ["catalogs"])):
        made = {"key": key, "permissions": permissions}
        assert sandbox.ask("POST", "/_sandbox/keys", json.dumps(made).encode()).status == 200
    denied = sandbox.call(method, path, body, key="none")
    assert (denied.status, denied.json["message"]) == (403, "Access Denied")
    assert sandbox.call(method, path, body, key="one").status == status


def test_management_items_and_single_items_have_a_bucket_each(sandbox: Any) -> None:
    seen = [
        sandbox.post("/catalogs", MADE),
        sandbox.post(ITEMS, RYE),
        sandbox.call("GET", f"{ITEMS}/rye"),
        sandbox.call("GET", ITEMS),
        sandbox.call("GET", "/catalogs"),
    ]
    told = [(r.headers["x-ratelimit-limit"], r.headers["x-ratelimit-remaining"]) for r in seen]
    assert told == [("50", "49"), ("16000", "15999"), ("50", "49"), ("50", "48"), ("50", "48")]


def test_pages_of_items_lead_to_each_other(sandbox: Any) -> None:
    sandbox.post("/catalogs", MADE)
    ids = [f"item-{number:03}" for number in range(120)]
    for start in range(0, len(ids), 50):
        sandbox.post(ITEMS, {"items": [{"id": one} for one in ids[start : start + 50]]})
    path, pages, links = ITEMS, [], []
    while path:
        reply = sandbox.call("GET", path)
        pages.append([item["id"] for item in reply.json["items"]])
        found = dict(map(reversed, re.findall(r'<(.*?)>; rel="(\w+)"', reply.headers["link"])))
        links.append(set(found))
        path = found.get("next", "")
        before = found.get("prev")
    assert pages == [ids[:50], ids[50:100], ids[100:]]
    assert links == [{"next"}, {"prev", "next"}, {"prev"}]
    assert [item["id"] for item in sandbox.call("GET", before).json["items"]] == ids[50:100]


def test_a_catalog_of_one_page_has_no_link(sandbox: Any) -> None:
    sandbox.post("/catalogs", MADE)
    sandbox.post(ITEMS, {"items": [{"id": f"item-{number}"} for number in range(50)]})
    assert "link" not in sandbox.call("GET", ITEMS).headers


def test_many_items_settle_and_one_is_there_at_once(start_sandbox: Any, tmp_path: Any) -> None:
    file = ("--state", str(tmp_path / "braze.db"))
    sandbox = start_sandbox(*file, "--settle-ms", "60000,60000")
    sandbox.post("/catalogs", MADE)
    assert sandbox.post(ITEMS, RYE).status == 202
    assert sandbox.call("PATCH", ITEMS, {"items": [{"id": "rye", "price": 5}]}).status == 202
    assert sandbox.post(f"{ITEMS}/oat", NEW).status == 201
    assert held(sandbox) == {"oat": 4}
    assert sandbox.look("summary")["unsettled_requests"] == 2
    sandbox.process.kill()
    sandbox.process.wait(timeout=10)
    for _ in range(2):
        later = start_sandbox(*file)
        assert held(later) == {"oat": 4, "rye": 5}
        later.process.kill()
        later.process.wait(timeout=10)


def test_requests_for_one_item_may_be_applied_in_another_order(start_sandbox: Any) -> None:
    sandbox = start_sandbox(
        *("--settle-ms", "0,200", "--decide", "settle_order=shuffled", "--seed", "3")
    )
    sandbox.post("/catalogs", MADE)
    sandbox.call("PUT", f"{ITEMS}/rye", {"items": [{"price": 0}]})
    for price in range(1, 21):
        sandbox.call("PATCH", ITEMS, {"items": [{"id": "rye", "price": price}]})
    while sandbox.look("summary")["unsettled_requests"]:
        pass
    assert held(sandbox)["rye"] != 20


def test_what_settles_after_the_catalog_is_gone_reaches_no_other_of_its_name(
    start_sandbox: Any,
) -> None:
    sandbox = start_sandbox("--settle-ms", "300,300")
    sandbox.post("/catalogs", MADE)
    sandbox.post(ITEMS, RYE)
    assert sandbox.call("DELETE", "/catalogs/bread").status == 200
    sandbox.post("/catalogs", MADE)
    while sandbox.look("summary")["unsettled_requests"]:
        pass
    assert held(sandbox) == {}
    assert sandbox.look("summary")["silent"] == {"catalog_item_unknown": 1}


def test_the_list_of_catalogs_can_be_without_items(sandbox: Any) -> None:
    sandbox.post("/catalogs", MADE)
    sandbox.post(ITEMS, RYE)
    (catalog,) = sandbox.look("catalogs?items=0")["catalogs"]
    assert "items" not in catalog
    assert catalog["num_items"] == 1


def test_errors_of_catalogs_come_as_sentences_when_asked_for(sandbox: Any) -> None:
    sandbox.fail({"kind": "plain_errors"})
    assert sandbox.post(ITEMS, RYE).json == {
        "message": "Invalid Request",
        "errors": ["Could not find catalog"],
    }


def test_a_body_that_is_no_json_is_refused_as_anywhere(sandbox: Any) -> None:
    reply = sandbox.post("/catalogs", b"{oops")
    assert (reply.status, reply.json) == (400, {"message": "The request body is not valid JSON."})
