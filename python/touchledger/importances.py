"""What the dbt model of feature importances returns, whatever model was fitted."""

from collections.abc import Callable, Mapping

import pyarrow as pa

from touchledger.classifiers.tables import JOURNEY_MODELS, journey_model_importances
from touchledger.fits.tables import IMPORTANCES
from touchledger.hazard.tables import additive_hazard_importances

__all__ = ["feature_importances"]

# The models that say what each feature does; networks don't.
_IMPORTANCES: Mapping[str, Callable[[pa.Table], pa.Table]] = {
    **dict.fromkeys(JOURNEY_MODELS, journey_model_importances),
    "additive_hazard": additive_hazard_importances,
}


def feature_importances(fits: pa.Table) -> pa.Table:
    """Give the features of all fitted models with their importances.

    Args:
        fits: Rows of `int_fits`.

    Returns:
        `fitted_model, feature, importance_type, importance`; no rows for a network.

    Raises:
        UserError: If the file of a fit is broken or has been written anew since.
    """
    names = fits["fitted_model"].to_pylist()
    found = [
        _IMPORTANCES[name](fits.slice(place, 1))
        for place, name in enumerate(names)
        if name in _IMPORTANCES
    ]
    return pa.concat_tables([IMPORTANCES.empty_table(), *found])
