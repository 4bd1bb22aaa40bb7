"""Settings of one sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from braze_sandbox.access import Key
from braze_sandbox.cohorts import Partner
from braze_sandbox.decisions import Decisions
from braze_sandbox.instances import Instance
from braze_sandbox.limits import Account, Bucket, RateLimit, limits_of


class Mode(Enum):
    """How much of a Braze to be."""

    FULL = "full"
    SINK = "sink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the command line can set."""

    host: str = "127.0.0.1"
    port: int = 8765
    """0: the system chooses."""
    mode: Mode = Mode.FULL
    keys: tuple[Key, ...] = (Key(secret="sandbox-key"),)  # noqa: S106 - a published default
    partners: Mapping[str, Partner] = field(default_factory=dict)
    """Partners by name, for their cohorts; none: any, with the keys that all begin with."""
    instance: Instance | None = None
    """Which of Braze's instances this is; None: any."""
    active: bool = True
    """Whether the account is in order."""
    account: Account = field(default_factory=Account)
    set_limits: Mapping[Bucket, tuple[RateLimit, ...]] = field(default_factory=dict)
    """Other limits than the account's, by bucket; no window: no limit."""
    decisions: Decisions = field(default_factory=Decisions)
    weather: float = 0
    """The part of the requests that meet a passing fault."""
    seed: int = 0
    """Makes delays and weather repeatable."""
    state: Path | None = None
    """The file that keeps the state; None: it ends with the process."""
    currents: Path | None = None
    """The folder that Currents writes to; None: there is no Currents."""
    exports: Path | None = None
    """The folder that stands for the bucket of exports; None: they are to be downloaded."""
    settle_ms: tuple[int, int] | None = None
    """Accepted requests are applied this much later (least, most); None: at once."""
    blocked_external_ids: frozenset[str] = frozenset()
    """External ids of dummy users, which are refused."""

    @property
    def limits(self) -> dict[Bucket, tuple[RateLimit, ...]]:
        """What holds: the account's limits, unless others were set."""
        return limits_of(self.account) | dict(self.set_limits)
