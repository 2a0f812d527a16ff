"""A network that was saved, ready to be applied.

TensorFlow is loaded only where a network is asked for: it takes seconds.
"""

from typing import TYPE_CHECKING

import pyarrow as pa

from touchledger.fitted.tables import reported_fit

if TYPE_CHECKING:
    from touchledger.sequences.applied import AppliedNetwork
    from touchledger.sequences.saved import SavedNetwork

__all__ = ["loaded_network"]


def loaded_network(fits: pa.Table) -> "tuple[SavedNetwork, AppliedNetwork] | None":
    """Load a network.

    Args:
        fits: What `fit_network` returned.

    Returns:
        The network as it was saved, and to apply; None where there is no fit.
    """
    fit = reported_fit(fits)
    if fit is None:
        return None
    from touchledger.sequences.applied import AppliedNetwork
    from touchledger.sequences.runtime import MAKING, use_one_thread_each
    from touchledger.sequences.saved import SavedNetwork

    with MAKING:
        use_one_thread_each()
        saved = SavedNetwork.from_fit(fit)
    return saved, AppliedNetwork(saved.network)
