"""Settings of one sandbox."""

from dataclasses import dataclass
from enum import Enum

from braze_sandbox.limits import RateLimit


class Mode(Enum):
    """How much of a Braze to be."""

    FULL = "full"
    SINK = "sink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A REST key; without permissions it may do everything."""

    secret: str
    permissions: frozenset[str] | None = None

    def may(self, permission: str) -> bool:
        """Whether the key has this permission."""
        return self.permissions is None or permission in self.permissions


_TRACK = RateLimit(requests=3_000, seconds=3)
_USERS = RateLimit(requests=20_000, seconds=60)
_EXPORT_IDS = RateLimit(requests=250, seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a contract, by the endpoints that share them; None: no limit."""

    track: RateLimit | None = _TRACK
    """POST /users/track: the burst of a contract with data points."""
    users: RateLimit | None = _USERS
    """Delete, and later alias, identify and merge: one limit for all of them."""
    export_ids: RateLimit | None = _EXPORT_IDS
    """POST /users/export/ids, for accounts since 2024-08-22."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the command line can set."""

    host: str = "127.0.0.1"
    port: int = 8765
    """0: the system chooses."""
    mode: Mode = Mode.FULL
    keys: tuple[Key, ...] = (Key(secret="sandbox-key"),)  # noqa: S106 - a published default
    limits: Limits = Limits()
    settle_ms: tuple[int, int] | None = None
    """Accepted requests are applied this much later (least, most); None: at once."""
    blocked_external_ids: frozenset[str] = frozenset()
    """External ids of dummy users, which are refused."""
