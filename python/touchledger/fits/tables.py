"""The tables that the dbt models of fitted models return.

A fit is reported in a table, by which the other steps find it again.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from touchledger.by_key import over_rows
from touchledger.errors import UserError
from touchledger.fits.store import Fit, FitStore, StoredFit, Trained, load_fit
from touchledger.fits.versions import fit_version
from touchledger.log import LOGGER

__all__ = [
    "CREDITS",
    "FITS",
    "IMPORTANCES",
    "SCORES",
    "TrainingData",
    "credits_table",
    "equal_credits",
    "fit_once",
    "fits_table",
    "importances_table",
    "reported_fit",
]

FITS = pa.schema(
    {
        "fitted_model": pa.string(),
        "version": pa.string(),
        "file": pa.string(),
        "rows": pa.int64(),
        "is_reused": pa.bool_(),
        "trained_at": pa.timestamp("us"),
    }
)
SCORES = pa.schema({"snapshot_key": pa.int64(), "conversion_probability": pa.float64()})
CREDITS = pa.schema(
    {
        "journey_key": pa.int64(),
        "position": pa.int64(),
        "attribution_model": pa.string(),
        "credit": pa.float64(),
    }
)
IMPORTANCES = pa.schema(
    {
        "fitted_model": pa.string(),
        "feature": pa.string(),
        "importance_type": pa.string(),
        "importance": pa.float64(),
    }
)


class TrainingData(Protocol):
    """What a model learns from."""

    def reason_untrainable(self) -> str | None:
        """Say why nothing can be learned, as a clause; None where something can."""

    def hash(self) -> str:
        """Hash all that is learned from."""


_Data = TypeVar("_Data", bound=TrainingData)


def fit_once(
    model: str,
    store: FitStore,
    settings: Mapping[str, Any],
    code: Callable[[], str],
    read: Callable[[], _Data],
    train: Callable[[_Data], Trained],
    otherwise: str,
) -> pa.Table:
    """Train a model, or reuse its file; where nothing can be learned, say why.

    Args:
        model: Its name.
        store: Where fits lie, and when they are trained anew.
        settings: What the fit depends on, besides what it learns from and the code.
        code: Hashes the code and the libraries that fit it.
        read: Reads what is learned from; called once.
        train: Fits the model to it.
        otherwise: What comes of it where there is nothing to learn, as a clause.

    Returns:
        What `fits_table` gives: no row where there is nothing to learn.
    """
    data = cache(read)
    reason = None if store.refit == "never" else data().reason_untrainable()
    if reason:
        LOGGER.warning("%s: %s, so it isn't fitted; %s.", model, reason, otherwise)
        return FITS.empty_table()
    return fits_table(
        store.fit_or_reuse(
            model,
            lambda: fit_version(data().hash(), settings, code()),
            settings,
            lambda: train(data()),
        )
    )


def credits_table(model: str, touchpoints: pa.Table, credit: Any) -> pa.Table:
    """Put credit beside the touchpoints that it is of.

    Args:
        model: The attribution model.
        touchpoints: `journey_key, position`, and maybe more.
        credit: Of each touchpoint, `(touchpoints,)`.
    """
    name = pa.repeat(pa.scalar(model), touchpoints.num_rows)
    keys = touchpoints["journey_key"], touchpoints["position"]
    return pa.table([*keys, name, credit], schema=CREDITS)


def equal_credits(model: str, touchpoints: Any) -> Any:
    """Share each conversion equally among the touchpoints of its journey.

    Args:
        model: The attribution model.
        touchpoints: A relation with `journey_key, position, touch_count`.

    Returns:
        Rows of `CREDITS`: an Arrow table, or a Spark DataFrame.
    """

    def equal(rows: pa.Table) -> pa.Table:
        return credits_table(model, rows, 1.0 / rows["touch_count"].to_numpy())

    columns = ("journey_key", "position", "touch_count")
    return over_rows(touchpoints.select(*columns), equal, CREDITS)


def fits_table(stored: StoredFit | None) -> pa.Table:
    """Report a fit.

    Args:
        stored: The fit and its file; None where there is no fit.

    Returns:
        `fitted_model, version, file, rows, is_reused, trained_at`: one row, or none.
    """
    if stored is None:
        return FITS.empty_table()
    row = {
        "fitted_model": stored.fit.name,
        "version": stored.fit.version,
        "file": str(stored.file),
        "rows": stored.fit.rows,
        "is_reused": stored.is_reused,
        "trained_at": stored.fit.trained_at.replace(tzinfo=None),
    }
    return pa.Table.from_pylist([row], schema=FITS)


def importances_table(
    name: str, importances: Iterable[tuple[str, str, float]]
) -> pa.Table:
    """Report importances.

    Args:
        name: The fitted model.
        importances: Features, each with a type of importance and its value.

    Returns:
        `fitted_model, feature, importance_type, importance`, a row for each.

    Example:
        >>> importances_table("coin", [("toss", "gain", 0.5)]).to_pylist()[0]["feature"]
        'toss'
    """
    rows = [
        dict(zip(IMPORTANCES.names, (name, *row), strict=True)) for row in importances
    ]
    return pa.Table.from_pylist(rows, schema=IMPORTANCES)


def reported_fit(fits: pa.Table) -> Fit | None:
    """Read the fit that a model reported.

    Args:
        fits: What `fits_table` gave.

    Returns:
        The fit; None where there is none.

    Raises:
        UserError: If the file is broken or has been written anew since.
    """
    if not fits.num_rows:
        return None
    row = fits.to_pylist()[0]
    fit = load_fit(Path(row["file"]))
    if fit.version != row["version"]:
        raise UserError(
            f"The file {row['file']} has the version {fit.version[:12]} and not "
            f"{row['version'][:12]}, which this database was built with; build the "
            f"model int_{row['fitted_model']}_fit first."
        )
    return fit
