"""What a ledger holds is what Braze holds, asked of a Braze that knows nothing of onefold.

Texts are sent to the sandbox as they are, and as onefold prepares them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.journey.braze import Sandbox, running

from onefold.destinations import Attribute, BrazeSettings, Channel, open_destination
from onefold.destinations.braze.codes import time_zone_names, time_zones
from onefold.model import ATTRIBUTES, parse_type
from onefold.warehouse import Engine, EngineSettings

AT_ONCE = 75


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running("--limit", "none") as started:
        yield started


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("spill")
    engine = Engine(EngineSettings(spill_folder=folder, threads=1, timezone="Europe/Paris"))
    yield engine
    engine.close()


def _channel(name: str, type_: str) -> Channel:
    braze_settings = BrazeSettings(endpoint="http://127.0.0.1:9", workspace="shop")
    attribute = Attribute(name=name, type=parse_type(type_))
    return open_destination("braze", braze_settings, "key").channel(ATTRIBUTES, [attribute])


def prepared(engine: Engine, name: str, type_: str, values: Sequence[str]) -> list[Any]:
    """Give what onefold sends of each text, None where it refuses it."""
    braze = _channel(name, type_)
    keys = [f"p{number:04}" for number in range(len(values))]
    engine.register("given", pa.table({"_identifier": keys, "it": list(values)}))
    engine.table("desired", f"SELECT _identifier, 'p' AS _person_id, it AS \"{name}\" FROM given")
    engine.unregister("given")
    relation = braze.prepare(engine, "desired").relation
    engine.table("changes", f"SELECT *, ['{name}'] AS _changed FROM {relation}")
    cut = braze.cut(engine, "changes").relation
    rows = engine.rows(f"SELECT _object FROM {cut} ORDER BY _identifier")
    return [json.loads(written)[name] for (written,) in rows]


def stored(sandbox: Sandbox, name: str, values: Sequence[Any]) -> list[Any]:
    """Give what the sandbox holds after each value was sent to a new user."""
    sandbox.call("reset", {})
    sent = [{"external_id": f"u{n}", name: value} for n, value in enumerate(values)]
    for first in range(0, len(sent), AT_ONCE):
        body = json.dumps({"attributes": sent[first : first + AT_ONCE]}).encode()
        headers = {"Authorization": "Bearer sandbox-key", "Content-Type": "application/json"}
        with urlopen(Request(f"{sandbox.url}/users/track", body, headers), timeout=10) as answer:
            assert "errors" not in json.load(answer)
    held = {
        user["external_id"]: {**user["attributes"], **user["custom_attributes"]}.get(name)
        for user in sandbox.call("state")["users"]
    }
    return [held.get(f"u{n}") for n in range(len(values))]


days = st.datetimes(max_value=datetime.fromisoformat("3200-01-01"))
offsets = st.sampled_from(["", "Z", "+02:00", "-0530", "+01", "+14:00", "-00:00", "+1:00", " Z"])


def _spelt(form: str, moment: datetime, fraction: str, offset: str) -> str:
    year, milli = f"{moment.year:04}", f"{moment.microsecond // 1000:03}"
    day, clock = f"{year}-{moment:%m-%d}", f"{moment:%H:%M:%S}"
    return {
        "iso": f"{day}T{clock}{fraction}{offset}",
        "blank": f"{day} {clock}{fraction}{offset}",
        "minute": f"{day}T{moment:%H:%M}{offset}",
        "colon": f"{day}T{clock}:{milli}{offset or 'Z'}",
        "american": f"{moment:%m/%d}/{year}",
        "day": day,
        "words": f"{moment:%a %m %d} {clock}.{offset or 'UTC'} {year}",
    }[form]


forms = st.sampled_from(["iso", "blank", "minute", "colon", "american", "day", "words"])
fractions = st.sampled_from(["", ".5", ".123", ".123456", ".123456789"])
times = st.builds(_spelt, forms, days, fractions, offsets)
others = st.sampled_from(
    ["gold", "2026-02-30", "2026-1-5", "01/32/2026", "20260105", "2026-01-05T24:00:00Z", "2026",
     "3001-01-05", "0000-01-01", "2026-01-05T", "2026-01-05TZ", "2026-01-05Z", "-2026-01-05",
     "2026-01-05T10:61:00Z", "1/5/2026", "Mon 01 05", "2026-W01-1", "12:30", "99/99/9999"]
)  # fmt: skip
texts = times | others | st.text(max_size=12)


@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(values=st.lists(texts, min_size=30, max_size=150))
def test_texts_and_times(engine: Engine, sandbox: Sandbox, values: list[str]) -> None:
    sent = prepared(engine, "it", "string", values)
    assert stored(sandbox, "it", sent) == sent  # nothing but what is sent is there afterwards
    as_they_are = stored(sandbox, "it", values)
    alike: dict[Any, set[Any]] = defaultdict(set)
    for value, held, kept in zip(values, as_they_are, sent, strict=True):
        alike[held].add(kept)
        if held != value:
            assert kept == held, value  # what Braze reads as a time is sent as that time
    assert [kept for kept in alike.values() if len(kept) > 1] == []
    assert prepared(engine, "it", "string", sent) == sent


SPELLINGS = {
    "time_zone": [
        "Europe/Paris", "europe/paris", " Europe/Paris ", "Paris", "Eastern Time (US & Canada)",
        "eastern time (us & canada)", "America/New_York", "Hawaii", "UTC", "Kyiv", "Mumbai",
        "Nowhere/City", "CEST", "Buenos Aires", "St. Petersburg",
    ],
    "language": ["fr", "FR", "fr-FR", "fr_CA", "zh-Hant-TW", "french", "zz", "fra", "f", " de "],
    "country": ["FR", "fr", "France", "UK", "Atlantis", "USA", "FRA"],
    "gender": ["F", "f", "female", "X", "prefer not to say"],
}  # fmt: skip


@pytest.mark.parametrize("field", sorted(SPELLINGS))
def test_what_is_sent_of_a_standard_field_stays_as_it_is(
    engine: Engine, sandbox: Sandbox, field: str
) -> None:
    values = SPELLINGS[field]
    sent = prepared(engine, field, "string", values)
    assert stored(sandbox, field, sent) == sent
    for value, held, kept in zip(values, stored(sandbox, field, values), sent, strict=True):
        if held is not None:  # nothing that Braze takes is refused
            assert kept is not None, value


def test_time_zones_of_rails_are_iana_s(engine: Engine) -> None:
    assert prepared(engine, "time_zone", "string", SPELLINGS["time_zone"]) == [
        "Europe/Paris", "Europe/Paris", "Europe/Paris", "Europe/Paris", "America/New_York",
        "America/New_York", "America/New_York", "Pacific/Honolulu", "UTC", "Europe/Kiev",
        "Asia/Kolkata", None, None, "America/Argentina/Buenos_Aires", "Europe/Moscow",
    ]  # fmt: skip


def test_languages_are_two_letters(engine: Engine) -> None:
    kept = prepared(engine, "language", "string", SPELLINGS["language"])
    assert kept == ["fr", "fr", "fr", "fr", "zh", None, None, None, None, "de"]


def test_every_time_zone_stands_for_one_that_is_there() -> None:

    assert set(time_zone_names().values()) <= time_zones()
