"""Currents: what is in the files, where they are, and what odd days look like."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from http.client import HTTPException
from itertools import count
from pathlib import Path
from shutil import copytree
from threading import Thread
from time import sleep
from typing import Any, cast
from uuid import UUID

import fastavro
import pytest

from braze_sandbox.__main__ import main
from braze_sandbox.currents import Export, Oddities, avro_schema, event_types, trial_events

NOON = datetime(2026, 1, 5, 12, 30, tzinfo=UTC).timestamp()
AT = {"time": "2026-01-05T09:30:00Z"}
SPENT = int(datetime(2026, 1, 5, 9, 30, tzinfo=UTC).timestamp())
PURCHASE = {"external_id": "ada", "product_id": "sku-1", "currency": "EUR", "price": 3.14, **AT}


def rows(folder: Path, kind: str = "*") -> list[dict[str, Any]]:
    """The events of a type, in order of their files."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.rglob(f"event_type={kind}/**/*.avro")):
        with path.open("rb") as file:
            found += cast("Iterator[dict[str, Any]]", fastavro.reader(file))
    return found


def custom(number: int, at: float = NOON) -> tuple[str, dict[str, object]]:
    return "users.behaviors.CustomEvent", {
        "id": f"id-{number}",
        "user_id": "0" * 24,
        "external_user_id": "ada",
        "time": int(at),
        "name": "signed_up",
        "properties": "{}",
    }


@pytest.fixture
def currents(start_sandbox: Any, tmp_path: Path) -> Any:
    return start_sandbox("--currents", str(tmp_path))


def ask(sandbox: Any, what: str, body: Any = None) -> Any:
    reply = sandbox.ask("POST", f"/_sandbox/currents{what}", json.dumps(body or {}).encode())
    assert reply.status == 200, reply.text
    return reply.json


def test_there_are_94_types_and_all_can_be_written_and_read(currents: Any, tmp_path: Path) -> None:
    ask(currents, "/test-events")
    ask(currents, "/flush")
    kinds = {p.name for p in tmp_path.rglob("event_type=*")}
    assert len(kinds) == 94
    assert kinds == {f"event_type={kind}" for kind in event_types()}
    assert len(rows(tmp_path)) == 94
    assert {name for row in rows(tmp_path) for name in row} == {
        name for fields in event_types().values() for name in fields
    }
    assert len({name for fields in event_types().values() for name in fields}) == 194


def test_an_event_and_its_properties_as_json_in_a_text(currents: Any, tmp_path: Path) -> None:
    event = {"external_id": "ada", "name": "signed_up", "properties": {"plan": "pro"}, **AT}
    currents.post("/users/track", {"events": [event]})
    ask(currents, "/flush")
    (row,) = rows(tmp_path, "users.behaviors.CustomEvent")
    assert (row["name"], row["external_user_id"], row["time"]) == ("signed_up", "ada", SPENT)
    assert json.loads(row["properties"]) == {"plan": "pro"}
    assert row["user_id"] == currents.users()[0]["braze_id"]
    UUID(row["id"])


def test_a_quantity_is_so_many_purchases_of_a_32_bit_price(currents: Any, tmp_path: Path) -> None:
    currents.post("/users/track", {"purchases": [{**PURCHASE, "quantity": 3}]})
    ask(currents, "/flush")
    bought = rows(tmp_path, "users.behaviors.Purchase")
    assert [row["price"] for row in bought] == [3.140000104904175] * 3
    assert len({row["id"] for row in bought}) == 3
    assert "quantity" not in bought[0]
    assert bought[0]["currency"] == "EUR"


def test_changes_of_a_profile_and_of_subscriptions(currents: Any, tmp_path: Path) -> None:
    group = "1f6e0f9e-0000-4000-8000-000000000000"
    ada = {
        "external_id": "ada",
        "email": "ada@example.com",
        "dob": "1996-04-13",
        "tier": "gold",
        "email_subscribe": "opted_in",
        "subscription_groups": [
            {"subscription_group_id": group, "subscription_state": "subscribed"}
        ],
    }
    currents.track(ada)
    currents.track(ada)  # nothing new: nothing to tell
    ask(currents, "/flush")
    (update,) = rows(tmp_path, "users.profile.Update")
    assert update["dob"] == "1996-04-13T00:00:00.000+00:00"
    assert json.loads(update["custom_attributes"]) == {"tier": "gold"}
    assert update["time_ms"] // 1000 == update["time"]
    assert (update["update_source"], update["email_address"]) == ("REST", "ada@example.com")
    (state,) = rows(tmp_path, "users.behaviors.subscription.GlobalStateChange")
    assert (state["subscription_status"], state["channel"]) == ("Opted In", "email")
    (joined,) = rows(tmp_path, "users.behaviors.subscriptiongroup.StateChange")
    assert (joined["subscription_status"], joined["subscription_group_id"]) == ("Subscribed", group)
    assert joined["state_change_source"] == "REST API"


