"""The published network in plain PyTorch, in batches of one length.

`.venv-bench` holds PyTorch; `network_bench.py` starts this script there.
"""

from collections.abc import Iterator

import numpy as np
import torch  # type: ignore[import-not-found]
from numpy.typing import NDArray

from synthetic_clicks import LEVEL_COUNT, Clicks
from worker import Side, serve

_EMBEDDING = 128
_UNITS = 64
_BATCH_CLICKS = 4096
_Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class _Network(torch.nn.Module):  # type: ignore[misc]
    """Summed embeddings, an LSTM, attention by tanh of one number, a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = torch.nn.EmbeddingBag(LEVEL_COUNT, _EMBEDDING, mode="sum")
        self.numbers = torch.nn.Linear(4, _EMBEDDING)
        self.lstm = torch.nn.LSTM(_EMBEDDING, _UNITS)
        self.score = torch.nn.Linear(_UNITS, 1)
        self.head = torch.nn.Linear(_UNITS, 1)

    def forward(self, levels: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """Give log-odds of clicks `(clicks, journeys, ...)`."""
        clicks, journeys, fields = levels.shape
        embedded = self.levels(levels.reshape(-1, fields))
        embedded = embedded.reshape(clicks, journeys, -1) + self.numbers(numbers)
        states, _ = self.lstm(embedded)
        attention = torch.softmax(torch.tanh(self.score(states)), dim=0)
        return self.head((states * attention).sum(0))[:, 0]


class TorchSide(Side):
    """Trains on all journeys a round.

    Args:
        clicks: The journeys.
        threads: Threads of its operations.
    """

    def __init__(self, clicks: Clicks, threads: str) -> None:
        """Hold the journeys; nothing is compiled."""
        # TensorFlow does so by itself; averages of rare levels become very small.
        torch.set_flush_denormal(True)
        torch.set_num_threads(int(threads))
        torch.manual_seed(1)
        self.network = _Network()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=0.001)
        self.clicks = clicks
        self.features = clicks.features()
        self.draw = np.random.default_rng(1)

    def train(self) -> int:
        """Pass over all journeys once."""
        losses = [self._learn(batch) for batch in self._batches()]
        if not np.isfinite(float(torch.stack(losses).mean())):
            raise ArithmeticError("the loss isn't finite")
        return len(self.clicks)

    def _learn(self, batch: _Batch) -> torch.Tensor:
        levels, numbers, labels = batch
        self.optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            self.network(levels, numbers), labels
        )
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def _batches(self) -> Iterator[_Batch]:
        """Give batches of one length, both in an order drawn anew."""
        taken = []
        lengths = self.clicks.lengths
        for length in np.unique(lengths):
            rows = self.draw.permutation(np.flatnonzero(lengths == length))
            size = _BATCH_CLICKS // int(length)
            taken += [rows[first : first + size] for first in range(0, len(rows), size)]
        for place in self.draw.permutation(len(taken)):
            yield self._batch(taken[place])

    def _batch(self, rows: NDArray[np.int64]) -> _Batch:
        length = int(self.clicks.lengths[rows[0]])
        starts = self.clicks.ends[rows] - length
        clicks = starts + np.arange(length)[:, None]
        return (
            torch.from_numpy(self.clicks.levels[clicks]),
            torch.from_numpy(self.features[clicks]),
            torch.from_numpy(self.clicks.labels[rows]),
        )


if __name__ == "__main__":
    serve(TorchSide)
