"""Settings of the room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["MergeSettings"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeSettings:
    """Which record gives a person's name, address, e-mail and the rest.

    The order is: priority of the source, then the record that fills more columns of the group,
    then the one updated last, then source and pk in the alphabet.

    Attributes:
        priority: source ids, most trusted first; sources not listed come after, all equal.
        group_priority: another order for one group (`email: [web, pos]`); see
            `merged_customers.GROUPS` for their names.
    """

    priority: tuple[str, ...] = ()
    group_priority: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
