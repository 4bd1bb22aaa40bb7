"""By what a person is known: in the landed records, in the ledgers, by e-mail and phone.

Older versions know of people who left, and of records that were replaced; so all of them are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlglot import exp

from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import DataFile, ObjectKind, TableName, TableVersion, Traces
from onefold.run.context import Walk
from onefold.run.resolving import bind_people
from onefold.store import LedgerRecord
from onefold.warehouse import column, literal, relation, scan

__all__ = ["bind_ever", "delivered_in", "find_traces", "unattributed"]

_NAMED_BY = {"unified_coalesced": ("datasource", "pk"), "key_persons": ("tag", "value")}
_LEADING = ("profile", "attach")  # ways in which records lead to people
_CONTACTS = ("email", "phone")
_SHORTEST = 5  # characters: what is shorter tells one person from another nowhere


def bind_ever(walk: Walk, person_ids: Sequence[str]) -> None:
    """Make each landed source readable with all rows that it ever had, and whose they are.

    Whose a row is that no current table names says what named it last; unless somebody else has
    that record, or that key, today.

    Args:
        walk: a walk that reads; its people are bound anew.
        person_ids: whom it is about.
    """
    stitched = walk.store.catalogue.versions("stitch")
    for name, same in _NAMED_BY.items():
        _bind_ever(walk, TableName("stitch", name), stitched, same, person_ids)
    landed = walk.store.catalogue.versions("landed")
    for source in _landed(walk):
        table = TableName("landed", source)
        now = walk.tables.get(table)
        assert now is not None  # noqa: S101 - `_landed` gives what is bound
        walk.tables.bind(replace(now, files=_files(landed, table)))
    bind_people(walk)


def _bind_ever(
    walk: Walk,
    table: TableName,
    versions: Sequence[TableVersion],
    same: Sequence[str],
    person_ids: Sequence[str],
) -> None:
    """Add to a table the person's rows of older versions, but for what it knows better today."""
    now = walk.tables.get(table)
    if now is None:
        return
    folder = walk.tables.folder
    current = scan(folder, now.files, now.columns)
    known = [column(name, "then").eq(column(name, "now")) for name in same]
    older = (
        exp.select("*")
        .from_(scan(folder, _files(versions, table), now.columns).subquery("then"))
        .where(column("person_id", "then").isin(*map(literal, person_ids)))
        .join(current.copy().subquery("now"), on=exp.and_(*known), join_type="anti")
    )
    walk.tables.name(table, exp.union(current, older))


def _files(versions: Sequence[TableVersion], table: TableName) -> tuple[DataFile, ...]:
    """Give the files of all versions of a table, each once."""
    found = {file.path: file for one in versions if one.table == table for file in one.files}
    return tuple(found.values())


def find_traces(walk: Walk, person_ids: Sequence[str]) -> Traces:
    """Find by what a person is known.

    Args:
        walk: a walk whose people are bound (`bind_ever`).
        person_ids: the person's id, and former ones.
    """
    ids = [literal(one) for one in person_ids]
    return Traces(
        person_ids=tuple(person_ids),
        records={
            source: found for source in _landed(walk) if (found := _records(walk, source, ids))
        },
        identifiers=_identifiers(walk, ids),
        values=_values(walk, ids),
    )


def unattributed(walk: Walk) -> list[str]:
    """Give the sources whose records lead to nobody (`stitch: false`): nothing is found there."""
    landed = set(_landed(walk))
    return [
        one.source
        for one in walk.shapes
        if one.source in landed and one.person_id is None and one.stitch not in _LEADING
    ]


def delivered_in(walk: Walk, traces: Traces) -> list[tuple[str, int]]:
    """Give the objects and lines that brought the records: the brand's own files keep them."""
    found = []
    for source, keys in traces.records.items():
        query = (
            exp.select("_file", "_line")
            .distinct()
            .from_(relation(f"landed.{source}"))
            .where(column("_key").isin(*map(literal, keys)))
            .order_by("_file", "_line")
        )
        found += [(file, line) for file, line in walk.engine.rows(query)]
    return found


def _landed(walk: Walk) -> list[str]:
    sources = [shape.source for shape in walk.shapes]
    return [one for one in sources if walk.tables.get(TableName("landed", one)) is not None]


def _records(walk: Walk, source: str, ids: Sequence[exp.Expr]) -> tuple[str, ...]:
    query = exp.select("_key").distinct().from_(relation(f"main.{source}")).order_by("_key")
    return tuple(row[0] for row in walk.engine.rows(query.where(column("person_id").isin(*ids))))


def _identifiers(walk: Walk, ids: Sequence[exp.Expr]) -> Mapping[int, tuple[str, ...]]:
    """Give what destinations call the person now, in every ledger of the same workspace and kind.

    An event may be somebody's without the ledger knowing whose: its table need not say.
    """
    ledgers = [one for one in walk.store.outbox.ledgers() if ObjectKind.of(one.object).is_of_people]
    called: dict[tuple[str, str], set[str]] = {}
    for one in ledgers:
        called.setdefault((one.workspace, one.identifier), set()).update(_called(walk, one, ids))
    return {
        one.id: tuple(sorted(found))
        for one in ledgers
        if (found := called[one.workspace, one.identifier])
    }


def _called(walk: Walk, ledger: LedgerRecord, ids: Sequence[exp.Expr]) -> set[str]:
    """Give what a ledger calls the person now; an identifier that went to another is theirs."""
    settings = LedgerSettings(settle=timedelta(0))
    own = Ledger(walk.store, walk.tables, LedgerKey.of(ledger), settings)
    state = own.state(now=walk.now(), result="_known")
    if state is None:
        return set()
    # The key of an event is its own id; whose it is stands beside it.
    whose = column("user" if ObjectKind.of(ledger.object).happens_once else "_identifier")
    query = exp.select(whose).distinct().from_(relation(state))
    return {row[0] for row in walk.engine.rows(query.where(column("_person_id").isin(*ids)))}


def _values(walk: Walk, ids: Sequence[exp.Expr]) -> tuple[str, ...]:
    """Give e-mails and phones that nobody else has anywhere: as read, and as delivered."""
    own = exp.func("coalesce", column("person_id").isin(*ids), exp.false())
    query = (
        exp.select("value")
        .from_(exp.union(*_contacts(walk), distinct=False).subquery("contacts"))
        .where(exp.func("length", column("value")) >= literal(_SHORTEST))
        .group_by("value")
        .having(exp.func("bool_and", own))
        .order_by("value")
    )
    return tuple(row[0] for row in walk.engine.rows(query))


def _contacts(walk: Walk) -> list[exp.Select]:
    """Select every e-mail and phone of the store with whose it is, one column of a table each."""
    columns = [("stitch.unified_coalesced", name) for name in _CONTACTS]
    landed = set(_landed(walk))
    columns += [
        (f"main.{shape.source}", field.name)
        for shape in walk.shapes
        if shape.source in landed
        for field in shape.fields
        if field.tag in _CONTACTS
    ]
    return [
        exp.select(
            exp.cast(column(name), "VARCHAR", dialect="duckdb").as_("value"), column("person_id")
        ).from_(relation(table))
        for table, name in columns
    ]
