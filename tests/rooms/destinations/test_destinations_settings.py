from __future__ import annotations

from collections.abc import Callable

import pytest

from onefold.destinations import (
    BrazeSettings,
    Channel,
    Contract,
    DummySettings,
    Limits,
    Window,
    open_destination,
)
from onefold.destinations.braze.endpoints import Bucket, endpoint
from onefold.errors import ProjectError, UnknownReference

Settings = Callable[..., BrazeSettings]


HOUR_S = 3_600
MAU = Limits(contract=Contract.MAU, requests_per_hour=1_000, burst=Window(40, 3))


@pytest.mark.parametrize(
    ("limits", "windows"),
    [
        (Limits(), [Window(3_000, 3)]),
        (Limits(contract=Contract.LEGACY), [Window(3_000, 3)]),
        (Limits(requests_per_hour=1_000), [Window(3_000, 3), Window(1_000, HOUR_S)]),
        (MAU, [Window(1_000, HOUR_S), Window(40, 3)]),
    ],
)
def test_each_contract_has_its_windows_the_described_one_first(
    limits: Limits, windows: list[Window]
) -> None:
    assert list(limits.windows(Bucket.TRACK)) == windows


def test_other_addresses_have_limits_of_their_own() -> None:
    assert MAU.windows(Bucket.SUBSCRIPTION) == (Window(5_000, 60),)
    assert MAU.windows(Bucket.DEFAULT) == (Window(250_000, HOUR_S),)


@pytest.mark.parametrize(
    ("method", "path", "permission", "bucket"),
    [
        ("POST", "/users/track", "users.track", Bucket.TRACK),
        ("POST", "/v2/subscription/status/set", "subscription.status.set", Bucket.SUBSCRIPTION),
        ("PATCH", "/catalogs/shoes/items", "catalogs.update_items", Bucket.CATALOG_ITEMS),
        ("DELETE", "/catalogs/shoes/items/7", "catalogs.delete_item", Bucket.CATALOG_ITEM),
        ("POST", "/partners/onefold/cohorts/users", "", Bucket.COHORTS),
        ("GET", "/segments/list", "", Bucket.DEFAULT),
        ("GET", "/users/track", "", Bucket.DEFAULT),
    ],
)
def test_each_address_has_its_permission_and_its_limit(
    method: str, path: str, permission: str, bucket: Bucket
) -> None:
    found = endpoint(method, path)
    assert (found.permission, found.bucket) == (permission, bucket)


@pytest.mark.parametrize(
    ("contract", "objects", "combined"),
    [("data_points", 75, True), ("legacy", 75, False), ("mau", 75, True)],
)
def test_objects_in_a_request_by_contract(contract: str, objects: int, combined: bool) -> None:
    limits = Limits(contract=Contract(contract), requests_per_hour=9)
    assert (limits.objects.objects, limits.objects.combined) == (objects, combined)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(ProjectError, match="use_at_most"):
        Limits(use_at_most=share)


def test_a_mau_contract_says_how_much() -> None:
    with pytest.raises(ProjectError, match="requests_per_hour"):
        Limits(contract=Contract.MAU)


@pytest.mark.parametrize(
    "endpoint",
    ["rest.iad-03.braze.com", "http://rest.iad-03.braze.com", "ftp://127.0.0.1", "https://",
     "https://rest.iad-03.braze.com/users/track", "https://me:secret@rest.iad-03.braze.com",
     "https://rest.iad-03.braze.com?api_key=1", ""],
)  # fmt: skip
def test_an_endpoint_is_scheme_and_host_and_keeps_the_key_private(
    braze_settings: Settings, endpoint: str
) -> None:
    with pytest.raises(ProjectError, match="endpoint"):
        braze_settings(endpoint=endpoint)


@pytest.mark.parametrize(
    "endpoint", ["https://rest.iad-03.braze.com", "http://127.0.0.1:8765/", "http://localhost:1"]
)
def test_good_endpoints(braze_settings: Settings, endpoint: str) -> None:
    assert braze_settings(endpoint=endpoint).endpoint == endpoint


@pytest.mark.parametrize("types", [{"birthday": "date"}, {"dob": "string"}, {"dob": "json"}])
def test_attributes_are_checked_once_more(
    attributes_of: Callable[..., Channel], types: dict[str, str]
) -> None:
    with pytest.raises(ProjectError):
        attributes_of(types)


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(UnknownReference) as error:
        open_destination("brase", DummySettings())
    assert error.value.hint == "did you mean braze?"


def test_settings_of_another_kind_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="DummySettings is not for a braze destination"):
        open_destination("braze", DummySettings())