def test_a_deleted_user_is_told_without_the_external_id(currents: Any, tmp_path: Path) -> None:
    currents.track({"external_id": "ada"})
    gone = currents.users()[0]["braze_id"]
    currents.post("/users/delete", {"external_ids": ["ada"]})
    ask(currents, "/flush")
    (row,) = rows(tmp_path, "users.UserDeleteRequest")
    assert row["user_id"] == gone
    assert row.keys() == {"id", "user_id", "time", "app_group_id"}


def test_a_campaign_goes_as_its_rates_say(currents: Any, tmp_path: Path) -> None:
    currents.track(*({"external_id": f"u{n}", "email": f"u{n}@example.com"} for n in range(50)))
    currents.track({"external_id": "unreachable"})
    rates = {"bounced": 0, "opened": 1, "clicked": 0, "unsubscribed": 1, "machine_opened": 1}
    played = {"channel": "email", "rates": rates, "sent_at": "2026-01-05T09:30:00Z"}
    assert ask(currents, "/campaign", played) == {"events": 250}
    ask(currents, "/flush")
    kinds = {
        kind: rows(tmp_path, f"users.messages.email.{kind}")
        for kind in ("Send", "Delivery", "Open", "Click", "Bounce", "Unsubscribe")
    }
    assert {kind: len(found) for kind, found in kinds.items()} == {
        "Send": 50,
        "Delivery": 50,
        "Open": 50,
        "Click": 0,
        "Bounce": 0,
        "Unsubscribe": 50,
    }
    assert {row["machine_open"] for row in kinds["Open"]} == {"true"}
    assert {row["time"] for row in kinds["Send"]} == {SPENT}
    assert all(row["time"] > SPENT for row in kinds["Open"])


@pytest.mark.parametrize("channel", ["email", "push", "sms", "whatsapp", "content_card", "in_app"])
def test_every_channel_fits_its_schemas(currents: Any, tmp_path: Path, channel: str) -> None:
    currents.track({"external_id": "ada", "email": "ada@example.com", "phone": "+15555550101"})
    for rates in ({"bounced": 1}, {"bounced": 0, "opened": 1, "clicked": 1}):
        ask(currents, "/campaign", {"channel": channel, "users": ["ada"], "rates": rates})
    ask(currents, "/flush")
    assert {row["campaign_name"] for row in rows(tmp_path, "users.messages.*")} == {
        "Sandbox campaign"
    }


def test_the_same_seed_makes_the_same_people_open(currents: Any, tmp_path: Path) -> None:
    currents.track(*({"external_id": f"u{n}", "email": f"u{n}@example.com"} for n in range(60)))
    for seed in (1, 1, 2):
        ask(currents, "/campaign", {"channel": "email", "seed": seed})
    ask(currents, "/flush")
    openers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(tmp_path, "users.messages.email.Open"):
        openers[row["dispatch_id"]][row["external_user_id"]] += 1
    twice, once = openers.values()
    assert (set(twice.values()), set(once.values())) == ({2}, {1})
    assert twice.keys() != once.keys()


@pytest.fixture
def clock() -> list[float]:
    return [NOON]


@pytest.fixture
def export(tmp_path: Path, clock: list[float]) -> Iterator[Export]:
    with closing(Export(tmp_path, lambda: clock[0])) as opened:
        yield opened


def test_the_layout_is_the_documented_one(export: Export) -> None:
    export.take([custom(1)])
    name = "dataexport.prod-01.S3.integration.5f0000000000000000000001"
    assert export.flush() == [
        f"{name}/event_type=users.behaviors.CustomEvent/date=2026-01-05-12/1/0/{name}+0+0.avro"
    ]


def test_no_event_no_file(export: Export, tmp_path: Path) -> None:
    assert export.flush() == []
    assert list(tmp_path.rglob("*.avro")) == []


