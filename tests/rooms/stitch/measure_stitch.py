"""Measure stitching on data whose truth is known: quality, seconds, memory.

python tests/rooms/stitch/measure_stitch.py shop 525000
python tests/rooms/stitch/measure_stitch.py historical ../shared/data/historical….parquet
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from onefold.examples.shop import FIRST_DAY, write_day
from onefold.model import FeedField, RecordShape, parse_type
from onefold.stitch import Previous, Run, StitchConfig, Stitched, stitch
from onefold.warehouse import Engine, EngineSettings

Landed = tuple[RecordShape, str]
DAY_1 = datetime(2026, 11, 2, tzinfo=UTC)
DAY_2 = datetime(2026, 11, 3, tzinfo=UTC)

HISTORICAL = {
    "full_name": "full-name",
    "first_name": "given-name",
    "surname": "surname",
    "dob": "birthdate",
    "birth_place": "city",
    "postcode_fake": "postal",
}

# Each file of the shop: how DuckDB reads it, its key, and its fields by tag.
SHOP = {
    "ecommerce_accounts": (
        "read_json('{data}/ecommerce/accounts-{day}.ndjson', field_appearance_threshold = 0)",
        "accountId",
        {
            "fk-account": "accountId",
            "fk-customer": "customerNumber",
            "fk-loyalty": "loyaltyCard",
            "given-name": "firstName",
            "surname": "lastName",
            "email": "email",
            "phone": "phone",
            "birthdate": "birthDate",
            "address": "address.street",
            "postal": "address.postalCode",
            "city": "address.city",
            "country": "address.country",
        },
    ),
    "pos_customers": (
        "read_csv('{data}/pos/customers-{day}.csv', delim = ';', all_varchar = true)",
        '"N° client"',
        {
            "fk-customer": '"N° client"',
            "fk-loyalty": '"Carte de fidélité"',
            "given-name": "Prénom",
            "surname": "Nom",
            "email": '"E-mail"',
            "phone": "Téléphone",
            "birthdate": "CAST(try_strptime(\"Date de naissance\", '%d/%m/%Y') AS DATE)",
            "address": "Adresse",
            "postal": '"Code postal"',
            "city": "Ville",
            "country": "Pays",
        },
    ),
    "loyalty_members": (
        "read_parquet('{data}/loyalty/members-{day}.parquet')",
        "card_no",
        {
            "fk-loyalty": "card_no",
            "given-name": "first_name",
            "surname": "last_name",
            "email": "email",
            "phone": "phone",
            "birthdate": "birth_date",
            "postal": "postal_code",
            "city": "city",
            "country": "country_code",
        },
    ),
}


def shape(source: str, fields: dict[str, str]) -> RecordShape:
    """Give a shape whose fields are named and tagged alike."""
    text = parse_type("string")
    tagged = [FeedField(name=name, type=text, path=name, tag=tag) for name, tag in fields.items()]
    return RecordShape(source=source, fields=tuple(tagged))


def land_shop(engine: Engine, customers: int) -> list[Landed]:
    """Make the shop's first day, and land its profiles and the truth."""
    with tempfile.TemporaryDirectory() as folder:
        write_day(Path(folder), customers=customers)
        for source, (reader, key, fields) in SHOP.items():
            relation = reader.format(data=f"{folder}/data", day=FIRST_DAY)
            columns = [f'CAST({value} AS VARCHAR) AS "{tag}"' for tag, value in fields.items()]
            engine.table(
                source,
                f"SELECT {key} AS _key, {', '.join(columns)} FROM {relation} "
                f"WHERE {key} IS NOT NULL QUALIFY row_number() OVER (PARTITION BY {key}) = 1",
            )
        engine.table(
            "truth",
            "SELECT source AS datasource, key AS pk, any_value(true_person) AS truth "
            f"FROM read_parquet('{folder}/data/truth-{FIRST_DAY}.parquet') GROUP BY ALL",
        )
    return [
        (shape(source, {tag: tag for tag in fields}), source)
        for source, (_, _, fields) in SHOP.items()
    ]


