"""A campaign from its draft to its end, day by day: who hears of it, and who never does."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Profiles, Sandbox, running
from tests.journey.conftest import Once
from tests.journey.contract import Cell
from tests.journey.oracle import sent
from tests.journey.project import DAY_1, DAY_2, Project

CUSTOMERS = 900
DAY_3 = DAY_2 + timedelta(days=1)
BRAND = "Maison Folde"
FRENCH, ABROAD = "france", "abroad"
CAMPAIGN_ONLY = "last_channel"  # an attribute that no orchestration sends

REACHABLE = """\
status: active
any_row_of: email_opt_status
where:
  - {field: brand, op: is, value: Maison Folde}
  - {field: is_email_opted_in, op: is true}
"""
DO_NOT_CONTACT = """\
status: active
field: merged_customers.surname
op: starts with
value: B
"""
LETTER = """\
status: active
include: [reachable]
to: braze
attributes: [first_name, last_channel]
groups:
  - name: france
    where: {field: merged_customers.country, op: is, value: FR}
    treatments: {long: 90%, control: 10%}
  - name: abroad
    treatments: {short: 90%, control: 10%}
audience: {attribute: letter, value: "{group}_{treatment}", on_leave: clear}
schedule: {after: daily}
"""

PEOPLE = f"""
    SELECT b.person_id, b.external_id, mc.country, ta.latest_order_purchase_channel AS channel,
        coalesce(starts_with(mc.surname, 'B'), false) AS suppressed,
        EXISTS (
            SELECT 1 FROM email_opt_status AS o
            WHERE o.person_id = b.person_id AND o.brand = '{BRAND}' AND o.is_email_opted_in
        ) AS reachable
    FROM braze_customer_attributes AS b
    JOIN merged_customers AS mc USING (person_id)
    LEFT JOIN transaction_attributes_extended AS ta USING (person_id)
"""

People = list[dict[str, Any]]
Cells = Mapping[str, Mapping[str, Cell | None]]


@dataclass(frozen=True)
class Seen:
    """What one step sent, and how Braze stood after it."""

    sent: Cells
    profiles: Profiles
    people: People
    aliases: Mapping[str, str]

    def carrying(self, field: str) -> Mapping[str, Any]:
        """Everybody who has a field, with its value."""
        return {one: cells[field][1] for one, cells in self.profiles.items() if field in cells}


@dataclass(frozen=True)
class Story:
    """The campaign's life; `gone` is the one who opts out, `silenced` the one who is suppressed."""

    steps: Mapping[str, Seen]
    gone: str
    silenced: str

    def __getitem__(self, step: str) -> Seen:
        return self.steps[step]


@pytest.fixture(scope="module")
def story(once: Once) -> Story:
    return once("campaign", _live)


def _live(folder: Path) -> Story:
    with running() as sandbox:
        shop = Project.shop(folder / "shop", sandbox.url, customers=CUSTOMERS)
        return _Teller(shop, sandbox).story()


