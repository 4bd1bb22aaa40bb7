"""The OpenAPI document declares the endpoints that there are, and no others."""

from typing import Any

from braze_sandbox.endpoints import ENDPOINTS


def test_every_endpoint_is_declared_and_nothing_else(sandbox: Any) -> None:
    document = sandbox.look("openapi.json")
    declared = {(m.upper(), path) for path, item in document["paths"].items() for m in item}
    assert document["openapi"] == "3.1.0"
    assert declared == set(ENDPOINTS)


def test_an_undeclared_method_is_refused(sandbox: Any) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert sandbox.ask(method, "/users/track").status == 404
