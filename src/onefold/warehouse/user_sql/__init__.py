"""SQL written by people: parsed once, fenced, bound, and its errors brought back to its lines.

In: a text with its file and dialect. Out: a `UserSql` that is one SELECT over known tables, then a
tree that the engine runs.

Invariants:
    - What the engine's own parser sees calls functions of `allowed_functions.txt` only, reads no
      file, no setting, no network, no clock and no chance.
    - `now()`, `current_date` and their kin mean the run's `as_of`.
    - Values are bound as typed literals, table names as quoted relations; nothing is pasted.
    - `lock_down` makes the engine refuse the outside even if all of this were got round.
"""

from onefold.warehouse.user_sql.bind import Value, bind
from onefold.warehouse.user_sql.described import ColumnNote, described_columns
from onefold.warehouse.user_sql.explain import explain_sql_error
from onefold.warehouse.user_sql.lockdown import lock_down
from onefold.warehouse.user_sql.parse import UserSql, parse_user_sql

__all__ = [
    "ColumnNote",
    "UserSql",
    "Value",
    "bind",
    "described_columns",
    "explain_sql_error",
    "lock_down",
    "parse_user_sql",
]
