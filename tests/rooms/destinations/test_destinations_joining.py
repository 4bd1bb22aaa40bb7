"""Objects become the text of a request: in order, with commas, none lost between batches."""

import pyarrow as pa

from onefold.destinations.joining import Joined, join_objects


def _reader(batches: list[list[tuple[int, str, str]]]) -> pa.RecordBatchReader:
    schema = pa.schema({"run": pa.int64(), "object": pa.string(), "path": pa.string()})
    return pa.RecordBatchReader.from_batches(
        schema,
        [
            pa.record_batch([list(one) for one in zip(*rows, strict=True)], schema=schema)
            for rows in batches
        ],
    )


def test_a_run_is_joined_across_batches_with_what_else_its_rows_say() -> None:
    batches = [
        [(4, '{"a":1}', "/x"), (4, '{"a":"ü,€"}', "/x")],
        [(4, "{}", "/x"), (9, '{"b":2}', "/y")],
        [(7, '{"c":3}', "/z")],
    ]
    assert list(join_objects(_reader(batches))) == [
        Joined(objects='{"a":1},{"a":"ü,€"},{}'.encode(), rows=3, first={"path": "/x"}),
        Joined(objects=b'{"b":2}', rows=1, first={"path": "/y"}),
        Joined(objects=b'{"c":3}', rows=1, first={"path": "/z"}),
    ]


def test_without_rows_there_is_nothing_to_join() -> None:
    assert list(join_objects(_reader([]))) == []
