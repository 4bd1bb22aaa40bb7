"""Credentials come from the environment, and never show."""

from __future__ import annotations

import copy
import pickle

import pytest

from onefold.access import Secret, credential, credential_parts
from onefold.errors import OnefoldError

KEY = "a1b2-c3d4"


def test_a_credential_is_read_from_its_variable() -> None:
    found = credential("braze_key", {"ONEFOLD_CREDENTIAL_BRAZE_KEY": f" {KEY}\n"})
    assert found.reveal() == KEY


@pytest.mark.parametrize("environ", [{}, {"ONEFOLD_CREDENTIAL_BRAZE_KEY": " "}])
def test_a_missing_credential_names_its_variable(environ: dict[str, str]) -> None:
    with pytest.raises(OnefoldError) as caught:
        credential("braze_key", environ)
    assert caught.value.message == "the credential braze_key is not set"
    assert caught.value.hint == (
        "set ONEFOLD_CREDENTIAL_BRAZE_KEY in the environment, or in .env beside onefold.yaml"
    )


def test_a_missing_credential_lists_the_names_that_are_set_but_no_value() -> None:
    with pytest.raises(OnefoldError) as caught:
        credential("braze_key", {"ONEFOLD_CREDENTIAL_BRAZE": KEY, "HOME": "/root"})
    assert "set now: ONEFOLD_CREDENTIAL_BRAZE)" in str(caught.value)
    assert KEY not in str(caught.value)


def test_parts_are_read_from_one_variable_each() -> None:
    environ = {
        "ONEFOLD_CREDENTIAL_LAKE__ACCESS_KEY_ID": "id",
        "ONEFOLD_CREDENTIAL_LAKE__SECRET_ACCESS_KEY": KEY,
    }
    parts = credential_parts("lake", ("access_key_id", "secret_access_key"), environ)
    assert {name: part.reveal() for name, part in parts.items()} == {
        "access_key_id": "id",
        "secret_access_key": KEY,
    }


def test_missing_parts_are_all_named() -> None:
    with pytest.raises(OnefoldError) as caught:
        credential_parts("lake", ("access_key_id", "secret_access_key"), {})
    assert "LAKE__ACCESS_KEY_ID, ONEFOLD_CREDENTIAL_LAKE__SECRET_ACCESS_KEY" in caught.value.hint


def test_no_way_of_showing_a_secret_shows_it() -> None:
    secret = Secret(KEY)
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>20}", f"{[secret]}", "%s" % secret]  # noqa: UP031
    assert not [text for text in shown if KEY in text]


def test_a_secret_is_never_written_down() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(KEY))
    with pytest.raises(TypeError):
        copy.deepcopy(Secret(KEY))


def test_secrets_compare_by_their_text() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret("other")
    assert Secret(KEY) != KEY
    assert len({Secret(KEY), Secret(KEY)}) == 1