def test_files_come_after_five_minutes_or_15000_events(
    export: Export, tmp_path: Path, clock: list[float]
) -> None:
    export.take([custom(1)])
    clock[0] += 299
    export.take([custom(2)])
    assert rows(tmp_path) == []
    clock[0] += 1
    export.take([custom(3)])
    assert len(rows(tmp_path)) == 3
    export.take(custom(n) for n in range(14_999))
    assert len(rows(tmp_path)) == 3
    export.take([custom(15_000)])
    assert len(rows(tmp_path)) == 15_003


def test_the_folder_is_of_the_hour_of_queueing(export: Export, clock: list[float]) -> None:
    export.take([custom(1, at=NOON - 86_400)])
    clock[0] += 100
    assert "/date=2026-01-05-12/" in export.flush()[0]


def test_what_waits_survives_a_kill_and_names_do_not_repeat(
    export: Export, tmp_path: Path, clock: list[float]
) -> None:
    export.take([custom(1)])
    export.flush()
    export.take([custom(2)])
    with (tmp_path / ".sandbox/journal.ndjson").open("ab") as journal:
        journal.write(b'["users.beha')  # killed while it wrote
    as_killed = copytree(tmp_path, tmp_path.with_name("as_killed"))
    with closing(Export(as_killed, lambda: clock[0])) as again:
        again.take([custom(3)])
        assert again.flush()[0].endswith("+0+1.avro")
    assert sorted(row["id"] for row in rows(as_killed)) == ["id-1", "id-2", "id-3"]


def test_a_killed_process_has_lost_nothing(start_sandbox: Any, tmp_path: Path) -> None:
    first = start_sandbox("--currents", str(tmp_path))
    first.post("/users/track", {"purchases": [PURCHASE]})
    first.process.kill()
    first.process.wait(timeout=20)
    ask(start_sandbox("--currents", str(tmp_path)), "/flush")
    assert len(rows(tmp_path, "users.behaviors.Purchase")) == 1


def test_a_stopped_process_writes_what_waits(start_sandbox: Any, tmp_path: Path) -> None:
    sandbox = start_sandbox("--currents", str(tmp_path))
    sandbox.post("/users/track", {"purchases": [PURCHASE]})
    sandbox.process.terminate()
    sandbox.process.wait(timeout=20)
    assert len(rows(tmp_path, "users.behaviors.Purchase")) == 1


def test_duplicates_have_one_id(export: Export, tmp_path: Path) -> None:
    export.set_oddities(Oddities(duplicates=0.5, seed=7))
    export.take(custom(n) for n in range(400))
    export.flush()
    ids = Counter(row["id"] for row in rows(tmp_path))
    assert len(ids) == 400
    assert set(ids.values()) == {1, 2}
    assert 150 < sum(n == 2 for n in ids.values()) < 250


def test_late_events_lie_in_todays_folder(export: Export, tmp_path: Path) -> None:
    export.set_oddities(Oddities(late=1))
    export.take([custom(1)])
    assert "/date=2026-01-05-12/" in export.flush()[0]
    (row,) = rows(tmp_path)
    assert NOON - 72 * 3600 <= row["time"] <= NOON - 3600


def test_a_new_field_raises_the_id_of_all_types_within_the_hour(
    export: Export, tmp_path: Path, clock: list[float]
) -> None:
    kind, fields = custom(1)
    export.take([(kind, fields)])
    assert export.add_field(kind, "mood") == 2
    export.take([(kind, {**fields, "id": "id-2", "mood": "fine"}), next(_orphan())])
    files = export.flush()
    assert all("/date=2026-01-05-12/2/0/" in place for place in files)
    assert [row.get("mood", "absent") for row in rows(tmp_path, kind)] == ["absent", "fine"]
    export.close()
    with closing(Export(tmp_path, lambda: clock[0])) as again:
        assert again.show()["schema_id"] == 2
        with pytest.raises(ValueError, match="already"):
            again.add_field(kind, "mood")


def _orphan() -> Iterator[tuple[str, dict[str, object]]]:
    numbers = count()
    for kind, fields in trial_events(int(NOON), lambda: UUID(int=next(numbers))):
        if kind == "users.UserOrphan":
            yield kind, fields


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy"])
def test_every_codec_can_be_read(export: Export, tmp_path: Path, codec: Any) -> None:
    export.set_oddities(Oddities(codec=codec))
    export.take([custom(1)])
    (path,) = (tmp_path / place for place in export.flush())
    with path.open("rb") as file:
        reader = fastavro.reader(file)
        assert reader.metadata["avro.codec"] == codec
        assert [cast("dict[str, Any]", row)["id"] for row in reader] == ["id-1"]


