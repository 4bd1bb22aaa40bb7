"""Changes of identity as Braze is told of them: by external_id or alias, fifty a request."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from onefold.destinations.braze.identities import cut_identities, identity_requests
from onefold.model import IdentifierKind, IdentityChange
from onefold.warehouse import Engine

EXTERNAL_ID, USER_ALIAS = IdentifierKind.EXTERNAL_ID, IdentifierKind.USER_ALIAS
RENAME, MERGE, ALIAS_RENAME, ALIAS, IDENTIFY = (
    IdentityChange.RENAME,
    IdentityChange.MERGE,
    IdentityChange.ALIAS_RENAME,
    IdentityChange.ALIAS,
    IdentityChange.IDENTIFY,
)


def crm(name: str) -> str:
    return f'{{"alias_label":"crm","alias_name":"{name}"}}'


def bodies(
    engine: Engine, kind: IdentityChange, identifier: IdentifierKind, *changes: tuple[str, str]
) -> list[tuple[str, Any]]:
    old, new = zip(*changes, strict=True)
    engine.register("given", pa.table({"_from": old, "_to": new, "_order": range(len(changes))}))
    engine.table("changes", f"SELECT *, '{kind}' AS _kind, 1 AS _turn FROM given")
    cut = cut_identities(engine, "changes", kind, identifier)
    requests = identity_requests(engine, cut, kind, identifier, 0, 9)
    return [(one.path, json.loads(one.body)) for one in requests.values()]


@pytest.mark.parametrize(
    ("kind", "identifier", "change", "path", "told"),
    [
        (
            *(RENAME, EXTERNAL_ID, ("guest", "ada"), "/users/external_ids/rename"),
            {
                "external_id_renames": [
                    {"current_external_id": "guest", "new_external_id": "ada"},
                ]
            },
        ),
        (
            *(MERGE, EXTERNAL_ID, ("old", "ada"), "/users/merge"),
            {
                "merge_updates": [
                    {
                        "identifier_to_merge": {"external_id": "old"},
                        "identifier_to_keep": {"external_id": "ada"},
                    }
                ]
            },
        ),
        (
            *(ALIAS_RENAME, EXTERNAL_ID, (crm("1"), crm("2")), "/users/alias/update"),
            {
                "alias_updates": [
                    {"alias_label": "crm", "old_alias_name": "1", "new_alias_name": "2"},
                ]
            },
        ),
        (
            *(ALIAS, EXTERNAL_ID, ("ada", crm("1")), "/users/alias/new"),
            {"user_aliases": [{"external_id": "ada", "alias_label": "crm", "alias_name": "1"}]},
        ),
        (
            *(IDENTIFY, USER_ALIAS, (crm("1"), "ada"), "/users/identify"),
            {
                "aliases_to_identify": [
                    {
                        "external_id": "ada",
                        "user_alias": {"alias_label": "crm", "alias_name": "1"},
                    }
                ]
            },
        ),
    ],
    ids=["rename", "merge", "alias_rename", "alias", "identify"],
)
def test_both_ends_are_named_by_external_id_or_alias(
    engine: Engine,
    kind: IdentityChange,
    identifier: IdentifierKind,
    change: tuple[str, str],
    path: str,
    told: object,
) -> None:
    assert bodies(engine, kind, identifier, change) == [(path, told)]


@pytest.mark.parametrize(
    ("kind", "identifier", "old", "new"),
    [
        (RENAME, EXTERNAL_ID, "old", "new"),
        (MERGE, EXTERNAL_ID, "old", "new"),
        (ALIAS_RENAME, EXTERNAL_ID, crm("old"), crm("new")),
        (ALIAS, EXTERNAL_ID, "new", crm("new")),
        (IDENTIFY, USER_ALIAS, crm("old"), "new"),
    ],
    ids=["rename", "merge", "alias_rename", "alias", "identify"],
)
def test_a_request_holds_fifty_changes_at_most(
    engine: Engine, kind: IdentityChange, identifier: IdentifierKind, old: str, new: str
) -> None:
    changes = [(old.replace("old", f"old-{n}"), new.replace("new", f"new-{n}")) for n in range(101)]
    sizes = [len(*body.values()) for _, body in bodies(engine, kind, identifier, *changes)]
    assert sizes == [50, 50, 1]
