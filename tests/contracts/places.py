"""Places that the contract suite sends to: the dummy, and Braze through the sandbox's process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib import request as http

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
from onefold.destinations.braze.limits import Contract

PATIENT = Retrying(tries=8, backoff_s=0.01)
KEY = "sandbox-key"
PLACES = ("dummy", *Contract)
PER_HOUR = 250_000  # of a mau contract, on both sides
ROWS = 3  # of each array of a request
BAD = 1  # the row of each array that Braze refuses
REQUESTS = 3
HAPPENED = {"external_id": "buyer", "time": "2026-01-05T09:30:00Z"}


class Place(Protocol):
    """A destination, what it holds, and the ways in which it can be broken."""

    @property
    def bad(self) -> frozenset[str]: ...  # the rows of `numbered` that it refuses
    @property
    def refuses_by_chance(self) -> bool: ...  # any other row, too

    def open(self) -> Destination: ...
    def people(self) -> Mapping[str, Mapping[str, Any]]: ...
    def held(self) -> Counter[str]: ...
    def numbered(self, *, repeatable: bool) -> Sequence[Request]: ...
    def bad_request(self) -> Request: ...
    def break_by(self, fault: Mapping[str, Any]) -> None: ...
    def heal(self) -> None: ...
    def be_busy(self) -> None: ...
    def be_gone(self) -> None: ...
    def lose_answers(self) -> None: ...
    def refuse_requests(self) -> None: ...


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong.

    Attributes:
        name: what it is, for people.
        given: how the place is told.
        passes: whether the same request is taken once it is over.
        silent: whether the place then keeps to itself that it refuses rows.
        nameless: whether it then says that it refuses rows, but not which.
    """

    name: str
    given: Mapping[str, Any]
    passes: bool = True
    silent: bool = False
    nameless: bool = False


def _status(status: int, when: str = "before", *, passes: bool = True) -> Fault:
    given = {"kind": "status", "status": status, "when": when}
    return Fault(f"{status} {when}", given, passes)


FAULTS_OF_BRAZE = (
    *(_status(status, passes=False) for status in (302, 400, 401, 403, 404, 413)),
    *(_status(status) for status in (408, 425, 500, 502, 503, 504)),
    *(_status(status, "after") for status in (500, 504)),
    *(
        Fault(f"429 with {form}", {"kind": "rate_limited", "headers": form})
        for form in ("both", "limits", "retry_after", "none")
    ),
    Fault("slow", {"kind": "slow", "ms": 10}),
    Fault("cut before", {"kind": "drop", "when": "before"}),
    Fault("cut after", {"kind": "drop", "when": "after"}),
    Fault("half an answer", {"kind": "truncate"}),
    Fault("a refused key", {"kind": "key_refused"}, passes=False),
    Fault("locked", {"kind": "locked"}),
    Fault("queued", {"kind": "queued"}, silent=True),
    Fault("errors without rows", {"kind": "plain_errors"}, nameless=True),
    Fault("weather", {"kind": "weather", "probability": 0.6, "seed": 3}),
)

FAULTS_OF_THE_DUMMY = (
    Fault("refuses requests", {"fail_prob": 1.0}, passes=False),
    Fault("refuses some requests", {"fail_prob": 0.5}, passes=False),
    Fault("poisoned", {"poison": frozenset({"1.0"})}, passes=False),
    Fault("gone", {"retry_prob": 1.0}),
    Fault("busy", {"retry_prob": 0.5}),
    Fault("loses answers", {"drop_prob": 1.0}),
    Fault("loses some answers", {"drop_prob": 0.5}),
    Fault("refuses rows", {"refuse_prob": 0.3}),
)


