"""Limits: windows, buckets, and what each contract tells of them. Times are the test's own."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from braze_sandbox.endpoints import ENDPOINTS
from braze_sandbox.limits import (
    Account,
    Bucket,
    Contract,
    RateLimit,
    Windows,
    limit_headers,
    limits_of,
    refusal_headers,
)
from braze_sandbox.options import read_settings

HOUR_BEGINS = 1_767_603_600.0  # 2026-01-05T09:00:00Z
ADA = {"attributes": [{"external_id": "ada"}]}


class Hand:
    """A clock that the test turns."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def windows(clock: Hand, *limits: RateLimit) -> Windows:
    return Windows({Bucket.TRACK: limits}, clock)


def take(limited: Windows, times: int) -> Sequence[Any]:
    return [limited.take(Bucket.TRACK) for _ in range(times)]


def test_windows_are_aligned_to_the_epoch() -> None:
    clock = Hand(1_000_000_000.0)  # 1 s into its window of 3 s
    limited = windows(clock, RateLimit(requests=2, seconds=3))
    assert [standing.allowed for standing in take(limited, 3)] == [True, True, False]
    clock.now += 1.5
    (refused,) = take(limited, 1)
    assert (refused.allowed, refused.resets_at, refused.retry_after_s) == (False, 1_000_000_002, 1)
    clock.now += 0.5
    assert [standing.remaining for standing in take(limited, 2)] == [1, 0]


def test_hourly_windows_are_the_hours_of_the_clock() -> None:
    clock = Hand(HOUR_BEGINS + 3_599)
    limited = windows(clock, RateLimit(requests=1, seconds=3_600))
    assert [standing.resets_in_s for standing in take(limited, 2)] == [1, 1]
    clock.now += 1
    (fresh,) = take(limited, 1)
    assert (fresh.allowed, fresh.resets_in_s) == (True, 3_600)


def test_of_two_windows_the_longer_is_told_and_the_full_one_waited_for() -> None:
    clock = Hand(HOUR_BEGINS)
    burst, hourly = RateLimit(requests=2, seconds=3), RateLimit(requests=5, seconds=3_600)
    limited = windows(clock, hourly, burst)
    assert [s.remaining for s in take(limited, 3)] == [4, 3, 3], "a refused one costs nothing"
    (refused,) = take(limited, 1)
    assert (refused.limit, refused.resets_in_s, refused.retry_after_s) == (5, 3_600, 3)
    clock.now += 3
    take(limited, 2)
    clock.now += 3
    take(limited, 1)
    (spent,) = take(limited, 1)
    assert (spent.allowed, spent.remaining, spent.retry_after_s) == (False, 0, 3_594)


def test_every_bucket_has_its_documented_limit() -> None:
    limits = limits_of(Account())
    assert limits.keys() == set(Bucket)
    shown = {bucket.id: [(w.requests, w.seconds) for w in limits[bucket]] for bucket in Bucket}
    assert shown == {
        "track": [(3_000, 3)],
        "track_bulk": [(50, 1)],
        "track_sync": [(500, 60)],
        "users": [(20_000, 60)],
        "external_ids_rename": [(1_000, 60)],
        "external_ids_remove": [(1_000, 60)],
        "export_ids": [(250, 60)],
        "export_ids_fields": [(40, 1)],
        "subscription_set": [(5_000, 60)],
        "custom_data": [(1_000, 3_600)],
        "catalogs": [(50, 60)],
        "catalog_items": [(16_000, 60)],
        "catalog_item": [(50, 60)],
        "catalog_fields": [(50, 60)],
        "cohorts": [(250_000, 3_600)],
        "cdi_list": [(50, 60)],
        "cdi_sync": [(20, 60)],
        "cdi_status": [(100, 60)],
        "default": [(250_000, 3_600)],
    }


def test_a_mau_contract_adds_its_hour_to_the_burst() -> None:
    account = Account(contract=Contract.MAU, requests_per_hour=1_000, burst=20)
    track = limits_of(account)[Bucket.TRACK]
    assert [(limit.requests, limit.seconds) for limit in track] == [(20, 3), (1_000, 3_600)]