def test_fields_are_removed_and_hashed_and_no_clear_text_is_kept(
    export: Export, tmp_path: Path
) -> None:
    export.set_oddities(Oddities(transforms={"name": "remove", "external_user_id": "hash"}))
    export.take([custom(1)])
    assert b"ada" not in (tmp_path / ".sandbox/journal.ndjson").read_bytes()
    export.flush()
    (row,) = rows(tmp_path)
    assert (row["name"], row["external_user_id"]) == (
        "[REDACTED]",
        hashlib.sha256(b"ada").hexdigest(),
    )
    with pytest.raises(ValueError, match="no text field"):
        Oddities(transforms={"time": "hash"})


def test_names_are_missing_after_a_renaming(currents: Any, tmp_path: Path) -> None:
    currents.track({"external_id": "ada"})
    ask(currents, "", {"null_names": 1})
    ask(currents, "/campaign", {"channel": "in_app", "rates": {"opened": 1}})
    ask(currents, "/flush")
    (row, *_) = rows(tmp_path, "users.messages.inappmessage.Impression")
    assert row["campaign_name"] is None
    assert row["campaign_id"] is not None


def test_an_event_above_900_kb_is_dropped(export: Export, tmp_path: Path) -> None:
    kind, fields = custom(1)
    export.take([(kind, {**fields, "properties": "x" * 900_000}), custom(2)])
    export.flush()
    assert [row["id"] for row in rows(tmp_path)] == ["id-2"]
    assert export.show()["dropped"] == 1


def test_seconds_are_int_or_long_as_documented(export: Export, tmp_path: Path) -> None:
    def time_of(kind: str) -> Any:
        (field,) = (f for f in avro_schema(kind)["fields"] if f["name"] == "time")  # type: ignore[attr-defined]  # a plain tree
        return field["type"]

    assert time_of("users.messages.whatsapp.Send") == "long"
    assert time_of("agentconsole.AgentExecuted") == "long"
    assert time_of("users.messages.whatsapp.Click") == "int"
    export.take([custom(1, at=-(2.0**40))])  # before 1901: 32 bits have no such second
    export.flush()
    assert [row["time"] for row in rows(tmp_path)] == [-(2**31)]


def test_without_currents_its_calls_say_how_to_have_it(sandbox: Any) -> None:
    reply = sandbox.ask("POST", "/_sandbox/currents/flush")
    assert reply.status == 400
    assert reply.json == {"message": "There is no Currents: start the sandbox with --currents DIR"}


def test_no_file_is_seen_in_part(export: Export, tmp_path: Path) -> None:
    export.take(custom(n) for n in range(2_000))
    export.flush()
    assert {p.name for p in (tmp_path / ".sandbox").iterdir()} == {"journal.ndjson", "lock"}


def test_what_a_kill_left_in_part_is_removed(export: Export, tmp_path: Path, clock: Any) -> None:
    export.close()
    left = tmp_path / ".sandbox" / "dataexport+0+7.avro.part"
    left.write_bytes(b"Obj")
    Export(tmp_path, lambda: clock[0]).close()
    assert not left.exists()


def test_a_kill_between_file_and_journal_repeats_events_with_their_ids(
    export: Export, tmp_path: Path, clock: list[float]
) -> None:
    journal = tmp_path / ".sandbox" / "journal.ndjson"
    export.take([custom(1), custom(2)])
    before = journal.read_bytes()
    export.flush()
    export.close()
    journal.write_bytes(before)  # the file is renamed, and the journal not cleared yet
    Export(tmp_path, lambda: clock[0]).close()
    assert sorted(row["id"] for row in rows(tmp_path)) == ["id-1", "id-1", "id-2", "id-2"]


@pytest.mark.parametrize("after_ms", [0, 15, 40, 90])
def test_killed_while_it_writes_it_loses_nothing(
    start_sandbox: Any, tmp_path: Path, after_ms: int
) -> None:
    sandbox = start_sandbox("--currents", str(tmp_path))
    sandbox.post("/users/track", {"purchases": [{**PURCHASE, "quantity": 100}] * 75})
    flush = Thread(target=_flush_or_be_cut, args=(sandbox,))
    flush.start()
    sleep(after_ms / 1000)
    sandbox.process.kill()
    sandbox.process.wait(timeout=20)
    flush.join()
    again = start_sandbox("--currents", str(tmp_path))
    ask(again, "/flush")
    bought = Counter(row["id"] for row in rows(tmp_path, "users.behaviors.Purchase"))
    assert len(bought) == 7_500
    assert set(bought.values()) <= {1, 2}


