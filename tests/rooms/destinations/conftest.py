from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from onefold.destinations import Attribute, BrazeSettings, Channel, open_destination
from onefold.model import ATTRIBUTES, parse_type
from onefold.warehouse import Engine, EngineSettings


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(
        EngineSettings(
            spill_folder=tmp_path_factory.mktemp("spill"),
            memory_limit="500MB",
            threads=1,
            timezone="Europe/Paris",
        )
    )
    yield engine
    engine.close()


@pytest.fixture
def braze_settings() -> Callable[..., BrazeSettings]:
    """Settings of a Braze that is not there."""

    def settings(**others: Any) -> BrazeSettings:
        defaults = {"endpoint": "http://127.0.0.1:9", "workspace": "shop"}
        return BrazeSettings(**(defaults | others))

    return settings


@pytest.fixture
def attributes_of(braze_settings: Callable[..., BrazeSettings]) -> Callable[..., Channel]:
    """The way of attributes written as `{"dob": "date"}` to Braze."""

    def channel(types: dict[str, str], **others: Any) -> Channel:
        destination = open_destination("braze", braze_settings(**others), "key")
        return destination.channel(ATTRIBUTES, attributes(types))

    return channel


def attributes(types: dict[str, str]) -> list[Attribute]:
    return [
        Attribute(
            name=name,
            type=parse_type(type_.removesuffix(" as string")),
            as_string=type_.endswith(" as string"),
        )
        for name, type_ in types.items()
    ]
