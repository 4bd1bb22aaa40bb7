"""Whose ledger it is, and when it is compacted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from onefold.model import IdentifierKind
from onefold.store import LedgerRecord

__all__ = ["LedgerKey", "LedgerSettings"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerKey:
    """A ledger belongs to a workspace, a kind of identifier and a kind of object; to nothing else.

    Attributes:
        workspace: the destination's name for itself; keys are rotated and files renamed under it.
        identifier: the kind of identifier.
        object: what it is about, as `DestinationObject` writes it, such as `attributes`.
        endpoint: where the first send went; another one stops the run.
    """

    workspace: str
    identifier: IdentifierKind
    object: str
    endpoint: str

    @classmethod
    def of(cls, record: LedgerRecord) -> LedgerKey:
        """Give the key of a ledger that the store knows."""
        return cls(
            workspace=record.workspace,
            identifier=IdentifierKind(record.identifier),
            object=record.object,
            endpoint=record.endpoint,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerSettings:
    """When the ledger is compacted, and how long a destination needs to settle.

    Attributes:
        fold_above: the share of the base's rows that may lie unfolded in change sets.
        settle: a cell sent less than this ago is not sent again with another value: the
            destination keeps no order between requests.
        timed: the fields of which the ledger remembers when they were sent, through folding; for
            policies such as `min_interval`. Others cost no byte.
    """

    fold_above: float = 0.05
    settle: timedelta = timedelta(minutes=5)
    timed: frozenset[str] = frozenset()
