"""Our networks, trained and applied by the package as the build does."""

from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from synthetic_clicks import LEVEL_COUNT, LEVELS, Clicks
from touchledger.networks.applied import AppliedNetwork
from touchledger.networks.journeys import Journeys
from touchledger.networks.network import JourneyNetwork
from touchledger.networks.runtime import use_one_thread_each
from touchledger.networks.settings import PRESETS, NetworkSettings
from touchledger.networks.shape import NetworkShape
from touchledger.networks.training import Examples, Learner
from worker import Side, serve

_SEED = 1
# 64 journeys of 4.15 clicks.
_PUBLISHED_BATCH_STEPS = 266
_HELD_OUT_JOURNEYS = 50_000
# The exact values of a journey of 15 clicks take 32,768 coalitions.
_MOST_EXACT = 10
_SHAPLEY_JOURNEYS = 2_000


class OursSide(Side):
    """Trains a preset on all journeys a round, and applies what it has become.

    Args:
        clicks: The journeys.
        preset: Of `NetworkSettings`.
        epochs: Passes over the journeys before the loss is looked at.
    """

    def __init__(self, clicks: Clicks, preset: str, epochs: str) -> None:
        """Make the network; nothing is traced yet."""
        use_one_thread_each()
        self.settings = replace(PRESETS[preset], batch_steps=4096)
        self.epochs = int(epochs)
        self.examples = _examples(clicks)
        network = _network(self.settings)
        self.learner = Learner(network, self.examples)
        self.applied = AppliedNetwork(network)
        self.rounds = 0

    def train(self) -> int:
        """Pass over all journeys once."""
        self.rounds += 1
        self.learner.learn(np.random.default_rng([_SEED, self.rounds]))
        return len(self.examples)

    def score(self) -> int:
        """Give all journeys their probability."""
        self.applied.probabilities(self.examples.journeys)
        return len(self.examples)

    def shapley(self) -> int:
        """Give exact values to converting journeys: their coalitions."""
        lengths = self.examples.journeys.lengths
        is_taken = (self.examples.labels > 0) & (lengths <= _MOST_EXACT)
        rows = np.flatnonzero(is_taken)[:_SHAPLEY_JOURNEYS]
        self.applied.touchpoint_values(
            self.examples.journeys.taken(rows),
            exact_up_to=_MOST_EXACT,
            permutations=4,
            seed=_SEED,
            on_games=lambda done: None,
        )
        return int((2 ** lengths[rows]).sum())

    def loss_of_small_batches(self) -> float:
        """Learn anew by 64 journeys at a time: the loss on other journeys."""
        return self._held_out_loss(_PUBLISHED_BATCH_STEPS)

    def loss_of_our_batches(self) -> float:
        """Learn anew by our batches: the loss on other journeys."""
        return self._held_out_loss(self.settings.batch_steps)

    def _held_out_loss(self, batch_steps: int) -> float:
        network = _network(replace(self.settings, batch_steps=batch_steps))
        learner = Learner(network, self.examples)
        for epoch in range(self.epochs):
            learner.learn(np.random.default_rng([_SEED, epoch]))
        held_out = _examples(Clicks.made(_HELD_OUT_JOURNEYS, _SEED + 1))
        return held_out.log_loss(AppliedNetwork(network).log_odds(held_out.journeys))


def _network(settings: NetworkSettings) -> JourneyNetwork:
    shape = NetworkShape(
        categories=LEVEL_COUNT + 1,
        fields=len(LEVELS),
        numbers=2,
        attributes=1,
        attribute_fields=0,
        attribute_numbers=0,
        arrival_days=-1.0,
        log_odds=-2.0,
    )
    return JourneyNetwork(settings.to_dict(), asdict(shape), _SEED)


def _examples(clicks: Clicks) -> Examples:
    nothing: NDArray[np.float32] = np.empty((len(clicks), 0), np.float32)
    journeys = Journeys(
        lengths=clicks.lengths,
        categories=clicks.levels + 1,
        numbers=clicks.numbers,
        ages=clicks.ages,
        exposures=np.ones(len(clicks.ages), np.float32),
        attributes=nothing.astype(np.int32),
        attribute_numbers=nothing,
    )
    return Examples(journeys, clicks.labels, np.ones(len(clicks), np.float32))


if __name__ == "__main__":
    serve(OursSide)
