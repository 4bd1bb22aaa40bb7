"""Room 3, stitch: decides which records are one person, and says why.

In: landed profile records of any shape, what the last run decided, the run's id and instant.
Out: unified records with a person id, the evidence of every link, values not to be trusted, keys
that lead to a person, aliases of ids that are no more, and what changed.

Always true:
- records that share a foreign key (`fk-`) are one person, unless the key is a bad value or a
  separation key (`sk-`) keeps them apart; with `when_keys_disagree: separate` two values of one
  separation key are never one person;
- the order of rows decides nothing; the same run over the same data gives the same ids;
- a person id holds nothing of its person, and stays while most of the person's records do;
- every alias leads to a person that lives.
"""

from onefold.stitch.config import Previous, Run, StitchConfig
from onefold.stitch.outcome import Stitched, StitchStats
from onefold.stitch.person_view import person_view
from onefold.stitch.stitch import stitch

__all__ = [
    "Previous",
    "Run",
    "StitchConfig",
    "StitchStats",
    "Stitched",
    "person_view",
    "stitch",
]
