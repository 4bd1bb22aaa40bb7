from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from onefold.destinations import BrazeSettings, open_destination
from onefold.model import Secret


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("s3cret")
    assert secret.reveal() == "s3cret"
    assert "s3cret" not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_destination_does_not_show_its_key(
    braze_settings: Callable[..., BrazeSettings],
) -> None:
    destination = open_destination("braze", braze_settings(), "s3cret")
    assert "s3cret" not in f"{destination!r} {vars(destination)}"


def test_an_empty_secret_redacts_nothing() -> None:
    assert Secret("").redact("a text") == "a text"
