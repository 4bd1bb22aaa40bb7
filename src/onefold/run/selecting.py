"""Segments: the audiences that campaigns and destinations ask for, each computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlglot import exp

from onefold.errors import UnknownReference, nearest
from onefold.project import Campaign, Kind
from onefold.run.context import Walk
from onefold.run.user_queries import user_query
from onefold.segments import (
    Rule,
    RuleError,
    compile_predicates,
    compile_segment,
    compile_sql_segment,
    order_segments,
    parse_rules,
    references,
)
from onefold.warehouse import column, parse_user_sql, relation

__all__ = ["bind_segments", "group_members", "segment_query", "select_segments"]


def select_segments(walk: Walk, wanted: Iterable[str]) -> None:
    """Compute segments, and those that they read, into relations `segments.<id>`."""
    rules = _rules(walk)
    for name in _in_order(walk, rules, wanted):
        with walk.steps.step("segments", name) as step:
            table = f"_segment_{name}"
            query = segment_query(walk, name)
            step.rows_in = walk.engine.count("main.merged_customers")
            step.rows_out = walk.engine.table(table, query)
            step.rejected = 0
            walk.engine.view(f"segments.{name}", exp.select("person_id").from_(relation(table)))


def bind_segments(walk: Walk) -> None:
    """Make every segment readable as `segments.<id>`, computed when it is read."""
    rules = _rules(walk)
    for name in _in_order(walk, rules, [*rules, *walk.project.sql_segments]):
        walk.engine.view(f"segments.{name}", segment_query(walk, name))


def group_members(walk: Walk, campaign: Campaign) -> Mapping[str, str]:
    """Compute whom the groups of a campaign take, all in one pass.

    Returns:
        A relation (`person_id`) for each group that has a rule.
    """
    paths = {
        group.name: ("groups", number, "where") for number, group in enumerate(campaign.groups)
    }
    rules = {}
    for group in campaign.groups:
        if group.where is not None:
            with _placed(walk, Kind.CAMPAIGN, campaign.id, paths[group.name]):
                rules[group.name] = parse_rules(group.where)
    if not rules:
        return {}
    select_segments(walk, (name for rule in rules.values() for name in references(rule).segments))
    for name, rule in rules.items():  # one by one, so that an error finds its place
        with _placed(walk, Kind.CAMPAIGN, campaign.id, paths[name]):
            compile_segment(rule, walk.catalogue, as_of=walk.as_of, timezone=walk.project.timezone)
    flags = f"_groups_{campaign.id}"
    walk.engine.table(
        flags,
        compile_predicates(
            {f"takes {name}": rule for name, rule in rules.items()},
            walk.catalogue,
            as_of=walk.as_of,
            timezone=walk.project.timezone,
        ),
    )
    members = {name: f"_group_{campaign.id}_{number}" for number, name in enumerate(rules)}
    for name, view in members.items():
        taken = exp.select("person_id").from_(relation(flags)).where(column(f"takes {name}"))
        walk.engine.view(view, taken)
    return members


def segment_query(walk: Walk, name: str) -> exp.Select:
    """Give the one SELECT of a segment's persons."""
    if name in walk.project.segments:
        with _placed(walk, Kind.SEGMENT, name, ()):
            return compile_segment(
                parse_rules(walk.project.segments[name].rule),
                walk.catalogue,
                as_of=walk.as_of,
                timezone=walk.project.timezone,
            )
    with user_query(walk, walk.project.sql_segments[name]) as query:
        return compile_sql_segment(query, walk.engine.columns(query))


def _rules(walk: Walk) -> Mapping[str, Rule]:
    rules = {}
    for name, segment in walk.project.segments.items():
        with _placed(walk, Kind.SEGMENT, name, ()):
            rules[name] = parse_rules(segment.rule)
    return rules


def _in_order(walk: Walk, rules: Mapping[str, Rule], wanted: Iterable[str]) -> list[str]:
    uses: dict[str, set[str]] = {
        name: set(references(rule).segments) for name, rule in rules.items()
    }
    for name, file in walk.project.sql_segments.items():
        sql = parse_user_sql(file.text, file=file.file, dialect=walk.project.settings.dialect)
        uses[name] = {table.name for table in sql.tables if table.schema == "segments"}
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in uses:
            close = nearest(name, uses)
            raise UnknownReference(
                f"no segment {name}" + (f"; nearest: {close}" if close else ""),
                hint="segments are the files of segments/",
            )
        if name not in needed:
            needed.add(name)
            waiting.extend(uses[name])
    return [name for name in order_segments(uses) if name in needed]


@contextmanager
def _placed(walk: Walk, kind: Kind, name: str, path: Sequence[str | int]) -> Iterator[None]:
    """Give a rule's error the file, line and column of the part that is wrong."""
    try:
        yield
    except RuleError as error:
        if error.where is None:
            error.where = walk.project.place_of(kind, name, (*path, *error.path))
        raise
