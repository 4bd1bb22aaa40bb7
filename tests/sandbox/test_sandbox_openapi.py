"""The OpenAPI document is valid, tells all endpoints, and what it tells is true.

schemathesis makes requests that fit the document, and others that don't: none may break the
sandbox, and every answer must be as declared.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from braze_sandbox.endpoints import ENDPOINTS
from braze_sandbox.openapi import openapi

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(openapi())
EXAMPLES = 8
"""Of each kind, for each endpoint."""


def test_the_document_is_valid_and_tells_every_endpoint(sandbox: Any) -> None:
    document = sandbox.look("openapi.json")
    OpenAPIV31SpecValidator(document).validate()
    declared = {(m.upper(), path) for path, item in document["paths"].items() for m in item}
    assert declared == set(ENDPOINTS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_no_request_breaks_it_and_every_answer_is_as_declared(
    shared_sandbox: Any, method: str, path: str, mode: GenerationMode
) -> None:
    base = f"http://127.0.0.1:{shared_sandbox.port}"
    key = {"Authorization": f"Bearer {shared_sandbox.key}"}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=SCHEMA[path][method].as_strategy(mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        answer = case.call(base_url=base, headers=key)
        case.validate_response(answer, checks=CHECKS)

    ask()


ADA = {"external_id": "ada"}
NEW = {"alias_label": "crm", "alias_name": "1"}
AT = {"time": "2026-01-05T09:30:00Z"}
FIELDS = [{"name": "id", "type": "string"}]
BOUGHT = {**ADA, **AT, "product_id": "sku-1", "currency": "EUR", "price": 1}


@pytest.mark.parametrize(
    ("path", "fits", "does_not"),
    [
        ("/users/track", {"attributes": [{**ADA, "tier": 1}]}, {"attributes": [{"tier": 1}]}),
        ("/users/track", {"events": [{**ADA, **AT, "name": "x"}]}, {"events": [{**ADA, **AT}]}),
        ("/users/track", {"purchases": [BOUGHT]}, {"purchases": [{**BOUGHT, "quantity": 101}]}),
        (
            "/catalogs",
            {"catalogs": [{"name": "bread", "fields": FIELDS}]},
            {"catalogs": [{"name": "our bread", "fields": FIELDS}]},
        ),
        ("/users/alias/new", {"user_aliases": [NEW]}, {"user_aliases": []}),
        ("/users/delete", {"external_ids": ["ada"]}, {"external_ids": ["a"], "braze_ids": ["b"]}),
        (
            "/users/external_ids/remove",
            {"external_ids": ["former"]},
            {"external_ids": "former"},
        ),
        (
            "/users/export/ids",
            {"external_ids": ["ada"], "fields_to_export": ["email"]},
            {"external_ids": ["ada"], "fields_to_export": []},
        ),
    ],
)
def test_the_document_and_the_sandbox_agree_on_what_fits(
    sandbox: Any, path: str, fits: Any, does_not: Any
) -> None:
    shape = openapi()["paths"][path]["post"]["requestBody"]["content"]  # type: ignore[index]  # a plain tree
    validator = OAS31Validator(shape["application/json"]["schema"])
    assert validator.is_valid(fits)
    assert sandbox.post(path, fits).status in (200, 201)
    assert not validator.is_valid(does_not)
    assert sandbox.post(path, does_not).status == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_undeclared_method_is_refused(sandbox: Any, method: str) -> None:
    assert sandbox.ask(method, "/users/track").status == 404
