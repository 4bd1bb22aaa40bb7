"""By what a person is known: in the landed records, in the ledgers, by e-mail and phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlglot import exp

from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import ObjectKind, TableName, Traces
from onefold.run.context import Walk
from onefold.store import LedgerRecord
from onefold.warehouse import column, literal, relation

__all__ = ["delivered_in", "find_traces", "unattributed"]

_LEADING = ("profile", "attach")  # ways in which records lead to people
_CONTACTS = ("email", "phone")
_SHORTEST = 5  # characters: what is shorter tells one person from another nowhere


def find_traces(walk: Walk, person_ids: Sequence[str]) -> Traces:
    """Find by what a person is known.

    Args:
        walk: a walk whose people are bound (`bind_people`).
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
