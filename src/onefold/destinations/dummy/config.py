"""The settings of a dummy destination."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from onefold.destinations.config import Retrying

__all__ = ["DummySettings"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DummySettings:
    """What a dummy destination is told. Faults come by chance, repeatably by the sender's seed.

    Attributes:
        file: where accepted objects are appended as JSON lines, and read back from when the
            destination is opened again; None keeps them in memory.
        max_objects: objects in one request.
        fail_prob: share of requests that are refused for good.
        retry_prob: share of tries that fail before anything is taken.
        drop_prob: share of tries that are taken, but whose answer is lost.
        refuse_prob: share of rows that are refused.
        poison: identifiers for whose sake a request is refused as a whole, without a word on whose.
        retrying: how patiently requests are tried.
    """

    file: Path | None = None
    max_objects: int = 75
    fail_prob: float = 0.0
    retry_prob: float = 0.0
    drop_prob: float = 0.0
    refuse_prob: float = 0.0
    poison: frozenset[str] = frozenset()
    retrying: Retrying = field(default_factory=Retrying)
