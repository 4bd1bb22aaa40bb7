"""State that outlives the process: whatever registers as a part is kept in one SQLite file.

A part says which of its items changed (`changes`) and takes them back (`restore`); it knows
nothing of files. The keeper writes what has changed since the last time as one transaction, and
an answer waits for the transaction that holds what it tells of.
"""

from braze_sandbox.state.file import StateError, StateFile
from braze_sandbox.state.keeper import Keeper
from braze_sandbox.state.parts import Changed, Item, Part, Whole

__all__ = ["Changed", "Item", "Keeper", "Part", "StateError", "StateFile", "Whole"]
