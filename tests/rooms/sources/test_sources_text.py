"""Delimited text: values as written, lines as an editor counts them, broken rows set apart."""

from __future__ import annotations

import gzip
import random
from typing import Any

import pyarrow as pa
import pytest


def test_lines_count_headers_blank_lines_and_quoted_breaks(folder: Any) -> None:
    text = '\nid;note\r\n1;"two\r\nlines"\r\n\r\n2;plain\r\n   \r\n"3";"say ""hi"""\r\n;\r\n4;last'
    assert folder.rows("a.csv", text, ["id", "note"]) == [
        row(3, id="1", note="two\r\nlines"),
        row(6, id="2", note="plain"),
        row(8, id="3", note='say "hi"'),
        row(10, id="4", note="last"),
    ]


def row(line: int, **values: str | None) -> dict[str, Any]:
    return {"_line": line, **values, "_broken": None, "_raw": None}


@pytest.mark.parametrize(
    ("name", "form", "text"),
    [
        ("a.csv", "csv", "id,b\n1,x\n"),
        ("a.csv", "csv", "id;b\n1;x\n"),
        ("a.csv", "csv", "id\tb\n1\tx\n"),
        ("a.csv", "csv", '"i|d","b"\n1,x\n'),
        ("a.psv", "psv", "id|b\n1|x\n"),
        ("a.tsv", "tsv", "id\tb\n1\tx\n"),
        ("a.csv", "csv", "id,b\r1,x\r"),
        ("a.csv", "csv", " id , b \n1,x"),
    ],
)
def test_the_delimiter_is_seen(folder: Any, name: str, form: str, text: str) -> None:
    assert folder.rows(name, text, ["b"], form) == [row(2, b="x")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress, "zstd"])
def test_encodings_and_compressions(folder: Any, encoding: str, compress: Any) -> None:
    data = "id,prénom\n1,Zoë 😀\n".encode(encoding)
    if compress == "zstd":
        packed, suffix = pa.Codec("zstd").compress(data, asbytes=True), ".zst"
    else:
        packed, suffix = compress(data), {bytes: "", gzip.compress: ".gz"}[compress]
    got = folder.rows(f"a.csv{suffix}", packed, ["id", "name:prénom"])
    assert got == [row(2, id="1", name="Zoë 😀")]


def test_broken_rows_keep_their_bytes(folder: Any) -> None:
    data = b'id,b\n1\n2,ok\n3,Andr\xe9\n4,\xff,"x\ny"\n5,ok\n'
    assert folder.rows("a.csv", data, ["id", "b"]) == [
        broken(2, "1 values where the header has 2", b"1"),
        row(3, id="2", b="ok"),
        broken(4, "not valid UTF-8 (another encoding?)", b"3,Andr\xe9"),
        broken(5, "3 values where the header has 2", b'4,\xff,"x\ny"'),
        row(7, id="5", b="ok"),
    ]


def broken(line: int, reason: str, raw: bytes) -> dict[str, Any]:
    return {"_line": line, "id": None, "b": None, "_broken": reason, "_raw": raw}


def test_a_header_alone_is_no_row(folder: Any) -> None:
    assert folder.rows("a.csv", "id,b\n", ["id"]) == []
    assert folder.rows("a.csv", "id,b", ["id"]) == []


def test_extra_columns_are_reported(folder: Any) -> None:
    shape = folder.shape("a.csv", "id,note,b\n1,x,y\n", ["b", "id", "tel"])
    assert (shape.columns, shape.extra, shape.missing) == (("id", "note", "b"), ("note",), ("tel",))


def test_one_column_delivered_for_two_fields(folder: Any) -> None:
    assert folder.rows("a.csv", "id,b\n1,x\n", ["p:b", "q:b"]) == [row(2, p="x", q="x")]


def test_many_blocks_and_every_kind_of_row(folder: Any) -> None:
    """Twenty megabytes of sound, broken, blank and long rows; Python writes down each line."""
    chance = random.Random(7)
    line, lines, wanted = 2, ["id,b"], []
    for number in range(60_000):
        kind = chance.randrange(8)
        text, values = made(kind, number, chance)
        lines.append(text)
        if values is not None:
            wanted.append((line, *values))
        line += 1 + text.count("\n")
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    assert len(data) > 16 << 20
    got = folder.rows("a.csv", data, ["id", "b"])
    assert [(one["_line"], one["id"], one["b"], one["_broken"]) for one in got] == wanted


def made(kind: int, number: int, chance: random.Random) -> tuple[str, Any]:
    pad = "é" * chance.randrange(500)
    match kind:
        case 0:
            return "", None
        case 1:
            return f'"{number}\n"', (None, None, "1 values where the header has 2")
        case 2:
            return f"{number},\udce9", (None, None, "not valid UTF-8 (another encoding?)")
        case 3:
            return f'{number},"{pad}\n\n{pad}"', (str(number), f"{pad}\n\n{pad}", None)
        case 4:
            return f"{number},", (str(number), None, None)
        case _:
            return f"{number},x{pad}", (str(number), f"x{pad}", None)
