"""Agglomeration: links join clusters, the strongest rule first, unless that contradicts itself.

Most joins contradict nothing and are done at once, by connected components. Only in components
that would contradict themselves are clusters joined pair by pair, the best pairs first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from onefold.stitch.matchings import Ints, Mask, dominant_pairs
from onefold.stitch.traits import Traits, contradictions

__all__ = ["Clusters", "Grounds", "Tokens"]

Tokens = npt.NDArray[np.uint64]
_ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads the bits of a product over all 64


class Grounds(Enum):
    """Which contradictions refuse a join, as rows of `contradictions`."""

    ALL = slice(0, None)
    SEPARATION_KEYS = slice(2, None)
    NONE = slice(0, 0)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of different clusters, each once, and how many links speak for it."""

    a: Ints
    b: Ints
    links: Ints

    def where(self, keep: Mask) -> _Pairs:
        return _Pairs(self.a[keep], self.b[keep], self.links[keep])

    @classmethod
    def of(cls, a: Ints, b: Ints, links: Ints, size: int) -> _Pairs:
        """Gather links between clusters (numbers below `size`); those within one are dropped."""
        apart = a != b
        low, high = np.minimum(a, b)[apart], np.maximum(a, b)[apart]
        codes, place = np.unique(low * size + high, return_inverse=True)
        counts = np.bincount(place, weights=links[apart], minlength=len(codes))
        return cls(codes // size, codes % size, counts.astype(np.int64))


class Clusters:
    """The clusters of all records; at first every record is its own.

    A cluster that contradicts itself already (its records were forced together by a key) is not
    held to that ground again.

    Attributes:
        labels: the cluster of every record, numbered from 0.
    """

    def __init__(self, traits: Traits, tokens: Tokens) -> None:
        self.labels: Ints = np.arange(len(tokens), dtype=np.int64)
        self._traits = traits
        self._tokens = tokens

    def join(self, a: Ints, b: Ints, grounds: Grounds = Grounds.ALL) -> None:
        """Join the clusters of linked records (a[i], b[i]), but for joins that are refused."""
        size = len(self._tokens)
        every_link = np.ones(len(a), dtype=np.int64)
        pairs = _Pairs.of(self.labels[a], self.labels[b], every_link, size)
        pairs = pairs.where(~_contradicted(pairs, self._traits, grounds))
        self._move(_groups(pairs, self._traits, self._tokens, grounds))

    def _move(self, target: Ints) -> None:
        size = int(target.max(initial=-1)) + 1
        tokens = np.full(size, np.iinfo(np.uint64).max, dtype=np.uint64)
        np.minimum.at(tokens, target, self._tokens)
        self._tokens = tokens
        self._traits = self._traits.folded(target, size)
        self.labels = target[self.labels]


def _groups(pairs: _Pairs, traits: Traits, tokens: Tokens, grounds: Grounds) -> Ints:
    """Say into which group each cluster goes: whole components, or parts of contradictory ones."""
    count, component = _components(pairs, len(tokens))
    broken = _any_of(contradictions(traits.folded(component, count)), grounds)
    doubtful = broken[component]
    inside = pairs.where(doubtful[pairs.a])
    members = np.unique(np.concatenate([inside.a, inside.b]))
    if not len(members):
        return component
    local = _Pairs(
        np.searchsorted(members, inside.a), np.searchsorted(members, inside.b), inside.links
    )
    parts = _pair_by_pair(local, traits.at(members), tokens[members], grounds)
    target = component.copy()
    target[members] = count + parts
    return np.unique(target, return_inverse=True)[1]


def _pair_by_pair(pairs: _Pairs, traits: Traits, tokens: Tokens, grounds: Grounds) -> Ints:
    """Join the best pairs that contradict nothing, until none is left.

    In each round the pairs are joined that are the best of both their ends; which these are does
    not depend on the order of rows, nor on records elsewhere.
    """
    size = len(tokens)
    group = np.arange(size, dtype=np.int64)
    while len(pairs.a):
        best = _best_first(pairs, traits, tokens)
        best = best.where(dominant_pairs(best.a, best.b))
        target = np.arange(size, dtype=np.int64)
        target[best.b] = best.a
        traits, tokens = traits.folded(target, size), _least(tokens, target)
        group = target[group]
        pairs = _Pairs.of(target[pairs.a], target[pairs.b], pairs.links, size)
        pairs = pairs.where(~_contradicted(pairs, traits, grounds))
    return group


def _best_first(pairs: _Pairs, traits: Traits, tokens: Tokens) -> _Pairs:
    """Order pairs: most traits in common, then most links, then as the records' tokens say."""
    a, b = traits.at(pairs.a), traits.at(pairs.b)
    agreeing = ((a.low == b.low) & (a.high == b.high) & (a.high >= 0)).sum(axis=0)
    chance = (tokens[pairs.a] ^ tokens[pairs.b]) * _ODD
    order = np.lexsort((chance, -pairs.links, -agreeing))
    return _Pairs(pairs.a[order], pairs.b[order], pairs.links[order])


def _contradicted(pairs: _Pairs, traits: Traits, grounds: Grounds) -> Mask:
    """Mark pairs whose union contradicts itself on a ground where neither of the two does."""
    a, b = traits.at(pairs.a), traits.at(pairs.b)
    new = contradictions(a.joined(b)) & ~contradictions(a) & ~contradictions(b)
    return _any_of(new, grounds)


def _any_of(found: Mask, grounds: Grounds) -> Mask:
    """Reduce contradictions (one row a ground) to whether one of the grounds is given."""
    given: Mask = np.logical_or.reduce(found[grounds.value], axis=0)
    return given


def _components(pairs: _Pairs, size: int) -> tuple[int, Ints]:
    # Here, not above: loading SciPy takes as long as many a command that never stitches.
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(pairs.a), dtype=np.int8), (pairs.a, pairs.b)), (size, size))
    count, component = connected_components(graph, directed=False)
    return int(count), component.astype(np.int64)


def _least(tokens: Tokens, target: Ints) -> Tokens:
    least = tokens.copy()
    np.minimum.at(least, target, tokens)
    return least
