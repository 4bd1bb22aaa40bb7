"""From clean records to clusters: every rule in turn, and the evidence it leaves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from sqlglot import exp

from onefold.stitch.clusters import Clusters, Grounds
from onefold.stitch.config import StitchConfig
from onefold.stitch.names import register_nicknames
from onefold.stitch.normal import fill
from onefold.stitch.rules import RULES, links_by_rule
from onefold.stitch.traits import read_traits
from onefold.warehouse import Engine, fixed_sql, literal

__all__ = ["UNNAMED", "link_records"]

ROOM = "onefold.stitch"
UNNAMED = ("email", "phone")  # what records without a given name go by


def link_records(engine: Engine, config: StitchConfig, tags: Sequence[str], records: int) -> None:
    """Write `_stitch_labels` (rid, cluster) and `_stitch_links` (rule, a, b: refused ones too)."""
    engine.table("_stitch_links", "SELECT '' AS rule, 0::BIGINT AS a, 0::BIGINT AS b LIMIT 0")
    clusters = _singletons(engine, tags, records)
    _join_by_keys(engine, clusters, config)
    _join_by_names(engine, clusters, config)
    _join_unnamed(engine, clusters)
    _write_labels(engine, clusters)


def _singletons(engine: Engine, tags: Sequence[str], records: int) -> Clusters:
    separations = [tag for tag in tags if tag.startswith("sk-")]
    read = engine.arrow("SELECT rid, token FROM _stitch_clean").read_all()
    tokens = np.empty(records, dtype=np.uint64)
    tokens[read["rid"].to_numpy()] = read["token"].to_numpy()
    return Clusters(read_traits(engine, separations, records), tokens)


def _join_by_keys(engine: Engine, clusters: Clusters, config: StitchConfig) -> None:
    separate = config.when_keys_disagree == "separate"
    _join(
        engine,
        clusters,
        fixed_sql(ROOM, "key_links"),
        grounds=Grounds.SEPARATION_KEYS if separate else Grounds.NONE,
    )


def _join_by_names(engine: Engine, clusters: Clusters, config: StitchConfig) -> None:
    register_nicknames(engine, "_stitch_nicknames")
    try:
        for rule in RULES:
            _join(engine, clusters, links_by_rule(engine, rule, config), name=rule.name)
    finally:
        engine.unregister("_stitch_nicknames")
        engine.drop("_stitch_keyed")


def _join_unnamed(engine: Engine, clusters: Clusters) -> None:
    for value in UNNAMED:
        column = exp.column(value)
        _join(engine, clusters, fill(fixed_sql(ROOM, "unnamed_links"), value=column), name=value)
        _write_labels(engine, clusters)
        _join(engine, clusters, fill(fixed_sql(ROOM, "attach_links"), value=column), name=value)


def _join(
    engine: Engine,
    clusters: Clusters,
    links: exp.Expr,
    *,
    name: str | None = None,
    grounds: Grounds = Grounds.ALL,
) -> None:
    """Join clusters by a query of links (rule, a, b; without a rule when it has a `name`)."""
    engine.table("_stitch_new_links", links)
    rule = exp.column("rule") if name is None else exp.alias_(literal(name), "rule")
    engine.run(exp.insert(exp.select(rule, "a", "b").from_("_stitch_new_links"), "_stitch_links"))
    pairs = engine.arrow("SELECT a, b FROM _stitch_new_links").read_all()
    clusters.join(pairs["a"].to_numpy(), pairs["b"].to_numpy(), grounds)
    engine.drop("_stitch_new_links")


def _write_labels(engine: Engine, clusters: Clusters) -> None:
    labels = pa.table({"rid": np.arange(len(clusters.labels)), "cluster": clusters.labels})
    engine.register("_stitch_label_data", labels)
    engine.table("_stitch_labels", "SELECT rid, cluster FROM _stitch_label_data")
    engine.unregister("_stitch_label_data")
