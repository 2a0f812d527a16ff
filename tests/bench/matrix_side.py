"""What this machine can do at most: one large product of matrices of 32 bits."""

import numpy as np

from synthetic_clicks import Clicks
from worker import Side, serve

_WIDTH = 2_048
_TIMES = 8


class MatrixSide(Side):
    """Multiplies matrices; it needs no journeys."""

    def __init__(self, clicks: Clicks) -> None:
        """Draw both matrices."""
        draw = np.random.default_rng(len(clicks))
        self.left, self.right = draw.random((2, _WIDTH, _WIDTH), np.float32)

    def train(self) -> int:
        """Multiply: how many additions and multiplications that takes."""
        for _ in range(_TIMES):
            self.left @ self.right
        return _TIMES * 2 * _WIDTH**3


if __name__ == "__main__":
    serve(MatrixSide)
