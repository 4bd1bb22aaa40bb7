"""Two templates over one workspace: one plan, one ledger, one object a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Sandbox, objects, running
from tests.journey.project import Project

ANN = ("C1", "Ann", "ann@bakery.example")
BOB = ("C2", "Bob", "bob@bakery.example")
CAMPAIGN = """\
status: active
include: [{segment}]
to: {template}
{attributes}groups:
  - name: all
    treatments: {{yes: 100%}}
audience: {{attribute: {name}}}
"""
LETTERS = """\
extends: braze
title: Letters
attributes:
  loaves:
  greeting: {from: first_name}
default_attributes: [loaves, greeting]
suppress: [quiet]
"""


@pytest.fixture
def story(tmp_path: Path) -> Any:
    with running("--limit", "none") as sandbox:
        yield written(tmp_path, sandbox), sandbox


def written(folder: Path, sandbox: Sandbox) -> Project:
    project = bakery(folder, sandbox.url)
    for name in ("campaigns", "segments"):
        (folder / name).mkdir()
    project.edit("sources/customers.yaml", "person_id: customer_no", "stitch: true")
    project.edit("orchestrations/everybody.yaml", "status: active", "status: draft")
    project.write("destinations/letters.yaml", LETTERS)
    for name, condition in {
        "hungry": "loaves >= 3",
        "anybody": "loaves >= 1",
        "quiet": "first_name = 'Bob'",
    }.items():
        sql = f"SELECT person_id FROM customers WHERE {condition}"
        project.write(f"segments/{name}.sql", sql)
    discount = {"name": "discount", "segment": "hungry", "template": "braze"}
    loaves = "attributes: [loaves]\n"
    project.write("campaigns/discount.yaml", CAMPAIGN.format(**discount, attributes=loaves))
    letter = {"name": "letter", "segment": "anybody", "template": "letters"}
    project.write("campaigns/letter.yaml", CAMPAIGN.format(**letter, attributes=""))
    return project


def test_one_object_a_person_and_leaving_one_template_keeps_what_the_other_holds(
    story: tuple[Project, Sandbox],
) -> None:
    project, sandbox = story
    deliver(project, 5, (*ANN, 5), (*BOB, 4))
    checked = project.onefold("check")
    assert checked.returncode == 0, checked.stderr
    assert project.run().requests == 1
    sent = {one["external_id"]: one for one in objects(sandbox.requests())}
    assert sent == {
        "C1": {
            "external_id": "C1",
            "loaves": 5,
            "greeting": "Ann",
            "discount": "all_yes",
            "letter": "all_yes",
        },
        "C2": {"external_id": "C2", "loaves": 4, "discount": "all_yes"},  # quiet: no letter
    }
    assert project.plan().requests == 0

    seen = len(sandbox.requests())
    deliver(project, 6, (*ANN, 2), (*BOB, 4))
    assert project.plan().destination == "braze"
    assert project.run(allow_clears=True).requests == 1
    assert objects(sandbox.requests(after=seen)) == [
        {"external_id": "C1", "loaves": 2, "discount": None}
    ]

    seen = len(sandbox.requests())
    deliver(project, 7, (*ANN, 0), (*BOB, 4))
    project.run(allow_clears=True)
    assert objects(sandbox.requests(after=seen)) == [
        {"external_id": "C1", "loaves": None, "greeting": None, "letter": None}
    ]


def test_a_template_is_renamed_without_sending_anything(
    story: tuple[Project, Sandbox],
) -> None:
    project, sandbox = story
    deliver(project, 5, (*ANN, 5))
    project.run()
    (project.folder / "destinations/letters.yaml").unlink()
    project.write("destinations/post.yaml", f"formerly: letters\n{LETTERS}")
    refused = project.onefold("check")
    assert refused.returncode == 1
    assert "there is no destination `letters`" in refused.stdout + refused.stderr
    assert "it is named post now" in refused.stdout + refused.stderr
    project.edit("campaigns/letter.yaml", "to: letters", "to: post")
    seen = len(sandbox.requests())
    assert project.run().requests == 0
    assert len(sandbox.requests()) == seen
