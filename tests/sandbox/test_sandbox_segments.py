"""Segments: who is in one, and the files of an export, as somebody who imports them finds them."""

import gzip
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

ID = "3bbc4555-8fa0-4c9b-a5c0-000000000001"
OTHER = "3bbc4555-8fa0-4c9b-a5c0-000000000002"
EXPORT = "/users/export/segment"


def control(sandbox: Any, what: str, body: Any) -> Any:
    return sandbox.ask("POST", f"/_sandbox/{what}", json.dumps(body).encode())


def make(sandbox: Any, **given: Any) -> Any:
    reply = control(sandbox, "segments", {"segment_id": ID, "name": "Gold", **given})
    assert reply.status == 200, reply.text
    return reply.json["segments"][0]


def export(sandbox: Any, **given: Any) -> Any:
    body = {"segment_id": ID, "fields_to_export": ["external_id"], **given}
    reply = sandbox.post(EXPORT, body)
    assert reply.status == 200, reply.text
    return reply.json


def wait(sandbox: Any) -> None:
    while sandbox.look("exports")["running"]:
        time.sleep(0.01)


def members(sandbox: Any, **given: Any) -> list[str]:
    make(sandbox, **given)
    found = [user["external_id"] for user in users(sandbox, export(sandbox))]
    assert sandbox.look("segments")["segments"][0]["members"] == len(found)
    return found


def users(sandbox: Any, exported: Any) -> list[dict[str, Any]]:
    """What is behind the address of the answer, once it is there."""
    wait(sandbox)
    with urlopen(exported["url"], timeout=10) as answer:
        assert answer.headers["content-type"] == "application/zip"
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    lines = [line for name in archive.namelist() for line in archive.read(name).splitlines()]
    return [json.loads(line) for line in lines]


PEOPLE = [
    {"external_id": "ada", "tier": "gold", "vip": True, "country": "CH", "n": 1},
    {"external_id": "bea", "tier": "gold", "vip": 1, "since": "2026-01-05"},
    {"external_id": "cid", "tier": "silver", "seen": ["a"]},
]


@pytest.mark.parametrize(
    ("given", "who"),
    [
        ({}, ["ada", "bea", "cid"]),
        ({"where": {"tier": "gold"}}, ["ada", "bea"]),
        ({"where": {"tier": "gold", "country": "CH"}}, ["ada"]),
        ({"where": {"tier": "gold", "country": None}}, ["bea"]),
        ({"where": {"vip": True}}, ["ada"]),
        ({"where": {"vip": 1}}, ["bea"]),
        ({"where": {"since": "2026-01-05T00:00:00.000Z"}}, ["bea"]),
        ({"where": {"seen": ["a"]}}, ["cid"]),
        ({"external_ids": ["cid", "eve", "ada", "cid"]}, ["cid", "ada"]),
        ({"external_ids": ["cid", "ada"], "where": {"tier": "gold"}}, ["ada"]),
        ({"external_ids": []}, []),
    ],
)
def test_who_is_in_a_segment(sandbox: Any, given: dict[str, Any], who: list[str]) -> None:
    sandbox.track(*PEOPLE)
    assert members(sandbox, **given) == who


def test_random_buckets_cut_everybody_into_parts(sandbox: Any) -> None:
    """What Braze advises for exports that are too large; the parts are about as large."""
    everybody = [f"user {number}" for number in range(75)]
    sandbox.track(*({"external_id": one} for one in everybody))
    halves = [members(sandbox, random_buckets=bounds) for bounds in ([0, 4_999], [5_000, 9_999])]
    assert sorted(halves[0] + halves[1]) == sorted(everybody)
    assert min(map(len, halves)) > 25


def test_a_segment_follows_its_users_and_can_be_changed(sandbox: Any) -> None:
    sandbox.track({"external_id": "ada", "tier": "gold"})
    made = make(sandbox, where={"tier": "gold"})
    assert (made["members"], made["exporting"]) == (1, False)
    sandbox.track({"external_id": "ada", "tier": None})
    assert sandbox.look("segments")["segments"][0]["members"] == 0
    changed = make(sandbox, where={}, name="All")
    assert (changed["name"], changed["members"]) == ("All", 1)
    assert made["created_at"] == changed["created_at"] < changed["updated_at"]
    assert sandbox.ask("DELETE", f"/_sandbox/segments?segment_id={ID}").json == {"segments": []}
    assert sandbox.ask("DELETE", f"/_sandbox/segments?segment_id={ID}").status == 400


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x", "segment_id": "../x"}, {"name": "x", "who": "all"}]
)
def test_what_is_no_segment_is_refused(sandbox: Any, body: dict[str, Any]) -> None:
    refused = control(sandbox, "segments", [{"name": "good"}, body])
    assert (refused.status, refused.json["message"][:13]) == (400, "Not a segment")
    assert sandbox.look("segments") == {"segments": []}


