"""The words that every room shares: frozen values, no I/O, no clock.

Two rooms never import each other; what both must say is a type in here.
"""

from onefold.model.answers import Answer, RowRefusal
from onefold.model.changes import ChunkState, Origin, Price
from onefold.model.elements import element_field, element_of
from onefold.model.erasing import BarredRecords, Traces
from onefold.model.feeds import FeedField, RecordShape
from onefold.model.fields import FieldType, TypeKind, parse_type, stored_alike
from onefold.model.identifiers import IDENTIFYING, IdentifierKind, IdentityChange
from onefold.model.objects import ATTRIBUTES, COHORTS, IDENTITIES, DestinationObject, ObjectKind
from onefold.model.secret import Secret
from onefold.model.tables import Column, DataFile, TableName, TableVersion
from onefold.model.tallies import Reject, Tally
from onefold.model.turns import Draw, Drawn

__all__ = [
    "ATTRIBUTES",
    "COHORTS",
    "IDENTIFYING",
    "IDENTITIES",
    "Answer",
    "BarredRecords",
    "ChunkState",
    "Column",
    "DataFile",
    "DestinationObject",
    "Draw",
    "Drawn",
    "FeedField",
    "FieldType",
    "IdentifierKind",
    "IdentityChange",
    "ObjectKind",
    "Origin",
    "Price",
    "RecordShape",
    "Reject",
    "RowRefusal",
    "Secret",
    "TableName",
    "TableVersion",
    "Tally",
    "Traces",
    "TypeKind",
    "element_field",
    "element_of",
    "parse_type",
    "stored_alike",
]
