"""Events and purchases: each arrives once, whatever happens on the way."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Sandbox, running
from tests.journey.project import COMMAND, Project

from onefold.app import explain, unsettled_occurrences
from onefold.errors import CheckFailed, Retryable
from onefold.run import RunSummary

AS_OF = datetime(2026, 1, 10, 4, tzinfo=UTC)
ORDERS = """\
from: {files: "data/orders-*.csv"}
format: csv
load: upsert
primary_key: [order_id, line]
stitch: false
fields:
  order_id: string
  line: integer
  customer_no: string
  sku: string
  pieces: integer
  amount: decimal(10,2)
  ordered_at: datetime
"""
PURCHASES = """\
SELECT
  customer_no AS external_id, order_id, line, sku AS product_id, 'EUR' AS currency,
  amount AS price, pieces AS quantity, ordered_at AS time
FROM orders
"""
EVENTS = """\
SELECT customer_no AS external_id, 'order_placed' AS name, order_id, min(ordered_at) AS time,
  count(*) AS lines
FROM orders GROUP BY ALL
"""
SEND = """\
status: active
from: {query}
to: braze
as: {kind}
event_key: {key}
"""


def order(project: Project, name: str, *lines: tuple[str, int, str, str, int, str, str]) -> None:
    """Deliver lines: order, line, customer, product, pieces, amount, time."""
    header = "order_id,line,customer_no,sku,pieces,amount,ordered_at"
    rows = [",".join(map(str, line)) for line in lines]
    path = project.folder / "data" / f"orders-{name}.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")


def write_shop(folder: Path, endpoint: str) -> Project:
    """Write a bakery with two customers that sends attributes, events and purchases."""
    project = bakery(folder, endpoint)
    (folder / "queries").mkdir()
    project.write("sources/orders.yaml", ORDERS)
    project.write("queries/order_lines.sql", PURCHASES)
    project.write("queries/orders_placed.sql", EVENTS)
    line, whole = "[order_id, line]", "[order_id]"
    project.write(
        "orchestrations/lines.yaml", SEND.format(query="order_lines", kind="purchases", key=line)
    )
    project.write(
        "orchestrations/placed.yaml", SEND.format(query="orders_placed", kind="events", key=whole)
    )
    deliver(project, 5, ("C1", "Ada", "ada@x.example", 1), ("C2", "Bo", "bo@x.example", 2))
    order(
        project,
        "1",
        ("O1", 1, "C1", "rye", 1, "4.20", "2026-01-05T09:00:00Z"),
        ("O1", 2, "C1", "rolls", 250, "0.40", "2026-01-05T09:00:00Z"),
        ("O2", 1, "C2", "rye", 1, "4.20", "2026-01-06T09:00:00Z"),
    )
    return project


FIRST = {("C1", "order_placed"): 1, ("C1", "rye"): 1, ("C1", "rolls"): 250} | {
    ("C2", "order_placed"): 1,
    ("C2", "rye"): 1,
}


def happened(sandbox: Sandbox) -> dict[tuple[str, str], int]:
    """What Braze counts of each person's events, and of the pieces that each bought."""
    found: dict[tuple[str, str], int] = {}
    for user in sandbox.call("state")["users"]:
        who = user["external_id"]
        found |= {(who, one["name"]): one["count"] for one in user["custom_events"]}
        found |= {(who, one["product_id"]): one["count"] for one in user["purchases"]}
    return found


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running() as sandbox:
        yield sandbox


def held(summary: RunSummary) -> dict[tuple[str, str], int]:
    return {(one["field"], one["reason"]): one["cells"] for one in summary.held}


