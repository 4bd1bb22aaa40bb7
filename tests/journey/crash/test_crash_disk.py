"""A disk that fills up at any moment: StoreFull with a hint, nothing lost, and it goes on later."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.journey.crash.crashing import Open, ended, until

from onefold.app import open_house
from onefold.errors import StoreFull
from onefold.warehouse import Engine

SmallDisk = Callable[[Path, str], None]


def fill(folder: Path) -> Path:
    """Leave no byte free."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
    return ballast


def is_full(code: int, said: str) -> None:
    assert code == 1, said
    assert "Traceback" not in said
    assert "full" in said or "no space left" in said
    assert "hint: free some space" in said or "hint: free some disk space" in said


def test_a_disk_too_small_to_land_on(crashing: Open, small_disk: SmallDisk) -> None:
    shop = crashing(new=True)
    small_disk(shop.shop.store, "600k")
    is_full(*shop.run())
    small_disk(shop.shop.store, "64m")
    shop.finishes()


@pytest.mark.parametrize(
    "step",
    ["ingest         order_items", "stitch", "c360           unified_tr", "snapshot", "ledger"],
    ids=["ingest", "stitch", "tables", "publish", "ledger"],
)
def test_a_disk_that_fills_up_while_a_step_runs(
    crashing: Open, small_disk: SmallDisk, step: str
) -> None:
    shop = crashing(new=True)
    small_disk(shop.shop.store, "24m")
    run = shop.start()
    until(lambda: any(line.startswith(step) for line in run.listen()), run)
    ballast = fill(shop.shop.store)
    is_full(*ended(run))
    ballast.unlink()
    shop.finishes()


def test_a_disk_that_fills_up_amid_sending(crashing: Open, small_disk: SmallDisk) -> None:
    shop = crashing(faults=({"kind": "slow", "ms": 1500, "probability": 0.6, "seed": 1},), new=True)
    small_disk(shop.shop.store, "24m")
    run = shop.start()
    until(lambda: shop.place.requests > 2, run)
    ballast = fill(shop.shop.store)
    is_full(*ended(run))
    ballast.unlink()
    shop.place.faults(())
    shop.finishes()


def spill_much(engine: Engine) -> None:
    numbers = "SELECT i, md5(i::VARCHAR) AS text FROM range(3000000) AS numbers(i)"
    engine.table("much", numbers)
    assert engine.count("much") == 3_000_000


def test_what_does_not_fit_into_memory_is_spilled(crashing: Open) -> None:
    shop = crashing()
    environ = shop.shop.environ | {"ONEFOLD_MEMORY_LIMIT": "60MB"}
    with open_house(shop.shop.folder, environ=environ) as house:
        with house.engine() as engine:
            spill_much(engine)
            assert list((shop.shop.store / "spill").rglob("*.tmp"))
        assert list((shop.shop.store / "spill").iterdir()) == []


def test_no_room_to_spill(crashing: Open, small_disk: SmallDisk) -> None:
    shop = crashing()
    small_disk(shop.shop.store / "spill", "8m")
    environ = shop.shop.environ | {"ONEFOLD_MEMORY_LIMIT": "60MB"}
    with (
        open_house(shop.shop.folder, environ=environ) as house,
        house.engine() as engine,
        pytest.raises(StoreFull, match=r"(?s)full|spill space.*hint: .*free"),
    ):
        spill_much(engine)
    shop.finishes()
