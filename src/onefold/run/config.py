"""What the command line asks of a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["RunOptions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """What to run, and which guards were lifted for this once.

    Attributes:
        names: workflows, orchestrations and campaigns; empty means all that is active.
        full_refresh: read every object again, also those known.
        send: False stops after the tables.
        first_sync: send although the ledger is empty.
        allow_clears: send although more is cleared than the guards allow.
        allow_identity_changes: rename and merge users at destinations that ask for it.
        retry_refused: tell of identity changes once more that destinations refused.
        drafts: let drafts that are named be planned; runs never set it.
        seed: makes the jitter of waits repeatable.
        in_flight: requests prepared at the same time; how many are under way, the sender decides.
    """

    names: tuple[str, ...] = ()
    full_refresh: bool = False
    send: bool = True
    first_sync: bool = False
    allow_clears: bool = False
    allow_identity_changes: bool = False
    retry_refused: bool = False
    drafts: bool = False
    seed: int = 0
    in_flight: int = 256

    def recorded(self) -> dict[str, Any]:
        """Give the options as the journal keeps them: two equal ones can resume each other."""
        return {**asdict(self), "names": list(self.names)}
