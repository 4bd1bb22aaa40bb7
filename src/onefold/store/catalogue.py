"""Versions of tables, and snapshots: which version of every table belongs together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from onefold.model import Column, DataFile, TableName, TableVersion
from onefold.store import schema
from onefold.store.control import Control, Transaction

__all__ = ["Catalogue", "Snapshot"]

CURRENT = "snapshot"


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A consistent set of tables: persons and tables of one run, never of two."""

    id: str
    run_id: str
    created_at: datetime
    as_of: datetime
    tables: Mapping[TableName, TableVersion]


class Catalogue:
    """Reads and writes versions and snapshots."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def add_version(
        self, tx: Transaction, version: TableVersion, *, run_id: str, created_at: datetime
    ) -> None:
        """Register files that are already durable as a version of their table."""
        tx.execute(
            insert(schema.version).values(
                id=version.id,
                schema_name=version.table.schema,
                table_name=version.table.name,
                run_id=run_id,
                created_at=created_at,
                columns=[asdict(column) for column in version.columns],
            )
        )
        if version.files:
            rows = [{"version_id": version.id, **asdict(file)} for file in version.files]
            tx.execute(insert(schema.version_file), rows)

    def version(self, version_id: str) -> TableVersion:
        """Read one version."""
        return self._versions([version_id])[version_id]

    def versions(self, schema_name: str) -> Sequence[TableVersion]:
        """Read all versions of a schema's tables that the store knows, newest first."""
        table = schema.version
        query = select(table.c.id).where(table.c.schema_name == schema_name)
        with self._control.read() as connection:
            ids = connection.execute(query.order_by(table.c.created_at.desc())).scalars().all()
        found = self._versions(ids)
        return [found[one] for one in ids]

    def files(self) -> Mapping[str, TableName]:
        """Give every data file that a version names, with its table."""
        head, file = schema.version, schema.version_file
        query = (
            select(file.c.path, head.c.schema_name, head.c.table_name)
            .join(head, head.c.id == file.c.version_id)
            .distinct()
            .order_by(file.c.path)
        )
        with self._control.read() as connection:
            return {row.path: TableName(*row[1:]) for row in connection.execute(query)}

    def replace_file(self, tx: Transaction, path: str, new: Sequence[DataFile]) -> None:
        """Put other files in the place of one, in all versions that it is part of."""
        table = schema.version_file
        versions = tx.execute(select(table.c.version_id).where(table.c.path == path)).scalars()
        rows = [{"version_id": one, **asdict(file)} for one in versions for file in new]
        tx.execute(delete(table).where(table.c.path == path))
        if rows:
            tx.execute(insert(table), rows)

    def build(self, tx: Transaction, version: TableVersion, *, run_id: str) -> None:
        """Make a version the run's own: seen by this run alone until `publish`."""
        table = schema.run_table
        name = version.table
        tx.execute(
            delete(table).where(
                table.c.run_id == run_id,
                table.c.schema_name == name.schema,
                table.c.table_name == name.name,
            )
        )
        tx.execute(
            insert(table).values(
                run_id=run_id,
                schema_name=name.schema,
                table_name=name.name,
                version_id=version.id,
            )
        )

    def built(self, run_id: str) -> Mapping[TableName, TableVersion]:
        """Give what a run has built so far."""
        query = select(schema.run_table).where(schema.run_table.c.run_id == run_id)
        with self._control.read() as connection:
            rows = connection.execute(query).all()
        return self._named({(row.schema_name, row.table_name): row.version_id for row in rows})

    def publish(
        self,
        tx: Transaction,
        snapshot_id: str,
        tables: Mapping[TableName, TableVersion],
        *,
        run_id: str,
        created_at: datetime,
        as_of: datetime,
    ) -> None:
        """Flip: from this commit on every new reader sees `tables`."""
        tx.execute(
            insert(schema.snapshot).values(
                id=snapshot_id, run_id=run_id, created_at=created_at, as_of=as_of
            )
        )
        rows = [
            {
                "snapshot_id": snapshot_id,
                "schema_name": name.schema,
                "table_name": name.name,
                "version_id": version.id,
            }
            for name, version in tables.items()
        ]
        if rows:
            tx.execute(insert(schema.snapshot_table), rows)
        tx.execute(delete(schema.pointer).where(schema.pointer.c.name == CURRENT))
        tx.execute(insert(schema.pointer).values(name=CURRENT, value=snapshot_id))
        tx.execute(
            schema.run.update().where(schema.run.c.id == run_id).values(snapshot_id=snapshot_id)
        )

    def current(self) -> Snapshot | None:
        """Give the current snapshot, or None before the first run."""
        query = select(schema.pointer.c.value).where(schema.pointer.c.name == CURRENT)
        with self._control.read() as connection:
            current = connection.execute(query).scalar_one_or_none()
        return None if current is None else self.snapshot(current)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """Read one snapshot."""
        with self._control.read() as connection:
            head = connection.execute(
                select(schema.snapshot).where(schema.snapshot.c.id == snapshot_id)
            ).one()
            rows = connection.execute(
                select(schema.snapshot_table).where(
                    schema.snapshot_table.c.snapshot_id == snapshot_id
                )
            ).all()
        return Snapshot(
            id=head.id,
            run_id=head.run_id,
            created_at=head.created_at,
            as_of=head.as_of,
            tables=self._named({(row.schema_name, row.table_name): row.version_id for row in rows}),
        )

    def _named(self, ids: Mapping[tuple[str, str], str]) -> dict[TableName, TableVersion]:
        versions = self._versions(ids.values())
        return {TableName(*name): versions[version_id] for name, version_id in ids.items()}

    def _versions(self, ids: Iterable[str]) -> dict[str, TableVersion]:
        wanted = list(ids)
        head, file = schema.version, schema.version_file
        with self._control.read() as connection:
            heads = connection.execute(select(head).where(head.c.id.in_(wanted))).all()
            files = connection.execute(
                select(file).where(file.c.version_id.in_(wanted)).order_by(file.c.path)
            ).all()
        by_version: dict[str, list[DataFile]] = {row.id: [] for row in heads}
        for row in files:
            by_version[row.version_id].append(
                DataFile(path=row.path, rows=row.rows, size_bytes=row.size_bytes)
            )
        return {
            row.id: TableVersion(
                id=row.id,
                table=TableName(row.schema_name, row.table_name),
                files=tuple(by_version[row.id]),
                columns=tuple(Column(**column) for column in row.columns),
            )
            for row in heads
        }
