"""The features of snapshots as a sparse matrix, a row for each snapshot."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from touchledger.features.profiles import Cells, attribute_cells
from touchledger.features.tables import Chunk
from touchledger.features.touchpoint_levels import level_columns
from touchledger.features.vocabulary import JOURNEY_FEATURES, Vocabulary

__all__ = ["Encoder"]

_CHANNEL_OF_SNAPSHOT = {
    "first_channel": "first_channel_key",
    "last_channel": "last_channel_key",
    "last_campaign": "last_campaign_key",
}


class Encoder:
    """Turns chunks of snapshots into rows of a matrix.

    Args:
        vocabulary: The columns. What isn't in it leaves a row's cells 0.
        names: `channel_key, channel, campaign_key, campaign`, a row for each campaign.
    """

    def __init__(self, vocabulary: Vocabulary, names: pa.Table) -> None:
        """Find the column of each key."""
        self.vocabulary = vocabulary
        self._by_key = {
            group: vocabulary.by_key(names, group)
            for group in ("channel", "campaign", *_CHANNEL_OF_SNAPSHOT)
        }

    def columns_of(self, group: str, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the column of each channel or campaign in a group; -1 for none."""
        return self._by_key[group][keys]

    def level_columns_of(self, name: str, texts: pa.ChunkedArray) -> NDArray[np.int64]:
        """Give the column of what a column of the input says; -1 for none."""
        return level_columns(name, texts, self.vocabulary)

    def matrix(self, chunk: Chunk) -> sparse.csr_array:
        """Assemble the rows of a chunk.

        Returns:
            A matrix of float32, `(snapshots, features)`; indices of a row are sorted.
        """
        parts = list(self._cells(chunk))
        rows, columns, values = (
            np.concatenate([part[place] for part in parts]).astype(kind)
            for place, kind in enumerate((np.int32, np.int32, np.float32))
        )
        cells = (values, (rows, columns))
        matrix = sparse.csr_array(cells, shape=(len(chunk), len(self.vocabulary)))
        matrix.sort_indices()
        return matrix

    def _cells(self, chunk: Chunk) -> Iterator[Cells]:
        journey = self.vocabulary.columns("journey")
        for name in JOURNEY_FEATURES:
            if (name,) in journey:
                values = chunk.features[name].to_numpy()
                rows = np.flatnonzero(values)
                yield rows, np.full(len(rows), journey[(name,)]), values[rows]
        every = np.arange(len(chunk))
        for group, key in _CHANNEL_OF_SNAPSHOT.items():
            # No key is 0: it stands for a campaign that is no feature.
            keys = pc.fill_null(chunk.features[key], 0).to_numpy()
            yield self._known(group, every, keys, np.ones(len(chunk)))
        # Cells at one place are added up.
        for group in ("channel", "campaign"):
            rows, keys = chunk.touched(group)
            yield self._known(group, rows, keys, np.ones(len(keys)))
        for name, texts in chunk.touchpoints.texts.items():
            columns = self.level_columns_of(name, texts)
            known = np.flatnonzero(columns >= 0)
            yield chunk.touchpoints.row[known], columns[known], np.ones(len(known))
        yield from attribute_cells(chunk.attributes, self.vocabulary)

    def _known(
        self,
        group: str,
        rows: NDArray[np.int64],
        keys: NDArray[np.int64],
        values: NDArray[np.float64],
    ) -> Cells:
        columns = self.columns_of(group, keys)
        known = columns >= 0
        return rows[known], columns[known], values[known]
