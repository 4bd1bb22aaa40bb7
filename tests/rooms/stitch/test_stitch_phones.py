"""The oracle of phone numbers is `phonenumbers` itself, number by number."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import phonenumbers
import pyarrow as pa
import pytest
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat

from onefold.errors import ProjectError
from onefold.stitch.phones import normalise_phones
from onefold.warehouse import Engine

COUNTRIES = ("FR", "BE", "CH", "GB", "US", "DE", "ES", "IT", "LU", "NL", "PT", "CA", "MA", "PL")
NUMBERS_PER_COUNTRY = 25
AGREEMENT = 0.997  # of valid numbers; left out are letters, and the seven digits of Canadian 310


def national(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


def e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


STYLES: tuple[Callable[[PhoneNumber], str], ...] = (
    national,
    e164,
    lambda number: phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
    lambda number: f"00{e164(number)[1:]}",
    lambda number: e164(number)[1:],
    lambda number: f"+{number.country_code} (0){number.national_number}",
    lambda number: str(number.national_number),
    lambda number: national(number).replace(" ", "."),
    lambda number: f"Tel: {national(number)}",
    lambda number: f"{national(number)} ext. 12",
    lambda number: national(number)[:-1],
    lambda number: f"{national(number)}99",
    lambda number: f"{national(number)[:4]}xx",
)


def valid_numbers(country: str, chance: random.Random) -> Iterator[PhoneNumber]:
    plan = PhoneMetadata.metadata_for_region(country)
    assert plan is not None
    assert plan.general_desc is not None
    lengths = plan.general_desc.possible_length
    found = 0
    while found < NUMBERS_PER_COUNTRY:
        length = chance.choice(lengths)
        number = PhoneNumber(
            country_code=plan.country_code,
            national_number=chance.randrange(10 ** (length - 1), 10**length),
        )
        if phonenumbers.is_valid_number_for_region(number, country):
            found += 1
            yield number


def written_numbers(chance: random.Random) -> list[tuple[str, str | None]]:
    """Give numbers as people write them, half of them with their country."""
    return [
        (style(number), chance.choice((country, None)))
        for country in COUNTRIES
        for number in valid_numbers(country, chance)
        for style in STYLES
    ]


def parsed(written: str, country: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None


def normalised(
    engine: Engine, numbers: list[tuple[str, str | None]], default: str
) -> list[str | None]:
    rows = [
        {"rid": rid, "phone": phone, "country": country}
        for rid, (phone, country) in enumerate(numbers)
    ]
    engine.register("written", pa.Table.from_pylist(rows))
    engine.table("_stitch_records", "SELECT * FROM written")
    normalise_phones(engine, default)
    return [row[0] for row in engine.rows("SELECT e164 FROM _stitch_phones ORDER BY rid")]


@pytest.mark.parametrize("default", ["FR", "US", "GB", "DE", "BE"])
def test_numbers_come_out_as_phonenumbers_reads_them(engine: Engine, default: str) -> None:
    numbers = written_numbers(random.Random(default))

    found = normalised(engine, numbers, default)

    agree = total = 0
    for (written, country), ours in zip(numbers, found, strict=True):
        theirs = parsed(written, country or default)
        if theirs is not None and phonenumbers.is_valid_number(theirs):
            total += 1
            agree += ours == e164(theirs)
    assert total > len(numbers) / 2
    assert agree / total > AGREEMENT


@pytest.mark.parametrize(
    "written",
    ["", "n/a", "12", "06 12 34 56", "+33 06 12 34 56 70 80", "0812 FLOWERS", "+999 1234567"],
)
def test_what_is_no_number_is_none(engine: Engine, written: str) -> None:
    assert normalised(engine, [(written, None)], "FR") == [None]


def test_a_country_that_does_not_exist_is_refused(engine: Engine) -> None:
    with pytest.raises(ProjectError, match="'FRANCE' is not a country code") as refused:
        normalise_phones(engine, "FRANCE")

    assert "two letters" in refused.value.hint
