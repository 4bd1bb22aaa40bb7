"""What delta is given, as values: names of relations and the rules of each orchestration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

__all__ = [
    "DeltaInput",
    "DesiredRows",
    "FieldPolicy",
    "Held",
    "MinChange",
    "OnLeave",
    "OnNull",
    "ScopeRule",
]


class OnNull(StrEnum):
    """What a desired NULL means."""

    KEEP = "keep"  # say nothing: what the destination holds stays
    CLEAR = "clear"  # remove the value there


class OnLeave(StrEnum):
    """What happens to a person's fields when an orchestration stops holding the person."""

    KEEP = "keep"
    CLEAR = "clear"


class Held(StrEnum):
    """Why a change is not sent now."""

    MIN_CHANGE = "min_change"  # too small a change of what was sent last
    MIN_INTERVAL = "min_interval"  # too soon after what was sent last
    FINAL = "final"  # nobody is subscribed again


@dataclass(frozen=True, kw_only=True, slots=True)
class MinChange:
    """The least change of a number that is worth sending.

    Attributes:
        amount: how much; for a share, of the acknowledged value (`5%` is 0.05).
        is_share: whether it is a share.
    """

    amount: Decimal
    is_share: bool

    def __str__(self) -> str:
        """Write it as project files do."""
        return f"{(100 * self.amount).normalize():f}%" if self.is_share else f"{self.amount:f}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldPolicy:
    """When a change of a field is held back. Clears and first values never are.

    Attributes:
        min_change: the least change; for fields that are numbers.
        min_interval: the least time since the field was sent for that person. Whole days are days
            of the calendar, in the engine's zone.
        cleared_as: the value that stands for none: what a clear sends, for fields of texts that
            the destination cannot remove. NULL when absent.
        final: once anything was sent, no other value than this one takes its place: what people
            changed at the destination since, nobody here knows.
        revived: nevertheless others do, but for a `final` that was not sent from here.
    """

    min_change: MinChange | None = None
    min_interval: timedelta | None = None
    cleared_as: str | bool | None = None
    final: str | None = None
    revived: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class DesiredRows:
    """Prepared rows of one source of values.

    The relation has `_identifier` (VARCHAR, unique, not null), `_person_id`, `_refused`
    (VARCHAR[], fields refused for that row), one BOOLEAN column per flag of the rules, and the
    fields, typed and normalised as the destination stores them.
    """

    relation: str
    fields: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ScopeRule:
    """How one orchestration or campaign wants its fields treated.

    Attributes:
        name: the orchestration.
        flag: the BOOLEAN column that says which rows it wants; None when it does not run now (its
            scope still holds people) or has ended (everybody left).
        running: False leaves its people alone: nobody enters, nobody leaves.
        fields: the fields that it holds.
        on_null: what a desired NULL means.
        on_leave: what leaving means.
        scope: the relation (`_identifier`) of those it held after its last send, or None.
        exact: those of its fields that a desired NULL always clears: elements of arrays.
    """

    name: str
    flag: str | None
    running: bool
    fields: tuple[str, ...]
    on_null: OnNull = OnNull.KEEP
    on_leave: OnLeave = OnLeave.KEEP
    scope: str | None = None
    exact: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DeltaInput:
    """Everything that a comparison depends on.

    Attributes:
        desired: prepared rows, one entry a source of values; no field in two of them.
        rules: every orchestration that holds or wants somebody in this ledger.
        acknowledged: the relation of the acknowledged state (`_identifier`, `_unsettled`
            VARCHAR[], `_recent` VARCHAR[], fields, and `_sent_at <field>` TIMESTAMPTZ where it is
            known), or None when nothing was ever sent.
        quarantined: the relation of refused rows (`_identifier`, `_changed`, fields), or None.
        refused: the relation (`_identifier`) of desired rows refused as a whole: wanted, but
            neither sent nor taken for leavers; or None.
        policies: when changes of a field are held back, by field.
        now: the time that `min_interval` counts to; needed where a policy has one.
    """

    desired: tuple[DesiredRows, ...]
    rules: tuple[ScopeRule, ...]
    acknowledged: str | None = None
    quarantined: str | None = None
    refused: str | None = None
    policies: Mapping[str, FieldPolicy] = field(default_factory=dict)
    now: datetime | None = None
