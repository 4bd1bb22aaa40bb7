"""A destination that is down, slow, busy or says no: a clear error, and nothing lost."""

from __future__ import annotations

import time

import pytest
from benchmarks.crash.journal import in_flight
from tests.journey.crash.crashing import Open, ended, until

KEY = "b4d-k3y-0f-n0b0dy-1234567890"


def test_a_destination_that_is_down_gets_everything_later(crashing: Open) -> None:
    shop = crashing(gated=True)
    assert shop.gate is not None
    shop.gate.shut()
    code, said = shop.run()
    assert code == 1
    assert f"no answer from {shop.shop.endpoint}" in said
    assert "hint: run again: what was not acknowledged is compared and sent anew" in said
    assert shop.place.requests == 0
    assert shop.shop.look("SELECT count(*) FROM receipt") == [(0,)]
    shop.gate.open()
    shop.finishes()
    ((_, state),) = shop.runs()
    assert state == "done"


def test_a_destination_that_comes_back_amid_sending_is_waited_for(crashing: Open) -> None:
    shop = crashing(
        faults=({"kind": "slow", "ms": 400, "probability": 0.6, "seed": 5},), gated=True
    )
    assert shop.gate is not None
    run = shop.start()
    until(lambda: in_flight(shop.shop)[1] > 0, run)
    shop.gate.shut()
    time.sleep(2)
    shop.gate.open()
    code, said = ended(run)
    assert code == 0, said
    shop.holds_everything()


@pytest.mark.parametrize(
    ("options", "environ", "expected"),
    [
        pytest.param(
            (),
            {"ONEFOLD_CREDENTIAL_BRAZE_KEY": KEY},
            ("Braze answered 401", "the key is wrong, or belongs to another instance"),
            id="401",
        ),
        pytest.param(
            ("--key", f"{KEY}:users.delete"),
            {"ONEFOLD_CREDENTIAL_BRAZE_KEY": KEY},
            ("Braze answered 403", "the key needs the permission users.track"),
            id="403",
        ),
    ],
)
def test_a_key_that_is_refused_stops_at_once_and_is_told_nowhere(
    crashing: Open, options: tuple[str, ...], environ: dict[str, str], expected: tuple[str, str]
) -> None:
    shop = crashing(*options)
    shop.environ |= environ
    code, said = shop.run()
    assert code == 1
    for text in expected:
        assert text in said
    assert KEY not in said
    files = [path for path in shop.folder.rglob("*") if path.is_file()]
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    assert shop.shop.look("SELECT count(*) FROM receipt") == [(0,)]
    if not options:
        shop.environ.clear()
        shop.finishes()


def test_an_address_that_is_not_brazes_ends_in_failure_and_nothing_is_marked(
    crashing: Open,
) -> None:
    shop = crashing(faults=({"kind": "status", "status": 404, "message": "no such page"},))
    code, said = shop.run()
    assert code == 1
    assert "Braze answered 404: no such page" in said
    assert "hint: is rest_endpoint the REST host, not the dashboard's?" in said
    assert shop.runs()[0][1] == "failed"
    shop.place.faults(())
    shop.finishes()


def test_a_single_refused_request_fails_too_when_it_was_all_there_was(crashing: Open) -> None:
    """Fewer requests than stop a sending: still nothing was taken, and exit 0 or 3 would lie."""
    shop = crashing()
    assert shop.run()[0] == 0
    shop.shop.edit("onefold.yaml", "vip_revenue: 500", "vip_revenue: 450")
    shop.place.faults(({"kind": "status", "status": 404},))
    before = shop.place.requests
    code, said = shop.run()
    assert 0 < shop.place.requests - before < 5
    assert (code, "Braze answered 404" in said) == (1, True)
    shop.place.faults(())
    shop.finishes()


def test_a_request_without_an_answer_is_not_called_done(crashing: Open) -> None:
    """It was taken, but every answer was lost: the run says so, and the next one mends it."""
    shop = crashing()
    assert shop.run()[0] == 0
    shop.shop.edit("onefold.yaml", "vip_revenue: 500", "vip_revenue: 450")
    shop.place.faults(({"kind": "drop", "when": "after", "next": 6},))
    code, said = shop.run()
    assert code == 1
    assert "1 of 1 requests got no answer, so nobody knows what became of them" in said
    assert "hint: run again" in said
    assert shop.shop.look("SELECT count(*) FROM receipt WHERE state = 'unsettled'") == [(1,)]
    shop.finishes()


@pytest.mark.parametrize("headers", ["both", "limits", "retry_after", "none"])
def test_every_form_of_too_many_requests_is_waited_out(crashing: Open, headers: str) -> None:
    fault = {"kind": "rate_limited", "headers": headers, "retry_after_s": 1, "next": 3}
    shop = crashing(faults=(fault,))
    code, said = shop.run()
    assert code == 0, said
    (armed,) = shop.place.ask("faults")["faults"]
    assert armed["fired"] == 3
    shop.holds_everything()


def test_a_small_limit_is_kept_to_and_everything_arrives(crashing: Open) -> None:
    shop = crashing("--limit", "5/1")
    code, said = shop.run()
    assert code == 0, said
    shop.holds_everything()
    taken = [one for one in shop.place.ask("requests")["requests"] if one["status"] == 201]
    by_second: dict[str, int] = {}
    for one in taken:
        by_second[one["at"][:19]] = by_second.get(one["at"][:19], 0) + 1
    assert max(by_second.values()) <= 5
