"""Every error that onefold raises, in one tree: what happened, where, and what to do next.

::

    OnefoldError                     .message  .hint  .where  (exit code 1)
    ├── UsageError                   the command line was misread  (exit code 2)
    ├── ProjectError                 a project file is wrong: file:line:column
    │   ├── UnknownKey               a key nobody knows, with the nearest known one
    │   ├── UnknownReference         a name of a table, column, segment… that does not exist
    │   └── NotBuiltYet              a documented key or command that this version does not have
    ├── SqlError                     a SQL text is refused or fails: file:line:column
    ├── SourceError                  a source cannot be read
    │   ├── SourceMissing            no object where the project says there is one
    │   └── SourceUnreadable         an object is empty, broken or of another format
    ├── LoadRefused                  too many rejected rows: nothing of this load landed
    ├── CheckFailed                  a test of the project (`tests:`) stopped the run
    ├── StoreError                   the store or its control database cannot be used
    │   ├── StoreTooNew              a newer onefold wrote this store
    │   ├── StoreFull                no space left on the disk
    │   └── StoreBusy                another process holds the lease
    ├── Refused                      a guard stopped something that would be hard to undo
    │   ├── BudgetExceeded           more data points than the destination's `budget` has left
    │   ├── StalePlan                the plan was made from another state
    │   ├── FirstSyncRefused         an empty ledger, and nobody confirmed the first send
    │   ├── ClearsRefused            more clears than `clears` allows
    │   ├── IdentityChangesRefused   users would be renamed or merged, and nobody agreed
    │   └── LiveEndpointRefused      a live endpoint in an environment with `live: false`
    └── SendError                    a destination did not take what was sent
        ├── Retryable                the same request may succeed later (429, 5xx, connection)
        └── Final                    the same request will never succeed (400, 401, 403, 404, 413)
            ├── KeyRejected          401: wrong key, or the right key at the wrong instance
            └── PermissionMissing    403: the key lacks the permission

``Interrupted`` stands apart: the user asked to stop, and everything done so far is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BudgetExceeded",
    "CheckFailed",
    "ClearsRefused",
    "Final",
    "FirstSyncRefused",
    "IdentityChangesRefused",
    "Interrupted",
    "KeyRejected",
    "LiveEndpointRefused",
    "LoadRefused",
    "NotBuiltYet",
    "OnefoldError",
    "PermissionMissing",
    "Place",
    "ProjectError",
    "Refused",
    "Retryable",
    "SendError",
    "SourceError",
    "SourceMissing",
    "SourceUnreadable",
    "SqlError",
    "StalePlan",
    "StoreBusy",
    "StoreError",
    "StoreFull",
    "StoreTooNew",
    "UnknownKey",
    "UnknownReference",
    "UsageError",
    "nearest",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the project something stands: a file, and if known its line and column (from 1)."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Write it as editors and terminals know it: ``file:line:column``."""
        parts = [self.file, self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)


class OnefoldError(Exception):
    """The base of every error. Show `str(error)` to people; `hint` says what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", where: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        """Give the place, the message and the hint, as one text."""
        place = f"{self.where}: " if self.where else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class UsageError(OnefoldError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class ProjectError(OnefoldError):
    """A file of the project is wrong."""


class UnknownKey(ProjectError):
    """A key that the file's kind does not have."""


class UnknownReference(ProjectError):
    """A name that nothing in the project or in the tables bears."""


class NotBuiltYet(ProjectError):
    """A documented key or command that this version lacks. It is refused, never ignored."""


class SqlError(OnefoldError):
    """A SQL text is refused (not one SELECT, a forbidden function) or fails (unknown column)."""


class SourceError(OnefoldError):
    """A source cannot be read."""


class SourceMissing(SourceError):
    """There is no object where the project says there is one."""


class SourceUnreadable(SourceError):
    """An object is empty, broken, or not of the declared format."""


class LoadRefused(OnefoldError):
    """More rows were rejected than `max_rejected` allows; nothing of the load landed."""


class CheckFailed(OnefoldError):
    """A test of the project failed with `on_fail: stop`."""


class StoreError(OnefoldError):
    """The store, or the control database in it, cannot be used."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of onefold."""


class StoreFull(StoreError):
    """No space is left where the store writes."""


class StoreBusy(StoreError):
    """Another process holds the lease that this one needs."""


class Refused(OnefoldError):
    """A guard stopped something that would be hard to undo."""


class BudgetExceeded(Refused):
    """More data points than the destination's `budget` has left."""


class StalePlan(Refused):
    """The plan was made from other definitions, another snapshot or another ledger version."""


class FirstSyncRefused(Refused):
    """The ledger is empty, so everything would be sent, and nobody confirmed it."""


class ClearsRefused(Refused):
    """The change set clears more fields than the guard allows."""


class IdentityChangesRefused(Refused):
    """Users would be renamed or merged at the destination, and nobody agreed."""


class LiveEndpointRefused(Refused):
    """The environment says `live: false`, and the endpoint is not on this machine."""


class SendError(OnefoldError):
    """A destination did not take what was sent."""


class Retryable(SendError):
    """The same request may succeed later; `retry_after_s` is the wait that was asked for."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        where: Place | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, where=where)
        self.retry_after_s = retry_after_s


class Final(SendError):
    """The same request will never succeed."""


class KeyRejected(Final):
    """Braze answered 401: the key is wrong, or it belongs to another instance."""


class PermissionMissing(Final):
    """Braze answered 403: the key is right but lacks a permission."""


class Interrupted(OnefoldError):
    """The user asked to stop. Everything acknowledged is kept; `run` goes on from there."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that looks most like `name` (case apart), or None when none does."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
