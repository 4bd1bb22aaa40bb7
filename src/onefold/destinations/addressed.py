"""Changes to requests that go to several places: each row says where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.destinations.cut import Packing, pack, priced
from onefold.destinations.formulas import statement
from onefold.destinations.joining import join_objects
from onefold.destinations.port import Cut, Request
from onefold.warehouse import Engine, select

__all__ = ["Address", "cut_addressed", "cut_cells", "read_addressed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where a row goes, as texts that the engine computes for each.

    Attributes:
        path: the path.
        opening: what a body begins with, before its rows.
        closing: what it ends with.
        method: the HTTP method.
    """

    path: exp.Expr
    opening: exp.Expr
    closing: exp.Expr
    method: exp.Expr


def cut_cells(
    engine: Engine,
    changes: str,
    *,
    address: Address,
    written_as: exp.Expr,
    costs: exp.Expr,
    packing: Packing,
) -> Cut:
    """Cut changes whose cells go to different places: a row a changed cell.

    `address` and `written_as` stand over the columns of `sql/cells.sql`; see `cut_addressed`.
    """
    with engine.scratch("cells") as (cells,):
        engine.table(cells, statement("cells", {"changes": changes}))
        return cut_addressed(
            engine,
            cells,
            stem=changes,
            address=address,
            written_as=written_as,
            costs=costs,
            packing=packing,
        )


def cut_addressed(
    engine: Engine,
    changes: str,
    *,
    stem: str,
    address: Address,
    written_as: exp.Expr,
    costs: exp.Expr,
    packing: Packing,
) -> Cut:
    """Cut changes into requests, each to one place; see `Channel.cut`.

    Args:
        engine: where the changes live; makes `<stem>_cut` and `<stem>_too_large`.
        changes: rows; equal identifiers go to different places.
        stem: of the names of the tables made.
        address: where a row goes.
        written_as: a row's JSON.
        costs: what each changed cell of a row costs; see `cut_changes`.
        packing: rows of a request, and bytes of a row.
    """
    rows = select(
        "*",
        written_as.as_("_object"),
        *priced(costs),
        address.method.as_("_method"),
        address.path.as_("_path"),
        address.opening.as_("_opening"),
        address.closing.as_("_closing"),
        source=changes,
    )
    return pack(engine, stem, rows=rows, into="addressed", packing=packing)


def read_addressed(
    engine: Engine, cut: str, first: int, last: int, *, array: str
) -> Mapping[int, Request]:
    """Write a range of chunks as requests; see `Channel.requests`."""
    query = statement("addressed_bodies", {"cut": cut}, first=first, last=last)
    requests = {}
    for one in join_objects(engine.arrow(query)):
        goes = one.first
        opening, closing = goes["opening"].encode(), goes["closing"].encode()
        requests[goes["chunk"]] = Request(
            method=goes["method"],
            path=goes["path"],
            body=opening + one.objects + closing,
            arrays={array: one.rows},
            frame=(len(opening), len(closing)),
        )
    return requests
