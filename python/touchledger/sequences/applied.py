"""A trained network, applied to journeys: chances, attention and Shapley values."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchledger.sequences.coalitions import ShapleyValues, shapley_values
from touchledger.sequences.journeys import Journeys, equal_journeys, padded_lengths
from touchledger.sequences.network import JourneyNetwork
from touchledger.sequences.tracing import Batch, LengthFunctions

__all__ = ["AppliedNetwork"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Bools = NDArray[np.bool_]

# Reading needs no gradients, so more fits than in training.
_STEPS_AT_ONCE = 16_384


class AppliedNetwork:
    """Applies a network; traced functions are kept from one call to the next.

    Args:
        network: The network. What its weights become later counts.
    """

    def __init__(self, network: JourneyNetwork) -> None:
        """Trace nothing yet."""
        self.network = network
        self._read = LengthFunctions(network)
        self._context = LengthFunctions(network.context)
        self._coalitions = LengthFunctions(
            lambda batch: network.joined(network.attended(batch)[0], batch["context"])
        )

    def log_odds(self, journeys: Journeys) -> _Floats:
        """Give the log-odds of the conversion of journeys, `(journeys,)`."""
        found = np.empty(len(journeys))
        for rows, batch in _batches(journeys):
            found[rows] = self._read(batch)["log_odds"].numpy()
        return found

    def chances(self, journeys: Journeys) -> _Floats:
        """Give the chance of the conversion of journeys, `(journeys,)`."""
        return _chance(self.log_odds(journeys))

    def attention(self, journeys: Journeys) -> _Floats:
        """Give the attention to each step, `(steps,)`; a journey's sums to 1."""
        found = np.empty(int(journeys.lengths.sum()))
        for rows, batch in _batches(journeys):
            weights = self._read(batch)["attention"].numpy()
            found[journeys.steps_of(rows)] = weights[journeys.cells_of(rows)]
        # Sums of numbers of 32 bits are 1 to seven digits only.
        journey = np.repeat(np.arange(len(journeys)), journeys.lengths)
        shares: _Floats = found / np.bincount(journey, found, len(journeys))[journey]
        return shares

    def touchpoint_values(
        self,
        journeys: Journeys,
        *,
        exact_up_to: int,
        permutations: int,
        seeds: _Ints,
        on_games: Callable[[int], None],
    ) -> ShapleyValues:
        """Give the Shapley values of steps for the chance of conversion.

        A coalition is some of a journey's touchpoints, in their order; its value is the
        chance when the others are taken out. The context of the journey stays: what a
        user is like doesn't change with a touchpoint. Values of a journey sum to
        f(journey) - f(nothing).

        Args:
            journeys: The journeys; a game each.
            exact_up_to: Journeys of at most so many steps are computed exactly.
            permutations: Orders drawn for each longer one.
            seeds: Draw them, `(journeys,)`.
            on_games: Called with how many games have been done since.
        """
        contexts = self._contexts(journeys)
        # They are part of the context; coalitions that differ in them alone are equal.
        journeys = replace(journeys, exposures=np.zeros_like(journeys.exposures))

        def value(games: _Ints, members: _Bools) -> _Floats:
            coalitions = journeys.taken(games).only(members)
            return _chance(self._coalition_odds(coalitions, contexts[games]))

        return shapley_values(
            journeys.lengths,
            value,
            exact_up_to=exact_up_to,
            permutations=permutations,
            seeds=seeds,
            on_games=on_games,
        )

    def _coalition_odds(
        self, coalitions: Journeys, contexts: NDArray[np.float32]
    ) -> _Floats:
        """Give log-odds; equal coalitions are computed once."""
        first, of = equal_journeys(coalitions, contexts)
        distinct, contexts = coalitions.taken(first), contexts[first]
        found = np.empty(len(distinct))
        for rows, batch in _batches(distinct):
            found[rows] = self._coalitions({**batch, "context": contexts[rows]}).numpy()
        empty = np.flatnonzero(distinct.lengths == 0)
        found[empty] = np.asarray(self.network.without_steps(contexts[empty]))
        return found[of]

    def _contexts(self, journeys: Journeys) -> NDArray[np.float32]:
        found = np.zeros((len(journeys), self.network.context_units), np.float32)
        for rows, batch in _batches(journeys):
            found[rows] = self._context(batch).numpy()
        return found


def _batches(journeys: Journeys) -> Iterator[tuple[_Ints, Batch]]:
    """Lay out the journeys that have steps, those of about one length together."""
    lengths = padded_lengths(journeys.lengths)
    order = np.flatnonzero(journeys.lengths)
    for length, rows in journeys.by_length(lengths, _STEPS_AT_ONCE, order):
        yield rows, journeys.padded(rows, length)


def _chance(log_odds: _Floats) -> _Floats:
    return 1.0 / (1.0 + np.exp(-log_odds))
