"""What stitching returns: names of relations, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["StitchStats", "Stitched"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StitchStats:
    """Counts of one run.

    Attributes:
        records: profile records.
        persons: persons they are folded into.
        churn: share (0 to 1) of the records known before that now have another person id.
        links: links kept, by rule.
        refused: links refused because the persons they would join contradict each other, by rule.
        bad_values: values not used for matching, by semantic.
        changes: persons by what became of them (`created`, `merged`…).
        largest: records of the largest person.
        supersized: persons with more records than `supersized_records`.
    """

    records: int
    persons: int
    churn: float
    links: Mapping[str, int]
    refused: Mapping[str, int]
    bad_values: Mapping[str, int]
    changes: Mapping[str, int]
    largest: int
    supersized: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stitched:
    """Names of temporary tables in the engine, and counts. The caller drops the tables.

    Attributes:
        unified_coalesced: one row a profile record: person_id, datasource, pk, the semantic
            columns, one column a key tag, has_blv and blv_email, blv_phone, blv_given_name,
            blv_surname (why the value was not used for matching).
        links: one row a piece of evidence: datasource_a, pk_a, datasource_b, pk_b, rule, value.
            The links of a person connect all its records.
        bad_values: semantic, value, records, bearers, reason.
        key_persons: tag, value, person_id: normalised keys that lead to exactly one person.
        aliases: old_person_id, person_id, run, reason (`merge` or `split`); person_id lives.
        changes: person_id, change (`created`, `unchanged`, `updated`, `merged`, `split`,
            `retired`), previous_ids (VARCHAR[]).
        stats: counts.
    """

    unified_coalesced: str
    links: str
    bad_values: str
    key_persons: str
    aliases: str
    changes: str
    stats: StitchStats
