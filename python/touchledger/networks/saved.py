"""A trained network with all that is needed to apply it, in a file that runs no code.

The weights and the parts of the network are in Keras's own format, the names and scales
in JSON beside it; the store of fits holds both to their hashes.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from touchledger.errors import UserError
from touchledger.fits.store import Trained
from touchledger.networks.journeys import Journeys
from touchledger.networks.network import JourneyNetwork
from touchledger.networks.players import Players
from touchledger.networks.reading import Reader
from touchledger.networks.runtime import keras
from touchledger.networks.training import Epoch

__all__ = ["SavedNetwork", "history_of"]

_FILE = "network.keras"


@dataclass(frozen=True, eq=False)
class SavedNetwork:
    """A trained network.

    Attributes:
        network: The network.
        reader: Reads journeys as it was trained to see them.
        history: How its training went.
    """

    network: JourneyNetwork
    reader: Reader
    history: tuple[Epoch, ...]

    def players(self, touches: Journeys) -> Players:
        """Lay touchpoints out as the network reads them."""
        settings = self.network.settings
        if settings.steps == "days":
            return Players.days(touches, settings.days, settings.has_profile)
        return Players.touches(touches)

    def to_trained(self, rows: int) -> Trained:
        """Write all for the store of fits.

        Args:
            rows: How many journeys it was learned from.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / _FILE
            self.network.save(file)
            data = file.read_bytes()
        payload = {
            "reader": self.reader.to_dict(),
            "history": [asdict(epoch) for epoch in self.history],
        }
        return Trained(payload=payload, rows=rows, files={_FILE: data})

    @classmethod
    def from_fit(cls, fit: Trained) -> "SavedNetwork":
        """Read what `to_trained` gave.

        Raises:
            UserError: If another version of the project wrote the network.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / _FILE
            try:
                file.write_bytes(fit.files[_FILE])
                network = keras.saving.load_model(file, compile=False, safe_mode=True)
            except (KeyError, TypeError, ValueError) as error:
                reason = " ".join(str(error).split())[:200]
                raise UserError(
                    f"The network of a fitted model can't be read ({reason}); the "
                    "setting refit 'always' trains it anew."
                ) from None
        return cls(
            network, Reader.from_dict(fit.payload["reader"]), history_of(fit.payload)
        )


def history_of(payload: Mapping[str, Any]) -> tuple[Epoch, ...]:
    """Read how a training went; nothing for a model that has no epochs."""
    return tuple(Epoch(**epoch) for epoch in payload.get("history", ()))
