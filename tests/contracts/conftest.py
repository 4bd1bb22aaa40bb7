"""Places that the contract suite sends to: the dummy, and Braze through the sandbox's process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib import request as http

import pytest

from onefold.destinations import (
    BrazeSettings,
    Destination,
    Dummy,
    DummySettings,
    Limits,
    Request,
    Retrying,
    open_destination,
)
from onefold.warehouse import Engine, EngineSettings

PATIENT = Retrying(tries=8, backoff_s=0.01)


class DummyPlace:
    """The dummy; its faults are settings."""

    def __init__(self) -> None:
        self.faults: dict[str, Any] = {}

    @cached_property
    def destination(self) -> Dummy:
        return Dummy(DummySettings(retrying=PATIENT, **self.faults))

    def open(self) -> Destination:
        return self.destination

    def people(self) -> Mapping[str, Mapping[str, Any]]:
        return self.destination.people

    def be_busy(self) -> None:
        self.faults = {"retry_prob": 0.4}

    def be_gone(self) -> None:
        self.faults = {"retry_prob": 1.0}

    def lose_answers(self) -> None:
        self.faults = {"drop_prob": 1.0}

    def refuse_requests(self) -> None:
        self.faults = {"fail_prob": 1.0}

    def bad_request(self) -> Request:
        self.faults = {"refuse_prob": 1.0}
        rows = [{"id": "ada", "Orders": 1}]
        return Request(path="/", body=json.dumps({"rows": rows}).encode(), arrays={"rows": 1})


@dataclass
class Sandbox:
    """A running sandbox, spoken to through its own calls."""

    url: str

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = http.Request(self.url + path, data=data, method=method)
        with http.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def fault(self, **fault: Any) -> None:
        self.call("/_sandbox/faults", fault)


class BrazePlace:
    """Braze, as the sandbox plays it; its faults are asked for."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def open(self) -> Destination:
        settings = BrazeSettings(
            endpoint=self.sandbox.url,
            workspace="shop",
            retrying=PATIENT,
            limits=Limits(use_at_most=1.0),
        )
        return open_destination("braze", settings, "sandbox-key")

    def people(self) -> Mapping[str, Mapping[str, Any]]:
        users = self.sandbox.call("/_sandbox/state")["users"]
        return {
            user["external_id"]: user["attributes"] | user["custom_attributes"] for user in users
        }

    def be_busy(self) -> None:
        self.sandbox.fault(kind="status", status=503, probability=0.4, seed=1)

    def be_gone(self) -> None:
        self.sandbox.fault(kind="rate_limited", retry_after_s=0)

    def lose_answers(self) -> None:
        self.sandbox.fault(kind="drop", when="after")

    def refuse_requests(self) -> None:
        self.sandbox.fault(kind="status", status=413)

    def bad_request(self) -> Request:
        attributes = [{"external_id": "ada", "email": "not an address"}]
        body = json.dumps({"attributes": attributes}).encode()
        return Request(path="/users/track", body=body, arrays={"attributes": 1})


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    command = [sys.executable, "-m", "braze_sandbox", "--port", "0", "--limit", "none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Sandbox(process.stdout.readline().split()[-1])
        process.terminate()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    sandbox_process.call("/_sandbox/reset", {})
    return sandbox_process


@pytest.fixture(params=["dummy", "braze"])
def place(request: pytest.FixtureRequest) -> DummyPlace | BrazePlace:
    if request.param == "dummy":
        return DummyPlace()
    return BrazePlace(request.getfixturevalue("sandbox"))


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("spill")
    engine = Engine(EngineSettings(spill_folder=folder, threads=1, memory_limit="500MB"))
    yield engine
    engine.close()
