"""Stitch: landed records become persons."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from onefold.model import TableName
from onefold.run.context import Walk
from onefold.stitch import Previous, Run, StitchConfig, person_view, stitch
from onefold.warehouse import relation

__all__ = ["OUTPUTS", "bind_people", "resolve"]

OUTPUTS = ("unified_coalesced", "links", "bad_values", "key_persons", "aliases", "changes")


def resolve(walk: Walk) -> None:
    """Stitch all profile records, and record the result as the run's own tables."""
    if walk.steps.done("stitch", "persons") is None:
        _stitch(walk)
    bind_people(walk)


def bind_people(walk: Walk) -> None:
    """Make each landed source readable under its id, with the person of every record."""
    for shape in walk.shapes:
        if walk.tables.get(TableName("landed", shape.source)) is not None:
            walk.tables.name(TableName("main", shape.source), person_view(shape))


def _stitch(walk: Walk) -> None:
    with walk.steps.step("stitch", "persons") as step:
        stitched = stitch(
            walk.engine,
            _config(walk),
            [
                (shape, str(TableName("landed", shape.source)))
                for shape in walk.shapes
                if shape.stitch == "profile"
            ],
            _previous(walk),
            Run(id=walk.run_id, as_of=walk.as_of),
        )
        versions = [
            walk.tables.write(
                TableName("stitch", name),
                exp.select("*").from_(relation(getattr(stitched, name))),
            )
            for name in OUTPUTS
        ]
        stats = stitched.stats
        step.rows_in, step.rows_out, step.rejected = stats.records, stats.persons, 0
        step.result = {
            "churn": stats.churn,
            "links": dict(stats.links),
            "refused_links": dict(stats.refused),
            "bad_values": dict(stats.bad_values),
            "changes": dict(stats.changes),
            "largest": stats.largest,
        }
        walk.keep(step, versions)
    walk.engine.drop(*(getattr(stitched, name) for name in OUTPUTS))


def _config(walk: Walk) -> StitchConfig:
    file = walk.project.stitch
    defaults = StitchConfig()
    return StitchConfig(
        default_country=file.default_country or defaults.default_country,
        when_keys_disagree=file.when_keys_disagree,
        find_bad_values=file.bad_values.auto,
        deny=_by_semantic(file.bad_values.deny),
        allow=_by_semantic(file.bad_values.allow),
    )


def _by_semantic(values: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Name values as stitch's columns are named: `given-name` is `given_name`; keys keep theirs."""
    return {
        tag if tag.startswith(("fk-", "sk-")) else tag.replace("-", "_"): listed
        for tag, listed in values.items()
    }


def _previous(walk: Walk) -> Previous | None:
    if walk.tables.get(TableName("stitch", "unified_coalesced")) is None:
        return None
    aliases = walk.tables.get(TableName("stitch", "aliases"))
    return Previous(
        assignments="stitch.unified_coalesced",
        aliases=None if aliases is None else "stitch.aliases",
    )
