"""The API as an OpenAPI document, made from the table of endpoints."""

import re
from collections.abc import Mapping

from braze_sandbox import __version__
from braze_sandbox.endpoints import ENDPOINTS, Endpoint

_PLACE = re.compile(r"{(\w+)}")
_ANSWER: Mapping[str, object] = {
    "type": "object",
    "properties": {"message": {"type": "string"}, "errors": {"type": "array"}},
    "required": ["message"],
}
_MEANINGS = {
    "2XX": "Done, or accepted and applied later",
    "400": "The whole request is refused",
    "401": "The key is not known here",
    "403": "The account or the address may not do this",
    "404": "What the address names is not there",
    "413": "The body is too large",
    "429": "Above a limit",
    "default": "A fault that was asked for",
}


def openapi() -> dict[str, object]:
    """OpenAPI 3.1 of every endpoint there is."""
    paths: dict[str, dict[str, object]] = {}
    for (method, path), endpoint in ENDPOINTS.items():
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Braze sandbox", "version": __version__},
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Answer": _ANSWER},
        },
        "security": [{"key": []}],
    }


def _operation(method: str, path: str, endpoint: Endpoint) -> dict[str, object]:
    answer: dict[str, object] = {"$ref": "#/components/schemas/Answer"}
    schemas = {"2XX": {"allOf": [answer, endpoint.success]}}
    operation: dict[str, object] = {
        "operationId": f"{method.lower()}{path.translate(_NAMED)}",
        "description": _needs(endpoint),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _SEGMENT}
            for name in _PLACE.findall(path)
        ]
        + [{"name": name, "in": "query", "schema": {"type": "string"}} for name in endpoint.query],
        "responses": {
            status: {
                "description": meaning,
                "content": {"application/json": {"schema": schemas.get(status, answer)}},
            }
            for status, meaning in _MEANINGS.items()
        },
    }
    if endpoint.permission is None:
        operation["security"] = []
    if method not in ("GET", "DELETE") or len(endpoint.request) > 1:
        body = {"application/json": {"schema": endpoint.request}}
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _needs(endpoint: Endpoint) -> str:
    if endpoint.permission is None:
        return "Needs a partner's `partner_api_key` and `client_secret`, in the body."
    return f"Needs the permission `{endpoint.permission}`."


_NAMED = str.maketrans({"/": "_", ".": "_", "{": None, "}": None})
_SEGMENT = {"type": "string", "minLength": 1, "pattern": "^[A-Za-z0-9_-]+$"}