def test_each_line_is_a_user_with_what_was_asked_for(sandbox: Any) -> None:
    alias = {"alias_label": "crm", "alias_name": "7"}
    sandbox.track(
        {"external_id": "ada", "email": "ada@example.org", "tier": "gold", "n": 1, "other": 2},
        {"user_alias": alias, "_update_existing_only": False, "other": 3},
    )
    make(sandbox)
    fields = ["external_id", "email", "user_aliases", "phone"]
    assert users(sandbox, export(sandbox, fields_to_export=fields)) == [
        {"external_id": "ada", "email": "ada@example.org"},
        {"user_aliases": [alias]},
    ]
    some = export(sandbox, custom_attributes_to_export=["n", "tier", "gone"])
    assert users(sandbox, some) == [
        {"external_id": "ada", "custom_attributes": {"n": 1, "tier": "gold"}},
        {},
    ]
    everything = export(sandbox, fields_to_export=["custom_attributes"])
    assert [user["custom_attributes"] for user in users(sandbox, everything)] == [
        {"tier": "gold", "n": 1, "other": 2},
        {"other": 3},
    ]


def test_events_and_purchases_are_told_of_for_90_days(sandbox: Any) -> None:
    """What happened lately is told with its first time and its count of all times."""
    now = datetime.now(UTC).replace(microsecond=0)
    old, young = (now - timedelta(days=days) for days in (91, 89))
    first, last = (one.isoformat().replace("+00:00", ".000Z") for one in (old, young))
    happened = [
        (name, one)
        for name, several in {"old": [old], "both": [old, young]}.items()
        for one in several
    ]
    ada = {"external_id": "ada"}
    bought = {**ada, "currency": "EUR", "price": 1}
    times = [{"name": name, "time": one.isoformat()} for name, one in happened]
    events = [{**ada, **one} for one in times]
    purchases = [{**bought, "product_id": one["name"], "time": one["time"]} for one in times]
    sandbox.post("/users/track", {"events": events, "purchases": purchases})
    make(sandbox)
    asked = {"fields_to_export": ["custom_events", "purchases"]}
    both = [{"name": "both", "first": first, "last": last, "count": 2}]
    told = [{"custom_events": both, "purchases": both}]
    assert users(sandbox, export(sandbox, **asked)) == told
    by_id = sandbox.post("/users/export/ids", {"external_ids": ["ada"], **asked})
    assert by_id.json["users"] == told


def test_files_hold_5000_users_and_the_address_all_files(sandbox: Any) -> None:
    many = [f"user {number}" for number in range(5_010)]
    for start in range(0, len(many), 1_000):
        some = [{"external_id": one} for one in many[start : start + 1_000]]
        assert sandbox.post("/users/track/bulk", {"attributes": some}).status == 201
    make(sandbox)
    exported = export(sandbox)
    assert [user["external_id"] for user in users(sandbox, exported)] == many
    with urlopen(exported["url"], timeout=10) as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    sizes = [archive.read(name).count(b"\n") for name in archive.namelist()]
    assert sizes == [5_000, 10]
    assert all(re.fullmatch(r"[0-9a-f]{32}\.json", name) for name in archive.namelist())


def test_an_address_leads_nowhere_before_the_export_is_done(sandbox: Any) -> None:
    control(sandbox, "exports", {"held": True})
    make(sandbox)
    path = urlsplit(export(sandbox)["url"]).path
    assert sandbox.ask("GET", path).status == 404
    assert sandbox.look("segments")["segments"][0]["exporting"] is True
    assert control(sandbox, "exports", {"held": False}).json["held"] is False
    wait(sandbox)
    assert zipfile.ZipFile(io.BytesIO(raw(sandbox, path))).namelist() == []
    sandbox.reset()
    assert sandbox.ask("GET", path).status == 404
    assert sandbox.ask("GET", "/_sandbox/exports/../../etc/passwd").status == 404


def raw(sandbox: Any, path: str) -> bytes:
    with urlopen(f"http://127.0.0.1:{sandbox.port}{path}", timeout=10) as answer:
        content: bytes = answer.read()
    return content


