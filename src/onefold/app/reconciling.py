"""`onefold ledger reconcile`: what Braze holds of a sample, against what the ledger says."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from sqlglot import exp

from onefold.app.adapters import ProjectAdapters
from onefold.app.house import House
from onefold.delta import Drift, DriftKind
from onefold.destinations import Destination, KnowsIdentities, ReadsBack
from onefold.errors import Refused, UnknownReference, nearest
from onefold.ledger import Ledger
from onefold.model import ATTRIBUTES, IDENTITIES, Column, Origin
from onefold.project import Destination as DestinationFile
from onefold.run import RUN_LEASE, RunLease, RunOptions, Sample, Steps, Walk, ledger_of, read_back
from onefold.warehouse import Tables, any_of, call, column, literal, relation

__all__ = ["FieldDrift", "Reconciliation", "reconcile"]

SURE = 1.96  # standard deviations: 95 of 100 such intervals hold the true share


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldDrift:
    """How one field drifted in the sample.

    Attributes:
        field: its name.
        cells: cells that drifted, by kind.
        share: the part of the sample that drifted, from 0 to 1.
        at_least: with 95 % certainty at least this share of all people did.
        at_most: and at most this one.
        repaired: whether the ledger took over what Braze holds.
    """

    field: str
    cells: Mapping[DriftKind, int]
    share: float
    at_least: float
    at_most: float
    repaired: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciliation:
    """What a look at Braze found.

    Attributes:
        workspace: whose ledger it is.
        known: identifiers in the ledger.
        looked_at: identifiers that were looked up.
        requests: requests that it took.
        not_compared: fields of the ledger that Braze does not show.
        fields: those that drifted, the most first.
    """

    workspace: str
    known: int
    looked_at: int
    requests: int
    not_compared: tuple[str, ...]
    fields: tuple[FieldDrift, ...]


def reconcile(
    house: House,
    workspace: str,
    sample: Sample,
    *,
    repair: Collection[str] = (),
    repair_all: bool = False,
) -> Reconciliation:
    """Look a sample of people up in Braze, and tell which fields are not what the ledger says.

    With `repair` the ledger takes over what Braze holds in these fields; the next run then sends
    what is wanted, and only that.

    Args:
        house: the project.
        workspace: the workspace.
        sample: whom to look up.
        repair: fields to repair.
        repair_all: repair every field that drifted.

    Raises:
        UnknownReference: there is no such workspace, or no such field in its ledger.
        Refused: nothing was ever sent, or this kind of destination shows nothing.
        PermissionMissing: the key may not look users up.
    """
    file = _destination(house, workspace)
    repairs = bool(repair) or repair_all
    with house.engine() as engine, _lease(house) if repairs else nullcontext():
        walk = _walk(house, Tables(engine, house.store.folder, {}))
        ledger = ledger_of(walk, file, ATTRIBUTES)
        ledger.check_endpoint()
        state = ledger.state(now=house.now())
        if state is None:
            raise Refused(
                f"nothing was ever sent to workspace {workspace}, so there is nothing to compare",
                hint="send first: onefold run",
            )
        destination = walk.adapters.destination(file)
        if not isinstance(destination, ReadsBack):
            raise Refused(f"{file.id} cannot be read back", hint="destinations of type braze can")
        looks = [_Look(walk, ledger, state, destination, destination)]
        called = ledger_of(walk, file, IDENTITIES)
        names = called.state(now=house.now(), result="called")
        if names is not None and isinstance(destination, KnowsIdentities):
            reader = destination.identities_reader()
            looks.append(_Look(walk, called, names, destination, reader, prefix="identity "))
        _refuse_unknown(repair, [name for look in looks for name in look.names])
        found = []
        for look in looks:
            drift = look.drift(sample)
            wanted = drift.counts if repair_all else look.chosen(repair) & set(drift.counts)
            if wanted:
                _repair(walk, look.ledger, drift, set(wanted))
            found.append((look, drift, wanted))
        return Reconciliation(
            workspace=workspace,
            known=engine.count(state),
            looked_at=max(drift.looked_at for _, drift, _ in found),
            requests=sum(
                math.ceil(drift.looked_at / look.reader.most_looked_up) for look, drift, _ in found
            ),
            not_compared=looks[0].not_compared,
            fields=tuple(
                sorted(
                    (
                        one
                        for look, drift, repaired in found
                        for one in _fields(drift, repaired, look.prefix)
                    ),
                    key=lambda one: (-sum(one.cells.values()), one.field),
                )
            ),
        )


@dataclass(frozen=True, slots=True)
class _Look:
    """What is compared of one ledger.

    Attributes:
        prefix: what its fields are called by, besides their names in the ledger.
    """

    walk: Walk
    ledger: Ledger
    state: str
    destination: Destination
    reader: ReadsBack
    prefix: str = ""

    @property
    def _held(self) -> list[Column]:
        return [one for one in self.walk.columns(self.state) if not one.name.startswith("_")]

    @property
    def names(self) -> list[str]:
        """The fields that can be read back, as people call them."""
        return [f"{self.prefix}{one.name}" for one in self.reader.readable(self._held)]

    @property
    def not_compared(self) -> tuple[str, ...]:
        """The others."""
        readable = {one.name for one in self.reader.readable(self._held)}
        return tuple(one.name for one in self._held if one.name not in readable)

    def chosen(self, names: Collection[str]) -> set[str]:
        """Give its fields among those that people named."""
        called = {name for name in names if name in self.names}
        return {name.removeprefix(self.prefix) for name in called}

    def drift(self, sample: Sample) -> Drift:
        """Look the sample up."""
        fields = self.reader.readable(self._held)
        return asyncio.run(
            read_back(self.walk, self.destination, self.reader, self.state, fields, sample)
        )


def _destination(house: House, workspace: str) -> DestinationFile:
    known = house.project.workspaces
    if workspace not in known:
        close = nearest(workspace, known)
        raise UnknownReference(
            f"there is no workspace {workspace}" + (f"; nearest: {close}" if close else ""),
            hint=f"workspaces: {', '.join(known) or 'none yet'}",
        )
    return known[workspace]


def _walk(house: House, tables: Tables) -> Walk:
    run_id = _run_id(house)
    return Walk(
        project=house.project,
        store=house.store,
        engine=tables.engine,
        tables=tables,
        clock=house.clock,
        adapters=ProjectAdapters(house.project, house.environ),
        options=RunOptions(),
        steps=Steps(run_id, house.now, house.progress, None),
        run_id=run_id,
        as_of=house.now(),
    )


def _refuse_unknown(repair: Collection[str], known: Collection[str]) -> None:
    for name in repair:
        if name not in known:
            close = nearest(name, known)
            raise UnknownReference(
                f"{name} is no field that can be read back"
                + (f"; nearest: {close}" if close else ""),
                hint=f"fields: {', '.join(known)}",
            )


def _lease(house: House) -> RunLease:
    """Keep runs away: what is compared must be what is repaired."""
    return RunLease(house.store, RUN_LEASE, _run_id(house), house.now)


def _run_id(house: House) -> str:
    return f"reconcile-{house.now():%Y%m%dT%H%M%S}"


def _repair(walk: Walk, ledger: Ledger, drift: Drift, fields: Collection[str]) -> None:
    """Let the ledger take over what Braze holds in some of the fields."""
    chosen = exp.array(*(literal(name) for name in sorted(fields)))
    kept = call("list_intersect", column("_changed"), chosen)
    everything = exp.Star(replace=[kept.as_("_changed")])
    some = any_of(call("list_contains", column("_changed"), literal(name)) for name in fields)
    rows = exp.select(everything).from_(relation(drift.relation)).where(some)
    walk.engine.table("_repaired", rows)
    ledger.observe("_repaired", origin=Origin.RECONCILE, run_id=walk.run_id, now=walk.now())


def _fields(drift: Drift, repaired: Collection[str], prefix: str) -> list[FieldDrift]:
    found = []
    for name, cells in drift.counts.items():
        drifted = sum(cells.values())
        at_least, at_most = _interval(drifted, drift.looked_at)
        found.append(
            FieldDrift(
                field=f"{prefix}{name}",
                cells=cells,
                share=drifted / drift.looked_at,
                at_least=at_least,
                at_most=at_most,
                repaired=name in repaired,
            )
        )
    return found


def _interval(found: int, looked_at: int) -> tuple[float, float]:
    """Give the bounds of the true share (Wilson's score interval)."""
    share, square = found / looked_at, SURE**2
    middle = share + square / (2 * looked_at)
    spread = SURE * math.sqrt(share * (1 - share) / looked_at + square / (4 * looked_at**2))
    whole = 1 + square / looked_at
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
