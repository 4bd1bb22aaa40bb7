"""Golden cases: what is wanted, what Braze holds, who is held, and what is sent, with the reason.

`rules.yaml` says what the case is about; `changes.csv` is written by hand, a line a cell.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ruamel.yaml import YAML

from onefold.delta import (
    DeltaInput,
    DesiredRows,
    FieldPolicy,
    MinChange,
    OnLeave,
    OnNull,
    ScopeRule,
    compare,
)
from onefold.model import parse_type
from onefold.warehouse import Engine, EngineSettings

GOLDEN = Path(__file__).parents[2] / "golden" / "delta"
CASES = sorted(path.parent for path in GOLDEN.glob("*/rules.yaml"))
CLEARED = "(cleared)"
WHOLE_ROW = "the row"

Row = dict[str, str]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(EngineSettings(spill_folder=tmp_path / "spill", memory_limit="300MB", threads=1))
    yield made
    made.close()


class Case:
    """A folder's files, loaded as the relations that delta is given."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.rules: dict[str, Any] = YAML().load((folder / "rules.yaml").read_text("utf-8"))

    def rows(self, name: str) -> list[Row]:
        path = self.folder / f"{name}.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def given(self) -> DeltaInput:
        desired = sorted(path.stem for path in self.folder.glob("desired*.csv"))
        refused = [
            row["person"] for name in desired for row in self.rows(name) if _refused(row, WHOLE_ROW)
        ]
        return DeltaInput(
            desired=tuple(self._desired(name) for name in desired),
            rules=tuple(self._rule(name, rule) for name, rule in self._orchestrations.items()),
            acknowledged=self._acknowledged(),
            quarantined=self._quarantined(),
            refused=self._people("refused", refused) if refused else None,
            policies={name: _policy(one) for name, one in self.rules.get("policies", {}).items()},
            now=_instant(self.rules.get("now", "")),
        )

    @property
    def _orchestrations(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.rules["orchestrations"]
        return found

    def _desired(self, name: str) -> DesiredRows:
        written = [row for row in self.rows(name) if not _refused(row, WHOLE_ROW)]
        fields = [
            one for one in self._header(name) if one not in ("person", "wanted by", "refused")
        ]
        flags = [
            one
            for one, rule in self._orchestrations.items()
            if rule["status"] == "active" and set(rule["fields"]) & set(fields)
        ]
        rows = []
        for row in written:
            wanted = {f"_in {one}": one in row["wanted by"].split() for one in flags}
            refused = [field for field in fields if _refused(row, field)] or None
            internal = {"_identifier": row["person"], "_person_id": row["person"]}
            values = {field: row[field] or None for field in fields}
            rows.append(internal | {"_refused": refused} | wanted | values)
        types: dict[str, pa.DataType] = {"_identifier": pa.string(), "_person_id": pa.string()}
        types |= {"_refused": pa.list_(pa.string())}
        types |= dict.fromkeys((f"_in {one}" for one in flags), pa.bool_())
        self._load(name, rows, types, fields, self.rules["types"])
        return DesiredRows(
            relation=name, fields=tuple(fields), flags=tuple(f"_in {one}" for one in flags)
        )

    def _rule(self, name: str, rule: Mapping[str, Any]) -> ScopeRule:
        held = [row["person"] for row in self.rows("scopes") if row["orchestration"] == name]
        return ScopeRule(
            name=name,
            flag=f"_in {name}" if rule["status"] == "active" else None,
            running=rule["status"] != "paused",
            fields=tuple(rule["fields"]),
            on_null=OnNull(rule.get("on_null", "keep")),
            on_leave=OnLeave(rule.get("on_leave", "keep")),
            scope=self._people(f"scope {name}", held) if held else None,
        )

    def _acknowledged(self) -> str | None:
        rows = self.rows("acknowledged")
        fields = [one for one in self._header("acknowledged") if one in self.rules["types"]]
        timed = [one for one in fields if f"{one} sent" in self._header("acknowledged")]
        lists = ("unsettled", "recent")
        held = [
            {"_identifier": row["person"]}
            | {f"_{one}": _listed(row.get(one, "")) or None for one in lists}
            | {field: row[field] or None for field in fields}
            | {f"_sent_at {one}": _instant(row[f"{one} sent"]) for one in timed}
            for row in rows
        ]
        types = {"_identifier": pa.string()} | {f"_{one}": pa.list_(pa.string()) for one in lists}
        types |= dict.fromkeys((f"_sent_at {one}" for one in timed), pa.timestamp("us", tz="UTC"))
        kinds = self.rules["types"] | self.rules.get("acknowledged_types", {})
        return self._load("acknowledged", held, types, fields, kinds) if rows else None

    def _quarantined(self) -> str | None:
        rows = self.rows("quarantined")
        fields = [one for one in self._header("quarantined") if one in self.rules["types"]]
        held = [
            {"_identifier": row["person"], "_changed": [one for one in fields if row[one]]}
            | {field: None if row[field] == CLEARED else row[field] or None for field in fields}
            for row in rows
        ]
        types = {"_identifier": pa.string(), "_changed": pa.list_(pa.string())}
        kinds = self.rules["types"] | self.rules.get("quarantined_types", {})
        return self._load("quarantined", held, types, fields, kinds) if rows else None

    def _header(self, name: str) -> list[str]:
        path = self.folder / f"{name}.csv"
        if not path.exists():
            return []
        return next(csv.reader([path.read_text(encoding="utf-8").splitlines()[0]]))

    def _people(self, name: str, people: list[str]) -> str:
        self.engine.register(name, pa.table({"_identifier": pa.array(people, pa.string())}))
        return name

    def _load(
        self,
        name: str,
        rows: list[dict[str, Any]],
        types: Mapping[str, pa.DataType],
        fields: list[str],
        kinds: Mapping[str, str],
    ) -> str:
        """Load texts, and cast each field to its type."""
        texts = dict(types) | dict.fromkeys(fields, pa.string())
        schema = pa.schema(list(texts.items()))
        self.engine.register("loading", pa.Table.from_pylist(rows, schema=schema))
        casts = ", ".join(
            f'CAST("{field}" AS {parse_type(kinds[field]).engine_type}) AS "{field}"'
            for field in fields
        )
        self.engine.table(name, f"SELECT * REPLACE ({casts}) FROM loading" if casts else "loading")
        self.engine.unregister("loading")
        return name


def _policy(written: Mapping[str, Any]) -> FieldPolicy:
    """Read `{min_change: 5%, min_interval: 7d, final: unsubscribed}`."""
    least, interval = str(written.get("min_change", "")), written.get("min_interval", "0d")
    units = {"d": timedelta(days=1), "h": timedelta(hours=1)}
    share = least.endswith("%")
    amount = Decimal(least.rstrip("%") or 0) / (100 if share else 1)
    return FieldPolicy(
        min_change=MinChange(amount=amount, is_share=share) if least else None,
        min_interval=int(interval[:-1]) * units[interval[-1]] or None,
        cleared_as=written.get("cleared_as"),
        final=written.get("final"),
        revived=bool(written.get("revived")),
    )


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _refused(row: Row, what: str) -> bool:
    return what in _listed(row.get("refused", ""))


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_golden(engine: Engine, folder: Path) -> None:
    case = Case(engine, folder)
    found = compare(engine, case.given())
    sent = engine.arrow("SELECT * FROM changes").read_all()
    cells = {
        (row["_identifier"], field): CLEARED if row[field] is None else str(row[field])
        for row in sent.to_pylist()
        for field in row["_changed"]
    }
    assert cells == {(row["person"], row["field"]): row["sent"] for row in case.rows("changes")}
    counted = case.rules.get("counts", {})
    assert found.deferred == counted.get("deferred", 0)
    held: dict[str, dict[str, int]] = {}
    for (field, reason), number in found.held.items():
        held.setdefault(field, {})[str(reason)] = number
    assert held == counted.get("held", {})
    assert found.quarantined == counted.get("quarantined", 0)
    assert found.left == counted.get("left", {})
    nothing = {CLEARED, *(one.get("cleared_as") for one in case.rules.get("policies", {}).values())}
    assert sum(found.sets.values()) == sum(value not in nothing for value in cells.values())
    assert sum(found.clears.values()) == sum(value in nothing for value in cells.values())
    for row in sent.to_pylist():
        silent = {name for name in found.fields if name not in row["_changed"]}
        assert all(row[name] is None for name in silent)
