"""Greedy matching on integer arrays, without a loop over rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["dominant_pairs", "greedy_matching"]

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def dominant_pairs(left: Ints, right: Ints) -> Mask:
    """Mark the pairs that come before every other pair of both their ends.

    Pairs stand in order of preference; an end is the same wherever its number stands.
    """
    order = np.arange(len(left))
    first = np.full(max(left.max(initial=-1), right.max(initial=-1)) + 1, len(left))
    np.minimum.at(first, left, order)
    np.minimum.at(first, right, order)
    dominant: Mask = (first[left] == order) & (first[right] == order)
    return dominant


def greedy_matching(left: Ints, right: Ints) -> Mask:
    """Mark the pairs that a greedy one-to-one matching takes, going through them in order.

    Equal to taking each pair whose two ends are still free, one after the other: a pair that is
    first for both its ends is taken whatever happens elsewhere, so all such are taken at once.
    `left` and `right` are numbers of two different kinds, from 0.
    """
    taken = np.zeros(len(left), dtype=np.bool_)
    right = right + left.max(initial=-1) + 1
    open_pairs = np.arange(len(left))
    while len(open_pairs):
        ends = left[open_pairs], right[open_pairs]
        chosen = dominant_pairs(*ends)
        taken[open_pairs[chosen]] = True
        busy = np.concatenate([end[chosen] for end in ends])
        free = ~(np.isin(ends[0], busy) | np.isin(ends[1], busy))
        open_pairs = open_pairs[free]
    return taken