def test_each_is_sent_once_beside_the_attributes_of_its_person(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    shop = write_shop(tmp_path, sandbox.url)
    first = shop.run(as_of=AS_OF)
    assert happened(sandbox) == FIRST
    assert (first.acknowledged, first.rejected, first.unsettled) == (2 + 2 + 5, 0, 0)
    assert first.data_points == 2 * 3 + 2 + 252  # attributes, events, pieces bought
    for request in sandbox.requests():
        assert list(request["body"]) == ["attributes", "events", "purchases"]
        assert len({one["external_id"] for array in request["body"].values() for one in array}) == 1

    with shop.house() as house:
        sends = explain(house, "C2").sends
    told = {name: one["fields"][name] for one in sends for name in one["fields"]}
    assert json.loads(told["purchases"])["product_id"] == "rye"
    assert json.loads(told["events"])["name"] == "order_placed"
    assert {one["state"] for one in sends} == {"acknowledged"}

    again = shop.run(as_of=AS_OF)
    assert (again.requests, again.data_points, again.held) == (0, 0, ())

    order(shop, "2", ("O3", 1, "C2", "rolls", 2, "0.40", "2026-01-09T09:00:00Z"))
    third = shop.run(as_of=AS_OF)
    assert (third.requests, third.acknowledged) == (1, 2)
    assert happened(sandbox) == FIRST | {("C2", "order_placed"): 2, ("C2", "rolls"): 2}


def test_what_may_have_arrived_is_never_sent_again_unasked(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Both requests are taken, and their answers get lost: Braze has everything, nobody knows."""
    shop = write_shop(tmp_path, sandbox.url)
    sandbox.fault(kind="drop", when="after", next=2)
    with pytest.raises(Retryable, match="got no answer") as lost:
        shop.run(as_of=AS_OF)
    assert "held, for twice would be wrong: onefold ledger show --unsettled" in lost.value.hint
    assert happened(sandbox) == FIRST
    sent = len(sandbox.requests())
    assert sent == 2  # not tried again, as requests of attributes alone are

    again = shop.run(as_of=AS_OF)
    assert happened(sandbox) == FIRST
    assert held(again) == {("events", "unsettled"): 2, ("purchases", "unsettled"): 5}
    bodies = [request["body"] for request in sandbox.requests(after=sent)]
    assert {array for body in bodies for array in body} == {"attributes"}

    with shop.house() as house:
        unsettled = unsettled_occurrences(house, "bakery")
    assert [(one.object, one.user, str(one.time.date())) for one in unsettled] == [
        ("events", "C1", "2026-01-05"),
        ("events", "C2", "2026-01-06"),
        *[("purchases", "C1", "2026-01-05")] * 4,
        ("purchases", "C2", "2026-01-06"),
    ]
    listed = shop.onefold("ledger", "show", "bakery", "--unsettled", "--json")
    ids = {one["id"] for one in json.loads(listed.stdout)}
    in_braze = {
        one["properties"]["onefold_id"]
        for request in sandbox.requests()
        for array in ("events", "purchases")
        for one in request["body"].get(array, ())
    }
    assert ids == in_braze

    shop.edit("orchestrations/lines.yaml", "as: purchases", "as: purchases\non_unsettled: resend")
    shop.run(as_of=AS_OF)
    twice = {("C1", "rye"): 2, ("C1", "rolls"): 500, ("C2", "rye"): 2}
    assert happened(sandbox) == FIRST | twice  # asked for, and known from the answer now
    assert held(shop.run(as_of=AS_OF)) == {("events", "unsettled"): 2}


def test_what_somebody_looked_up_is_settled_by_hand(tmp_path: Path, sandbox: Sandbox) -> None:
    """Braze took both requests, and their answers got lost: somebody looks, and errs about C2."""
    shop = write_shop(tmp_path, sandbox.url)
    sandbox.fault(kind="drop", when="after", next=2)
    with pytest.raises(Retryable):
        shop.run(as_of=AS_OF)
    with shop.house() as house:
        unsettled = unsettled_occurrences(house, "bakery")
    of_ada = [f"--id={one.id}" for one in unsettled if one.user == "C1"]

    settle = ("ledger", "settle", "bakery")
    assert shop.onefold(*settle).returncode == 2  # arrived, or not?
    unasked = shop.onefold(*settle, "--arrived", *of_ada)
    assert unasked.returncode != 0
    assert "1 events and 4 purchases of bakery arrived: they are never sent again" in unasked.stderr
    unknown = shop.onefold(*settle, "--arrived", "--yes", "--id=nobody")
    assert "nobody is not the id of an unsettled event or purchase" in unknown.stderr
    assert len(_unsettled(shop)) == 7  # nothing was recorded yet

    said = shop.onefold(*settle, "--arrived", "--yes", *of_ada)
    assert said.stdout.startswith("settled: 1 events and 4 purchases arrived")
    rest = shop.onefold(*settle, "--not-arrived", "--yes", "--json")
    assert json.loads(rest.stdout)["settled"] == {"events": 1, "purchases": 1}
    assert _unsettled(shop) == []

    again = shop.run(as_of=AS_OF)
    assert held(again) == {}
    twice = {("C2", "order_placed"): 2, ("C2", "rye"): 2}  # C2's were there after all
    assert happened(sandbox) == FIRST | twice
    assert shop.run(as_of=AS_OF).requests == 0
    with closing(sqlite3.connect(tmp_path / ".onefold" / "control.sqlite")) as database:
        notes = database.execute("SELECT note FROM receipt WHERE note LIKE '% says: %'").fetchall()
    assert sorted(note.split(" says: ")[1] for (note,) in notes) == [
        "arrived",
        "arrived",
        "did not arrive",
        "did not arrive",
    ]
    nothing = shop.onefold(*settle, "--arrived", "--yes")
    assert "nothing is unsettled there" in nothing.stderr
    elsewhere = shop.onefold("ledger", "settle", "bakary", "--arrived", "--yes")
    assert "there is no ledger called bakary" in elsewhere.stderr


def _unsettled(shop: Project) -> list[str]:
    listed = shop.onefold("ledger", "show", "bakery", "--unsettled", "--json")
    return [one["id"] for one in json.loads(listed.stdout)]


def test_what_surely_did_not_arrive_is_sent_again(tmp_path: Path, sandbox: Sandbox) -> None:
    shop = write_shop(tmp_path, sandbox.url)
    sandbox.fault(kind="rate_limited", retry_after_s=0, next=1)
    assert shop.run(as_of=AS_OF).unsettled == 0
    assert happened(sandbox) == FIRST


def test_what_is_changed_too_early_or_too_old_is_told_and_not_sent(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    shop = write_shop(tmp_path, sandbox.url)
    shop.run(as_of=AS_OF)
    order(
        shop,
        "2",
        ("O1", 2, "C1", "rolls", 350, "0.40", "2026-01-05T09:00:00Z"),  # 250 were sent
        ("O4", 1, "C1", "rye", 1, "4.20", "2026-01-12T09:00:00Z"),  # the day after tomorrow
        ("O5", 1, "C1", "rye", 1, "4.20", "2025-09-01T09:00:00Z"),  # before the window
        ("O6", 1, "C1", "rye", 1, "4.20", "2024-01-01T09:00:00Z"),  # long before it
    )
    second = shop.run(as_of=AS_OF)
    assert happened(sandbox) == FIRST
    assert held(second) == {
        ("events", "too_old"): 2,
        ("events", "not_yet_due"): 1,
        ("purchases", "changed"): 4,
        ("purchases", "too_old"): 2,
        ("purchases", "not_yet_due"): 1,
    }
    made = {one.object: one for one in shop.plans(person="C1")}
    told = [field for one in made["purchases"].people_shown for field in one.fields]
    assert [(one.sent, one.why) for one in told] == [
        (False, "it has not happened yet"),
        (False, "acknowledged before"),
        *[(False, "sent before, when its row said something else")] * 4,
        (False, "before the window"),
    ]

    shop.run(as_of=AS_OF + timedelta(days=3))
    assert happened(sandbox) == FIRST | {("C1", "order_placed"): 2, ("C1", "rye"): 2}


def test_what_braze_refuses_waits_until_its_row_says_something_else(tmp_path: Path) -> None:
    with running("--block-external-id", "C2") as sandbox:
        shop = write_shop(tmp_path, sandbox.url)
        first = shop.run(as_of=AS_OF)
        assert (first.acknowledged, first.rejected) == (6, 3)
        again = shop.run(as_of=AS_OF)
        assert again.requests == 0
        assert held(again) == {("events", "quarantined"): 1, ("purchases", "quarantined"): 1}
        order(shop, "2", ("O2", 1, "C1", "rye", 1, "4.20", "2026-01-06T09:00:00Z"))
        shop.run(as_of=AS_OF)  # the order turns out to be somebody else's
        assert happened(sandbox) == {
            ("C1", "order_placed"): 2,
            ("C1", "rye"): 2,
            ("C1", "rolls"): 250,
        }


def test_guards_stop_too_much_that_is_new(tmp_path: Path, sandbox: Sandbox) -> None:
    shop = write_shop(tmp_path, sandbox.url)
    guarded = 'as: purchases\ntests: {rows: ">= 3", change: "<= 1"}'
    shop.edit("orchestrations/lines.yaml", "as: purchases", guarded)
    shop.run(as_of=AS_OF)
    order(
        shop,
        "2",
        ("O3", 1, "C2", "rolls", 2, "0.40", "2026-01-09T09:00:00Z"),
        ("O3", 2, "C2", "rye", 1, "4.20", "2026-01-09T09:00:00Z"),
    )
    with pytest.raises(CheckFailed, match="2 of 5 purchases are new, and change: <= 1"):
        shop.run(as_of=AS_OF)
    assert happened(sandbox) == FIRST


def test_check_says_what_is_wrong_with_the_columns(tmp_path: Path) -> None:
    shop = write_shop(tmp_path, "http://127.0.0.1:9")
    shop.edit("queries/order_lines.sql", "AS currency", "AS curency")
    shop.edit("queries/order_lines.sql", "amount AS price", "amount::DOUBLE AS price")
    shop.edit("orchestrations/lines.yaml", "[order_id, line]", "[orderid, line]")
    checked = shop.onefold("check")
    assert checked.returncode == 1
    wrong = "error: orchestrations/lines.yaml:{}: order_lines: {}".format
    assert checked.stderr.splitlines() == [
        wrong("2:7", "there is no column currency, which purchases need; nearest: curency"),
        "  hint: add it to the SELECT:  curency AS currency",
        wrong("2:7", "the column price is of type DOUBLE, and purchases need decimal or integer"),
        "  hint: cast it in the SELECT:  CAST(price AS DECIMAL(12, 2)) AS price",
        wrong("5:13", "there is no column orderid for the event_key; nearest: order_id"),
        "  hint: event_key names the columns that tell one row from every other",
        "3 to correct",
    ]


def test_a_run_that_is_killed_while_it_sends_doubles_nothing(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Two requests are under way and answered late; meanwhile the process dies."""
    shop = write_shop(tmp_path, sandbox.url)
    shop.run(as_of=AS_OF, send=False)
    sandbox.fault(kind="slow", ms=30_000)
    command = [COMMAND, "run", "--as-of", AS_OF.isoformat()]
    environ = {**os.environ, **shop.environ}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.DEVNULL) as run:
        control = tmp_path / ".onefold" / "control.sqlite"
        while _sent(control) < 6 and run.poll() is None:  # two requests, three change sets each
            time.sleep(0.05)
        assert run.poll() is None
        run.kill()
    sandbox.heal()
    before = len(sandbox.requests())

    again = shop.run(as_of=AS_OF)
    assert held(again) == {("events", "unsettled"): 2, ("purchases", "unsettled"): 5}
    bodies = [request["body"] for request in sandbox.requests(after=before)]
    assert {array for body in bodies for array in body} == {"attributes"}
    assert all(count <= FIRST[key] for key, count in happened(sandbox).items())


def _sent(control: Path) -> int:
    with closing(sqlite3.connect(control)) as database:
        rows = database.execute("SELECT count(*) FROM receipt WHERE state = 'sent'").fetchall()
    return int(rows[0][0])
