"""Catalogs: tables of things that messages show, and what may stand in their fields."""

from braze_sandbox.catalogs.catalogs import FIELD_TYPES, ID, Catalog, Catalogs, FieldType, Values
from braze_sandbox.catalogs.values import Changes, changed, read_values

__all__ = [
    "FIELD_TYPES",
    "ID",
    "Catalog",
    "Catalogs",
    "Changes",
    "FieldType",
    "Values",
    "changed",
    "read_values",
]