@pytest.mark.parametrize(
    ("onboarded", "fields", "bucket", "requests"),
    [
        (None, ["external_id", "email"], Bucket.EXPORT_IDS_FIELDS, 40),
        (None, ["external_id", "campaigns_received"], Bucket.EXPORT_IDS, 250),
        (None, ["canvases_received"], Bucket.EXPORT_IDS, 250),
        (None, None, Bucket.EXPORT_IDS, 250),
        (date(2024, 8, 22), ["email"], Bucket.EXPORT_IDS_FIELDS, 40),
        (date(2024, 8, 21), ["email"], Bucket.EXPORT_IDS, 2_500),
        (date(2024, 8, 21), None, Bucket.EXPORT_IDS, 2_500),
    ],
)
def test_the_limit_of_an_export_depends_on_fields_and_age(
    onboarded: date | None, fields: list[str] | None, bucket: Bucket, requests: int
) -> None:
    account = Account(onboarded=onboarded)
    body = {} if fields is None else {"fields_to_export": fields}
    choose = ENDPOINTS["POST", "/users/export/ids"].limit
    assert not isinstance(choose, Bucket)
    assert choose(body, account) is bucket
    assert [limit.requests for limit in limits_of(account)[bucket]] == [requests]


def test_reset_is_an_instant_or_on_mau_contracts_the_seconds_left() -> None:
    limited = windows(Hand(HOUR_BEGINS + 600), RateLimit(requests=10, seconds=3_600))
    (standing,) = take(limited, 1)
    told = {contract: limit_headers(standing, contract) for contract in Contract}
    assert told[Contract.DATA_POINTS] == told[Contract.LEGACY]
    assert told[Contract.LEGACY]["x-ratelimit-reset"] == str(int(HOUR_BEGINS) + 3_600)
    assert told[Contract.MAU] == {
        "x-ratelimit-limit": "10",
        "x-ratelimit-remaining": "9",
        "x-ratelimit-reset": "3000",
    }


def test_a_refusal_has_five_forms() -> None:
    limited = windows(Hand(HOUR_BEGINS), RateLimit(requests=1, seconds=60))
    refused = take(limited, 2)[1]
    limits = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}
    forms = {
        "both": limits | {"x-ratelimit-retry-after"},
        "limits": limits,
        "retry_after": {"x-ratelimit-retry-after"},
        "standard": limits | {"x-ratelimit-retry-after", "retry-after"},
        "none": set(),
    }
    for form, names in forms.items():
        assert refusal_headers(refused, Contract.DATA_POINTS, form).keys() == names  # type: ignore[arg-type]  # one of the names


def test_limits_can_be_set_by_bucket() -> None:
    settings = read_settings(
        ["--limit", "all=none", "--limit", "5/3+100/3600", "--limit", "export_ids=2/60"]
    )
    limited = {bucket.id: windows for bucket, windows in settings.limits.items() if windows}
    assert {
        name: [(w.requests, w.seconds) for w in several] for name, several in limited.items()
    } == {
        "track": [(5, 3), (100, 3_600)],
        "export_ids": [(2, 60)],
    }


def test_a_mau_contract_over_http(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--contract", "mau", "--requests-per-hour", "2")
    answers = [sandbox.post("/users/track", ADA) for _ in range(3)]
    # no hour of the clock is likely to end within the test; if one does, nothing is refused
    assert answers[0].headers["x-ratelimit-limit"] == "2"
    assert 0 < int(answers[0].headers["x-ratelimit-reset"]) <= 3_600
    if [answer.status for answer in answers] == [201, 201, 429]:
        refused = answers[2].headers
        assert not [name for name in refused if name.startswith("x-ratelimit-limit")]
        assert not {"x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"} & refused.keys()
        assert 0 < int(refused["x-ratelimit-retry-after"]) <= 3_600


@pytest.mark.parametrize(
    ("contract", "sent", "status"),
    [
        ("data_points", (75, 0, 0), 201),
        ("data_points", (40, 30, 6), 400),
        ("mau", (40, 30, 6), 400),
        ("legacy", (75, 75, 75), 201),
        ("legacy", (76, 0, 0), 400),
        ("legacy", (1, 1, 76), 400),
    ],
)
def test_75_objects_together_or_in_each_array(
    start_sandbox: Any, contract: str, sent: tuple[int, int, int], status: int
) -> None:
    at = "2026-01-05T09:30:00Z"
    attribute = {"external_id": "ada", "vip": True}
    event = {"external_id": "ada", "name": "seen", "time": at}
    bought = {"external_id": "ada", "product_id": "x", "currency": "EUR", "price": 1, "time": at}
    attributes, events, purchases = sent
    body = {
        "attributes": [attribute] * attributes,
        "events": [event] * events,
        "purchases": [bought] * purchases,
    }
    answer = start_sandbox("--contract", contract).post("/users/track", body)
    assert answer.status == status
    assert answer.json["message"] == ("success" if status == 201 else "Max Input Length Exceeded")
