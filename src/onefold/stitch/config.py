"""What a brand may set about identity resolution, and what a run must bring along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

__all__ = ["Previous", "Run", "StitchConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StitchConfig:
    """The settings of `stitch.yaml`, and the limits behind them.

    Attributes:
        default_country: ISO 3166-1 alpha-2; national phone numbers are read as this country's
            when their record names no country.
        when_keys_disagree: records with the same `fk-` and different `sk-` values are different
            persons (`separate`), or one person all the same (`merge`).
        find_bad_values: find values that too many different people bear (`bad_values.auto`).
        deny: values never used for matching, by semantic (`email`, `phone`, `given_name`,
            `surname`, `birthdate` as YYYY-MM-DD, or a tag such as `fk-loyalty`).
        allow: values always used for matching, whatever is found about them; as `deny`.
        household_bearers: persons; a value that no more than this many people bear is never bad
            by its count: families share mailboxes and phones.
        coincidences: persons; a name together with a birthdate or postcode is evidence only when
            chance alone would give it to fewer other persons than this.
        block_bearers: names; a value borne under more different names than this is compared
            only name by name, not for nicknames and typos (cost grows with the square).
        supersized_records: records; persons with more are counted in the statistics.
    """

    default_country: str = "FR"
    when_keys_disagree: Literal["separate", "merge"] = "separate"
    find_bad_values: bool = True
    deny: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allow: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    household_bearers: int = 6
    coincidences: float = 0.05
    block_bearers: int = 64
    supersized_records: int = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Previous:
    """What the last run left, as names of relations in the engine.

    Attributes:
        assignments: (datasource, pk, person_id); the last run's unified_coalesced will do.
        aliases: (old_person_id, person_id, run, reason), or None when there are none yet.
    """

    assignments: str
    aliases: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """The only source of time and of randomness.

    Attributes:
        id: the run's id. The same id over the same data gives the same new person ids.
        as_of: the run's instant, with a time zone.
    """

    id: str
    as_of: datetime

    def __post_init__(self) -> None:
        """Refuse a time without a zone: it is no instant."""
        if self.as_of.tzinfo is None:
            raise ValueError(f"as_of {self.as_of} has no time zone")
