"""How far back the chain should look, evaluated on users whom it hasn't seen.

The chain of each order is counted on the examples of training users, each a path with a
weight. A journey's score is the probability of conversion in the state where it stands.
States are the rarer the longer they are, so a score is drawn toward that of the order
below, as if the state had been seen `PRIOR_VISITS` more often and behaved like it; a
state that training users never visited has its score from there (shrinkage as in Chen &
Goodman 1999, "An empirical study of smoothing techniques for language modeling").

The order is chosen by the likelihood of the outcomes of validation users, looked at
after every touchpoint, not at the last alone: what the chain claims is the probability
that a journey still converts, and at its last touchpoint a journey goes no further.
Each journey counts by its weight, however many touchpoints it has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchledger.log import LOGGER
from touchledger.markov.chain import Chain
from touchledger.markov.states import States, states_up_to
from touchledger.paths import Outcomes, Paths

__all__ = [
    "HIGHEST_ORDER",
    "PRIOR_VISITS",
    "OrderScores",
    "chosen",
    "is_easy",
    "score_orders",
]

_Floats = NDArray[np.float64]

HIGHEST_ORDER = 4
PRIOR_VISITS = 10.0
# States times channels: removing each channel from a chain of that size takes seconds.
_EASY = 20_000_000
_SMALLEST = 1e-15


@dataclass(frozen=True, eq=False)
class OrderScores:
    """What the chain of one order, learned from training users, says of each path.

    The chain itself is gone: at millions of paths those of four orders fill memory.

    Attributes:
        order: The order.
        states: How many states the chain has.
        probabilities: Probability of conversion at the end of each path, `(paths,)`.
        log_likelihood: Mean log-likelihood of the outcome of validation users over
            their journeys, in each over its touchpoints; None where there are none.
    """

    order: int
    states: int
    probabilities: _Floats
    log_likelihood: float | None


def score_orders(paths: Paths, highest: int = HIGHEST_ORDER) -> Iterator[OrderScores]:
    """Score all paths by the chains of order 1, 2, … up to the highest.

    Args:
        paths: The paths, with outcomes by split.
        highest: The highest order.

    Yields:
        The scores of each order that isn't too large; nothing without training users.
    """
    training = paths.outcomes("training")
    validation = paths.outcomes("validation")
    if not training.journeys.sum():
        return
    score = np.array([training.conversions.sum() / training.journeys.sum()])
    for states in states_up_to(paths, highest):
        score = _state_scores(states, training, score)
        yield OrderScores(
            order=states.order,
            states=len(states),
            probabilities=score[states.last],
            log_likelihood=_log_likelihood(states, score, validation),
        )


def chosen(scored: Sequence[OrderScores], sizes: Sequence[int], channels: int) -> int:
    """Choose the order that predicts validation users best; of equals, the lowest.

    Orders whose chain is too large to remove all channels within seconds aren't chosen,
    nor those that have the states of the order below: theirs is the same chain, drawn
    less toward the average. Without validation users it is 1.

    Args:
        scored: The scores of the orders, from 1 on.
        sizes: States of the ledger's chain of each order, from 1 on; orders beyond
            them aren't solved.
        channels: How many channels the ledger's chain has.
    """
    below = [0, *(s.states for s in scored)]
    candidates = [
        s
        for s, states_below in zip(scored, below, strict=False)
        if s.log_likelihood is not None and states_below < s.states
    ]
    for best in sorted(
        candidates, key=lambda s: (s.log_likelihood, -s.order), reverse=True
    ):
        order = best.order
        if order <= len(sizes) and is_easy(sizes[order - 1], channels):
            return order
        LOGGER.info(
            "markov_order auto passes over order %d, which predicts better: its chain "
            "is too large to remove %s channels within seconds; set the order to have "
            "it all the same.",
            order,
            f"{channels:,}",
        )
    return 1


def is_easy(states: int, channels: int) -> bool:
    """Say whether removing each channel from a chain of that size takes seconds."""
    return states * channels <= _EASY


def _state_scores(states: States, training: Outcomes, shorter: _Floats) -> _Floats:
    chain = Chain.count(states, training)
    probability = chain.conversion_probabilities()
    return (chain.visits * probability + PRIOR_VISITS * shorter[states.suffix]) / (
        chain.visits + PRIOR_VISITS
    )


def _log_likelihood(
    states: States, score: _Floats, validation: Outcomes
) -> float | None:
    paths = states.paths
    if not validation.journeys.any():
        return None
    seen = validation.journeys[paths.path_of_touch] > 0
    path = paths.path_of_touch[seen]
    probability = np.clip(score[states.of_touch[seen]], _SMALLEST, 1 - _SMALLEST)
    nulls = validation.journeys - validation.conversions
    gained = validation.conversions[path] * np.log(probability)
    gained += nulls[path] * np.log1p(-probability)
    # The mean of a journey's touchpoints: a robot with thousands counts once.
    gained /= np.diff(paths.offsets)[path]
    return float(gained.sum() / validation.journeys.sum())
