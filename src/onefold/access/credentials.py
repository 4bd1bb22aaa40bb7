"""Credentials from environment variables: `ONEFOLD_CREDENTIAL_<NAME>` and its parts.

`credential: braze_key` in a project file means the variable `ONEFOLD_CREDENTIAL_BRAZE_KEY`. A
credential of several parts has one variable each: `ONEFOLD_CREDENTIAL_LAKE__ACCESS_KEY_ID`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from onefold.errors import OnefoldError
from onefold.model import Secret

__all__ = ["credential", "credential_parts", "variable"]

PREFIX = "ONEFOLD_CREDENTIAL_"


def credential(name: str, environ: Mapping[str, str]) -> Secret:
    """Return the credential that project files call `name`.

    Args:
        name: as in `credential: braze_key`.
        environ: environment variables, those of the project's `.env` included.

    Raises:
        OnefoldError: its variable is not set, or is empty; the message names the variable.
    """
    expected = variable(name)
    text = environ.get(expected, "").strip()
    if not text:
        raise _missing(name, expected, environ)
    return Secret(text)


def credential_parts(
    name: str, parts: tuple[str, ...], environ: Mapping[str, str]
) -> dict[str, Secret]:
    """Return a credential's parts by the names asked for, such as `access_key_id`.

    Raises:
        OnefoldError: a part's variable is not set, or is empty; the message names all of them.
    """
    variables = {part: f"{variable(name)}__{part.upper()}" for part in parts}
    missing = [text for text in variables.values() if not environ.get(text, "").strip()]
    if missing:
        raise _missing(name, ", ".join(missing), environ)
    return {part: Secret(environ[text].strip()) for part, text in variables.items()}


def variable(name: str) -> str:
    """Return the environment variable that holds the credential `name`."""
    return PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


def _missing(name: str, expected: str, environ: Mapping[str, str]) -> OnefoldError:
    known = sorted(key for key in environ if key.startswith(PREFIX) and environ[key].strip())
    others = f" (set now: {', '.join(known)})" if known else ""
    return OnefoldError(
        f"the credential {name} is not set{others}",
        hint=f"set {expected} in the environment, or in .env beside onefold.yaml",
    )
