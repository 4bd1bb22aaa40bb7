"""By what a person is known, and what must never land again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

__all__ = ["BarredRecords", "Traces"]

SEPARATOR = "\x1f"


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """By what a store knows one person.

    Attributes:
        person_ids: the person's id, and former ones.
        records: the keys of landed records, by source.
        identifiers: what destinations call the person, by ledger.
        values: e-mails and phones, as stored and as delivered, that no other person has.
    """

    person_ids: tuple[str, ...]
    records: Mapping[str, tuple[str, ...]]
    identifiers: Mapping[int, tuple[str, ...]]
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BarredRecords:
    """Records of one source that were erased, in a form that tells nobody whose they were.

    Attributes:
        prefix: what a key is hashed with: a secret of the store, and the source.
        hashes: SHA-256, hexadecimal, of prefix and key.
    """

    prefix: str
    hashes: tuple[str, ...]

    @classmethod
    def of(cls, secret: str, source: str, keys: tuple[str, ...] = ()) -> BarredRecords:
        """Hash the keys of a source's records."""
        prefix = f"{secret}{SEPARATOR}{source}{SEPARATOR}"
        return cls(
            prefix=prefix,
            hashes=tuple(sha256(f"{prefix}{key}".encode()).hexdigest() for key in keys),
        )
