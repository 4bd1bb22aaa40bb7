"""Ctrl-C and SIGTERM: the first stops between requests, the second at once; both lose nothing."""

from __future__ import annotations

import os
import signal
import time

import pytest
from benchmarks.crash.process import Started
from tests.journey.crash.crashing import Crashing, Open, ended, until

# Two requests are answered, then Braze asks everybody to wait for ten minutes.
HELD_UP = ({"kind": "rate_limited", "retry_after_s": 600, "probability": 0.7, "seed": 3},)


def ask_to_stop(run: Started, number: int) -> None:
    assert run.process.pid is not None
    os.kill(run.process.pid, number)


def amid_sending(crashing: Crashing) -> Started:
    run = crashing.start()
    until(crashing.held_up, run)
    return run


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_stops_between_requests(crashing: Open, number: int) -> None:
    shop = crashing(faults=HELD_UP)
    run = amid_sending(shop)
    began = time.monotonic()
    ask_to_stop(run, number)
    code, said = ended(run)
    assert time.monotonic() - began < 15
    assert code == 1
    assert "stopped between requests, as asked; every answer so far is kept" in said
    assert "`onefold run` goes on from here" in said
    ((stopped, state),) = shop.runs()
    assert state == "stopped"
    assert shop.shop.look("SELECT count(*) FROM receipt WHERE state = 'sent'") == [(0,)]
    assert shop.shop.look("SELECT count(*) FROM receipt WHERE state = 'acknowledged'") > [(0,)]
    shop.place.faults(())
    shop.finishes()
    assert shop.runs()[0] == (stopped, "done")


def test_an_answer_under_way_is_awaited_and_kept(crashing: Open) -> None:
    shop = crashing(faults=({"kind": "slow", "ms": 1500},))
    run = shop.start()
    until(lambda: shop.place.requests > 0, run)
    ask_to_stop(run, signal.SIGTERM)
    code, _ = ended(run)
    assert code == 1
    states = dict(shop.shop.look("SELECT state, count(*) FROM receipt GROUP BY state"))
    assert states.keys() == {"acknowledged"}
    shop.finishes()


def test_the_second_signal_stops_at_once(crashing: Open) -> None:
    shop = crashing(faults=HELD_UP)
    run = amid_sending(shop)
    ask_to_stop(run, signal.SIGTERM)
    until(lambda: any("once more stops at once" in line for line in run.listen()), run)
    began = time.monotonic()
    ask_to_stop(run, signal.SIGTERM)
    code, said = ended(run)
    assert time.monotonic() - began < 5
    assert code != 0
    assert "Traceback" not in said
    shop.place.faults(())
    shop.finishes()


def test_a_stop_before_sending_leaves_the_finished_steps(crashing: Open) -> None:
    shop = crashing(new=True)
    run = shop.start()
    until(lambda: any(line.startswith("stitch") for line in run.listen()), run)
    ask_to_stop(run, signal.SIGTERM)
    code, said = ended(run)
    assert (code, "stopped before tables, as asked" in said) == (1, True)
    assert shop.place.requests == 0
    shop.finishes()
    assert shop.runs()[0][1] == "done"