@pytest.mark.parametrize("output_format", ["zip", "gzip"])
def test_a_bucket_has_files_in_the_documented_place(
    start_sandbox: Any, tmp_path: Path, output_format: str
) -> None:
    sandbox = start_sandbox("--exports", str(tmp_path))
    sandbox.track({"external_id": "ada"}, {"external_id": "bea"})
    make(sandbox)
    exported = export(sandbox, output_format=output_format)
    assert exported.keys() == {"message", "object_prefix"}
    wait(sandbox)
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    place = file.relative_to(tmp_path).as_posix()
    ending = {"zip": "zip", "gzip": "gz"}[output_format]
    day = time.strftime("%Y-%m-%d", time.gmtime())
    prefix = exported["object_prefix"]
    assert re.fullmatch(rf"segment-export/{ID}/{day}/{prefix}/[0-9a-f]{{32}}\.{ending}", place)
    assert abs(int(prefix.rpartition("-")[2]) - time.time()) < 60
    content = file.read_bytes()
    if output_format == "gzip":
        text = gzip.decompress(content)
    else:
        archive = zipfile.ZipFile(io.BytesIO(content))
        assert archive.namelist() == [f"{file.stem}.json"]
        text = archive.read(archive.namelist()[0])
    assert text == b'{"external_id":"ada"}\n{"external_id":"bea"}\n'


@pytest.fixture
def told() -> Iterator[tuple[str, "Queue[Any]"]]:
    """An address that is called back, and what it is told."""
    heard: Queue[Any] = Queue()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/done", heard
        server.shutdown()


def test_whoever_wants_it_is_told_when_it_is_done(
    start_sandbox: Any, tmp_path: Path, told: tuple[str, "Queue[Any]"]
) -> None:
    address, heard = told
    downloaded, in_bucket = start_sandbox(), start_sandbox("--exports", str(tmp_path))
    for sandbox in (downloaded, in_bucket):
        make(sandbox)
        answer = export(sandbox, callback_endpoint=address)
        url = {"url": answer["url"]} if sandbox is downloaded else {}
        assert heard.get(timeout=10) == {"success": True} | url


def test_a_callback_that_fails_harms_nobody(sandbox: Any) -> None:
    make(sandbox)
    exported = export(sandbox, callback_endpoint="http://127.0.0.1:9/closed")
    assert users(sandbox, exported) == []


def test_an_export_settles_as_everything_else_and_outlives_a_kill_until_then(
    start_sandbox: Any, tmp_path: Path
) -> None:
    file = ("--state", str(tmp_path / "braze.db"))
    sandbox = start_sandbox(*file)
    sandbox.track({"external_id": "ada", "tier": "gold"}, {"external_id": "bea"})
    sandbox.process.kill()
    sandbox.process.wait(timeout=10)
    slow = start_sandbox(*file, "--settle-ms", "60000,60000")
    make(slow, where={"tier": "gold"})
    control(slow, "segments", {"segment_id": OTHER, "name": "Another"})
    exported = export(slow)
    assert slow.post(EXPORT, {"segment_id": ID, "fields_to_export": ["email"]}).status == 400
    slow.process.kill()
    slow.process.wait(timeout=10)
    later = start_sandbox(*file)
    listed = later.call("GET", "/segments/list").json["segments"]
    assert [one["name"] for one in listed] == ["Gold", "Another"]
    path = urlsplit(exported["url"]).path
    again = {"url": f"http://127.0.0.1:{later.port}{path}"}
    assert users(later, again) == [{"external_id": "ada"}]


@pytest.mark.parametrize(
    ("permission", "method", "path"),
    [
        ("segments.list", "GET", "/segments/list"),
        ("segments.details", "GET", f"/segments/details?segment_id={ID}"),
        ("users.export.segment", "POST", EXPORT),
    ],
)
def test_each_address_needs_its_own_permission(
    sandbox: Any, permission: str, method: str, path: str
) -> None:
    make(sandbox)
    body = {"segment_id": ID, "fields_to_export": ["external_id"]} if method == "POST" else b""
    for key, permissions in (("one", [permission]), ("other", ["users.export.ids"])):
        assert control(sandbox, "keys", {"key": key, "permissions": permissions}).status == 200
    assert sandbox.call(method, path, body, key="other").status == 403
    answer = sandbox.call(method, path, body, key="one")
    assert (answer.status, answer.headers["x-ratelimit-limit"]) == (200, "250000")
