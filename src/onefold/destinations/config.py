"""What every kind of destination is told: its attributes, and how it tries again."""

from __future__ import annotations

from dataclasses import dataclass

from onefold.destinations.shape import Shape, shaped_type
from onefold.model import FieldType, TypeKind

__all__ = ["HOUR_S", "Attribute", "Merge", "Retrying", "Window"]

HOUR_S = 3_600


@dataclass(frozen=True, slots=True)
class Merge:
    """That nested values may be sent by part.

    Attributes:
        by: the key that tells the elements of an array of objects apart; None: arrays are sent
            whole.
    """

    by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """A field that may be sent. What is not declared is never sent.

    Attributes:
        name: its exact name in the destination; may hold spaces.
        type: what its values are.
        as_string: send the value's text; for decimals and integers too long for a JSON number.
        description: one sentence for people.
        shape: how values are made coarser before they are compared; None: not at all.
        merge: how nested values are sent by part; None: whole.
    """

    name: str
    type: FieldType
    as_string: bool = False
    description: str = ""
    shape: Shape | None = None
    merge: Merge | None = None

    @property
    def sent_type(self) -> FieldType:
        """The type of prepared values."""
        if self.as_string:
            return FieldType(TypeKind.STRING)
        return shaped_type(self.shape, self.type)


@dataclass(frozen=True, slots=True)
class Window:
    """A limit: at most so many requests in each window of so many seconds."""

    requests: int
    seconds: int

    @property
    def on_the_clock(self) -> bool:
        """Whether it begins at the full hour; of a shorter one nobody knows when it begins."""
        return self.seconds % HOUR_S == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Retrying:
    """How often and how patiently one request is tried.

    Attributes:
        tries: tries in all, the first included.
        backoff_s: wait after the first failure, in seconds; it doubles with each further one.
        longest_backoff_s: where the doubling ends, in seconds.
    """

    tries: int = 6
    backoff_s: float = 0.5
    longest_backoff_s: float = 30.0
