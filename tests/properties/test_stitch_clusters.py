"""Agglomeration and matching on arrays, against plain Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from onefold.stitch.clusters import Clusters, Grounds
from onefold.stitch.matchings import greedy_matching
from onefold.stitch.traits import Traits, contradictions

MISSING = 2**31 - 1
RECORDS = 12
PAIR = st.tuples(st.integers(0, RECORDS - 1), st.integers(0, RECORDS - 1))
# year, month, day, generation, one separation key
TRAIT = st.tuples(
    st.sampled_from([1980, 1990]),
    st.sampled_from([1, 2]),
    st.sampled_from([3, 4]),
    st.sampled_from([0, 1, MISSING]),
    st.sampled_from([0, 1, MISSING]),
)
TRAITS = st.lists(TRAIT, min_size=RECORDS, max_size=RECORDS)
LINKS = st.lists(PAIR, max_size=30)


def clusters_of(rows: list[tuple[int, ...]]) -> Clusters:
    low = np.array(rows, dtype=np.int32).T
    high = np.where(low == MISSING, -1, low).astype(np.int32)
    tokens = np.arange(RECORDS, dtype=np.uint64) * np.uint64(2654435761)
    return Clusters(Traits(low, high), tokens)


def ends(links: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    array = np.array(links, dtype=np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def agrees(rows: list[tuple[int, ...]]) -> bool:
    """The oracle of contradictions, on the values themselves."""
    kinds = [{value for value in column if value != MISSING} for column in zip(*rows, strict=True)]
    unlike_parts = sum(len(kind) > 1 for kind in kinds[:3])
    return unlike_parts < 2 and all(len(kind) <= 1 for kind in kinds[3:])


@given(rows=TRAITS, links=LINKS)
def test_no_cluster_contradicts_itself(
    rows: list[tuple[int, ...]], links: list[tuple[int, int]]
) -> None:
    clusters = clusters_of(rows)
    clusters.join(*ends(links))

    for label in np.unique(clusters.labels):
        assert agrees([rows[record] for record in np.flatnonzero(clusters.labels == label)])


@given(rows=TRAITS, links=LINKS)
def test_what_could_still_be_joined_is_joined(
    rows: list[tuple[int, ...]], links: list[tuple[int, int]]
) -> None:
    clusters = clusters_of(rows)
    clusters.join(*ends(links))

    for a, b in links:
        if clusters.labels[a] != clusters.labels[b]:
            either = np.isin(clusters.labels, clusters.labels[[a, b]])
            assert not agrees([rows[record] for record in np.flatnonzero(either)])


@given(rows=TRAITS, links=LINKS)
def test_without_grounds_every_link_joins(
    rows: list[tuple[int, ...]], links: list[tuple[int, int]]
) -> None:
    clusters = clusters_of(rows)
    clusters.join(*ends(links), Grounds.NONE)

    assert all(clusters.labels[a] == clusters.labels[b] for a, b in links)


@given(rows=TRAITS)
def test_contradictions_are_those_of_the_values(rows: list[tuple[int, ...]]) -> None:
    whole = clusters_of(rows)
    whole.join(*ends([(0, record) for record in range(RECORDS)]), Grounds.NONE)

    low = np.array(rows, dtype=np.int32).T
    high = np.where(low == MISSING, -1, low).astype(np.int32)
    together = Traits(low, high).folded(whole.labels, 1)
    assert bool(contradictions(together).any()) is not agrees(rows)


@given(pairs=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=40))
def test_greedy_matching_takes_pairs_in_order(pairs: list[tuple[int, int]]) -> None:
    taken = greedy_matching(*ends(pairs))

    lefts: set[int] = set()
    rights: set[int] = set()
    expected = []
    for left, right in pairs:
        expected.append(left not in lefts and right not in rights)
        if expected[-1]:
            lefts.add(left)
            rights.add(right)
    assert taken.tolist() == expected
