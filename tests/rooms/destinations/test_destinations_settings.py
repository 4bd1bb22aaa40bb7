from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from onefold.destinations import (
    BrazeSettings,
    Contract,
    DummySettings,
    Limits,
    Window,
    open_destination,
)
from onefold.errors import NotBuiltYet, ProjectError, UnknownReference
from onefold.model import IdentifierKind

Settings = Callable[..., BrazeSettings]


@pytest.mark.parametrize(
    ("limits", "windows"),
    [
        (Limits(), [Window(2850, 3)]),
        (Limits(use_at_most=1.0), [Window(3000, 3)]),
        (Limits(use_at_most=0.6, requests_per_hour=1000), [Window(1800, 3), Window(600, 3600)]),
        (Limits(contract=Contract.MAU, requests_per_hour=1, use_at_most=0.5),
         [Window(1500, 3), Window(1, 3600)]),
        (Limits(burst=Window(50, 1), use_at_most=1.0), [Window(50, 1)]),
    ],
)  # fmt: skip
def test_the_share_of_each_limit_is_used(limits: Limits, windows: list[Window]) -> None:
    assert list(limits.windows) == windows


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
        braze_settings({}, endpoint=endpoint)


@pytest.mark.parametrize(
    "endpoint", ["https://rest.iad-03.braze.com", "http://127.0.0.1:8765/", "http://localhost:1"]
)
def test_good_endpoints(braze_settings: Settings, endpoint: str) -> None:
    assert braze_settings({}, endpoint=endpoint).endpoint == endpoint


@pytest.mark.parametrize(
    ("others", "error"),
    [
        ({"identifier": IdentifierKind.BRAZE_ID}, NotBuiltYet),
        ({"identifier": IdentifierKind.USER_ALIAS}, NotBuiltYet),
    ],
)
def test_what_is_not_built_is_refused(
    braze_settings: Settings, others: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error, match="not built yet"):
        braze_settings({}, **others)


@pytest.mark.parametrize("types", [{"birthday": "date"}, {"dob": "string"}, {"x": "json"}])
def test_attributes_are_checked_once_more(braze_settings: Settings, types: dict[str, str]) -> None:
    with pytest.raises(ProjectError):
        braze_settings(types)


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(UnknownReference) as error:
        open_destination("brase", DummySettings())
    assert error.value.hint == "did you mean braze?"


def test_settings_of_another_kind_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="DummySettings is not for a braze destination"):
        open_destination("braze", DummySettings())
