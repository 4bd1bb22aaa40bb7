from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from onefold.destinations import Channel, Prepared
from onefold.errors import SqlError, UnknownReference
from onefold.warehouse import Engine

Attributes = Callable[..., Channel]


class Bench:
    """Prepares literal rows and reads the results as Python values."""

    def __init__(self, engine: Engine, attributes_of: Attributes) -> None:
        self.engine = engine
        self.attributes_of = attributes_of

    def prepare(self, types: dict[str, str], query: str) -> Prepared:
        self.engine.table("desired", query)
        return self.attributes_of(types).prepare(self.engine, "desired")

    def rows(self, relation: str) -> list[dict[str, Any]]:
        return list(self.engine.arrow(f'SELECT * FROM "{relation}"').read_all().to_pylist())

    def keeps(self, type_: str, value: str, name: str = "it") -> Any:
        """What is kept of one SQL value in one attribute, or the reason of its refusal."""
        query = f"""SELECT 'ada' AS _identifier, 1 AS _person_id, {value} AS "{name}" """
        prepared = self.prepare({name: type_}, query)
        (row,) = self.rows(prepared.relation)
        refusals = self.rows(prepared.refusals)
        if not row["_refused"]:
            assert refusals == []
            kept = row[name]
            return kept.astimezone(UTC) if isinstance(kept, datetime) else kept
        assert row[name] is None
        assert row["_refused"] == [name]
        assert refusals == [
            {"_identifier": "ada", "_person_id": 1, "field": name, "reason": row["_reasons"][0]}
        ]
        return f"refused: {row['_reasons'][0]}"


@pytest.fixture
def bench(engine: Engine, attributes_of: Attributes) -> Bench:
    return Bench(engine, attributes_of)


