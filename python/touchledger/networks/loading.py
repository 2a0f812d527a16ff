"""A network that was saved, ready to be applied.

TensorFlow is loaded only where a network is asked for: it takes seconds.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from touchledger.fits.store import Fit
from touchledger.fits.tables import reported_fit

if TYPE_CHECKING:
    from touchledger.networks.applied import AppliedNetwork
    from touchledger.networks.saved import SavedNetwork

__all__ = ["StoredNetwork", "stored_network"]


class StoredNetwork:
    """A network by its fit: loaded when it is asked for, and sent as the fit alone.

    Args:
        fit: The fit.

    Attributes:
        fit: The same.
    """

    def __init__(self, fit: Fit) -> None:
        """Load nothing yet."""
        self.fit = fit

    @property
    def saved(self) -> "SavedNetwork":
        """Give the network as it was saved."""
        return self._loaded[0]

    @property
    def applied(self) -> "AppliedNetwork":
        """Give the network to apply."""
        return self._loaded[1]

    @cached_property
    def _loaded(self) -> "tuple[SavedNetwork, AppliedNetwork]":
        from touchledger.networks.applied import AppliedNetwork
        from touchledger.networks.runtime import MAKING, use_one_thread_each
        from touchledger.networks.saved import SavedNetwork

        with MAKING:
            use_one_thread_each()
            saved = self.fit.read(lambda _: SavedNetwork.from_fit(self.fit))
        return saved, AppliedNetwork(saved.network)

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the fit; a worker keeps what it made of it for its next tasks."""
        return _kept, (self.fit,)


def stored_network(fits: pa.Table) -> StoredNetwork | None:
    """Find a network.

    Args:
        fits: What `fit_network` returned.

    Returns:
        The network; None where there is no fit.
    """
    fit = reported_fit(fits)
    return None if fit is None else StoredNetwork(fit)


_KEPT: dict[str, StoredNetwork] = {}


def _kept(fit: Fit) -> StoredNetwork:
    return _KEPT.setdefault(fit.version, StoredNetwork(fit))
