"""Values that come typed (Parquet) land as text would: exactly, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from onefold.model import Tally

NOON = datetime(2027, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "written", "landed"),
    [
        (pa.array([5.0, 5.5, None]), "integer", [5, "not an integer", None]),
        (pa.array([7], pa.uint64()), "integer", [7]),
        (pa.array([2**63], pa.uint64()), "integer", ["beyond the integers of 64 bits"]),
        (pa.array([0.1, float("nan")]), "float", [0.1, "not a finite number"]),
        (pa.array([1e300]), "float", [1e300]),
        (pa.array([0.1], pa.float32()), "float", [0.1]),
        (pa.array([Decimal("1.500"), Decimal("1.501")]), "decimal(5,2)", [Decimal("1.50"), "more"]),
        (pa.array([1.5]), "decimal(5,2)", [Decimal("1.50")]),
        (pa.array([12]), "string", ["12"]),
        (pa.array([True]), "boolean", [True]),
        (pa.array([1, 2], pa.int8()), "boolean", [True, "not a boolean"]),
        (pa.array([date(1990, 5, 1)]), "date", [date(1990, 5, 1)]),
        (pa.array([datetime.fromisoformat("1990-05-01")]), "date", [date(1990, 5, 1)]),
        (pa.array([NOON]), "date", ["not a date: it has a time of day"]),
        (pa.array([NOON]), "datetime", [NOON]),
        (pa.array([NOON.replace(tzinfo=None)], pa.timestamp("ns")), "datetime", [NOON]),
        (pa.array([{"a": [1, None]}]), "json", ['{"a":[1,null]}']),
        (pa.array(["a"]).dictionary_encode(), "string", ["a"]),
        (pa.nulls(2), "date", [None, None]),
    ],
)
def test_native_values(desk: Any, column: pa.Array, written: str, landed: list[Any]) -> None:
    rows = len(column)
    desk.fields = {"id": "string", "x": written}
    desk.max_rejected = rows
    table = pa.table(
        {
            "_line": pa.array(range(1, rows + 1), pa.int64()),
            "id": [str(number) for number in range(rows)],
            "x": column,
            "_broken": pa.nulls(rows, pa.string()),
            "_raw": pa.nulls(rows, pa.binary()),
        }
    )
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches())
    landing = desk.deliver(("a.parquet", reader))

    wrong = [value for value in landed if is_reason(value, written)]
    assert landing.tally == Tally(read=rows, landed=rows - len(wrong), rejected=len(wrong))
    shown = "epoch_us(x)" if written == "datetime" else "x"
    wanted = [(plain(value),) for value in landed if not is_reason(value, written)]
    assert desk.rows(shown) == wanted
    for found, reason in zip(landing.rejects.summary, wrong, strict=True):
        assert reason in found.reason


def is_reason(value: object, written: str) -> bool:
    return isinstance(value, str) and written not in {"string", "json"}


def plain(value: object) -> object:
    return int(value.timestamp() * 1_000_000) if isinstance(value, datetime) else value
