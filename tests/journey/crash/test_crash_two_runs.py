"""Two runs at once, and a run whose files change before it is run again."""

from __future__ import annotations

from benchmarks.crash.journal import in_flight
from tests.journey.crash.crashing import Open, ended, until

HELD_UP = ({"kind": "rate_limited", "retry_after_s": 600, "probability": 0.7, "seed": 3},)
HALF = ({"kind": "slow", "ms": 3000, "probability": 0.5, "seed": 2},)


def test_a_second_run_is_refused_and_takes_over_once_the_first_is_dead(crashing: Open) -> None:
    shop = crashing(faults=HELD_UP)
    first = shop.start()
    until(shop.held_up, first)
    before = shop.place.requests
    code, said = shop.run()
    assert code == 1
    assert f"another onefold process (pid {first.process.pid} on" in said
    assert "hint: wait until it ends" in said
    assert shop.place.requests == before
    assert not first.ended
    assert len(shop.runs()) == 1
    assert first.kill()
    shop.place.faults(())
    shop.finishes()
    assert shop.runs()[0][1] == "done"


def test_files_that_change_after_a_crash_close_the_run_and_the_next_covers_both(
    crashing: Open,
) -> None:
    """Of ten fields some are sent, then the SQL changes two of them and the next day comes."""
    shop = crashing(faults=HALF)
    run = shop.start()
    until(lambda: min(in_flight(shop.shop)) > 0, run)
    assert run.kill()
    shop.place.faults(())
    shop.shop.edit(
        "tables/braze_customer_attributes.sql", "cl.points AS", "coalesce(cl.points, 0) + 1 AS"
    )
    shop.shop.edit("tables/braze_customer_attributes.sql", "mc.surname AS", "NULL::VARCHAR AS")
    shop.shop.write(day=2)
    code, said = shop.run("--allow-clears")
    assert code == 0, said
    assert [state for _, state in shop.runs()] == ["closed", "done"]
    shop.holds_everything()


def test_a_bound_on_changes_does_not_stop_what_it_let_through_before(crashing: Open) -> None:
    """`change: <= 50%` is about the data; that a crash left most people unsent is not."""
    shop = crashing(faults=HALF)
    shop.shop.edit(
        "orchestrations/daily_profiles.yaml", '{rows: ">= 1"}', '{rows: ">= 1", change: "<= 50%"}'
    )
    run = shop.start()
    until(lambda: min(in_flight(shop.shop)) > 0, run)
    assert run.kill()
    shop.place.faults(())
    shop.finishes()


def test_a_killed_run_is_told_as_it_was(crashing: Open) -> None:
    """No step of a finished run is left `running`, whichever attempt at it was killed there."""
    shop = crashing(faults=HALF)
    run = shop.start()
    until(lambda: min(in_flight(shop.shop)) > 0, run)
    assert run.kill()
    shop.place.faults(())
    assert ended(shop.start())[0] == 0
    assert shop.shop.look("SELECT stage, name FROM step WHERE state = 'running'") == []
