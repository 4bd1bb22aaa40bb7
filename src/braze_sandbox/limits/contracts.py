"""What an account has bought: its contract, and the limits that follow from it."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from types import MappingProxyType

from braze_sandbox.limits.buckets import Bucket
from braze_sandbox.limits.windows import HOUR, RateLimit

MINUTE = 60
BURST_S = 3
"""Seconds of the burst window of /users/track."""
FIELDS_REQUIRED_SINCE = date(2024, 8, 22)
"""Accounts as old as this may export whole profiles, and more often."""


class Contract(Enum):
    """The kinds of contract, which differ in /users/track and in what headers say."""

    DATA_POINTS = "data_points"
    LEGACY = "legacy"
    MAU = "mau"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One customer of Braze."""

    contract: Contract = Contract.DATA_POINTS
    requests_per_hour: int = 250_000
    """/users/track in a clock hour; MAU contracts alone. What is bought differs: no default is
    documented."""
    burst: int = 3_000
    """/users/track in 3 s."""
    onboarded: date | None = None
    """None: since the rules of 2024-08-22."""

    @property
    def is_old(self) -> bool:
        """Whether the account is from before 2024-08-22."""
        return self.onboarded is not None and self.onboarded < FIELDS_REQUIRED_SINCE


_FIXED = MappingProxyType(
    {
        Bucket.TRACK_BULK: RateLimit(requests=50, seconds=1),
        Bucket.TRACK_SYNC: RateLimit(requests=500, seconds=MINUTE),
        Bucket.USERS: RateLimit(requests=20_000, seconds=MINUTE),
        Bucket.EXTERNAL_IDS_RENAME: RateLimit(requests=1_000, seconds=MINUTE),
        Bucket.EXTERNAL_IDS_REMOVE: RateLimit(requests=1_000, seconds=MINUTE),
        Bucket.EXPORT_IDS: RateLimit(requests=250, seconds=MINUTE),
        Bucket.EXPORT_IDS_FIELDS: RateLimit(requests=40, seconds=1),
        Bucket.SUBSCRIPTION_SET: RateLimit(requests=5_000, seconds=MINUTE),
        Bucket.CUSTOM_DATA: RateLimit(requests=1_000, seconds=HOUR),
        Bucket.CATALOGS: RateLimit(requests=50, seconds=MINUTE),
        Bucket.CATALOG_ITEMS: RateLimit(requests=16_000, seconds=MINUTE),
        Bucket.CATALOG_ITEM: RateLimit(requests=50, seconds=MINUTE),
        Bucket.CATALOG_FIELDS: RateLimit(requests=50, seconds=MINUTE),
        Bucket.COHORTS: RateLimit(requests=250_000, seconds=HOUR),
        Bucket.CDI_LIST: RateLimit(requests=50, seconds=MINUTE),
        Bucket.CDI_SYNC: RateLimit(requests=20, seconds=MINUTE),
        Bucket.CDI_STATUS: RateLimit(requests=100, seconds=MINUTE),
        Bucket.DEFAULT: RateLimit(requests=250_000, seconds=HOUR),
    }
)
_EXPORT_OF_OLD_ACCOUNTS = RateLimit(requests=2_500, seconds=MINUTE)


def limits_of(account: Account) -> dict[Bucket, tuple[RateLimit, ...]]:
    """The limits of every bucket, as documented; several windows can hold for one."""
    limits: dict[Bucket, tuple[RateLimit, ...]] = {b: (limit,) for b, limit in _FIXED.items()}
    limits[Bucket.TRACK] = (RateLimit(requests=account.burst, seconds=BURST_S),)
    if account.contract is Contract.MAU:
        hourly = RateLimit(requests=account.requests_per_hour, seconds=HOUR)
        limits[Bucket.TRACK] = (*limits[Bucket.TRACK], hourly)
    if account.is_old:
        limits[Bucket.EXPORT_IDS] = (_EXPORT_OF_OLD_ACCOUNTS,)
    return limits
