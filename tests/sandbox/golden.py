"""The cases of tests/golden/sandbox: reading them, and playing them against a sandbox."""

import json
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "sandbox"


def expand(value: Any, number: int = 0) -> Any:
    """Write out what the golden files abbreviate."""
    match value:
        case {"$text": int(length)}:
            return "x" * length
        case {"$list": int(count), "of": item}:
            first = int(value.get("from", 1))
            return [expand(item, index) for index in range(first, count + 1)]
        case {"$keys": int(count), "of": item}:
            return {f"key-{index}": item for index in range(count)}
        case dict():
            return {key: expand(item, number) for key, item in value.items()}
        case list():
            return [expand(item, number) for item in value]
    return value.replace("#", str(number)) if isinstance(value, str) and number else value


def read_cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['case']}")
        for path in sorted(GOLDEN.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))
    ]


def play(sandbox: Any, case: dict[str, Any]) -> Any:
    """What the case's request is answered, after what is given."""
    for call in case.get("setup", []):
        body = json.dumps(expand(call["body"])).encode()
        assert sandbox.ask("POST", call["path"], body).status == 200
    for given in expand(case.get("given", [])):
        method, path, sent = request_of(given)
        assert sandbox.call(method, path, sent).status < 300, given
    body = case["raw"].encode() if "raw" in case else expand(case["request"])
    method, path = case.get("method", "POST"), case.get("path", "/users/track")
    return sandbox.call(method, path, body, content_type=case.get("content_type", ""))


def request_of(given: dict[str, Any]) -> tuple[str, str, Any]:
    """Method, path and body of an earlier request; a bare body is one to /users/track."""
    if "path" not in given:
        return "POST", "/users/track", expand(given)
    return given.get("method", "POST"), given["path"], expand(given.get("request", {}))