class _Teller:
    """Lives through the campaign, and writes down what Braze saw."""

    def __init__(self, project: Project, sandbox: Sandbox) -> None:
        self.project = project
        self.sandbox = sandbox

    def story(self) -> Story:
        self._set_up()
        steps = {"first": self._after_run(as_of=DAY_1)}
        letter = "campaigns/letter.yaml"
        self.project.edit(letter, "{long: 90%, control: 10%}", "{long: 20%, control: 80%}")
        steps["other shares"] = self._after_run("letter", as_of=DAY_1)
        self.project.next_day(CUSTOMERS)
        steps["next day"] = self._after_run(as_of=DAY_2)
        gone, silenced, *_ = sorted(steps["next day"].carrying("letter"))
        self._opt_out(gone, day=DAY_3)
        steps["opted out"] = self._after_run(as_of=DAY_3)
        self.project.edit(letter, "status: active", "status: paused")
        self._opt_in_again(day=DAY_3 + timedelta(days=1))
        self._suppress(silenced)
        steps["paused"] = self._after_run(as_of=DAY_3)
        self.project.edit(letter, "status: paused", "status: active")
        steps["active again"] = self._after_run("letter", as_of=DAY_3)
        self.project.edit(letter, "status: active", "status: ended")
        steps["ended"] = self._after_run("letter", as_of=DAY_3)
        steps["after the end"] = self._after_run("letter", as_of=DAY_3)
        return Story(steps, gone, silenced)

    def _set_up(self) -> None:
        project = self.project
        project.write("segments/reachable.yaml", REACHABLE)
        project.write("segments/do_not_contact.yaml", DO_NOT_CONTACT)
        project.write("campaigns/letter.yaml", LETTER)
        project.edit("campaigns/vip_spring.yaml", "status: active", "status: draft")
        channel = "transaction_attributes_extended.latest_order_purchase_channel"
        project.edit(
            "destinations/braze.yaml",
            "default_attributes:",
            f"  {CAMPAIGN_ONLY}: {{from: {channel}}}\n"
            "suppress: [do_not_contact]\ndefault_attributes:",
        )

    def _after_run(self, *names: str, as_of: datetime) -> Seen:
        before = self.sandbox.summary()["requests"]
        self.project.run(*names, as_of=as_of)
        cells = sent(self.sandbox.requests(after=before))
        aliases = self.project.rows("SELECT old_person_id, person_id FROM stitch.aliases")
        return Seen(
            sent=cells,
            profiles=self.sandbox.profiles(),
            people=self.project.rows(PEOPLE),
            aliases={row["old_person_id"]: row["person_id"] for row in aliases},
        )

    def _opt_out(self, external_id: str, *, day: datetime) -> None:
        """Deliver the opt-ins of the day before once more, without those of one mailbox."""
        (mailbox,) = self.project.rows(
            f"SELECT email FROM braze_customer_attributes WHERE external_id = '{external_id}'"
        )
        lines = self._opt_ins(day - timedelta(days=1))
        self._deliver(day, [_refusing(line, mailbox["email"]) for line in lines])

    def _opt_in_again(self, *, day: datetime) -> None:
        self._deliver(day, self._opt_ins(DAY_2))

    def _opt_ins(self, day: datetime) -> list[str]:
        path = self.project.folder / f"data/optins/email-optins-{day:%Y-%m-%d}.csv.gz"
        return gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)

    def _deliver(self, day: datetime, lines: list[str]) -> None:
        path = self.project.folder / f"data/optins/email-optins-{day:%Y-%m-%d}.csv.gz"
        path.write_bytes(gzip.compress("".join(lines).encode()))

    def _suppress(self, external_id: str) -> None:
        """Put one more person on the list of those who are never sent to."""
        (row,) = self.project.rows(
            f"SELECT person_id FROM braze_customer_attributes WHERE external_id = '{external_id}'"
        )
        self.project.write(
            "segments/do_not_contact.yaml",
            "status: active\nany:\n"
            "  - {field: merged_customers.surname, op: starts with, value: B}\n"
            f"  - {{field: merged_customers.person_id, op: is, value: {row['person_id']}}}\n",
        )


def _refusing(line: str, mailbox: str) -> str:
    return line.replace(",true,", ",false,") if line.lower().startswith(f"{mailbox},") else line


def drawn(row: Mapping[str, Any], *, long: float, short: float) -> str | None:
    """A person's value by the campaign's file; None in control."""
    group, treatment, share = (
        (FRENCH, "long", long) if row["country"] == "FR" else (ABROAD, "short", short)
    )
    number = int(md5(f"letter/{row['person_id']}".encode()).hexdigest()[:12], 16)
    return f"{group}_{treatment}" if number < share * 16**12 else None


def test_the_treated_carry_their_group_and_treatment(story: Story) -> None:
    first = story["first"]
    due = {
        row["external_id"]: value
        for row in first.people
        if row["reachable"] and not row["suppressed"] and (value := drawn(row, long=0.9, short=0.9))
    }
    assert first.carrying("letter") == due
    assert set(due.values()) == {"france_long", "abroad_short"}
    channels = {
        row["external_id"]: row["channel"]
        for row in first.people
        if row["external_id"] in due and row["channel"]
    }
    assert first.carrying(CAMPAIGN_ONLY) == channels


def test_a_tenth_is_control_and_hears_nothing_of_the_campaign(story: Story) -> None:
    first = story["first"]
    audience = {r["external_id"] for r in first.people if r["reachable"] and not r["suppressed"]}
    control = audience - first.carrying("letter").keys()
    spread = (len(audience) * 0.1 * 0.9) ** 0.5
    assert abs(len(control) - 0.1 * len(audience)) < 4 * spread
    for identifier in control:
        assert not {"letter", CAMPAIGN_ONLY} & first.profiles[identifier].keys()
        assert "is_vip" in first.profiles[identifier], "the daily profile is no campaign's"


def test_nobody_who_is_suppressed_is_ever_sent_to(story: Story) -> None:
    for seen in story.steps.values():
        suppressed = {row["external_id"] for row in seen.people if row["suppressed"]}
        assert suppressed
        assert not suppressed & seen.profiles.keys()


