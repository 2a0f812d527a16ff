"""Removal effects: what is left of the conversions without a channel.

Removing channel c sends every journey that would enter a state with c to nowhere. With
h and v as in `chain`, N = (I - Q)^-1 and S the states entered by c, what is left is

    v_c = v - v_S N_SS^-1 N[S, :],   h_c = h - N[:, S] N_SS^-1 h_S,   p_c = v_c·r

and the removal effect is `1 - p_c / p`. One factorisation serves all channels. Where
the chain is too large for N, the walks that avoid S are added up instead.

The intervals come from the same two vectors: a journey that goes from i to j, where the
chain expects h_c(i), moves p_c by `v_c(i) (h_c(j) - h_c(i)) / visits(i)`, so each
bucket of users moves it by the sum over its journeys (the influence function; Efron &
Tibshirani 1993, chapter 21). A bootstrap sample is the sum of its buckets' influences.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from touchledger.bootstrap import BUCKETS
from touchledger.markov.chain import Chain, solve_sparse
from touchledger.markov.states import States

__all__ = ["Removals", "removals"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Block = tuple[list[int], _Floats, _Floats]
_Solver = Callable[[list[_Ints], bool], tuple[_Floats, _Floats]]

# Numbers in the largest array that is worked on at once: 80 MB.
_CELLS_AT_ONCE = 10_000_000


@dataclass(frozen=True, eq=False)
class Removals:
    """Conversion probability and revenue of a journey, with and without each channel.

    Attributes:
        probability: P(conversion) of a journey.
        revenue: Expected revenue of a journey.
        without: P(conversion) when each channel is removed, `(channels,)`.
        revenue_without: Expected revenue when each is removed, `(channels,)`.
        influence: How much one more of each bucket moves `without` and, in the last
            row, `probability`, `(channels + 1, buckets)`; empty where not asked for.
    """

    probability: float
    revenue: float
    without: _Floats
    revenue_without: _Floats
    influence: _Floats


def removals(
    chain: Chain,
    journeys: sparse.csr_array | None = None,
    conversions: sparse.csr_array | None = None,
) -> Removals:
    """Remove each channel in turn.

    Args:
        chain: The chain of all journeys.
        journeys: The chain's journeys by bucket and path, `(buckets, paths)`, to have
            influences too.
        conversions: Those of them that convert.

    Returns:
        What is left without each channel of the paths.
    """
    channels = len(chain.states.paths.channel_keys)
    # One column more: without any channel removed.
    left = np.zeros((2, channels + 1))
    counts = None
    if journeys is not None and conversions is not None:
        counts = _BucketCounts.count(chain.states, journeys, conversions)
    influence = np.zeros((channels + 1 if counts else 0, BUCKETS))
    ends = np.stack([chain.exits, chain.worth])
    for columns, visits, probabilities in _blocks(chain, counts is not None):
        left[:, columns] = ends @ visits
        if counts is not None:
            influence[columns] = counts.influence(chain, visits, probabilities)
    # Rounding can leave a little less than nothing, or more than all.
    left = np.clip(left, 0, np.array([[1.0], [np.inf]]))
    return Removals(
        probability=float(left[0, -1]),
        revenue=float(left[1, -1]),
        without=left[0, :-1],
        revenue_without=left[1, :-1],
        influence=influence,
    )


def _blocks(chain: Chain, with_probabilities: bool) -> Iterator[_Block]:
    """Give v_c and h_c for a few channels at a time, `(states, columns)`."""
    at_once = max(1, _CELLS_AT_ONCE // max(1, len(chain.states), len(chain.moves.data)))
    members = _members(chain)
    solve = _dense(chain) if chain.is_dense else _sparse(chain)
    for begin in range(0, len(members), at_once):
        columns = range(begin, min(begin + at_once, len(members)))
        visits, probabilities = solve([members[c] for c in columns], with_probabilities)
        yield list(columns), visits, probabilities


def _members(chain: Chain) -> list[_Ints]:
    """Find the states that each channel was the last to enter; the last entry is empty.

    States with the channel further back can't be reached but through these.
    """
    latest = chain.states.channels[:, 0]
    order = np.argsort(latest, kind="stable")
    channels = len(chain.states.paths.channel_keys)
    begins = np.searchsorted(latest[order], np.arange(channels + 1))
    found = [order[a:b] for a, b in pairwise(begins)]
    return [*found, np.empty(0, dtype=np.int64)]


def _dense(chain: Chain) -> _Solver:
    n = len(chain.states)
    inverse = np.linalg.inv(np.eye(n) - chain.moves.toarray())
    visits = chain.start @ inverse
    probabilities = inverse @ chain.exits

    def solve(removed: list[_Ints], _: bool) -> tuple[_Floats, _Floats]:
        v = np.repeat(visits[:, None], len(removed), axis=1)
        h = np.repeat(probabilities[:, None], len(removed), axis=1)
        for column, gone in enumerate(removed):
            if len(gone):
                factors = linalg.lu_factor(inverse[np.ix_(gone, gone)])
                v[:, column] -= (
                    linalg.lu_solve(factors, visits[gone], trans=1) @ inverse[gone]
                )
                h[:, column] -= inverse[:, gone] @ linalg.lu_solve(
                    factors, probabilities[gone]
                )
                v[gone, column] = h[gone, column] = 0
        return v, h

    return solve


def _sparse(chain: Chain) -> _Solver:
    moves = chain.moves
    backward = moves.T.tocsr()

    def solve(removed: list[_Ints], both: bool) -> tuple[_Floats, _Floats]:
        allowed = np.ones((len(chain.states), len(removed)))
        for column, gone in enumerate(removed):
            allowed[gone, column] = 0
        v = solve_sparse(backward, chain.start[:, None], chain.longest_walk, allowed)
        if not both:
            return v, v
        return v, solve_sparse(moves, chain.exits[:, None], chain.longest_walk, allowed)

    return solve


@dataclass(frozen=True, eq=False)
class _BucketCounts:
    """The counts of a chain by bucket of users, `(buckets, states or pairs)`."""

    starts: sparse.csr_array
    transitions: sparse.csr_array
    ends: sparse.csr_array
    conversions: sparse.csr_array

    @classmethod
    def count(
        cls, states: States, journeys: sparse.csr_array, conversions: sparse.csr_array
    ) -> "_BucketCounts":
        steps, every = states.steps, np.arange(len(states.paths) + 1)
        pairs = len(steps.origin), np.searchsorted(steps.path, every)
        first = _ones(states.first, len(states), every)
        last = _ones(states.last, len(states), every)
        return cls(
            starts=journeys @ first,
            transitions=journeys @ _ones(steps.pair, *pairs),
            ends=journeys @ last,
            conversions=conversions @ last,
        )

    def influence(
        self, chain: Chain, visits: _Floats, probabilities: _Floats
    ) -> _Floats:
        """Add up what each bucket's journeys move, `(columns, buckets)`."""
        steps = chain.states.steps
        weight = visits * chain.per_visit[:, None]
        # np.take is several times as fast as indexing here.
        step = np.take(probabilities, steps.target, axis=0)
        step -= np.take(probabilities, steps.origin, axis=0)
        step *= np.take(weight, steps.origin, axis=0)
        begin = (probabilities - chain.start @ probabilities) / (chain.journeys or 1.0)
        moved = self.transitions @ step + self.starts @ begin
        moved += self.conversions @ weight - self.ends @ (weight * probabilities)
        return np.asarray(moved).T


def _ones(columns: _Ints, width: int, begins: _Ints) -> sparse.csr_array:
    return sparse.csr_array(
        (np.ones(len(columns)), columns, begins), shape=(len(begins) - 1, width)
    )
