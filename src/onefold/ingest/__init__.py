"""Room 2, ingest: land delivered rows as a typed, keyed table, and say what was rejected and why.

In: deliveries (an object's name, its rows as Arrow), a feed's fields and rules, the table as it
stands. Out: a `Landing`: the table's files, counts, rejects. Invariants: read = landed + rejected
+ superseded, for every object; a value lands exactly or its row is rejected with every reason;
`_key` is unique; files that stand are never touched; a refused load lands nothing.

How values are read: space around a value is dropped, except in strings, which stay as delivered;
a blank value is NULL, whatever the type. A decimal is never rounded, a string never cut. A naive
datetime takes its field's zone (gap: forward; overlap: the first).

Which row wins: within a load the newer by `last_updated`, then the later object, then the later
line. Against the table, an upsert wins unless it is older; an append never changes a row.
"""

from onefold.ingest.config import FeedConfig, Load, RejectLimit
from onefold.ingest.ingest import land
from onefold.ingest.landing import Landing, Rejects, landed_columns
from onefold.ingest.rejects import TooManyRejects
from onefold.ingest.staging import Delivery

__all__ = [
    "Delivery",
    "FeedConfig",
    "Landing",
    "Load",
    "RejectLimit",
    "Rejects",
    "TooManyRejects",
    "land",
    "landed_columns",
]
