from __future__ import annotations

import pytest

from onefold.destinations import (
    INSTANCES,
    Attribute,
    braze_endpoint,
    is_loopback,
    name_problems,
    shadowing,
    type_problem,
)
from onefold.destinations.braze.codes import LANGUAGES, countries, time_zones
from onefold.destinations.braze.standard_fields import STANDARD_FIELDS
from onefold.errors import UnknownReference
from onefold.model import parse_type


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("birthday", "dob"),
        ("Date of Birth", "dob"),
        ("firstname", "first_name"),
        ("First Name", "first_name"),
        ("FIRST_NAME", "first_name"),
        ("E-Mail", "email"),
        ("mail", "email"),
        ("Email", "email"),
        ("timezone", "time_zone"),
        ("sex", "gender"),
        ("City", "home_city"),
        ("Loyalty Tier", None),
        ("mobile", None),
        ("prénom", None),
        *((field, None) for field in STANDARD_FIELDS),
    ],
)
def test_shadowing(name: str, field: str | None) -> None:
    assert shadowing(name) == field


def test_the_hint_of_a_shadowing_name_can_be_pasted() -> None:
    assert name_problems(["birthday"]) == [
        "'birthday' would shadow Braze's own field dob; write  dob: {from: birthday}"
    ]


@pytest.mark.parametrize(
    "name",
    ["", " tier", "tier\n", "_tier", "$tier", "x" * 256, "external_id", "braze_id", "user_alias",
     "alias_name", "alias_label", "email_subscription_info"],
)  # fmt: skip
def test_names_that_braze_would_misread(name: str) -> None:
    (problem,) = name_problems([name])
    assert problem.startswith("attribute ")


def test_names_that_differ_by_case_alone() -> None:
    (problem,) = name_problems(["Tier", "n", "tier", "TIER"])
    assert problem.startswith("attributes 'Tier' and 'tier' and 'TIER' are one name")


def test_good_names() -> None:
    assert name_problems([*STANDARD_FIELDS, "Loyalty Tier", "x" * 255, "a.b", "Größe"]) == []


@pytest.mark.parametrize(
    ("name", "type_", "says"),
    [
        ("dob", "string", "Braze takes date here, not string"),
        ("email", "integer", "Braze takes string here, not integer"),
        ("email_open_tracking_disabled", "string", "Braze takes boolean here, not string"),
        ("current_location", "string", "Braze takes json here, not string"),
    ],
)
def test_a_standard_field_has_one_type(name: str, type_: str, says: str) -> None:
    problem = type_problem(Attribute(name=name, type=parse_type(type_)))
    assert problem == f"attribute {name}: {says}"


def test_a_standard_field_is_not_sent_as_another_types_text() -> None:
    flag = Attribute(
        name="email_open_tracking_disabled", type=parse_type("boolean"), as_string=True
    )
    problem = type_problem(flag)
    assert problem is not None
    assert problem.endswith("Braze takes boolean here, not string")


@pytest.mark.parametrize(
    ("name", "type_"), [("email", "varchar(99)"), ("dob", "date"), ("x", "float")]
)
def test_a_fitting_type(name: str, type_: str) -> None:
    assert type_problem(Attribute(name=name, type=parse_type(type_))) is None


def test_instances() -> None:
    assert len(INSTANCES) == 15
    assert braze_endpoint("us-03") == "https://rest.iad-03.braze.com"
    assert braze_endpoint("US-10") == "https://rest.us-10.braze.com"
    assert braze_endpoint("EU-02") == "https://rest.fra-02.braze.eu"
    assert braze_endpoint("KR-01") == "https://rest.kr-01.braze.com"


@pytest.mark.parametrize(("instance", "meant"), [("US-09", "US-"), ("EU1", "EU-01")])
def test_an_unknown_instance_names_the_nearest(instance: str, meant: str) -> None:
    with pytest.raises(UnknownReference, match=f"nearest: {meant}"):
        braze_endpoint(instance)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8765", True),
        ("http://127.9.9.9", True),
        ("http://localhost:1/", True),
        ("http://[::1]:8765", True),
        ("https://rest.iad-03.braze.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("http://user:127.0.0.1@example.com", False),
        ("http://0.0.0.0", False),
        ("", False),
    ],
)
def test_loopback(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_code_lists_are_whole() -> None:
    assert len(countries()) == 249
    assert len(LANGUAGES) == 183
    assert {"fr", "en", "de", "ja", "zh"} <= LANGUAGES
    assert {"FR", "GB", "US", "XK"} & countries() == {"FR", "GB", "US"}
    assert {"Europe/Paris", "UTC", "America/Argentina/Ushuaia"} <= time_zones()
