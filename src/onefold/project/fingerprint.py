"""The hash of a project's definitions: equal hashes mean that the same would be done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import orjson

__all__ = ["definitions_hash"]


def definitions_hash(
    contents: Mapping[str, bytes], environment: str, replaced: Mapping[str, str]
) -> str:
    """Return 64 hexadecimal digits for the definitions as they will be used.

    Args:
        contents: each file's bytes by its path, relative to the root.
        environment: the name of the chosen environment.
        replaced: the value of each `${NAME}` by its place; no secrets.
    """
    files = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    whole = {"files": files, "environment": environment, "replaced": dict(replaced)}
    return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()
