"""Segments: the audiences that campaigns and destinations ask for, each computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlglot import exp

from onefold.errors import UnknownReference, nearest
from onefold.project import Kind
from onefold.run.context import Walk
from onefold.segments import (
    Rule,
    RuleError,
    compile_segment,
    compile_sql_segment,
    order_segments,
    parse_rules,
    references,
)
from onefold.warehouse import bind, parse_user_sql, relation

__all__ = ["bind_segments", "members_where", "segment_query", "select_segments"]


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


def members_where(
    walk: Walk, rule_data: object, *, kind: Kind, name: str, path: Sequence[str | int], result: str
) -> str:
    """Compute the persons of a rule inside another definition, such as a campaign's group."""
    with _placed(walk, kind, name, path):
        rule = parse_rules(rule_data)
        select_segments(walk, references(rule).segments)
        query = compile_segment(
            rule, walk.catalogue, as_of=walk.as_of, timezone=walk.project.timezone
        )
    walk.engine.table(result, query)
    return result


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
    file = walk.project.sql_segments[name]
    sql = parse_user_sql(file.text, file=file.file, dialect=walk.project.settings.dialect)
    query = bind(
        sql,
        as_of=walk.as_of,
        timezone=walk.project.timezone,
        variables=walk.variables,
        tables=str,
    )
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
