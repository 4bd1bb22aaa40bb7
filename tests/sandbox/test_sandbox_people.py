"""Users found and looked at, and requests chosen: what the page asks."""

from typing import Any


def test_the_newest_users_and_how_many_there_are(sandbox: Any) -> None:
    sandbox.track(*({"external_id": f"u{n}"} for n in range(5)))
    found = sandbox.look("users?limit=2")
    assert [user["external_id"] for user in found["users"]] == ["u4", "u3"]
    assert (found["found"], found["total"]) == (5, 5)


def test_users_are_found_by_a_part_of_any_identifier(sandbox: Any) -> None:
    sandbox.track(
        {"external_id": "ada", "email": "Ada@Example.com"},
        {"external_id": "eve", "phone": "+15555550101"},
        {
            "user_alias": {"alias_label": "crm", "alias_name": "B-77"},
            "_update_existing_only": False,
        },
    )
    for search, expected in {"example": ["ada"], "5550": ["eve"], "b-77": [None], "q": []}.items():
        found = sandbox.look(f"users?search={search}")
        assert [user["external_id"] for user in found["users"]] == expected
        assert (found["found"], found["total"]) == (len(expected), 3)


def test_a_user_with_cohorts_and_the_requests_that_name_it(sandbox: Any) -> None:
    sandbox.track({"external_id": "zoë", "email": "zoe@example.com"})
    sandbox.track({"external_id": "eve"})
    sandbox.track({"email": "zoe@example.com", "tier": "gold"})
    braze_id = sandbox.users()[0]["braze_id"]
    sandbox.track({"braze_id": braze_id, "tier": "gold"})
    shown = sandbox.look(f"user?braze_id={braze_id}")
    assert shown["user"] == sandbox.users()[0]
    assert shown["cohorts"] == []
    assert [request["number"] for request in shown["requests"]] == [1, 3, 4]
    assert sandbox.ask("GET", "/_sandbox/user?braze_id=ff").status == 404


def test_requests_by_number_and_the_last_ones(sandbox: Any) -> None:
    for name in ("ada", "eve", "zoe"):
        sandbox.track({"external_id": name})

    def numbers(query: str) -> list[int]:
        return [request["number"] for request in sandbox.look(f"requests?{query}")["requests"]]

    assert numbers("last=2") == [2, 3]
    assert numbers("number=1") == [1]
    assert numbers("number=4") == []
    assert sandbox.ask("GET", "/_sandbox/requests?last=x").json == {
        "message": "Not a whole number: last"
    }
    assert sandbox.ask("GET", "/_sandbox/users?limit=0").status == 400
