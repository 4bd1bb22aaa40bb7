"""Elements of arrays that several campaigns share: each is a field of its own to a ledger."""

from __future__ import annotations

import re

__all__ = ["element_field", "element_of"]

_FORM = re.compile(r"(?P<array>[^\[\]]+)\[(?P<element>.+)\]", re.DOTALL)


def element_field(array: str, element: str) -> str:
    """Name the field that says whether an array holds an element: `audiences[spring]`."""
    return f"{array}[{element}]"


def element_of(field: str) -> tuple[str, str] | None:
    """Give array and element of such a field, or None for a field of its own."""
    found = _FORM.fullmatch(field)
    return None if found is None else (found["array"], found["element"])
