"""Real records of real people, with errors that nobody here made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from onefold.model import FeedField, RecordShape, parse_type
from onefold.stitch import Run, StitchConfig, stitch
from onefold.warehouse import Engine

HISTORICAL = (
    Path(__file__).parents[4] / "shared" / "data" / "historical_figures_with_errors_50k.parquet"
)
TAGS = {
    "full_name": "full-name",
    "first_name": "given-name",
    "surname": "surname",
    "dob": "birthdate",
    "birth_place": "city",
    "postcode_fake": "postal",
    "gender": "gender",
}


@dataclass(frozen=True)
class Agreement:
    """Pairs of records in one person: how many of ours are true, and of the true ones found."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def pairs(engine: Engine, *columns: str) -> int:
    grouped = f"SELECT count(*) AS n FROM judged GROUP BY {', '.join(columns)}"
    return int(engine.scalar(f"SELECT sum(n * (n - 1)) // 2 FROM ({grouped})"))


def agreement(engine: Engine) -> Agreement:
    engine.table(
        "judged",
        "SELECT u.person_id, h.cluster FROM stitch_unified_coalesced AS u "
        "JOIN historical AS h ON h._key = u.pk",
    )
    both = pairs(engine, "person_id", "cluster")
    return Agreement(
        precision=both / pairs(engine, "person_id"), recall=both / pairs(engine, "cluster")
    )


@pytest.mark.skipif(not HISTORICAL.exists(), reason=f"{HISTORICAL} is not there")
def test_historical_figures_are_told_apart(engine: Engine, run: Run) -> None:
    engine.table("historical", f"SELECT *, unique_id AS _key FROM read_parquet('{HISTORICAL}')")
    text = parse_type("string")
    fields = [FeedField(name=n, type=text, path=n, tag=tag) for n, tag in TAGS.items()]
    shape = RecordShape(source="historical", fields=tuple(fields))
    config = StitchConfig(default_country="GB")

    done = stitch(engine, config, [(shape, "historical")], None, run)

    found = agreement(engine)
    assert done.stats.records == 50_578
    assert found.precision > 0.99
    assert found.f1 > 0.57
    assert done.stats.largest < 40
