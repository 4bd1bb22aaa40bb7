"""Room 1, sources: reach outside data and yield it as Arrow batches.

In: a location's pattern, a format, the declared fields. Out: objects in loading order, and each
object's rows as a stream of batches. Invariants: a row is never lost in silence (it is given, or
given as broken with its bytes, or the whole object is refused); lines are those an editor shows;
memory does not grow with the object; values are not interpreted. Knows nothing of customers.
"""

from onefold.sources.config import FileFormat, SourceConfig
from onefold.sources.listing import SourceObject
from onefold.sources.shapes import ObjectShape
from onefold.sources.sources import inspect, list_objects, read

__all__ = [
    "FileFormat",
    "ObjectShape",
    "SourceConfig",
    "SourceObject",
    "inspect",
    "list_objects",
    "read",
]
