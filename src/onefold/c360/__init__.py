"""Room 4: the customer 360 tables, standard ones and the project's own SQL.

In: relations of the engine (landed sources with `person_id`, `stitch.unified_coalesced`), the
shapes of the sources, the project's SQL files. Out: one temporary relation for each model, and how
many rows fail each of its tests.

Invariants:
    - Models are built in dependency order; a circle or an unknown table is refused before any runs.
    - The same relations and the same `as_of` give the same rows: every choice among records,
      orders or ties is total.
    - Without a source of transactions the transaction tables exist and are empty.
"""

from onefold.c360.c360 import build, build_query, standard_models
from onefold.c360.checks import CheckResult, check, check_queries
from onefold.c360.config import MergeSettings
from onefold.c360.header import project_model
from onefold.c360.model import Model, ModelTest, OnFail, Rule
from onefold.c360.order import order

__all__ = [
    "CheckResult",
    "MergeSettings",
    "Model",
    "ModelTest",
    "OnFail",
    "Rule",
    "build",
    "build_query",
    "check",
    "check_queries",
    "order",
    "project_model",
    "standard_models",
]
