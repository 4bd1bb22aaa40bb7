"""An object that cannot be read whole is refused: the message says which, where, and what to do."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onefold.errors import NotBuiltYet, SourceUnreadable
from onefold.sources import list_objects, read


def refusal(folder: Any, name: str, data: bytes | str, *fields: str, form: str = "csv") -> str:
    with pytest.raises(SourceUnreadable) as caught:
        folder.rows(name, data, fields, form)
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_empty_text(folder: Any, data: bytes) -> None:
    text = refusal(folder, "a.csv", data, "id")
    assert "a.csv is empty: it does not even have a header" in text
    assert "a day without rows still needs the header line" in text


def test_empty_in_other_formats(folder: Any) -> None:
    assert "a.ndjson is empty: it holds no record" in refusal(
        folder, "a.ndjson", "\n\n", "id", form="ndjson"
    )
    assert "a.parquet is empty: it has no bytes" in refusal(
        folder, "a.parquet", "", "id", form="parquet"
    )
    assert "a.csv.gz is empty" in refusal(folder, "a.csv.gz", gzip.compress(b""), "id")


def test_missing_column_names_the_nearest(folder: Any) -> None:
    text = refusal(folder, "a.csv", "id,e-mail,phone\n1,x,y\n", "id", "email")
    assert "a.csv has no column email (nearest: e-mail)" in text
    assert "correct the field's `path:`" in text
    assert "a.csv has no column zip; it has id, phone" in refusal(
        folder, "a.csv", "id,phone\n1,y\n", "id", "zip"
    )


def test_a_column_twice(folder: Any) -> None:
    assert "a.csv: column id stands in it twice" in refusal(folder, "a.csv", "id,id\n1,2\n", "id")
    assert len(folder.rows("b.csv", "id,x,x\n1,2,3\n", ["id"])) == 1


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ('id,b\n1,a\n2,"b\n3,c\n', 3),
        ('id,b\n"1\n', 2),
        ('id,b\n1,x\n2,y,"z\n3,c\n', 3),
        ('id,b\n1,"', 2),
    ],
)
def test_a_quote_that_is_never_closed(folder: Any, data: str, line: int) -> None:
    text = refusal(folder, "a.csv", data, "id", "b")
    assert f"a.csv:{line}: a quote opened in this row is never closed" in text


def test_a_row_that_never_ends(folder: Any) -> None:
    text = refusal(folder, "a.csv", b'id,b\n1,"' + b"x\n" * (9 << 20), "id")
    assert "a.csv: a row after record 0 is longer than 8 MB" in text
    assert "most often a quote that is never closed" in text


def test_a_header_that_never_ends(folder: Any) -> None:
    assert "a.csv:1: the header never ends" in refusal(folder, "a.csv", b"x" * (2 << 20), "id")
    assert "a.csv:1: the header never ends" in refusal(folder, "a.csv", b'"id\n1\n2\n', "id")


def test_a_header_in_another_encoding(folder: Any) -> None:
    text = refusal(folder, "a.csv", "id,prénom\n1,x\n".encode("latin-1"), "id")
    assert "a.csv:1: the header is not valid UTF-8" in text
    assert "save the file as UTF-8" in text


@pytest.mark.parametrize("cut", [3, 60])
def test_truncated_compression(folder: Any, cut: int) -> None:
    data = gzip.compress("".join(f"{n},{n * 7919}\n" for n in range(5000)).encode())[:-cut]
    text = refusal(folder, "a.csv.gz", data, "id:0")
    assert "a.csv.gz cannot be read: it is truncated, corrupt" in text
    assert "have the file delivered again" in text


def test_not_what_the_suffix_says(folder: Any) -> None:
    assert "a.csv.gz cannot be read" in refusal(folder, "a.csv.gz", "id\n1\n", "id")
    assert "a.parquet cannot be read" in refusal(
        folder, "a.parquet", "id\n1\n", "id", form="parquet"
    )
    with pytest.raises(NotBuiltYet, match="zip cannot be read yet"):
        folder.rows("a.csv.zip", "PK", ["id"])


def test_no_row_is_quoted_in_a_message(folder: Any) -> None:
    secret = "jane@shop.example"
    for data in (f'id\n"{secret}\n', f"id\n{secret}" + "x" * (18 << 20)):
        assert secret not in refusal(folder, "a.csv", data, "id")


def test_truncated_parquet(folder: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": list(range(1000))}), tmp_path / "whole.parquet")
    data = (tmp_path / "whole.parquet").read_bytes()
    for cut in (data[:-20], data[: len(data) // 2], data[:200] + data[260:]):
        assert "a.parquet cannot be read" in refusal(folder, "a.parquet", cut, "id", form="parquet")


@pytest.mark.parametrize(("name", "form"), [("a.csv", "csv"), ("a.ndjson", "ndjson")])
def test_changed_or_gone_after_listing(folder: Any, name: str, form: str) -> None:
    path = folder.put(name, '{"id": 1}\n' if form == "ndjson" else "id\n1\n")
    source = folder.source(name, form)
    (obj,) = list_objects(source)
    path.write_text("id\n1\n22\n")
    with pytest.raises(SourceUnreadable, match=f"{name} changed after it was listed"):
        read(source, obj, ())
    path.unlink()
    with pytest.raises(SourceUnreadable, match=f"{name} vanished while it was read"):
        read(source, obj, ())


def test_changed_while_read(folder: Any) -> None:
    path = folder.put("a.csv", "id\n1\n")
    source = folder.source("a.csv")
    (obj,) = list_objects(source)
    reader = read(source, obj, ())
    path.write_text("id\n1\n2\n")
    with pytest.raises(SourceUnreadable, match="changed after it was listed"):
        reader.read_all()
