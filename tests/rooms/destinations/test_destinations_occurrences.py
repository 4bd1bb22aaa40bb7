"""Each folder of tests/golden/occurrence_objects: rows of a table, and the objects Braze is sent.

`case.yaml` declares the columns, `rows.csv` holds the rows (an empty cell is NULL), `objects.json`
the request objects (an `onefold_id` names the key that it is made of), `refused.csv` the rows that
are refused and why, `counts.yaml` what they cost, and how many rows were repeated or too old.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ruamel.yaml import YAML

from onefold.destinations import BrazeSettings, OccurrenceSource
from onefold.destinations.braze.occurrence_columns import column_problems
from onefold.destinations.braze.occurrences import BrazeOccurrences, prepare_occurrences
from onefold.errors import SqlError
from onefold.model import Column, IdentifierKind, ObjectKind, parse_type
from onefold.warehouse import Engine

GOLDEN = Path(__file__).parents[2] / "golden" / "occurrence_objects"
CASES = sorted(path.name for path in GOLDEN.iterdir())
SINCE = datetime(2026, 4, 1, tzinfo=UTC)


def load_yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def load_rows(engine: Engine, path: Path, columns: dict[str, str]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        records = [
            {key: value or None for key, value in row.items()} for row in csv.DictReader(file)
        ]
    assert list(records[0]) == ["external_id", *columns]
    engine.register("golden_texts", pa.Table.from_pylist(records))
    casts = ", ".join(
        f'CAST("{name}" AS {parse_type(kind).engine_type}) AS "{name}"'
        for name, kind in columns.items()
        if name != "person_id"
    )
    person = "person_id" if "person_id" in columns else "NULL"
    engine.table(
        "rows",
        f"SELECT external_id AS _identifier, CAST({person} AS VARCHAR) AS _person_id, {casts} "
        "FROM golden_texts",
    )
    engine.unregister("golden_texts")


def with_ids(found: Any) -> Any:
    """Put ids where the file names the key: made here in another way than the engine's."""
    match found:
        case {"key": list(key), **rest}:
            text = ",".join(json.dumps(part) for part in key)
            part = f"-{rest['part']}" if "part" in rest else ""
            return sha256(text.encode()).hexdigest()[:32] + part
        case dict():
            return {name: with_ids(value) for name, value in found.items()}
        case list():
            return [with_ids(value) for value in found]
        case _:
            return found


def exact(text: str) -> Any:
    return json.loads(text, parse_float=str)


@pytest.mark.parametrize("case", CASES)
def test_golden(engine: Engine, case: str) -> None:
    folder = GOLDEN / case
    declared = load_yaml(folder / "case.yaml")
    load_rows(engine, folder / "rows.csv", declared["columns"])
    kind = ObjectKind(declared["kind"])
    columns = [one for one in engine.relation_columns("rows") if not one.name.startswith("_")]
    assert list(column_problems(kind, columns, declared["event_key"])) == []

    source = OccurrenceSource(
        relation="rows",
        key=tuple(declared["event_key"]),
        since=SINCE,
        kept_since=declared["kept_since"].replace(tzinfo=UTC),
    )
    made = prepare_occurrences(
        engine, kind, [source], identifier=IdentifierKind.EXTERNAL_ID, result="made"
    )

    objects = engine.rows('SELECT _object FROM made ORDER BY "user", _object')
    expected = with_ids(exact((folder / "objects.json").read_text("utf-8")))
    by_text = sorted(expected, key=lambda one: (one["external_id"], json.dumps(one)))
    found = [exact(text) for (text,) in objects]
    assert sorted(found, key=lambda one: (one["external_id"], json.dumps(one))) == by_text
    with (folder / "refused.csv").open(encoding="utf-8", newline="") as file:
        refused = [tuple(cell or None for cell in row) for row in csv.reader(file)]
    reasons = engine.rows("SELECT _identifier, reason FROM made_refusals ORDER BY ALL NULLS FIRST")
    assert [("external_id", "reason"), *reasons] == refused
    points = engine.scalar("SELECT CAST(sum(_points) AS BIGINT) FROM made")
    counts = {"data_points": points, "collapsed": made.collapsed_rows, "old": made.old_rows}
    assert counts == load_yaml(folder / "counts.yaml")
    assert made.refused_rows == len(reasons)