def _flush_or_be_cut(sandbox: Any) -> None:
    with suppress(OSError, HTTPException):
        sandbox.ask("POST", "/_sandbox/currents/flush")


def test_two_sandboxes_do_not_share_a_folder(
    currents: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert currents.process.poll() is None
    assert main(["--port", "0", "--currents", str(tmp_path)]) == 1
    assert capfd.readouterr().err == (
        f"braze sandbox: another sandbox writes Currents into {tmp_path}: "
        "name another --currents DIR\n"
    )


@pytest.mark.parametrize(
    ("channel", "kind", "told"),
    [
        ("email", "subscription.GlobalStateChange", "email"),
        ("push", "subscription.GlobalStateChange", "push"),
        ("sms", "subscriptiongroup.StateChange", "sms"),
        ("whatsapp", "subscriptiongroup.StateChange", "whatsapp"),
    ],
)
def test_people_unsubscribe_in_every_channel(
    currents: Any, tmp_path: Path, channel: str, kind: str, told: str
) -> None:
    currents.track({"external_id": "ada", "email": "ada@example.com", "phone": "+15555550101"})
    rates = {"bounced": 0, "opened": 1, "clicked": 0, "unsubscribed": 1}
    group = "11111111-2222-4333-8444-555555555555"
    played = {"channel": channel, "rates": rates, "subscription_group_id": group}
    ask(currents, "/campaign", played)
    ask(currents, "/flush")
    (row,) = rows(tmp_path, f"users.behaviors.{kind}")
    assert (row["subscription_status"], row["channel"]) == ("Unsubscribed", told)
    assert row["campaign_name"] == "Sandbox campaign"
    assert row.get("subscription_group_id", group) == group


def test_a_content_card_is_dismissed(currents: Any, tmp_path: Path) -> None:
    currents.track({"external_id": "ada"})
    rates = {"opened": 1, "dismissed": 1}
    ask(currents, "/campaign", {"channel": "content_card", "rates": rates})
    ask(currents, "/flush")
    (row,) = rows(tmp_path, "users.messages.contentcard.Dismiss")
    assert row["external_user_id"] == "ada"


def test_users_who_become_a_part_of_another_are_orphaned(currents: Any, tmp_path: Path) -> None:
    alias = {"alias_name": "a-1", "alias_label": "web"}
    currents.track(
        {"external_id": "ada", "first_name": "Ada"},
        {"external_id": "eve", "last_name": "Moss"},
        {"user_alias": alias, "_update_existing_only": False, "tier": "gold"},
    )
    ids = {user["external_id"]: user["braze_id"] for user in currents.users()}
    sides = {"identifier_to_merge": {"external_id": "eve"}}
    sides["identifier_to_keep"] = {"external_id": "ada"}
    currents.post("/users/merge", {"merge_updates": [sides]})
    known = {"external_id": "ada", "user_alias": alias}
    currents.post("/users/identify", {"aliases_to_identify": [known]})
    ask(currents, "/flush")
    orphans = rows(tmp_path, "users.UserOrphan")
    assert [(row["user_id"], row["external_user_id"]) for row in orphans] == [
        (ids["eve"], "eve"),
        (ids[None], None),
    ]
    assert {row["orphaned_by_id"] for row in orphans} == {ids["ada"]}
    filled = rows(tmp_path, "users.profile.Update")[-2:]
    assert [row["external_user_id"] for row in filled] == ["ada", "ada"]
    assert filled[0]["last_name"] == "Moss"
    assert json.loads(filled[1]["custom_attributes"]) == {"tier": "gold"}


def test_a_group_shared_by_an_address_changes_for_all_who_have_it(
    currents: Any, tmp_path: Path
) -> None:
    group = "11111111-2222-4333-8444-555555555555"
    currents.track(*({"external_id": name, "email": "ours@example.com"} for name in ("ada", "eve")))
    state = {"subscription_group_id": group, "subscription_state": "unsubscribed"}
    currents.track({"external_id": "ada", "subscription_groups": [state]})
    ask(currents, "/flush")
    told = rows(tmp_path, "users.behaviors.subscriptiongroup.StateChange")
    assert {(row["external_user_id"], row["subscription_status"]) for row in told} == {
        ("ada", "Unsubscribed"),
        ("eve", "Unsubscribed"),
    }
