"""Make the data files of a day: five sources, and the truth beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from onefold.errors import UsageError
from onefold.examples.shop.config import FIRST_DAY, LAST_DAY, MOST_CUSTOMERS
from onefold.examples.shop.engine import (
    count_lives,
    file_batches,
    make_block,
    open_engine,
    people_blocks,
)
from onefold.examples.shop.files import FILES, DayFile
from onefold.examples.shop.writers import Write

__all__ = ["ShopDay", "write_day"]

Progress = Callable[[str, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShopDay:
    """What a day's files hold.

    Attributes:
        day: the date in the files' names.
        rows: rows by file (headers not counted), the path relative to the project.
        people: persons that the shop knows on this day.
        changed: of them, those of whom something changed on this day.
        joined: of them, those new on this day.
        gone: persons who were there the day before, and are no more.
    """

    day: date
    rows: Mapping[str, int]
    people: int
    changed: int
    joined: int
    gone: int


def write_day(
    directory: Path,
    *,
    customers: int,
    day: int = 1,
    seed: int = 7,
    progress: Progress | None = None,
) -> ShopDay:
    """Write the data files of a day under `directory/data/`.

    A later day needs no files of an earlier one. Same arguments, same files: the same bytes, or for
    Parquet the same rows in the same order. Memory is bounded, however many customers.

    Args:
        directory: the project's folder; made when it is not there.
        customers: persons on day 1, 1 to 5,000,000.
        day: 1 for `FIRST_DAY`, 2 for the day after, up to 63.
        seed: another seed is another shop.
        progress: called with a file's path and the rows written to it so far, again and again.

    Raises:
        UsageError: a number that is out of range.
    """
    _check(customers=customers, day=day)
    business_day = FIRST_DAY + timedelta(days=day - 1)
    lives = [0, 0, 0, 0]
    with open_engine(customers=customers, day=day, seed=seed) as engine, ExitStack() as stack:
        drafts = [_Draft(file, directory, business_day, stack) for file in FILES]
        for block in people_blocks(customers=customers, day=day):
            make_block(engine, block)
            lives = [sum(pair) for pair in zip(lives, count_lives(engine), strict=True)]
            for draft in drafts:
                draft.append(file_batches(engine, draft.name), progress or _silent)
    people, changed, joined, gone = lives
    return ShopDay(
        day=business_day,
        rows={draft.path: draft.rows for draft in drafts},
        people=people,
        changed=changed,
        joined=joined,
        gone=gone,
    )


class _Draft:
    """A file that grows block by block, until the stack closes it."""

    def __init__(self, file: DayFile, directory: Path, day: date, stack: ExitStack) -> None:
        self.name = file.name
        self.path = f"data/{file.path.format(day=day)}"
        self.rows = 0
        self._writer = file.writer
        self._target = directory / self.path
        self._stack = stack
        self._write: Write | None = None

    def append(self, batches: pa.RecordBatchReader, progress: Progress) -> None:
        """Add a block's rows."""
        if self._write is None:
            self._write = self._stack.enter_context(self._writer(self._target, batches.schema))
        for batch in batches:
            self._write(batch)
            self.rows += batch.num_rows
            progress(self.path, self.rows)


def _check(*, customers: int, day: int) -> None:
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise UsageError(f"{customers} customers", hint=f"from 1 to {MOST_CUSTOMERS:,}")
    if not 1 <= day <= LAST_DAY:
        raise UsageError(f"day {day}", hint=f"from 1 to {LAST_DAY}")


def _silent(_path: str, _rows: int) -> None:
    pass
