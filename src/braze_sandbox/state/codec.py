"""Items as bytes: JSON, with `{"$time": …}` for a time (no key of a profile can begin with $)."""

from datetime import datetime
from typing import Any

import orjson

_TIME = "$time"


def encode(value: object) -> bytes:
    """The value as bytes; dataclasses become objects."""
    return orjson.dumps(value, default=_encode_time, option=orjson.OPT_PASSTHROUGH_DATETIME)


def decode(raw: bytes) -> Any:
    """The value again, with objects for dataclasses; raises ValueError when it is none."""
    return _with_times(orjson.loads(raw))


def _encode_time(value: object) -> object:
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    raise TypeError(f"{type(value).__name__} can't be kept")


def _with_times(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_TIME}:
            return datetime.fromisoformat(value[_TIME])
        return {key: _with_times(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_times(item) for item in value]
    return value
