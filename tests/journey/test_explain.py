"""`onefold explain`: one person's story, found by whatever people know, true to every table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journey.braze import Profiles, running
from tests.journey.conftest import Once
from tests.journey.contract import Cell, wanted
from tests.journey.project import DAY_1, DAY_2, Project

from onefold.app import explain, query
from onefold.app.explaining import Story
from onefold.errors import OnefoldError

CUSTOMERS = 700
PEOPLE = """
    SELECT b.person_id, b.external_id, b.email, b.phone, count(*) AS records
    FROM braze_customer_attributes AS b
    JOIN stitch.unified_coalesced AS u USING (person_id)
    GROUP BY ALL
    ORDER BY records DESC, b.person_id
"""
EVERYTHING = {
    "records": "SELECT person_id, datasource, pk, surname FROM stitch.unified_coalesced",
    "profiles": "SELECT * FROM merged_customers",
    "vip_customers": "SELECT person_id FROM segments.vip_customers",
    "recent_complainers": "SELECT person_id FROM segments.recent_complainers",
}


@dataclass(frozen=True, kw_only=True)
class Known:
    """A few people, each asked for in every way, and the tables that must agree."""

    folder: Path
    people: list[dict[str, Any]]
    stories: Mapping[str, Mapping[str, Story]]
    tables: Mapping[str, list[dict[str, Any]]]
    profiles: Profiles
    merged: Mapping[str, Story]
    before: tuple[str, str]
    nobody: str
    several: tuple[str, set[str]]

    def own(self, table: str, person: str) -> list[dict[str, Any]]:
        return [row for row in self.tables[table] if row["person_id"] == person]


@pytest.fixture(scope="module")
def known(once: Once) -> Known:
    return once("explain", lambda folder: _live(folder / "shop"))


def _live(folder: Path) -> Known:
    with running() as sandbox:
        project = Project.shop(folder, sandbox.url, customers=CUSTOMERS)
        project.run(as_of=DAY_1)
        profiles = sandbox.profiles()
        people = _few(project.rows(PEOPLE), profiles)
        with project.house() as house:
            tables = {name: query(house, sql).data.to_pylist() for name, sql in EVERYTHING.items()}
            stories = {
                row["person_id"]: {name: explain(house, row[name]) for name in WAYS}
                for row in people
            }
            with pytest.raises(OnefoldError) as nobody:
                explain(house, "nobody@shop.example")
        shared = _shared_mailbox(project)
        with project.house() as house, pytest.raises(OnefoldError) as several:
            explain(house, shared[0])
        assert all(person in several.value.hint for person in shared[1])
        before = _make_one_of_two(project)
        project.run("daily", as_of=DAY_2)
        with project.house() as house:
            merged = {person: explain(house, person) for person in before}
        return Known(
            folder=folder,
            people=people,
            stories=stories,
            tables=tables,
            profiles=profiles,
            merged=merged,
            before=before,
            nobody=str(nobody.value),
            several=(str(several.value.message), shared[1]),
        )


WAYS = ("person_id", "external_id", "email", "phone")


def _few(rows: list[dict[str, Any]], profiles: Profiles) -> list[dict[str, Any]]:
    """The person of most records, one that the campaign treats, and one that it does not."""
    found = [row for row in rows if row["email"] and row["phone"]]
    for name in ("email", "phone"):
        values = [row[name] for row in rows]
        found = [row for row in found if values.count(row[name]) == 1]
    treated = [row for row in found if "vip_spring" in profiles[row["external_id"]]]
    return [found[0], treated[0], found[-1]]


def _shared_mailbox(project: Project) -> tuple[str, set[str]]:
    """A mailbox that several persons share, and who they are."""
    (row,) = project.rows(
        "SELECT email, list(DISTINCT person_id) AS persons FROM stitch.unified_coalesced "
        "WHERE email IS NOT NULL GROUP BY email HAVING count(DISTINCT person_id) > 1 "
        "ORDER BY email LIMIT 1"
    )
    return row["email"], set(row["persons"])


def _make_one_of_two(project: Project) -> tuple[str, str]:
    """Deliver an account of one person that notes the loyalty card of another; give both."""
    (card,) = project.rows(
        "SELECT person_id, any_value(loyalty) AS card FROM stitch.unified_coalesced "
        "GROUP BY person_id HAVING list(DISTINCT datasource) = ['loyalty_members'] "
        "AND count(DISTINCT loyalty) = 1 ORDER BY person_id LIMIT 1"
    )
    (account,) = project.rows(
        "SELECT person_id, any_value(account) AS account FROM stitch.unified_coalesced "
        "GROUP BY person_id HAVING list(DISTINCT datasource) = ['ecommerce_accounts'] "
        "AND count(*) = 1 AND count(loyalty) = 0 ORDER BY person_id LIMIT 1"
    )
    folder = project.folder / "data/ecommerce"
    lines = (folder / "accounts-2026-11-02.ndjson").read_text(encoding="utf-8").splitlines()
    noted = [json.loads(line) for line in lines if account["account"] in line]
    noted[-1] |= {"loyaltyCard": card["card"], "updatedAt": "2026-11-02T20:00:00Z"}
    text = json.dumps(noted[-1], ensure_ascii=False)
    (folder / "accounts-2026-11-03.ndjson").write_text(f"{text}\n", encoding="utf-8")
    return account["person_id"], card["person_id"]


def test_every_way_leads_to_the_same_story(known: Known) -> None:
    for row in known.people:
        stories = known.stories[row["person_id"]]
        assert {story.person_id for story in stories.values()} == {row["person_id"]}
        assert stories["person_id"].found_by == "person_id"
        assert stories["email"].found_by == "e-mail"
        assert stories["phone"].found_by == "phone"
        told = {name: (s.records, s.profile, s.segments, s.sends) for name, s in stories.items()}
        assert all(one == told["person_id"] for one in told.values())


def test_the_records_are_those_of_the_tables_and_stand_where_it_says(known: Known) -> None:
    for row in known.people:
        story = known.stories[row["person_id"]]["person_id"]
        records = {(one["datasource"], one["pk"]) for one in story.records}
        own = known.own("records", row["person_id"])
        assert records == {(one["datasource"], one["pk"]) for one in own}
        for one in story.records:
            if one["file"].endswith((".csv", ".ndjson")):
                lines = (known.folder / one["file"]).read_text(encoding="utf-8-sig").splitlines()
                assert one["pk"] in lines[one["line"] - 1]
    assert len(known.stories[known.people[0]["person_id"]]["person_id"].records) > 1


def test_links_hold_all_records_together(known: Known) -> None:
    for row in known.people:
        story = known.stories[row["person_id"]]["person_id"]
        reached = {(story.records[0]["datasource"], story.records[0]["pk"])}
        ends = [
            ((link["datasource_a"], link["pk_a"]), (link["datasource_b"], link["pk_b"]))
            for link in story.links
        ]
        for _ in story.records:
            reached |= {a for a, b in ends if b in reached} | {b for a, b in ends if a in reached}
        assert reached == {(one["datasource"], one["pk"]) for one in story.records}


def test_the_profile_and_the_segments_are_those_of_the_tables(known: Known) -> None:
    for row in known.people:
        story = known.stories[row["person_id"]]["person_id"]
        (profile,) = known.own("profiles", row["person_id"])
        assert story.profile == {name: v for name, v in profile.items() if v is not None}
        inside = {one["segment"]: one["in_it"] for one in story.segments}
        assert inside == {
            name: bool(known.own(name, row["person_id"]))
            for name in ("vip_customers", "recent_complainers")
        }


def test_treatments_and_sends_are_what_braze_has(known: Known) -> None:
    for row in known.people:
        story = known.stories[row["person_id"]]["person_id"]
        profile = known.profiles[row["external_id"]]
        (send,) = story.sends
        assert send["state"] == "acknowledged"
        assert send["answer"] == 201
        assert dict(_cells(send["fields"])) == profile
        values = [f"{one['group_name']}_{one['treatment']}" for one in story.treatments]
        membership = profile.get("vip_spring")
        assert [("string", one) for one in values] == ([membership] if membership else [])


def _cells(fields: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    for name, value in fields.items():
        cell = wanted(name, value)
        assert isinstance(cell, tuple)
        yield name, cell


def test_a_merged_person_is_found_by_the_former_id(known: Known) -> None:
    kept = {story.person_id for story in known.merged.values()}
    assert len(kept) == 1
    (survivor,) = kept
    (former,) = set(known.before) - kept
    story = known.merged[former]
    assert story.found_by == "a former person_id"
    assert story.former_ids == (former,)
    assert {one["datasource"] for one in story.records} == {"ecommerce_accounts", "loyalty_members"}
    assert {send["_person_id"] for send in story.sends} == {survivor, former}


def test_nobody_and_several_are_told_plainly(known: Known) -> None:
    assert known.nobody == (
        "nobody is known by 'nobody@shop.example'\n"
        "  hint: give a person_id, an identifier of a destination, an e-mail or a phone (+33…)"
    )
    told, persons = known.several
    assert told == f"{len(persons)} persons have this e-mail"
