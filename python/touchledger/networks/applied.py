"""A trained network, applied: probabilities, attention and Shapley values."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchledger.fits.versions import mixed_bits
from touchledger.networks.coalitions import ShapleyValues, shapley_values
from touchledger.networks.journeys import (
    Journeys,
    equal_journeys,
    journey_hashes,
    padded_lengths,
)
from touchledger.networks.network import JourneyNetwork
from touchledger.networks.side_by_side import side_by_side
from touchledger.networks.tracing import BatchFunction

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
        self._has_days = network.settings.steps == "days"
        self._read = BatchFunction(network)
        self._context = BatchFunction(network.context)
        self._coalitions = BatchFunction(
            lambda batch: network.joined(network.attended(batch)[0], batch["context"])
        )

    def log_odds(self, journeys: Journeys) -> _Floats:
        """Give the log-odds of the conversion of journeys, `(journeys,)`."""
        found = np.empty(len(journeys))
        for rows, batch in _read(journeys, self._read):
            found[rows] = batch["log_odds"]
        without = np.flatnonzero(journeys.lengths == 0)
        if len(without):
            batch = journeys.padded(without, 0)
            found[without] = self.network.without_steps(self.network.context(batch))
        return found

    def probabilities(self, journeys: Journeys) -> _Floats:
        """Give the probability of the conversion of journeys, `(journeys,)`."""
        if not self._has_days:
            return _probability(self.log_odds(journeys))
        nothing = np.empty((len(journeys), 0), np.float32)
        first, of = equal_journeys(journey_hashes(journeys, nothing))
        return _probability(self.log_odds(journeys.taken(first)))[of]

    def attention(self, journeys: Journeys) -> _Floats:
        """Give the attention to each step, `(steps,)`; a journey's sums to 1."""
        found = np.empty(int(journeys.lengths.sum()))
        for rows, batch in _read(journeys, self._read):
            weights = batch["attention"].numpy()
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
        seed: int,
        on_games: Callable[[int], None],
    ) -> ShapleyValues:
        """Give the Shapley values for the probability of conversion.

        Players are the steps; where those are days, they are their cells.

        A coalition is some of a journey's touchpoints, in their order; its value is the
        probability when the others are taken out. The context of the journey stays:
        what a user is like doesn't change with a touchpoint. Values of a journey sum to
        f(journey) - f(nothing). Equal journeys are one game.

        Args:
            journeys: The journeys; a game each.
            exact_up_to: Journeys of at most so many steps are computed exactly.
            permutations: Orders drawn for each longer one.
            seed: Draws them, with what the journey is: others don't matter.
            on_games: Called with how many games have been done since.
        """
        contexts = self._contexts(journeys)
        # They are part of the context; coalitions that differ in them alone are equal.
        journeys = replace(
            journeys.without_profile(), exposures=np.zeros_like(journeys.exposures)
        )
        hashes = journey_hashes(journeys, contexts)
        first, of = equal_journeys(hashes)
        distinct, contexts = journeys.taken(first), contexts[first]
        players = distinct.lengths
        if self._has_days:
            of_step = (distinct.categories > 0).sum(axis=1)
            players = np.add.reduceat(of_step, distinct.starts[:-1])

        def value(games: _Ints, members: _Bools) -> _Floats:
            whole = distinct.taken(games)
            keep = whole.without_cells if self._has_days else whole.only
            return _probability(self._coalition_odds(keep(members), contexts[games]))

        drawn = mixed_bits(hashes[first, 0] ^ np.uint64(seed % 2**64))
        solved = shapley_values(
            players,
            value,
            exact_up_to=exact_up_to,
            permutations=permutations,
            seeds=drawn.view(np.int64),
            on_games=on_games,
        )
        return solved.of_games(of, players)

    def _coalition_odds(
        self, coalitions: Journeys, contexts: NDArray[np.float32]
    ) -> _Floats:
        """Give log-odds; equal coalitions are computed once."""
        first, of = equal_journeys(journey_hashes(coalitions, contexts))
        distinct, contexts = coalitions.taken(first), contexts[first]
        found = np.empty(len(distinct))
        for rows, odds in _read(distinct, self._coalitions, context=contexts):
            found[rows] = odds
        empty = np.flatnonzero(distinct.lengths == 0)
        found[empty] = np.asarray(self.network.without_steps(contexts[empty]))
        return found[of]

    def _contexts(self, journeys: Journeys) -> NDArray[np.float32]:
        found = np.zeros((len(journeys), self.network.context_units), np.float32)
        for rows, context in _read(journeys, self._context):
            found[rows] = context
        return found


def _read(
    journeys: Journeys, function: BatchFunction, **known: NDArray[np.float32]
) -> Iterator[tuple[_Ints, Any]]:
    """Apply a function to the journeys that have steps, two batches at a time.

    Args:
        journeys: The journeys; those of about one length go together.
        function: Reads a batch.
        known: What else the function takes, a row for each journey.

    Yields:
        The journeys of a batch, and what the function gives.
    """
    lengths = padded_lengths(journeys.lengths)
    order = np.flatnonzero(journeys.lengths)

    def read(batch: tuple[int, _Ints]) -> tuple[_Ints, Any]:
        length, rows = batch
        more = {name: values[rows] for name, values in known.items()}
        return rows, function({**journeys.padded(rows, length), **more})

    batches = journeys.by_length(lengths, _STEPS_AT_ONCE, order)
    return side_by_side(read, batches, threads=2)


def _probability(log_odds: _Floats) -> _Floats:
    return 1.0 / (1.0 + np.exp(-log_odds))