def test_there_are_cases() -> None:
    assert len(CASES) >= 2


ORDER = "SELECT 'anna' AS _identifier, NULL::VARCHAR AS _person_id, 'hat' AS product_id, "
REST = "'EUR' AS currency, 30 AS price, TIMESTAMPTZ '2026-06-28 10:00:00+00' AS time"


def prepare(engine: Engine, *queries: str, key: Sequence[str] = ("order_id",)) -> Any:
    for number, query in enumerate(queries):
        engine.table(f"rows_{number}", query)
    sources = [
        OccurrenceSource(
            relation=f"rows_{number}",
            key=tuple(key),
            since=SINCE,
            kept_since=SINCE,
            resend=number == 1,
        )
        for number in range(len(queries))
    ]
    return prepare_occurrences(
        engine,
        ObjectKind.PURCHASES,
        sources,
        identifier=IdentifierKind.EXTERNAL_ID,
        result="made",
    )


def test_what_two_orchestrations_send_is_sent_once(engine: Engine) -> None:
    one, other = f"{ORDER} 1 AS order_id, {REST}", f"{ORDER} 2 AS order_id, {REST}"
    both = f"{one} UNION ALL {other}"
    made = prepare(engine, one, both)
    assert (made.rows, made.refused_rows, made.collapsed_rows) == (2, 0, 1)
    orders = engine.rows(
        "SELECT json_extract_string(_object, '$.properties.order_id'), _resend FROM made ORDER BY 1"
    )
    assert [order for order, _ in orders] == ["1", "2"]


def test_ids_depend_on_neither_the_order_of_columns_nor_the_type_of_a_key(engine: Engine) -> None:
    prepare(engine, f"{ORDER} 1 AS order_id, 'red' AS colour, {REST}")
    first = engine.rows('SELECT _identifier, "hash" FROM made')
    prepare(engine, f"{ORDER} 'red' AS colour, {REST}, '1' AS order_id")
    (again,) = engine.rows('SELECT _identifier, "hash" FROM made')
    assert again[0] == first[0][0]
    assert again[1] != first[0][1]  # the property order_id is a text now
    prepare(engine, f"{ORDER} 'red' AS colour, {REST}, 1 AS order_id")
    assert engine.rows('SELECT _identifier, "hash" FROM made') == first


def test_whose_it_is_is_no_part_of_what_a_row_says(engine: Engine) -> None:
    prepare(engine, f"{ORDER} 1 AS order_id, {REST}")
    first = engine.rows('SELECT _identifier, "hash" FROM made')
    prepare(engine, f"{ORDER} 1 AS order_id, {REST}".replace("'anna'", "'anne'"))
    assert engine.rows('SELECT _identifier, "hash" FROM made') == first


@pytest.mark.parametrize("update_existing_only", [False, True])
def test_whether_an_alias_may_make_its_user_is_said_each_time(
    engine: Engine, *, update_existing_only: bool
) -> None:
    alias = json.dumps({"alias_name": "1", "alias_label": "crm"}, separators=(",", ":"))
    engine.table("rows", f"{ORDER} 1 AS order_id, {REST}".replace("anna", alias))
    settings = BrazeSettings(
        endpoint="http://127.0.0.1:9",
        workspace="shop",
        identifier=IdentifierKind.USER_ALIAS,
        update_existing_only=update_existing_only,
    )
    source = OccurrenceSource(relation="rows", key=("order_id",), since=SINCE, kept_since=SINCE)
    BrazeOccurrences(settings).prepare(engine, ObjectKind.PURCHASES, [source], result="made")
    ((written,),) = engine.rows("SELECT _object FROM made")
    sent = json.loads(written)
    assert sent["user_alias"] == {"alias_name": "1", "alias_label": "crm"}
    assert sent["_update_existing_only"] is update_existing_only


