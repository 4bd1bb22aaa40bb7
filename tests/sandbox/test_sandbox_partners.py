"""Who may change cohorts: the partner's two keys, one after the other, and nobody else."""

import json
from typing import Any

import pytest

PATH = "/partners/acme/cohorts"
COHORT = {"cohort_id": "vip", "name": "Best", "created_at": "2026-01-05T09:30:00Z"}
KEYS = {"partner_api_key": "sandbox-partner-key", "client_secret": "sandbox-client-secret"}
JSON = {"Content-Type": "application/json"}


def make(sandbox: Any, path: str = PATH, host: str = "", **keys: Any) -> Any:
    """Ask for a cohort, without any bearer key."""
    body = json.dumps({**COHORT, **KEYS, **keys}).encode()
    reply = sandbox.ask("POST", path, body, JSON | ({"Host": host} if host else {}))
    return reply.status, reply.json["message"]


def set_partner(sandbox: Any, **partner: object) -> Any:
    return sandbox.ask("POST", "/_sandbox/partners", json.dumps(partner).encode())


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"partner_api_key": None}, "Unauthorized"),
        ({"client_secret": ""}, "Unauthorized"),
        ({"partner_api_key": "other"}, "Invalid partner key"),
        ({"partner_api_key": 7}, "Invalid partner key"),
        ({"client_secret": "other"}, "Invalid client secret"),
    ],
)
def test_both_keys_must_be_right(sandbox: Any, keys: dict[str, Any], told: str) -> None:
    assert make(sandbox, **keys) == (401, told)
    assert sandbox.look("cohorts") == {"cohorts": []}


def test_a_bearer_key_is_neither_needed_nor_enough(sandbox: Any) -> None:
    assert make(sandbox) == (201, "success")
    assert sandbox.post(PATH, COHORT).status == 401


def test_a_partner_that_is_not_let_in(sandbox: Any) -> None:
    assert set_partner(sandbox, partner="acme", enabled=False).status == 200
    assert make(sandbox) == (401, "Partner not enabled for client")
    assert make(sandbox, "/partners/other/cohorts") == (201, "success")
    assert sandbox.look("partners") == {"partners": [{"partner": "acme", "enabled": False}]}


def test_partners_of_the_command_line_are_the_only_ones(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--partner", "acme=p:c:d")
    assert make(sandbox) == (401, "Invalid partner key")
    assert make(sandbox, partner_api_key="p", client_secret="c:d") == (201, "success")
    assert make(sandbox, "/partners/other/cohorts") == (401, "Invalid partner key")
    set_partner(sandbox, partner="acme", partner_api_key="new", client_secret="new")
    assert make(sandbox, partner_api_key="new", client_secret="new") == (201, "success")
    sandbox.reset()
    assert make(sandbox, partner_api_key="p", client_secret="c:d") == (201, "success")


def test_the_keys_are_of_one_instance_and_need_an_account_in_order(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--instance", "US-03")
    assert make(sandbox, host="rest.iad-03.braze.com") == (201, "success")
    assert make(sandbox, host="rest.iad-01.braze.com") == (401, "Invalid client secret")
    assert sandbox.ask("POST", "/_sandbox/account", b'{"active": false}').status == 200
    assert make(sandbox) == (403, "Forbidden")


def test_cohorts_have_a_bucket_of_their_own(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--limit", "cohorts=2/1000000000")
    change = {**KEYS, "cohort_id": "vip", "cohort_changes": [{"user_ids": ["ada"]}]}
    assert make(sandbox) == (201, "success")
    assert sandbox.post(f"{PATH}/users", change).headers["x-ratelimit-remaining"] == "0"
    assert make(sandbox) == (429, "Rate limited")
    assert sandbox.track({"external_id": "ada"}).status == 201


def test_two_partners_may_use_the_same_id(sandbox: Any) -> None:
    for partner in ("acme", "other"):
        make(sandbox, f"/partners/{partner}/cohorts")
    cohorts = sandbox.look("cohorts")["cohorts"]
    assert [(one["partner"], one["cohort_id"]) for one in cohorts] == [
        ("acme", "vip"),
        ("other", "vip"),
    ]


def test_members_settle_and_outlast_a_kill(start_sandbox: Any, tmp_path: Any) -> None:
    file = ("--state", str(tmp_path / "braze.db"))
    first = start_sandbox(*file)
    first.track({"external_id": "ada"})
    make(first)
    first.process.kill()
    first.process.wait(timeout=10)
    second = start_sandbox(*file, "--settle-ms", "60000,60000")
    change = {**KEYS, "cohort_id": "vip", "cohort_changes": [{"user_ids": ["ada"]}]}
    assert second.post(f"{PATH}/users", change).status == 201
    assert second.look("cohorts")["cohorts"][0]["members"] == []
    second.process.kill()
    second.process.wait(timeout=10)
    third = start_sandbox(*file)
    (member,) = third.look("cohorts")["cohorts"][0]["members"]
    assert member["external_id"] == "ada"
    assert third.look(f"user?braze_id={member['braze_id']}")["cohorts"] == [
        {"partner": "acme", "cohort_id": "vip", "name": "Best"}
    ]


def test_a_partner_of_the_wrong_form_is_refused(sandbox: Any) -> None:
    reply = set_partner(sandbox, partner="")
    assert (reply.status, reply.json["message"][:14]) == (400, "Not a partner:")
