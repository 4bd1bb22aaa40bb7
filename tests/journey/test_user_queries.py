"""SQL that people write, wherever it stands: `check` says what is wrong in which line."""

from __future__ import annotations

from pathlib import Path

from tests.journey.bakery import bakery


def test_check_points_into_every_kind_of_query(tmp_path: Path) -> None:
    shop = bakery(tmp_path, "http://127.0.0.1:9")
    for name, text in {
        "segments/hungry.sql": "SELECT person_id\nFROM customers\nWHERE lovaes > 3\n",
        "tests/nobody_hungry.sql": "SELECT mail\nFROM customers\nWHERE lovaes > 9\n",
        "queries/eaten.sql": "SELECT person_id,\n  lovaes AS eaten\nFROM customers\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    checked = shop.onefold("check")
    assert checked.returncode == 1
    told = "no column lovaes in customers; nearest: loaves\n  hint: write loaves\n"
    places = ("queries/eaten.sql:2:3", "segments/hungry.sql:3:7", "tests/nobody_hungry.sql:3:7")
    assert checked.stderr == "".join(f"error: {one}: {told}" for one in places) + "3 to correct\n"
