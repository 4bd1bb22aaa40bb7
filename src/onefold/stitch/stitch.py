"""The verb: decide which records are one person."""

from __future__ import annotations

from collections.abc import Sequence

from onefold.model import RecordShape
from onefold.stitch.bad_values import find_bad_values, leave_bad_values_out
from onefold.stitch.config import Previous, Run, StitchConfig
from onefold.stitch.identities import assign_persons
from onefold.stitch.linking import link_records
from onefold.stitch.matching import write_matching
from onefold.stitch.outcome import Stitched
from onefold.stitch.phones import normalise_phones
from onefold.stitch.records import gather_keys, gather_records
from onefold.stitch.semantics import key_columns, key_tags
from onefold.stitch.stats import read_stats
from onefold.stitch.unified import write_evidence, write_unified
from onefold.warehouse import Engine

__all__ = ["stitch"]

_SCRATCH = (
    "_stitch_nothing",
    "_stitch_bad_values",
    "_stitch_records", "_stitch_keys", "_stitch_phones", "_stitch_matching", "_stitch_clean",
    "_stitch_clean_keys", "_stitch_links", "_stitch_labels", "_stitch_previous",
    "_stitch_previous_aliases", "_stitch_overlaps", "_stitch_kept", "_stitch_persons",
)  # fmt: skip


def stitch(
    engine: Engine,
    config: StitchConfig,
    records: Sequence[tuple[RecordShape, str]],
    previous: Previous | None,
    run: Run,
) -> Stitched:
    """Fold records into persons, and give each person an id that stays.

    Args:
        engine: where the relations lie.
        config: the project's settings.
        records: shapes and the names of their relations. Only profiles without a person id of
            their own are stitched; the others take theirs through `person_view`.
        previous: what the last run decided; None at the first run.
        run: id and instant of this run. The same run over the same data gives the same ids.

    Returns:
        Names of temporary tables (which replace those of an earlier call), and counts.

    Raises:
        ProjectError: the default country is none, or a list of bad values names no semantic.
    """
    profiles = [(shape, name) for shape, name in records if _is_stitched(shape)]
    tags = key_tags([shape for shape, _ in profiles])
    keys = key_columns(tags)
    try:
        count = gather_records(engine, profiles, keys)
        gather_keys(engine, keys)
        normalise_phones(engine, config.default_country)
        write_matching(engine)
        find_bad_values(engine, config, run, tags)
        leave_bad_values_out(engine)
        link_records(engine, config, tags, count)
        assign_persons(engine, previous, run)
        write_unified(engine, keys)
        write_evidence(engine)
        stats = read_stats(engine, config)
    finally:
        engine.drop(*_SCRATCH)
    return Stitched(
        unified_coalesced="stitch_unified_coalesced",
        links="stitch_links",
        bad_values="stitch_bad_values",
        key_persons="stitch_key_persons",
        aliases="stitch_aliases",
        changes="stitch_changes",
        stats=stats,
    )


def _is_stitched(shape: RecordShape) -> bool:
    return shape.stitch == "profile" and shape.person_id is None
