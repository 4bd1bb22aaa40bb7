"""What would contradict that records are one person: birthdates, generations, separation keys.

A cluster's traits are the least and the greatest value of each, so that those of a union follow
from those of its parts. A cluster contradicts itself when it holds two different values of one
separation key, two generations (Jr, Sr), or birthdates that differ in two of year, month and day:
one wrong part is a slip of the pen, two are two people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from onefold.stitch.matchings import Ints, Mask
from onefold.warehouse import Engine, fixed_sql

__all__ = ["Traits", "contradictions", "read_traits"]

Codes = npt.NDArray[np.int32]

MISSING_LOW = np.int32(2**31 - 1)
MISSING_HIGH = np.int32(-1)
BIRTHDATE = slice(0, 3)
UNLIKE_PARTS = 2


@dataclass(frozen=True, slots=True)
class Traits:
    """Least and greatest codes: one row a trait, one column a record or cluster.

    Rows: year, month, day, generation, then one a separation key. A missing value has a `low`
    above its `high`.
    """

    low: Codes
    high: Codes

    def at(self, clusters: Ints) -> Traits:
        """Give the traits of some clusters."""
        return Traits(self.low[:, clusters], self.high[:, clusters])

    def joined(self, other: Traits) -> Traits:
        """Give the traits of unions, position by position."""
        return Traits(np.minimum(self.low, other.low), np.maximum(self.high, other.high))

    def folded(self, target: Ints, size: int) -> Traits:
        """Give the traits of `size` clusters, of which position i belongs to `target[i]`."""
        low = np.full((len(self.low), size), MISSING_LOW, dtype=np.int32)
        high = np.full((len(self.high), size), MISSING_HIGH, dtype=np.int32)
        for row in range(len(self.low)):
            np.minimum.at(low[row], target, self.low[row])
            np.maximum.at(high[row], target, self.high[row])
        return Traits(low, high)


def contradictions(traits: Traits) -> Mask:
    """Say what contradicts itself: one row a ground (birthdate, generation, keys…), as `Traits`."""
    differs = traits.low < traits.high
    birthdate = differs[BIRTHDATE].sum(axis=0) >= UNLIKE_PARTS
    return np.vstack([birthdate, differs[BIRTHDATE.stop :]])


def read_traits(engine: Engine, separations: Sequence[str], records: int) -> Traits:
    """Read the traits of all records, by record number."""
    names = ["year", "month", "day", "generation"]
    low = np.full((len(names) + len(separations), records), MISSING_LOW, dtype=np.int32)
    dates = engine.arrow(fixed_sql("onefold.stitch", "traits")).read_all()
    rids = dates["rid"].to_numpy()
    for row, name in enumerate(names):
        low[row, rids] = dates[name].fill_null(MISSING_LOW).to_numpy()
    for row, tag in enumerate(separations, start=len(names)):
        codes = engine.arrow(fixed_sql("onefold.stitch", "separations"), {"tag": tag}).read_all()
        low[row, codes["rid"].to_numpy()] = codes["code"].to_numpy()
    return Traits(low, np.where(low == MISSING_LOW, MISSING_HIGH, low))
