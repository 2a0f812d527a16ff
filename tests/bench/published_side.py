"""The published notebook's network, in Keras, as the notebook feeds it.

Each click is a dense vector of 1,492 levels and four numbers, each journey is padded to
15 clicks, and `fit` takes 64 journeys at a time, with the threads that TensorFlow
takes by itself.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
from numpy.typing import NDArray

from synthetic_clicks import LEVEL_COUNT, MOST_CLICKS, Clicks
from worker import Side, serve

_EMBEDDING = 128
_UNITS = 64
_BATCH = 64
_RECURRENT_DROPOUT = 0.2
# Dense, these take 290 MB.
_JOURNEYS = 3_200


class PublishedSide(Side):
    """Fits a few thousand journeys a round, one pass over them."""

    def __init__(self, clicks: Clicks) -> None:
        """Lay the journeys out and compile the network."""
        keras.utils.set_random_seed(1)
        taken = clicks.between(0, _JOURNEYS)
        self.inputs = _dense(taken)
        self.labels = taken.labels
        self.network = _network()

    def train(self) -> int:
        """Pass over the journeys once."""
        self.network.fit(self.inputs, self.labels, batch_size=_BATCH, verbose=0)
        return len(self.labels)


def _network() -> keras.Model:
    clicks = keras.Input((MOST_CLICKS, LEVEL_COUNT + 4))
    embedded = keras.layers.Dense(_EMBEDDING)(clicks)
    states = keras.layers.LSTM(
        _UNITS, return_sequences=True, recurrent_dropout=_RECURRENT_DROPOUT
    )(embedded)
    scores = keras.layers.Dense(1, activation="tanh")(states)
    attention = keras.layers.Softmax(axis=1)(scores)
    attended = keras.layers.Dot(axes=1)([attention, states])
    flat = keras.layers.Flatten()(attended)
    probabilities = keras.layers.Dense(1, activation="sigmoid")(flat)
    network = keras.Model(clicks, probabilities)
    network.compile(optimizer="adam", loss="binary_crossentropy")
    return network


def _dense(clicks: Clicks) -> NDArray[np.float32]:
    """Lay out `(journeys, 15, 1496)`, zeros after the last click."""
    dense = np.zeros((len(clicks), MOST_CLICKS, LEVEL_COUNT + 4), np.float32)
    journey = np.repeat(np.arange(len(clicks)), clicks.lengths)
    dense[journey[:, None], clicks.places[:, None], clicks.levels] = 1
    dense[journey, clicks.places, LEVEL_COUNT:] = clicks.features()
    return dense


if __name__ == "__main__":
    serve(PublishedSide)
