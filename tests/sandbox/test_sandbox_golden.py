"""The contract, case by case, as written in tests/golden/sandbox."""

import json
import re
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from tests.sandbox.golden import expand, play, read_cases

from braze_sandbox.rules import RULES, Rule, Verdict

ERRORS = ("errors", "rename_errors", "removal_errors")


CASES = read_cases()


@pytest.mark.parametrize("case", CASES)
def test_the_sandbox_answers_as_written(sandbox: Any, case: dict[str, Any]) -> None:
    reply = play(sandbox, case)
    assert (reply.status, without_times(reply.json)) == (case["status"], expand(case["answer"]))
    if "users" in case:
        check_users(sandbox.users(), expand(case["users"]))
    if "cohorts" in case:
        check_cohorts(sandbox.look("cohorts")["cohorts"], case["cohorts"])
    if "catalogs" in case:
        check_users(sandbox.look("catalogs")["catalogs"], expand(case["catalogs"]))
    check_log(sandbox.last_request(), case)


def check_users(users: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    shown = [
        {key: user[key] for key in wanted} for user, wanted in zip(users, expected, strict=True)
    ]
    assert json.dumps(shown, sort_keys=True) == json.dumps(expected, sort_keys=True)


def without_times(answer: dict[str, Any]) -> dict[str, Any]:
    """What happened just now is written as `now`, and where an export will be as `there`."""
    for catalog in answer.get("catalogs", []):
        datetime.strptime(catalog["updated_at"], "%Y-%m-%dT%H:%M:%S.%f%z")
        catalog["updated_at"] = "now"
    for key in answer.keys() & {"created_at", "updated_at"}:
        datetime.strptime(answer[key], "%Y-%m-%dT%H:%M:%S.%f%z")
        answer[key] = "now"
    if prefix := answer.get("object_prefix"):
        assert re.fullmatch(r"[0-9a-f-]{36}-\d{10}", prefix)
        assert re.fullmatch(rf"http://127.0.0.1:\d+/_sandbox/exports/{prefix}.zip", answer["url"])
        answer |= {"object_prefix": "there", "url": "there"}
    return answer


def check_cohorts(cohorts: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Members are written as their external ids."""
    for cohort in cohorts:
        cohort["members"] = [member["external_id"] for member in cohort["members"]]
    check_users(cohorts, expected)


def check_log(entry: dict[str, Any], case: dict[str, Any]) -> None:
    assert (entry["status"], entry["message"]) == (case["status"], case["answer"]["message"])
    assert entry["errors"] == expand(case["answer"].get("errors", []))
    silent = {name for name in case["rules"] if not RULES[name].sentence}
    assert entry["silent"].keys() == silent
    if "data_points" in case:
        assert [entry["data_points"], entry["data_points_unchanged"]] == case["data_points"]


@pytest.mark.parametrize("case", CASES)
def test_a_case_shows_the_loud_rules_it_names(case: Any) -> None:
    answer = case["answer"]
    errors = [error for key in ERRORS for error in answer.get(key, [])]
    told = [answer["message"], *(error.get("type", error.get("message")) for error in errors)]
    loud = [RULES[name] for name in case["rules"]]
    for rule in loud:
        if rule.sentence:
            start, _, end = rule.sentence.partition("{field}")
            assert any(t.startswith(start) and t.endswith(end) for t in told), rule


def test_every_rule_of_the_contract_has_a_case() -> None:
    shown = Counter(name for case in CASES for name in case.values[0]["rules"])
    assert {rule.id for rule in RULES.values()} == set(shown)


def test_a_rule_has_a_sentence_exactly_if_the_client_learns_of_it() -> None:
    loud = {Verdict.REQUEST_REFUSED, Verdict.OBJECT_REFUSED}
    assert all(bool(rule.sentence) == (rule.verdict in loud) for rule in RULES.values())


def test_every_subject_of_rules_is_among_them_under_names_of_its_own() -> None:
    assert sum(map(len, Rule.__subclasses__())) == len(RULES)