def test_a_key_may_name_the_person(engine: Engine) -> None:
    query = f"{ORDER} 1 AS visit, {REST}"
    made = prepare(
        engine, f"{query} UNION ALL {query.replace('anna', 'ben')}", key=("external_id", "visit")
    )
    assert (made.rows, made.refused_rows) == (2, 0)


def test_properties_that_are_too_large_keep_a_row_back(engine: Engine) -> None:
    many = ", ".join(f"repeat('é', 250) AS p{number}" for number in range(110))
    made = prepare(engine, f"{ORDER} 1 AS order_id, {many}, {REST}")
    assert (made.rows, made.refused_rows) == (0, 1)
    assert engine.rows("SELECT _identifier, reason FROM made_refusals") == [
        ("anna", "properties_too_large")
    ]


def test_an_identifier_without_exact_text_is_refused(engine: Engine) -> None:
    with pytest.raises(SqlError, match="the identifier is of type DOUBLE"):
        prepare(engine, f"{ORDER} 1 AS order_id, {REST}".replace("'anna'", "7.0::DOUBLE"))


def problems(kind: ObjectKind, key: Sequence[str], **types: str) -> list[tuple[str, str]]:
    columns = [Column(name=name, engine_type=type_) for name, type_ in types.items()]
    return [(one.message, one.hint) for one in column_problems(kind, columns, key)]


PURCHASE = {
    "external_id": "VARCHAR",
    "order_id": "VARCHAR",
    "product_id": "VARCHAR",
    "currency": "VARCHAR",
    "price": "DECIMAL(10,2)",
    "time": "TIMESTAMP WITH TIME ZONE",
}


def test_missing_columns_are_named_with_the_nearest() -> None:
    types = {("curency" if name == "currency" else name): kind for name, kind in PURCHASE.items()}
    assert problems(ObjectKind.PURCHASES, ["order_id"], **types) == [
        (
            "there is no column currency, which purchases need; nearest: curency",
            "add it to the SELECT:  curency AS currency",
        )
    ]
    assert problems(ObjectKind.EVENTS, ["order_id"], order_id="VARCHAR", time="TIMESTAMP") == [
        (
            "there is no column name, which events need",
            "add it to the SELECT:  'order_shipped' AS name",
        )
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price": "DOUBLE"}, "the column price is of type DOUBLE, and purchases need decimal or"),
        ({"time": "DATE"}, "the column time is of type DATE, and purchases need datetime"),
        ({"quantity": "DOUBLE"}, "the column quantity is of type DOUBLE, and purchases need int"),
        ({"event_name": "VARCHAR"}, "a property cannot be called event_name: the name is Braze's"),
        ({"onefold_id": "VARCHAR"}, "a property cannot be called onefold_id: the name is ours"),
        ({"$price": "VARCHAR"}, "a property cannot be called '$price': names have 1 to 255"),
        ({"blob": "BLOB"}, "the column blob is of type BLOB, which cannot be sent"),
        ({"order_id": "DOUBLE"}, "the column order_id of the event_key is of type DOUBLE"),
    ],
)
def test_columns_that_braze_cannot_take(changes: dict[str, str], message: str) -> None:
    ((told, hint),) = problems(ObjectKind.PURCHASES, ["order_id"], **(PURCHASE | changes))
    assert told.startswith(message)
    assert hint


def test_an_unknown_key_column_names_the_nearest() -> None:
    (one,) = column_problems(
        ObjectKind.PURCHASES,
        [Column(name=name, engine_type=kind) for name, kind in PURCHASE.items()],
        ["product_id", "orderid"],
    )
    assert one.message == "there is no column orderid for the event_key; nearest: order_id"
    assert one.key == 1


def test_more_properties_than_braze_keeps() -> None:
    many = {f"p{number}": "VARCHAR" for number in range(255)}
    ((told, _),) = problems(ObjectKind.PURCHASES, ["order_id"], **(PURCHASE | many))
    assert told == "256 properties, and Braze keeps 256, of which onefold_id is one"
    del many["p0"]
    assert problems(ObjectKind.PURCHASES, ["order_id"], **(PURCHASE | many)) == []
