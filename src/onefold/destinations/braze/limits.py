"""How many requests Braze takes, by contract and by address: data, so that none is in the code.

Braze counts for a workspace as a whole. What the table says holds until Braze's answers tell less
(`x-ratelimit-limit`) or that nothing is left (`x-ratelimit-remaining`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from onefold.destinations.braze.endpoints import Bucket
from onefold.destinations.config import HOUR_S, Window
from onefold.errors import ProjectError
from onefold.model import ObjectKind

__all__ = ["BUCKET_WINDOWS", "BURST", "OBJECTS", "Contract", "Limits", "ObjectLimit"]


class Contract(StrEnum):
    """How a brand's contract with Braze counts."""

    DATA_POINTS = "data_points"
    LEGACY = "legacy"
    MAU = "mau"  # monthly active users: a limit by the hour beside the burst


@dataclass(frozen=True, slots=True)
class ObjectLimit:
    """How many objects one request to `/users/track` may hold: of all arrays together, or each."""

    objects: int
    combined: bool


OBJECTS: Mapping[Contract, ObjectLimit] = {
    Contract.DATA_POINTS: ObjectLimit(75, combined=True),
    Contract.LEGACY: ObjectLimit(75, combined=False),
    Contract.MAU: ObjectLimit(75, combined=True),
}

BURST = Window(3_000, 3)  # of /users/track, under every contract unless the brand's says otherwise
MINUTE_S = 60

BUCKET_WINDOWS: Mapping[Bucket, Window] = {
    Bucket.TRACK: BURST,
    Bucket.TRACK_BULK: Window(50, 1),
    Bucket.TRACK_SYNC: Window(500, MINUTE_S),
    Bucket.IDENTITY: Window(20_000, MINUTE_S),
    Bucket.RENAME: Window(1_000, MINUTE_S),
    Bucket.REMOVE: Window(1_000, MINUTE_S),
    Bucket.EXPORT_IDS: Window(250, MINUTE_S),
    Bucket.SUBSCRIPTION: Window(5_000, MINUTE_S),
    Bucket.CATALOG_ITEMS: Window(16_000, MINUTE_S),
    Bucket.CATALOG_ITEM: Window(50, MINUTE_S),
    Bucket.CATALOGS: Window(50, MINUTE_S),
    Bucket.COHORTS: Window(250_000, HOUR_S),
    Bucket.DEFAULT: Window(250_000, HOUR_S),
}

_COUNTS_AGAINST = {
    ObjectKind.COHORTS: Bucket.COHORTS,
    ObjectKind.SUBSCRIPTION_GROUPS: Bucket.SUBSCRIPTION,
    ObjectKind.CATALOG: Bucket.CATALOG_ITEMS,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How many requests may be sent.

    Attributes:
        contract: how the contract counts.
        use_at_most: the share of each limit to use, above 0 up to 1; others use the workspace too.
        requests_per_hour: the hourly limit of `/users/track`; a `mau` contract states one.
        burst: the limit of `/users/track` in a short window.
    """

    contract: Contract = Contract.DATA_POINTS
    use_at_most: float = 1.0
    requests_per_hour: int | None = None
    burst: Window = BURST

    def __post_init__(self) -> None:
        if not 0 < self.use_at_most <= 1:
            raise ProjectError(f"use_at_most: {self.use_at_most:.0%} is not above 0% up to 100%")
        if self.contract is Contract.MAU and self.requests_per_hour is None:
            raise ProjectError(
                "a mau contract needs requests_per_hour",
                hint="it stands in the contract, and in the dashboard under API usage",
            )

    @property
    def objects(self) -> ObjectLimit:
        """How many objects one request to `/users/track` may hold."""
        return OBJECTS[self.contract]

    def per_minute(self, kind: ObjectKind) -> float:
        """Requests for things of a kind that may be sent in a minute, over a long time."""
        windows = self.windows(_COUNTS_AGAINST.get(kind, Bucket.TRACK))
        slowest = min(window.requests * MINUTE_S / window.seconds for window in windows)
        return slowest * self.use_at_most

    def windows(self, bucket: Bucket) -> tuple[Window, ...]:
        """Give the windows that hold for an address, the one that headers describe first."""
        if bucket is not Bucket.TRACK:
            return (BUCKET_WINDOWS[bucket],)
        if self.requests_per_hour is None:
            return (self.burst,)
        hour = Window(self.requests_per_hour, HOUR_S)
        return (hour, self.burst) if self.contract is Contract.MAU else (self.burst, hour)