@pytest.mark.parametrize(
    ("type_", "value", "kept"),
    [
        ("boolean", "true", True),
        ("integer", "CAST(9007199254740992 AS HUGEINT)", 2**53),
        ("integer", "-9007199254740992", -(2**53)),
        ("integer", "9007199254740993", "an integer beyond 2^53: JSON readers would round it"),
        ("integer", "CAST(power(2, 100) AS HUGEINT)",
         "an integer beyond 2^53: JSON readers would round it"),
        ("float", "CAST(0.1 AS FLOAT)", 0.1),
        ("float", "CAST('nan' AS DOUBLE)", "not a finite number"),
        ("float", "CAST('-infinity' AS DOUBLE)", "not a finite number"),
        ("decimal(38,9)", "CAST(1234567890.12345 AS DECIMAL(38,9))", Decimal("1234567890.12345")),
        ("decimal(38,9)", "CAST(1234567890.123456 AS DECIMAL(38,9))",
         "more than 15 significant digits; write as: string to send the text"),
        ("decimal(38,2) as string", "CAST(-123456789012345678.90 AS DECIMAL(38,2))",
         "-123456789012345678.9"),
        ("date", "DATE '3000-12-31'", date(3000, 12, 31)),
        ("date", "DATE '3001-01-01'", "outside the years 1 to 3000"),
        ("date", "CAST('infinity' AS DATE)", "outside the years 1 to 3000"),
        ("datetime", "TIMESTAMPTZ '2026-01-05 09:30:00.123999+01'",
         datetime(2026, 1, 5, 8, 30, 0, 123_000, UTC)),
        ("datetime", "TIMESTAMPTZ '1969-12-31 23:59:59.999999+00'",
         datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC)),
        ("datetime", "TIMESTAMP '2026-07-05 09:30:00'", datetime(2026, 7, 5, 7, 30, tzinfo=UTC)),
        # Clocks go back in the project's zone (Europe/Paris): the first of the two, as elsewhere.
        ("datetime", "TIMESTAMP '2026-10-25 02:30:00'", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("datetime", "TIMESTAMP '2026-10-25 03:00:00'", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        ("datetime", "TIMESTAMP '2026-10-25 01:59:00'", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("datetime", "TIMESTAMPTZ '2026-10-25 01:30:00+00'",
         datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        # Clocks go forward: half past two does not exist, and is half past three.
        ("datetime", "TIMESTAMP '2026-03-29 02:30:00'", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("datetime", "CAST('infinity' AS TIMESTAMPTZ)", "outside the years 1 to 3000"),
        ("string", "'e' || chr(769)", "\u00e9"),
        ("string", "repeat('\u00e9', 255)", "\u00e9" * 255),
        ("string", "repeat('\u00e9', 256)", "longer than 255 characters"),
        ("string", "repeat('e' || chr(769), 255)", "\u00e9" * 255),
        ("string", "''", ""),
        ("varchar(9)", "'  blanks stay  '", "  blanks stay  "),
    ],
)  # fmt: skip
def test_each_type_is_kept_as_braze_stores_it(
    bench: Bench, type_: str, value: str, kept: Any
) -> None:
    got = bench.keeps(type_, value)
    assert got in (kept, f"refused: {kept}")


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("email", " Ada.Byron+x@Mail.Example.COM ", "ada.byron+x@mail.example.com"),
        ("email", "ada@example", None),
        ("email", "ada@@example.com", None),
        ("email", ".ada@example.com", None),
        ("email", "a..b@example.com", None),
        ("email", "ada@-example.com", None),
        ("email", "ada lovelace@example.com", None),
        ("email", "a" * 65 + "@example.com", None),
        ("email", "", None),
        ("phone", "0033 (6) 12-34.56/78", "+33612345678"),
        ("phone", "+33612345678", "+33612345678"),
        ("phone", "0612345678", None),
        ("phone", "+1234567890123456", None),
        ("gender", "female", "F"),
        ("gender", "m", "M"),
        ("gender", "prefer not to say", "P"),
        ("gender", "x", None),
        ("country", "fr", "FR"),
        ("country", " france ", "FR"),
        ("country", "United Kingdom", "GB"),
        ("country", "Côte d\u2019Ivoire", "CI"),
        ("country", "Cote d''Ivoire", None),
        ("country", "Côte d''Ivoire", "CI"),
        ("country", "tu\u0308rkiye", "TR"),
        ("country", "Korea", None),  # of two countries
        ("country", "ZZ", None),
        ("language", "FR", "fr"),
        ("language", "fr-FR", "fr"),
        ("language", "french", None),
        ("time_zone", "Europe/Paris", "Europe/Paris"),
        ("time_zone", " europe/PARIS", "Europe/Paris"),
        ("time_zone", "Paris", "Europe/Paris"),
        ("time_zone", "Nowhere", None),
        ("email_subscribe", "Opted_In", "opted_in"),
        ("push_subscribe", "yes", None),
        ("first_name", " Ada ", " Ada "),
        ("Email hint", "Not Checked", "Not Checked"),
    ],
)
def test_braze_own_fields_are_normalised_and_checked(
    bench: Bench, name: str, value: str, kept: str | None
) -> None:
    got = bench.keeps("string", f"'{value}'", name)
    assert got.startswith("refused: not ") if kept is None else got == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-01-05", "2026-01-05T00:00:00.000Z"),
        ("01/05/2026", "2026-01-05T00:00:00.000Z"),
        ("2026-01-05 00:00:00", "2026-01-05T00:00:00.000Z"),
        ("2026-01-05T01:00:00.0009+01:00", "2026-01-05T00:00:00.000Z"),
        ("2026-01-05T00:00:00.000Z", "2026-01-05T00:00:00.000Z"),
        ("2026-02-30", "2026-02-30"),
        ("13/05/2026", "13/05/2026"),
        ("2026-01-05 or later", "2026-01-05 or later"),
        ("5 January 2026", "5 January 2026"),
    ],
)
def test_a_text_in_the_form_of_a_time_is_the_time_that_braze_takes_it_for(
    bench: Bench, text: str, kept: str
) -> None:
    assert bench.keeps("string", f"'{text}'") == kept
    assert bench.keeps("string as string", f"'{text}'") == text
    assert bench.keeps("string", f"'{text}'", "first_name") == text


def test_null_stays_null_and_is_never_refused(bench: Bench) -> None:
    types = {"email": "string", "gender": "string", "n": "integer", "seen": "datetime"}
    prepared = bench.prepare(
        types,
        "SELECT 'ada' AS _identifier, 1 AS _person_id, CAST(NULL AS VARCHAR) AS email, "
        "CAST(NULL AS VARCHAR) AS gender, CAST(NULL AS BIGINT) AS n, "
        "CAST(NULL AS TIMESTAMPTZ) AS seen",
    )
    (row,) = bench.rows(prepared.relation)
    assert row == {
        "_identifier": "ada",
        "_person_id": 1,
        "_refused": [],
        "_reasons": [],
    } | dict.fromkeys(types)


def test_a_refused_field_leaves_the_rest_of_the_row(bench: Bench) -> None:
    prepared = bench.prepare(
        {"email": "string", "country": "string", "Tier": "string"},
        "SELECT 7 AS _identifier, 1 AS _person_id, 'both' AS _scope, "
        "'no' AS email, 'xx' AS country, 'gold' AS \"Tier\"",
    )
    (row,) = bench.rows(prepared.relation)
    assert row == {
        "_identifier": "7",
        "_person_id": 1,
        "_scope": "both",
        "email": None,
        "country": None,
        "Tier": "gold",
        "_refused": ["email", "country"],
        "_reasons": ["not an e-mail address", "not a country code (ISO 3166-1, two letters)"],
    }
    assert (prepared.rows, prepared.refused_rows, prepared.collapsed_rows) == (1, 0, 0)


