"""What an edit of the project's files sends: what it must, and never everything anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journey.braze import Profiles, Sandbox, running
from tests.journey.conftest import Once
from tests.journey.oracle import sent
from tests.journey.project import Project

from onefold.errors import Refused

NIGHTLY, CAMPAIGN, BRAZE = (
    "orchestrations/nightly.yaml",
    "campaigns/vip_spring.yaml",
    "destinations/braze.yaml",
)
CHANNEL = "last_channel: {from: transaction_attributes_extended.latest_order_purchase_channel}"


@dataclass(frozen=True)
class Edited:
    """What a run after an edit sent, and how Braze stood before and after."""

    before: Profiles
    sent: Mapping[str, Mapping[str, Any]]
    after: Profiles

    def carrying(self, field: str) -> set[str]:
        """Who had a field before."""
        return {one for one, cells in self.before.items() if field in cells}


class _Editor:
    """Edits one file after the other, and runs after each."""

    def __init__(self, project: Project, sandbox: Sandbox) -> None:
        self.project = project
        self.sandbox = sandbox
        self.steps: dict[str, Edited] = {}

    def after(self, step: str, *names: str, **options: Any) -> None:
        before, counts = self.sandbox.profiles(), self.sandbox.summary()
        self.project.run(*names, **options)
        cells = sent(self.sandbox.requests(after=counts["requests"]))
        self.steps[step] = Edited(before, cells, self.sandbox.profiles())


@pytest.fixture(scope="module")
def edits(once: Once) -> Mapping[str, Edited]:
    return once("edits", lambda folder: _live(folder / "shop"))


def _live(folder: Path) -> Mapping[str, Edited]:
    with running() as sandbox:
        project = Project.shop(folder, sandbox.url, customers=400)
        editor = _Editor(project, sandbox)
        project.run()
        editor.after("every file read again", full_refresh=True)
        (folder / "orchestrations/daily_profiles.yaml").rename(folder / NIGHTLY)
        with pytest.raises(Refused, match="of daily_profiles, and its file is gone"):
            project.run("nightly")
        project.edit(NIGHTLY, "status: active", "formerly: daily_profiles\nstatus: active")
        editor.after("orchestration renamed", "nightly")
        project.edit(BRAZE, "  loyalty_points:\n", "")
        editor.after("attribute removed", "nightly")
        project.edit(BRAZE, "  is_vip:\n", f"  is_vip:\n  {CHANNEL}\n")
        project.edit(CAMPAIGN, "to: braze", "to: braze\nattributes: [first_name, last_channel]")
        editor.after("campaign sends more", "vip_spring")
        project.edit(CAMPAIGN, "[first_name, last_channel]", "[first_name]")
        editor.after("campaign sends less", "vip_spring")
        project.edit(CAMPAIGN, "attribute: vip_spring", "attribute: vip_autumn")
        editor.after("membership renamed", "vip_spring")
        project.edit(CAMPAIGN, "on_leave: clear", "on_leave: keep")
        project.edit(CAMPAIGN, "status: active", "status: ended")
        editor.after("ended, and it keeps", "vip_spring")
        (folder / CAMPAIGN).unlink()
        editor.after("campaign removed")
        return editor.steps


@pytest.mark.parametrize(
    "step",
    [
        "every file read again",
        "orchestration renamed",
        "attribute removed",
        "ended, and it keeps",
        "campaign removed",
    ],
)
def test_it_sends_nothing(step: str, edits: Mapping[str, Edited]) -> None:
    assert edits[step].sent == {}


def test_an_attribute_that_is_no_longer_listed_stays_in_braze(edits: Mapping[str, Edited]) -> None:
    """`on_leave: keep` is the orchestration's default."""
    assert edits["attribute removed"].carrying("loyalty_points")


def test_a_campaigns_new_attribute_is_sent_to_its_people(edits: Mapping[str, Edited]) -> None:
    more = edits["campaign sends more"]
    assert more.sent
    assert more.sent.keys() <= more.carrying("vip_spring")
    assert {tuple(cells) for cells in more.sent.values()} == {("last_channel",)}


def test_what_a_campaign_no_longer_sends_is_cleared(edits: Mapping[str, Edited]) -> None:
    less = edits["campaign sends less"]
    assert less.sent == {one: {"last_channel": None} for one in less.carrying("last_channel")}


def test_a_renamed_membership_moves(edits: Mapping[str, Edited]) -> None:
    renamed = edits["membership renamed"]
    assert renamed.sent == {
        one: {"vip_autumn": renamed.before[one]["vip_spring"], "vip_spring": None}
        for one in renamed.carrying("vip_spring")
    }
    assert renamed.sent