def land_historical(engine: Engine, file: str) -> list[Landed]:
    """Land the historical figures and the truth."""
    engine.table("historical", f"SELECT *, unique_id AS _key FROM read_parquet('{file}')")
    engine.table(
        "truth",
        "SELECT 'historical' AS datasource, _key AS pk, cluster AS truth FROM historical",
    )
    return [(shape("historical", HISTORICAL), "historical")]


def report_quality(engine: Engine) -> None:
    """Print pairwise and B-cubed precision, recall and F1 of the persons."""
    engine.table(
        "cells",
        "SELECT person_id, truth, count(*) AS n FROM stitch_unified_coalesced "
        "JOIN truth USING (datasource, pk) GROUP BY person_id, truth",
    )
    engine.table(
        "judged",
        "SELECT n, sum(n) OVER (PARTITION BY person_id) AS ours, "
        "sum(n) OVER (PARTITION BY truth) AS theirs FROM cells",
    )
    precision, recall = engine.row(
        "SELECT sum(n * (n - 1)) / sum(n * (ours - 1)), sum(n * (n - 1)) / sum(n * (theirs - 1)) "
        "FROM judged"
    )
    cubed = engine.row(
        "SELECT sum(n * n / ours) / sum(n), sum(n * n / theirs) / sum(n) FROM judged"
    )
    exact = engine.scalar(
        "SELECT count(*) FILTER (n = ours AND n = theirs) / "
        "(SELECT count(DISTINCT truth) FROM cells) FROM judged"
    )
    print("clusters", scores(precision, recall), "| B3", scores(*cubed), f"| exact {exact:.3f}")
    wrong = engine.rows(
        "SELECT rule, count(*), round(avg(CAST(a.truth <> b.truth AS INTEGER)), 4) "
        "FROM stitch_links AS l "
        "JOIN truth AS a ON a.datasource = l.datasource_a AND a.pk = l.pk_a "
        "JOIN truth AS b ON b.datasource = l.datasource_b AND b.pk = l.pk_b "
        "GROUP BY rule ORDER BY count(*) DESC"
    )
    for rule, links, share in wrong:
        print(f"  {rule:36} {links:>9,} links, wrong {share:.2%}")


def scores(precision: float, recall: float) -> str:
    f1 = 2 * precision * recall / (precision + recall)
    return f"P {precision:.3f} R {recall:.3f} F1 {f1:.3f}"


def timed(
    engine: Engine, records: list[Landed], previous: Previous | None, run: Run, country: str
) -> Stitched:
    started, cpu = time.monotonic(), time.process_time()
    done = stitch(engine, StitchConfig(default_country=country), records, previous, run)
    seconds, used = time.monotonic() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{run.id}: {seconds:.1f} s ({used:.1f} s of CPU), peak {peak:,} MB")
    print(f"  {done.stats}")
    return done


def main(data: str, what: str) -> None:
    """Stitch 99 % of the records and judge nothing, then all of them after it, and judge."""
    with tempfile.TemporaryDirectory() as spill:
        engine = Engine(EngineSettings(spill_folder=Path(spill)))
        shop = data == "shop"
        records = land_shop(engine, int(what)) if shop else land_historical(engine, what)
        country = "FR" if shop else "GB"
        most = [(form, f"most_of_{name}") for form, name in records]
        for (_, some), (_, every) in zip(most, records, strict=True):
            engine.view(some, f"SELECT * FROM {every} WHERE md5_number_lower(_key) % 100 > 0")
        timed(engine, most, None, Run(id="99 %", as_of=DAY_1), country)
        engine.table("before", "SELECT datasource, pk, person_id FROM stitch_unified_coalesced")
        before = Previous(assignments="before")
        timed(engine, records, before, Run(id="all, after 99 %", as_of=DAY_2), country)
        engine.drop("before")
        timed(engine, records, None, Run(id="all", as_of=DAY_1), country)
        report_quality(engine)
        engine.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
