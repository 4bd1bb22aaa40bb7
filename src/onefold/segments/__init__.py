"""Room 5: who. A rule tree (or SQL) becomes one SELECT of persons.

In: plain data of a project file, a catalogue of the tables that rules may read, the run's instant
and the project's zone. Out: sqlglot trees over those tables, which the caller runs where and when
it likes, plus plain English and the order of segments that read each other.

Invariants:

- A segment is a subset of the universe (`merged_customers`): one column `person_id`, each person
  once, never NULL.
- `not` gives exactly the persons that its rule leaves out. Nobody falls between the two.
- One rule, one SELECT, set-based: person-grain tables are joined once each, everything else is an
  EXISTS that the engine runs as a hash semi-join.
- Days are days of the project's zone, counted from `as_of`. No clock, no randomness.
- Names are the logical ones that projects write (`merged_customers`, `segments.lapsing_vips`,
  `lists.vip_evening`); whoever runs a SELECT makes them resolve.
"""

from onefold.segments.audience import Size, measure, sample
from onefold.segments.catalogue import PERSONS, Catalogue, Grain, TableShape
from onefold.segments.config import SegmentSettings
from onefold.segments.describe import describe, sentence
from onefold.segments.explain import Check, explain_person
from onefold.segments.operators import OPERATORS, Family, Operator, Takes, operators_of
from onefold.segments.parse import RULE_KEYS, parse_rules
from onefold.segments.periods import Period, Unit
from onefold.segments.references import References, order_segments, references
from onefold.segments.refusals import (
    Path,
    RuleError,
    UnknownRuleKey,
    UnknownRuleReference,
)
from onefold.segments.rules import (
    All,
    Any,
    AnyRowOf,
    Condition,
    InList,
    InSegment,
    Not,
    Purchased,
    Rule,
    Scalar,
    Value,
    walk,
)
from onefold.segments.segments import compile_predicates, compile_segment
from onefold.segments.sql_segments import compile_sql_segment
from onefold.segments.write import to_data

__all__ = [
    "OPERATORS",
    "PERSONS",
    "RULE_KEYS",
    "All",
    "Any",
    "AnyRowOf",
    "Catalogue",
    "Check",
    "Condition",
    "Family",
    "Grain",
    "InList",
    "InSegment",
    "Not",
    "Operator",
    "Path",
    "Period",
    "Purchased",
    "References",
    "Rule",
    "RuleError",
    "Scalar",
    "SegmentSettings",
    "Size",
    "TableShape",
    "Takes",
    "Unit",
    "UnknownRuleKey",
    "UnknownRuleReference",
    "Value",
    "compile_predicates",
    "compile_segment",
    "compile_sql_segment",
    "describe",
    "explain_person",
    "measure",
    "operators_of",
    "order_segments",
    "parse_rules",
    "references",
    "sample",
    "sentence",
    "to_data",
    "walk",
]