def test_a_draft_is_never_sent(story: Story) -> None:
    for seen in story.steps.values():
        assert not seen.carrying("vip_spring")


def test_other_shares_move_nobody(story: Story) -> None:
    assert story["other shares"].sent == {}


def test_the_next_day_keeps_everybody_and_draws_for_the_new_by_the_new_shares(
    story: Story,
) -> None:
    """Who was in the audience keeps group and treatment, also as one with somebody else."""
    before, after = story["other shares"], story["next day"]
    kept = {
        row["person_id"]: before.carrying("letter").get(row["external_id"])
        for row in before.people
        if row["reachable"] and not row["suppressed"]
    }
    for former, person in after.aliases.items():
        if former in kept:
            kept.setdefault(person, kept[former])
    audience = [row for row in after.people if row["reachable"] and not row["suppressed"]]
    due = {
        row["external_id"]: kept[row["person_id"]]
        if row["person_id"] in kept
        else drawn(row, long=0.2, short=0.9)
        for row in audience
    }
    assert after.carrying("letter") == {one: value for one, value in due.items() if value}
    assert any(row["person_id"] not in kept for row in audience), "nobody new"


def test_who_leaves_the_segment_loses_what_the_campaign_alone_sent(story: Story) -> None:
    before, after = story["next day"], story["opted out"]
    lost = {"letter": None}
    if CAMPAIGN_ONLY in before.profiles[story.gone]:
        lost[CAMPAIGN_ONLY] = None
    assert after.sent[story.gone].items() >= lost.items()
    assert not {"letter", CAMPAIGN_ONLY} & after.profiles[story.gone].keys()
    assert after.profiles[story.gone]["first_name"] == before.profiles[story.gone]["first_name"]


def test_a_paused_campaign_sends_nothing_of_it(story: Story) -> None:
    before, paused = story["opted out"], story["paused"]
    assert {name for cells in paused.sent.values() for name in cells} == set()
    assert paused.carrying("letter") == before.carrying("letter")
    assert story.gone not in paused.carrying("letter"), "opted in again, and the campaign sleeps"


def test_who_comes_back_gets_the_same_treatment_again(story: Story) -> None:
    again = story["active again"].carrying("letter")
    assert again[story.gone] == story["next day"].carrying("letter")[story.gone]


def test_who_is_suppressed_while_treated_loses_the_membership(story: Story) -> None:
    """Suppressed people get no value of anything; that they are let go is the last they hear."""
    assert story.silenced in story["paused"].carrying("letter")
    assert set(story["active again"].sent[story.silenced].values()) == {None}
    assert story.silenced not in story["active again"].carrying("letter")


def test_the_end_clears_every_membership_once(story: Story) -> None:
    before, ended = story["active again"], story["ended"]
    assert ended.sent.keys() == before.carrying("letter").keys()
    for identifier, cells in ended.sent.items():
        expected = {"letter": None}
        if CAMPAIGN_ONLY in before.profiles[identifier]:
            expected[CAMPAIGN_ONLY] = None
        assert cells == expected
    assert ended.carrying("letter") == {}
    assert story["after the end"].sent == {}


def test_a_campaign_needs_no_orchestration_beside_it_and_its_value_may_hold_braces(
    tmp_path: Path,
) -> None:
    with running() as sandbox:
        project = bakery(tmp_path, sandbox.url)
        project.edit("sources/customers.yaml", "person_id: customer_no", "stitch: true")
        (project.folder / "orchestrations" / "everybody.yaml").unlink()
        project.edit("destinations/braze.yaml", "from: braze_people\n", "")
        written = "first_name: {from: braze_people.first_name}\n"
        project.edit("destinations/braze.yaml", "first_name:\n", written)
        project.edit("destinations/braze.yaml", "  email: {from: mail}\n  loaves:\n", "")
        for folder in ("segments", "campaigns"):
            (project.folder / folder).mkdir()
        project.write("segments/reachable.sql", "SELECT person_id FROM braze_people\n")
        letter = """\
status: active
include: [reachable]
to: braze
attributes: [first_name]
groups: [{name: all, treatments: {long: 100%}}]
audience: {attribute: letter, value: "{ {group}: {treatment} } {"}
"""
        project.write("campaigns/spring.yaml", letter)
        deliver(project, 5, ("C1", "Ada", "ada@bread.example", 1))
        project.run(as_of=None)
        (user,) = sandbox.call("state")["users"]
    assert user["attributes"]["first_name"] == "Ada"
    assert user["custom_attributes"] == {"letter": "{ all: long } {"}
