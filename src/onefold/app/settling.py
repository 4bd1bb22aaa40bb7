"""`onefold ledger settle`: somebody looked, and says what became of what got no answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.app.house import House
from onefold.app.unsettled import occurrence_ledgers
from onefold.delta import OCCURRENCE_FIELDS
from onefold.errors import Refused, UnknownReference
from onefold.ledger import Ledger
from onefold.model import Origin
from onefold.run import RUN_LEASE, RunLease
from onefold.warehouse import Engine, Tables, call, column, literal, relation

__all__ = ["Settlement", "settle"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What was settled by hand.

    Attributes:
        workspace: whose ledgers they are.
        arrived: what was said of them.
        settled: events and purchases settled, by object.
    """

    workspace: str
    arrived: bool
    settled: Mapping[str, int]


def settle(
    house: House, workspace: str, *, arrived: bool, ids: Collection[str], who: str
) -> Settlement:
    """Record of unsettled events and purchases that they arrived, or that they did not.

    What arrived is never sent again. What did not arrive is sent by the next run, when it still
    lies in its orchestration's window.

    Args:
        house: the project.
        workspace: the workspace.
        arrived: what is known of them.
        ids: their `onefold_id`s.
        who: who says so; kept with the receipt.

    Raises:
        UnknownReference: an id is not, or no longer, that of an unsettled event or purchase.
        Refused: no id is given.
        StoreBusy: a run is under way.
    """
    if not ids:
        raise Refused("nothing is unsettled there", hint="look: onefold ledger show --unsettled")
    run_id = f"settle-{house.now():%Y%m%dT%H%M%S}"
    with house.engine() as engine, RunLease(house.store, RUN_LEASE, run_id, house.now):
        tables = Tables(engine, house.store.folder, {})
        chosen = {
            record.object: (ledger, rows)
            for number, (record, ledger) in enumerate(occurrence_ledgers(house, tables, workspace))
            if (rows := _choose(house, engine, ledger, ids, arrived, f"_settled_{number}"))
        }
        found = {one for _, rows in chosen.values() for one in _ids(engine, rows)}
        if missing := sorted(set(ids) - found):
            raise UnknownReference(
                f"{missing[0]} is not the id of an unsettled event or purchase of {workspace}",
                hint=f"list them: onefold ledger show {workspace} --unsettled",
            )
        settled = Counter[str]()
        for name, (ledger, rows) in chosen.items():
            settled[name] = engine.count(rows)
            ledger.observe(
                rows,
                origin=Origin.SETTLE,
                run_id=run_id,
                now=house.now(),
                note=f"{who} says: {'arrived' if arrived else 'did not arrive'}",
            )
    return Settlement(
        workspace=workspace,
        arrived=arrived,
        settled={name: count for name, count in settled.items() if count},
    )


def _choose(
    house: House, engine: Engine, ledger: Ledger, ids: Collection[str], arrived: bool, result: str
) -> str | None:
    """Make the table `result` of the ledger's unsettled rows with these ids, as they are now known.

    Without a value in its fields a row is known not to have arrived.
    """
    state = ledger.state(now=house.now(), result=f"{result}_state")
    if state is None:
        return None
    fields = exp.array(*(literal(name) for name in OCCURRENCE_FIELDS))
    known = [
        (column(name) if arrived else call("nullif", column(name), column(name))).as_(
            name, quoted=True
        )
        for name in OCCURRENCE_FIELDS
    ]
    engine.table(
        result,
        exp.select(
            column("_identifier"),
            fields.as_("_changed"),
            *known,
        )
        .from_(relation(state))
        .where(
            exp.not_(column("_unsettled").is_(exp.null())),
            column("_identifier").isin(*(literal(one) for one in sorted(ids))),
        ),
    )
    return result


def _ids(engine: Engine, rows: str) -> set[str]:
    return {str(one) for (one,) in engine.rows(exp.select("_identifier").from_(relation(rows)))}
