"""Subscription groups as a dashboard makes them: named, kept, removed; and who may read states."""

import json
from typing import Any

import pytest

EMAILS, TEXTS = (f"1f6e0f9e-0000-4000-8000-00000000000{number}" for number in (1, 2))
NEWSLETTER = {"subscription_group_id": EMAILS, "name": "Newsletter", "channel": "email"}
GROUPS = "/_sandbox/subscription-groups"


def make(sandbox: Any, *groups: dict[str, Any]) -> Any:
    return sandbox.ask("POST", GROUPS, json.dumps(groups).encode())


def read(sandbox: Any, what: str, key: str | None = None) -> Any:
    return sandbox.call("GET", f"/subscription/{what}", key=key)


def test_groups_are_made_named_anew_and_removed(sandbox: Any) -> None:
    texts = {"subscription_group_id": TEXTS, "name": "Texts", "channel": "sms"}
    made = make(sandbox, {"subscription_group_id": EMAILS, "name": "News"}, texts)
    assert made.json["subscription_groups"][0] == {**NEWSLETTER, "name": "News"}
    assert make(sandbox, NEWSLETTER).json == {"subscription_groups": [NEWSLETTER, texts]}
    gone = sandbox.ask("DELETE", f"{GROUPS}?subscription_group_id={TEXTS}")
    assert gone.json == sandbox.look("subscription-groups") == {"subscription_groups": [NEWSLETTER]}
    assert sandbox.ask("DELETE", f"{GROUPS}?subscription_group_id={TEXTS}").status == 400


@pytest.mark.parametrize(
    "group", [{}, {**NEWSLETTER, "channel": "fax"}, {**NEWSLETTER, "subscription_group_id": "x"}]
)
def test_what_is_no_group_is_refused(sandbox: Any, group: dict[str, Any]) -> None:
    refused = make(sandbox, NEWSLETTER, group)
    assert (refused.status, refused.json["message"][:24]) == (400, "Not a subscription group")
    assert sandbox.look("subscription-groups") == {"subscription_groups": []}


def test_groups_outlive_a_kill(start_sandbox: Any, tmp_path: Any) -> None:
    file = ("--state", str(tmp_path / "braze.db"))
    first = start_sandbox(*file)
    make(first, NEWSLETTER)
    first.process.kill()
    first.process.wait(timeout=10)
    assert start_sandbox(*file).look("subscription-groups")["subscription_groups"] == [NEWSLETTER]


@pytest.mark.parametrize(
    ("what", "permission"),
    [
        (f"status/get?external_id=ada&subscription_group_id={EMAILS}", "subscription.status.get"),
        ("user/status?external_id=ada", "subscription.groups.get"),
    ],
)
def test_reading_needs_its_own_permission(sandbox: Any, what: str, permission: str) -> None:
    for key, permissions in (("one", [permission]), ("other", ["subscription.status.set"])):
        made = {"key": key, "permissions": permissions}
        assert sandbox.ask("POST", "/_sandbox/keys", json.dumps(made).encode()).status == 200
    assert read(sandbox, what, key="other").status == 403
    answer = read(sandbox, what, key="one")
    assert (answer.status, answer.headers["x-ratelimit-limit"]) == (200, "250000")


def test_fifty_users_are_read_and_not_one_more(sandbox: Any) -> None:
    asked = "&".join(f"external_id[]={number}" for number in range(50))
    assert read(sandbox, f"user/status?{asked}").json["total_count"] == 0
    refused = read(sandbox, f"user/status?{asked}&external_id[]=50")
    told = "The max number of ids per request was exceeded"
    assert (refused.status, refused.json["message"]) == (400, told)
