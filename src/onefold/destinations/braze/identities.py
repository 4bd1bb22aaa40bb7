"""Changes of identity below `/users`: rename, alias update, alias new, merge, identify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.destinations.braze.endpoints import endpoint
from onefold.destinations.braze.identifiers import identified, part_of_alias
from onefold.destinations.cut import Packing, member, read_bodies
from onefold.destinations.encode import encode_text
from onefold.destinations.formulas import formula
from onefold.destinations.port import Request
from onefold.model import IdentifierKind, IdentityChange
from onefold.warehouse import Engine, call, column, literal, relation

__all__ = ["cut_identities", "identity_array", "identity_permission", "identity_requests"]

MOST = 50  # changes a request


@dataclass(frozen=True, kw_only=True, slots=True)
class _Way:
    """How one kind of change is told.

    Attributes:
        path: the address.
        array: the array of its changes.
        errors_in: where the answer lists those refused.
        errors_call_it: what it calls the array there, if otherwise.
        repeatable: whether a try that may have arrived may be sent again.
    """

    path: str
    array: str
    errors_in: str = "errors"
    errors_call_it: str = ""
    repeatable: bool = False

    @property
    def packing(self) -> Packing:
        """How changes become bodies."""
        return Packing(opening=f'{{"{self.array}":[', closing="]}", max_objects=MOST)


_RENAMES = {
    IdentifierKind.EXTERNAL_ID: _Way(
        path="/users/external_ids/rename",
        array="external_id_renames",
        errors_in="rename_errors",
    ),
    IdentifierKind.USER_ALIAS: _Way(path="/users/alias/update", array="alias_updates"),
}
_MERGES = _Way(path="/users/merge", array="merge_updates")


_ALIASES = _Way(path="/users/alias/new", array="user_aliases", repeatable=True)
_IDENTIFIES = _Way(
    path="/users/identify",
    array="aliases_to_identify",
    errors_call_it="user_identifiers",
    repeatable=True,
)


def _way(kind: IdentityChange, identifier: IdentifierKind) -> _Way:
    match kind:
        case IdentityChange.MERGE:
            return _MERGES
        case IdentityChange.ALIAS:
            return _ALIASES
        case IdentityChange.IDENTIFY:
            return _IDENTIFIES
        case _:
            return _RENAMES[kind.ends(identifier)[0]]


def identity_array(kind: IdentityChange, identifier: IdentifierKind) -> str:
    """The array that holds changes of this kind."""
    return _way(kind, identifier).array


def identity_permission(kind: IdentityChange, identifier: IdentifierKind) -> str:
    """Give what a key needs to tell of changes of this kind."""
    return endpoint("POST", _way(kind, identifier).path).permission


def cut_identities(
    engine: Engine, changes: str, kind: IdentityChange, identifier: IdentifierKind
) -> str:
    """Write changes of one kind as JSON, 50 a request; see `KnowsIdentities`."""
    cut = f"{changes}_{kind}"
    number = "row_number() OVER (ORDER BY _order) - 1"
    mine = exp.and_(column("_kind").eq(literal(kind.value)), column("_turn").eq(literal(1)))
    engine.table(
        cut,
        exp.select(
            "*",
            f"CAST(({number}) // {MOST} AS BIGINT) AS _chunk",
            f"CAST(({number}) % {MOST} AS INTEGER) AS _position",
            _object(kind, identifier).as_("_object"),
            dialect="duckdb",
        )
        .from_(relation(changes))
        .where(mine),
    )
    return cut


def identity_requests(
    engine: Engine,
    cut: str,
    kind: IdentityChange,
    identifier: IdentifierKind,
    first: int,
    last: int,
) -> Mapping[int, Request]:
    """Write the requests of a range of chunks.

    Renames and merges are not sent a second time after a try that may have arrived: a rename that
    was done would be refused, and what a merge would do to whoever has the identifier by then,
    nobody knows. To give a user the same further identifier once more changes nothing.
    """
    way = _way(kind, identifier)
    return {
        chunk: Request(
            path=way.path,
            body=body,
            arrays={way.array: rows},
            repeatable=way.repeatable,
            errors_in=way.errors_in,
            errors_call_it=way.errors_call_it,
        )
        for chunk, rows, body in read_bodies(engine, cut, first, last, way.packing)
    }


def _object(kind: IdentityChange, identifier: IdentifierKind) -> exp.Expr:
    if kind is IdentityChange.MERGE:
        return _braced(
            member("identifier_to_merge", _braced(identified(identifier, "_from"))),
            member("identifier_to_keep", _braced(identified(identifier, "_to"))),
        )
    if kind is IdentityChange.ALIAS:
        return _braced(
            member("external_id", encode_text(column("_from"))),
            member("alias_label", part_of_alias("alias_label", "_to")),
            member("alias_name", part_of_alias("alias_name", "_to")),
        )
    if kind is IdentityChange.IDENTIFY:
        return _braced(
            member("external_id", encode_text(column("_to"))),
            identified(IdentifierKind.USER_ALIAS, "_from"),
        )
    if (
        kind.ends(identifier)[0] is IdentifierKind.USER_ALIAS
    ):  # a rename never leads to another label
        return _braced(
            member("alias_label", part_of_alias("alias_label", "_from")),
            member("old_alias_name", part_of_alias("alias_name", "_from")),
            member("new_alias_name", part_of_alias("alias_name", "_to")),
        )
    old, new = encode_text(column("_from")), encode_text(column("_to"))
    return _braced(member("current_external_id", old), member("new_external_id", new))


def _braced(*members: exp.Expr) -> exp.Expr:
    return formula("'{' || :members || '}'", members=call("concat_ws", literal(","), *members))
