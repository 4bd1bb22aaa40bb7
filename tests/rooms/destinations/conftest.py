from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from onefold.destinations import Attribute, BrazeSettings
from onefold.model import parse_type
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
    """Settings with attributes written as `{"dob": "date"}`."""

    def settings(types: dict[str, str], **others: Any) -> BrazeSettings:
        attributes = tuple(
            Attribute(
                name=name,
                type=parse_type(type_.removesuffix(" as string")),
                as_string=type_.endswith(" as string"),
            )
            for name, type_ in types.items()
        )
        defaults = {"endpoint": "http://127.0.0.1:9", "workspace": "shop"}
        return BrazeSettings(attributes=attributes, **(defaults | others))

    return settings