class DummyPlace:
    """The dummy; its faults are settings, and what it took outlives them in a file."""

    bad: frozenset[str] = frozenset()

    def __init__(self, settings: DummySettings) -> None:
        self.refuses_by_chance = False
        self.whole = self.settings = replace(settings, retrying=PATIENT)
        self.destination = Dummy(self.settings)

    def open(self) -> Destination:
        self.destination = Dummy(self.settings)
        return self.destination

    def people(self) -> Mapping[str, Mapping[str, Any]]:
        return self.destination.people

    def held(self) -> Counter[str]:
        return Counter(person["mark"] for person in self.people().values())

    def numbered(self, *, repeatable: bool) -> Sequence[Request]:
        names = [[f"{request}.{row}" for row in range(ROWS)] for request in range(REQUESTS)]
        return [
            Request(
                path="/",
                body=json.dumps({"rows": [{"id": one, "mark": one} for one in rows]}).encode(),
                arrays={"rows": ROWS},
                repeatable=repeatable,
            )
            for rows in names
        ]

    def break_by(self, fault: Mapping[str, Any]) -> None:
        self.refuses_by_chance = "refuse_prob" in fault
        self.settings = replace(self.whole, **fault)

    def heal(self) -> None:
        self.settings = self.whole

    def be_busy(self) -> None:
        self.break_by({"retry_prob": 0.4})

    def be_gone(self) -> None:
        self.break_by({"retry_prob": 1.0})

    def lose_answers(self) -> None:
        self.break_by({"drop_prob": 1.0})

    def refuse_requests(self) -> None:
        self.break_by({"fail_prob": 1.0})

    def bad_request(self) -> Request:
        self.break_by({"refuse_prob": 1.0})
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


@contextmanager
def running(contract: Contract) -> Iterator[Sandbox]:
    """Start a sandbox of a contract."""
    command = [sys.executable, "-m", "braze_sandbox", "--port", "0", "--contract", contract]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Sandbox(process.stdout.readline().split()[-1])
        process.terminate()


class BrazePlace:
    """Braze, as the sandbox plays it under a contract; its faults are asked for."""

    bad = frozenset(
        f"{request}.{ROWS * array + BAD}" for request in range(REQUESTS) for array in range(3)
    )
    refuses_by_chance = False

    def __init__(self, sandbox: Sandbox, contract: Contract) -> None:
        self.sandbox = sandbox
        self.contract = contract

    def open(self) -> Destination:
        per_hour = PER_HOUR if self.contract is Contract.MAU else None
        settings = BrazeSettings(
            endpoint=self.sandbox.url,
            workspace="shop",
            retrying=PATIENT,
            limits=Limits(contract=self.contract, use_at_most=1.0, requests_per_hour=per_hour),
        )
        return open_destination("braze", settings, KEY)

    def people(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            user["external_id"]: user["attributes"] | user["custom_attributes"]
            for user in self._users()
        }

    def held(self) -> Counter[str]:
        found = Counter[str]()
        for user in self._users():
            found.update({user["custom_attributes"].get("mark"): 1})
            found.update({one["name"]: one["count"] for one in user["custom_events"]})
            found.update({one["product_id"]: one["count"] for one in user["purchases"]})
        del found[None]
        return found

    def numbered(self, *, repeatable: bool) -> Sequence[Request]:
        """Attributes; with events and purchases too, when they are not to be repeated."""
        found = []
        for number in range(REQUESTS):
            body = self._numbered(number)
            if repeatable:
                body = {"attributes": body["attributes"]}
            arrays = {name: len(rows) for name, rows in body.items()}
            text = json.dumps(body).encode()
            one = Request(path="/users/track", body=text, arrays=arrays, repeatable=repeatable)
            found.append(one)
        return found

    def _numbered(self, number: int) -> dict[str, list[dict[str, Any]]]:
        """Make rows that bear their place as a name; the middle one of each array is refused."""
        first, second, third = (
            [f"{number}.{ROWS * array + row}" for row in range(ROWS)] for array in range(3)
        )
        body: dict[str, list[dict[str, Any]]] = {
            "attributes": [{"external_id": name, "mark": name} for name in first],
            "events": [{**HAPPENED, "name": name} for name in second],
            "purchases": [
                {**HAPPENED, "product_id": name, "currency": "EUR", "price": 9.5} for name in third
            ],
        }
        body["attributes"][BAD]["email"] = "no address"
        del body["events"][BAD]["time"]
        body["purchases"][BAD]["quantity"] = 0
        return body

    def break_by(self, fault: Mapping[str, Any]) -> None:
        self.sandbox.fault(**fault)

    def heal(self) -> None:
        self.sandbox.call("/_sandbox/faults", method="DELETE")

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

    def _users(self) -> Any:
        return self.sandbox.call("/_sandbox/state")["users"]
