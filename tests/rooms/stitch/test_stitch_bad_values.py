from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import pytest

from onefold.errors import UnknownKey
from onefold.model import RecordShape
from onefold.stitch import Run, StitchConfig, stitch
from onefold.warehouse import Engine

Row = dict[str, str | None]
Land = Callable[[str, Sequence[Row]], tuple[RecordShape, str]]

GIVEN = ("Anne", "Boris", "Carla", "David", "Emma", "Farid", "Gilles", "Hugo", "Ines", "Karim")
SURNAMES = ("Albert", "Bernard", "Colin", "Dubois", "Evrard", "Faure", "Garnier", "Henry", "Jacob")


def people(count: int) -> list[Row]:
    """Persons with two records each: their own e-mail address and phone, and a birthdate."""
    chance = Random(count)
    rows: list[Row] = []
    for number in range(count):
        person: Row = {
            "given-name": chance.choice(GIVEN),
            "surname": f"{chance.choice(SURNAMES)}{'abcdefgh'[number % 8]}",
            "email": f"person{number}@mail.example",
            "phone": f"06{41_352_607 + 7919 * number:08d}",
            "birthdate": f"{1950 + number % 50}-{1 + number % 12:02d}-{1 + number % 28:02d}",
            "fk-card": f"card {number}",
        }
        rows += [{"pk": f"{number}-{copy}", **person} for copy in range(2)]
    return rows


def found(engine: Engine) -> set[tuple[str, str, str]]:
    return set(engine.rows("SELECT semantic, value, reason FROM stitch_bad_values"))


@pytest.mark.parametrize("count", [200, 3_000])
def test_values_that_too_many_people_bear_are_found(
    engine: Engine, land: Land, run: Run, count: int
) -> None:
    rows = people(count)
    for position in range(0, 80, 2):
        rows[position]["email"] = "till@shop.example"
        rows[position + 1]["phone"] = "01 44 00 11 22"
        rows[position + 1]["birthdate"] = "1999-09-09"
        rows[position]["fk-card"] = "test card"

    stitch(engine, StitchConfig(), [land("crm", rows)], None, run)

    assert found(engine) == {
        ("email", "till@shop.example", "borne by too many people"),
        ("phone", "+33144001122", "borne by too many people"),
        ("fk-card", "test card", "borne by too many people"),
        ("birthdate", "1999-09-09", "far more common than its neighbours"),
    }


def test_a_family_that_shares_everything_is_no_outlier(
    engine: Engine, land: Land, run: Run
) -> None:
    rows = people(200)
    for position in range(0, 12, 2):
        rows[position]["email"] = "family@mail.example"
        rows[position]["phone"] = "01 44 00 11 22"

    stitch(engine, StitchConfig(), [land("crm", rows)], None, run)

    assert found(engine) == set()


def test_nothing_is_found_when_the_brand_says_so(engine: Engine, land: Land, run: Run) -> None:
    rows = people(100)
    for row in rows:
        row["phone"] = "01 44 00 11 22"
    config = StitchConfig(find_bad_values=False, deny={"surname": ("Faure-A",)})

    stitch(engine, config, [land("crm", rows)], None, run)

    assert found(engine) == {("surname", "faurea", "denied by stitch.yaml")}


def test_the_record_says_why_a_value_is_not_used(engine: Engine, land: Land, run: Run) -> None:
    rows: list[Row] = [
        {"pk": "1", "given-name": "Test", "email": "NoReply@x.fr ", "phone": "call me"},
        {"pk": "2", "given-name": "Ada", "email": "ada at x", "phone": "06 66 66 66 66"},
        {"pk": "3", "given-name": "Eve", "email": "eve@x.fr", "phone": "06 12 34 50 00"},
    ]

    stitch(engine, StitchConfig(), [land("crm", rows)], None, run)

    shown = engine.rows(
        "SELECT email, phone, has_blv, blv_email, blv_phone, blv_given_name "
        "FROM stitch_unified_coalesced ORDER BY pk"
    )
    assert shown == [
        ("noreply@x.fr", "call me", True, "placeholder", "not a phone number", "placeholder"),
        ("ada at x", "+33666666666", True, "not an e-mail address", "placeholder", None),
        ("eve@x.fr", "+33612345000", False, None, None, None),
    ]


def test_a_list_for_an_unknown_semantic_is_refused(engine: Engine, land: Land, run: Run) -> None:
    config = StitchConfig(deny={"emial": ("a@x.fr",)})

    with pytest.raises(UnknownKey, match="emial") as refused:
        stitch(engine, config, [land("crm", people(3))], None, run)

    assert refused.value.hint == "nearest: email"
