"""`onefold privacy export`: all that is stored of a person, and nothing of anybody else."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import running
from tests.journey.conftest import Once
from tests.journey.project import Project

from onefold.app import PersonExport, export_person
from onefold.errors import OnefoldError

FILES = {
    *("records", "rejected", "links", "profile", "tables", "segments", "campaigns", "sent"),
}
Exported = Mapping[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def week(once: Once) -> Project:
    return once("export", _live)


def _live(folder: Path) -> Project:
    """Ada changes, and is rejected once; Bo and Cleo share a mailbox; Dan is gone on day 7."""
    with running() as sandbox:
        project = bakery(folder, sandbox.url)
        project.edit("sources/customers.yaml", "customers-*.csv", "customers-{yyyy}-{MM}-{dd}.csv")
        project.edit("sources/customers.yaml", "load: upsert", "load: replace")
        project.edit("sources/customers.yaml", "last_updated: changed_on\n", "")
        project.edit("sources/customers.yaml", "person_id: customer_no", "stitch: true")
        shared = (("C2", "Bo", "both@bread.example", 3), ("C3", "Cleo", "both@bread.example", 4))
        dan = ("C4", "Dan", "dan@bread.example", 5)
        deliver(project, 5, ("C1", "Ada", "ada@bread.example", 12), *shared, dan)
        project.run()
        deliver(project, 6, ("C1", "Ada", "ada@bread.example", 13), *shared, dan)
        project.run()
        deliver(
            project,
            7,
            *(("C1", "Ada", "ada@bread.example", 14), *shared),
            *(("C1", "Ada", "ada@bread.example", "ten"), ("C11", "Gus", "gus@x.example", "two")),
        )
        project.run()
        return project


def _export(project: Project, who: str, to: Path) -> PersonExport:
    with project.house() as house:
        return export_person(house, who, to)


def _refused(project: Project, who: str, to: Path) -> str:
    with pytest.raises(OnefoldError) as refused:
        _export(project, who, to)
    return str(refused.value)


def _read(folder: Path) -> Exported:
    return {one.stem: json.loads(one.read_text(encoding="utf-8")) for one in folder.glob("*.json")}


def test_all_versions_of_the_records_are_there_with_their_lines(
    week: Project, tmp_path: Path
) -> None:
    ended = week.onefold(
        "privacy", "export", "ada@bread.example", "--to", str(tmp_path / "ada"), "--json"
    )
    assert ended.returncode == 0, ended.stderr
    found = _read(tmp_path / "ada")
    assert set(found) == FILES
    counts = {f"{name}.json": len(entries) for name, entries in found.items()}
    assert json.loads(ended.stdout)["files"] == counts
    told = [(one["loaves"], one["file"], one["line"], one["current"]) for one in found["records"]]
    assert told == [
        (14, "data/customers-2026-01-07.csv", 2, True),
        (13, "data/customers-2026-01-06.csv", 2, False),
        (12, "data/customers-2026-01-05.csv", 2, False),
    ]
    assert {one["customer_no"] for one in found["records"]} == {"C1"}
    (rejected,) = found["rejected"]
    assert (rejected["field"], rejected["value"], rejected["line"]) == ("loaves", "ten", 5)
    sent = sorted((one["sent_at"], one["fields"]["loaves"], one["answer"]) for one in found["sent"])
    assert [one[1:] for one in sent] == [(12, 201), (13, 201), (14, 201)]
    assert {one["identifier"] for one in found["sent"]} == {"C1"}
    (people,) = [one for one in found["tables"] if one["table"] == "braze_people"]
    assert (people["first_name"], people["loaves"]) == ("Ada", 14)


def test_only_who_wrote_it_may_read_it_and_a_text_explains_every_file(
    week: Project, tmp_path: Path
) -> None:
    folder, packed = tmp_path / "ada", tmp_path / "ada.zip"
    _export(week, "C1", folder)
    _export(week, "C1", packed)
    modes = {stat.S_IMODE(one.stat().st_mode) for one in (*folder.iterdir(), packed)}
    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert all(f"{name}.json" in text for name in FILES)
    with ZipFile(packed) as inside:
        assert set(inside.namelist()) == {f"{name}.json" for name in FILES} | {"README.txt"}
        for name in FILES:
            assert inside.read(f"{name}.json") == (folder / f"{name}.json").read_bytes()
    assert {one.name for one in tmp_path.iterdir()} == {"ada", "ada.zip"}


def test_who_left_gets_the_older_records_and_what_was_sent(week: Project, tmp_path: Path) -> None:
    for who in ("dan@bread.example", "C4"):
        _export(week, who, tmp_path / who)
        found = _read(tmp_path / who)
        assert {(one["first_name"], one["current"]) for one in found["records"]} == {("Dan", False)}
        assert found["sent"][-1]["fields"]["first_name"] == "Dan"
        assert found["profile"] == []


def test_two_persons_of_one_mailbox_are_refused_and_nothing_is_written(
    week: Project, tmp_path: Path
) -> None:
    told = _refused(week, "both@bread.example", tmp_path / "both")
    ids = week.rows("SELECT DISTINCT person_id FROM braze_people WHERE mail LIKE 'both@%'")
    assert len(ids) == 2
    assert all(one["person_id"] in told for one in ids)
    assert list(tmp_path.iterdir()) == []
    _export(week, ids[0]["person_id"], tmp_path / "one")
    (name,) = {one["first_name"] for one in _read(tmp_path / "one")["records"]}
    assert name in ("Bo", "Cleo")


def test_what_cannot_be_done_is_said_and_leaves_nothing(week: Project, tmp_path: Path) -> None:
    unknown = _refused(week, "nobody@bread.example", tmp_path / "nobody")
    assert unknown.startswith("nobody is known by 'nobody@bread.example'")
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    assert "exists already" in _refused(week, "C1", tmp_path / "mine")
    for place in (tmp_path / "no" / "where", tmp_path / "mine" / "ada.zip"):
        assert "cannot be written" in _refused(week, "C1", place)
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "mine"
