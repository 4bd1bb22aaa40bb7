"""One delivery under the eyes of its step: sent, counted, and told with its price and reasons."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict

from onefold.destinations import Destination
from onefold.run.context import Walk
from onefold.run.sending import Delivery, send
from onefold.run.steps import Step
from onefold.run.tallying import SendTally

__all__ = ["deliver"]

MEMORY_WHILE_SENDING = "192MB"  # of the engine: it reads bodies; sending takes long


def deliver(
    walk: Walk,
    destination: Destination,
    delivery: Delivery,
    step: Step,
    *,
    rows: int,
    price: Mapping[str, object],
) -> None:
    """Send a delivery and fill in its step, also when the sending ends early.

    The engine rests meanwhile: what a run computed waits on disk.

    Args:
        walk: the walk.
        destination: who takes it.
        delivery: what is sent.
        step: its step in the journal.
        rows: how many rows it holds.
        price: what it costs: `data_points` and `fields` at least.

    Raises:
        Interrupted, SendError: see `send`.
    """
    tally = SendTally()
    try:
        with walk.engine.resting(MEMORY_WHILE_SENDING):
            asyncio.run(
                send(
                    store=walk.store,
                    destination=destination,
                    delivery=delivery,
                    clock=walk.clock,
                    seed=walk.options.seed,
                    in_flight=walk.options.in_flight,
                    still_ours=walk.still_ours,
                    stopping=walk.stopping,
                    progress=step.advanced,
                    tally=tally,
                )
            )
    finally:
        step.rows_in, step.rows_out = rows, tally.acknowledged
        step.rejected = tally.refused + tally.rejected_rows
        step.result = {
            **asdict(tally),
            **price,
            "change_sets": [one.id for one in delivery.change_sets.values()],
            "reasons": [
                {"field": None, "reason": reason, "rows": count}
                for reason, count in tally.refused_for.items()
            ],
        }
