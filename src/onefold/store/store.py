"""A store: a folder with the tables' files, and the control database that says what they mean."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from onefold.store.catalogue import Catalogue
from onefold.store.control import Control, Transaction
from onefold.store.costs import Costs
from onefold.store.erasures import Erasures
from onefold.store.journal import Journal
from onefold.store.leases import Leases
from onefold.store.loads import Loads
from onefold.store.outbox import Outbox
from onefold.store.turns import SharedTurns

__all__ = ["Store"]


class Store:
    """One environment's store. Opening creates it, or brings it to the newest schema.

    Raises (on opening):
        StoreTooNew: a newer onefold wrote it.
        StoreError: it cannot be opened or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._control = Control(self.folder / "control.sqlite")
        self.catalogue = Catalogue(self._control)
        self.journal = Journal(self._control)
        self.leases = Leases(self._control)
        self.loads = Loads(self._control)
        self.outbox = Outbox(self._control)
        self.turns = SharedTurns(self._control)
        self.costs = Costs(self._control)
        self.erasures = Erasures(self._control, self.folder)

    def begin(self) -> AbstractContextManager[Transaction]:
        """Open a writing transaction over everything in the control database."""
        return self._control.begin()

    def compact(self) -> None:
        """Write the control database anew, so that no page keeps what was deleted."""
        self._control.compact()

    def close(self) -> None:
        """Close the control database."""
        self._control.close()