def test_identifiers_are_there_short_and_unique(bench: Bench) -> None:
    prepared = bench.prepare(
        {"n": "integer", "email": "string"},
        """SELECT * FROM (VALUES
            ('once', 1, 1, 'a@example.com'),
            ('same', 2, 2, 'B@example.com'), ('same', 3, 2, 'b@example.com'),
            ('null and null', 4, NULL, NULL), ('null and null', 5, NULL, NULL),
            ('differ', 6, 1, NULL), ('differ', 7, NULL, NULL), ('differ', 8, 1, NULL),
            (NULL, 9, 1, NULL), ('', 10, 1, NULL),
            (repeat('é', 493) || 'x', 11, 1, NULL), (repeat('é', 494), 12, 1, NULL),
            ('Once', 13, 1, NULL), ('once ', 14, 1, NULL)
        ) AS t(_identifier, _person_id, n, email)""",
    )  # fmt: skip
    kept = {row["_identifier"]: row["_person_id"] for row in bench.rows(prepared.relation)}
    assert kept == {
        "once": 1, "same": 2, "null and null": 4, "é" * 493 + "x": 11, "Once": 13, "once ": 14,
    }  # fmt: skip
    refused = {
        (row["_person_id"], row["field"], row["reason"]) for row in bench.rows(prepared.refusals)
    }
    assert refused == {
        (6, None, "identifier_not_unique"),
        (7, None, "identifier_not_unique"),
        (8, None, "identifier_not_unique"),
        (9, None, "identifier_missing"),
        (10, None, "identifier_missing"),
        (12, None, "identifier_too_long"),
    }
    assert (prepared.rows, prepared.refused_rows, prepared.collapsed_rows) == (6, 6, 2)


def test_refused_fields_of_refused_rows_are_not_listed_twice(bench: Bench) -> None:
    prepared = bench.prepare(
        {"email": "string"},
        "SELECT * FROM (VALUES (NULL, 1, 'no'), ('x', 2, 'no'), ('x', 3, 'a@example.com'))"
        " AS t(_identifier, _person_id, email)",
    )
    reasons = sorted((row["_person_id"], row["field"]) for row in bench.rows(prepared.refusals))
    assert reasons == [(1, None), (2, None), (3, None)]


def test_nobody_is_prepared_to_nobody(bench: Bench) -> None:
    query = "SELECT 'x' AS _identifier, 1 AS _person_id, 'y' AS email WHERE false"
    prepared = bench.prepare({"email": "string"}, query)
    assert (prepared.rows, prepared.refused_rows, prepared.collapsed_rows) == (0, 0, 0)


def test_an_undeclared_column_is_never_sent(bench: Bench) -> None:
    with pytest.raises(UnknownReference, match="Loyality Tier") as error:
        bench.prepare(
            {"Loyalty Tier": "string"},
            "SELECT 'x' AS _identifier, 1 AS _person_id, 'gold' AS \"Loyality Tier\"",
        )
    assert error.value.hint == "did you mean Loyalty Tier?"


def test_a_column_of_another_type_is_refused(bench: Bench) -> None:
    with pytest.raises(SqlError, match="declared as date, but its column holds VARCHAR"):
        bench.keeps("date", "'2026-01-05'")


def test_an_identifier_without_exact_text_is_refused(bench: Bench) -> None:
    with pytest.raises(SqlError, match="of type DOUBLE"):
        bench.prepare(
            {"n": "integer"}, "SELECT CAST(77 AS DOUBLE) AS _identifier, 1 AS _person_id, 1 AS n"
        )


def test_people_are_told_of_times_in_texts_and_of_columns_that_are_mostly_refused(
    bench: Bench,
) -> None:
    prepared = bench.prepare(
        {"since": "string", "country": "string", "tier": "string"},
        "SELECT 'p' || n AS _identifier, 'p' AS _person_id, 'gold' AS tier, "
        "CASE WHEN n < 3 THEN '01/05/2026' ELSE 'long ago' END AS since, "
        "CASE WHEN n < 150 THEN if(n < 30, 'Atlantis', 'FR') END AS country FROM range(200) r(n)",
    )
    assert prepared.remarks == {
        ("since", "texts in the form of a time: Braze stores times"): 3,
        ("country", "20% of its values cannot be sent"): 30,
    }


def test_of_few_values_no_share_is_told(bench: Bench) -> None:
    query = "SELECT 'ada' AS _identifier, 'p' AS _person_id, 'Atlantis' AS country"
    assert bench.prepare({"country": "string"}, query).remarks == {}
