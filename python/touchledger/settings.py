"""The settings of a run: the vars of `dbt_project.yml`, validated when built.

dbt hands its vars over as plain values; a wrong one stops the run before the first
model, with one sentence that names the value, the rule and the allowed values.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from touchledger.errors import UserError
from touchledger.fits.store import REFIT
from touchledger.inputs.feature_columns import check_feature_names
from touchledger.inputs.numbers import check_number_format
from touchledger.inputs.times import check_timestamp_format
from touchledger.networks.coalitions import MOST_EXACT_PLAYERS
from touchledger.networks.settings import NetworkSettings
from touchledger.setting_rules import (
    columns_of_tables,
    hosts,
    number,
    one_of,
    path_transforms,
    text,
    text_or_null,
    texts,
    time_zone,
    timestamp,
    weights,
    whole,
    yes_or_no,
)

__all__ = ["ATTRIBUTION_MODELS", "CRITEO_CHANNELS", "FITTED_MODELS", "Settings"]

FITTED_MODELS = (
    "logistic_regression",
    "lightgbm",
    "additive_hazard",
    "lstm",
    "attention_lstm",
)
# It is what the attention LSTM says, shared in another way: no fit of its own.
LSTM_SHAPLEY = "lstm_shapley"
ATTRIBUTION_MODELS = (
    "first_touch",
    "last_touch",
    "last_non_direct",
    "linear",
    "linear_unique",
    "time_decay",
    "position_based",
    "w_shaped",
    "shapley_simplified",
    "markov",
    "shapley",
    *FITTED_MODELS,
    LSTM_SHAPLEY,
)
# What Spark keeps tables in.
FILE_FORMATS = ("parquet", "delta", "iceberg", "orc")
CRITEO_CHANNELS = ("campaign", *(f"cat{i}" for i in range(1, 10)))

# Vars of before, and the table of `columns` that each is now.
_NOW_IN_COLUMNS = {
    "stream_columns": "stream",
    "spend_columns": "spend",
    "session_columns": "sessions",
}
_LONGEST_GAP_DAYS = 36_500


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every var of the project, checked.

    Example:
        >>> from touchledger.settings import Settings
        >>> Settings.from_vars({"lookback_unit": "week"}, partial=True)
        Traceback (most recent call last):
            ...
        touchledger.errors.UserError: The setting lookback_unit is 'week'; it must be \
one of elapsed, calendar_day.
    """

    dataset: str = "demo"
    datasets: Mapping[str, Mapping[str, Any]]
    data_path: str | None = None
    input_schema: str | None = None
    columns: Mapping[str, Mapping[str, str | None]]
    spend_path: str | None = None
    criteo_channel: str = "campaign"
    session_channel_column: str | None = None
    session_own_hosts: Collection[str] = ()
    session_missing_texts: Collection[str] = ()
    touchpoint_features: Collection[str] = ()
    max_rejected_share: float = 0.05
    placeholder_user_ids: Collection[str] = ()
    refund_types: Collection[str] = ()
    count_refunded_conversions: bool = True
    revenue_basis: str = "gross"
    spend_duplicates: str = "sum"
    timestamp_format: Any = None
    number_format: Any = None
    input_time_zone: str = "UTC"
    reporting_time_zone: str = "UTC"
    date_only_conversions: str = "end_of_day"
    as_of: Any = None
    reporting_currency: str | None = None
    lookback_days: float | None = 30
    lookback_unit: str = "elapsed"
    touch_reuse: str = "until_next_conversion"
    null_journey_gap_days: float | None = 30
    conversion_types: Collection[str] = ()
    channels_to_include: Collection[str] = ()
    channels_to_exclude: Collection[str] = ()
    path_transforms: Collection[Any] = ()
    null_path_censoring: str = "auto"
    direct_channels: Collection[str] = ()
    max_touches: int = 15
    attribution_models: Collection[str] = ATTRIBUTION_MODELS
    half_life_days: float = 7
    position_based_weights: Mapping[str, float]
    w_shaped_weights: Mapping[str, float]
    milestone_interactions: Collection[str] = ()
    markov_order: int | str = "auto"
    markov_includes_nulls: bool = True
    shapley_permutations: int = 1000
    arrival_minutes: float = 60
    network: Mapping[str, Any]
    lstm_shapley_exact_touches: int = 9
    lstm_shapley_permutations: int = 64
    shapley_by_day_output: str = "overwrite"
    split_by: str = "user"
    test_fraction: float = 0.2
    validation_fraction: float = 0.1
    test_from: Any = None
    refit: str = "auto"
    fitted_models_path: str = "target/fitted_models"
    training_limit: int = 1_000_000
    hazard_limit: int = 5_000_000
    evaluation_limit: int = 1_000_000
    bootstrap_samples: int = 500
    seed: int = 7
    file_format: str = "parquet"

    @classmethod
    def from_vars(
        cls, values: Mapping[str, Any], *, partial: bool = False
    ) -> "Settings":
        """Build settings from dbt's vars.

        Args:
            values: A value for each field, as dbt parsed it.
            partial: Fill fields that are missing with neutral values.

        Raises:
            UserError: If a name is unknown or a value breaks its rule.
        """
        known = {field.name for field in fields(cls)}
        for name, value in values.items():
            if name in _NOW_IN_COLUMNS:
                now = json.dumps({_NOW_IN_COLUMNS[name]: value}, ensure_ascii=False)
                raise UserError(
                    f"The setting {name} is now a part of columns; in its place write "
                    f"columns: {now}."
                )
            if name not in known:
                raise UserError(
                    f"There is no setting {name!r}; the settings are "
                    f"{', '.join(sorted(known))}."
                )
        if partial:
            values = {
                "datasets": {"demo": {"folder": "events"}},
                "columns": {},
                "position_based_weights": {"first": 0.4, "last": 0.4},
                "w_shaped_weights": {"first": 0.3, "milestone": 0.3, "last": 0.3},
                "network": {},
                **values,
            }
        return cls(**values)

    def __post_init__(self) -> None:
        """Check each setting, in the order of `dbt_project.yml`."""
        self._check_inputs()
        self._check_journeys()
        self._check_models()
        self._check_splits()
        self._check_fits()
        whole("bootstrap_samples", self.bootstrap_samples, 0)
        # Of a larger one LightGBM would take another, and scikit-learn at last none.
        whole("seed", self.seed, 0, 2_147_483_647)
        one_of("file_format", self.file_format, FILE_FORMATS)

    @property
    def _has_paths_alone(self) -> bool:
        """Say whether the input is aggregated paths, whatever its name."""
        return bool(self.datasets[self.dataset]["folder"] == "paths")

    def _check_inputs(self) -> None:
        one_of("dataset", self.dataset, tuple(self.datasets))
        text_or_null("input_schema", self.input_schema)
        if self.input_schema is not None and self.data_path is not None:
            raise UserError(
                f"The settings data_path and input_schema are {self.data_path!r} and "
                f"{self.input_schema!r}; one of them must be null."
            )
        if self.input_schema is not None and self.dataset == "demo":
            raise UserError(
                f"The setting input_schema is {self.input_schema!r}; with the dataset "
                "'demo', which reads seeds of the project, it must be null."
            )
        if (
            self.dataset != "demo"
            and self.input_schema is None
            and not isinstance(self.data_path, str)
        ):
            raise UserError(
                f"The setting data_path is {self.data_path!r}; the dataset "
                f"{self.dataset!r} needs the path of a folder, a file or a glob, or "
                "input_schema in its place (only the dataset 'demo' needs neither)."
            )
        columns_of_tables("columns", self.columns)
        text_or_null("spend_path", self.spend_path)
        one_of("criteo_channel", self.criteo_channel, CRITEO_CHANNELS)
        text_or_null("session_channel_column", self.session_channel_column)
        hosts("session_own_hosts", self.session_own_hosts)
        texts("session_missing_texts", self.session_missing_texts)
        check_feature_names(self.touchpoint_features, self.dataset)
        number("max_rejected_share", self.max_rejected_share, 0, 1)
        texts("placeholder_user_ids", self.placeholder_user_ids)
        texts("refund_types", self.refund_types)
        yes_or_no("count_refunded_conversions", self.count_refunded_conversions)
        one_of("revenue_basis", self.revenue_basis, ("gross", "net"))
        one_of("spend_duplicates", self.spend_duplicates, ("sum", "keep_last", "stop"))
        check_timestamp_format(self.timestamp_format)
        check_number_format(self.number_format)
        time_zone("input_time_zone", self.input_time_zone)
        time_zone("reporting_time_zone", self.reporting_time_zone)
        one_of(
            "date_only_conversions",
            self.date_only_conversions,
            ("end_of_day", "start_of_day"),
        )
        timestamp("as_of", self.as_of)
        text_or_null("reporting_currency", self.reporting_currency)

    def _check_journeys(self) -> None:
        one_of("lookback_unit", self.lookback_unit, ("elapsed", "calendar_day"))
        one_of(
            "touch_reuse",
            self.touch_reuse,
            ("until_next_conversion", "every_conversion"),
        )
        if self.lookback_days is not None:
            number("lookback_days", self.lookback_days, 0, _LONGEST_GAP_DAYS)
            if self.lookback_unit == "calendar_day" and self.lookback_days % 1:
                raise UserError(
                    f"The setting lookback_days is {self.lookback_days!r}; with "
                    "lookback_unit calendar_day it must be a whole number."
                )
        if self.null_journey_gap_days is not None:
            number(
                "null_journey_gap_days",
                self.null_journey_gap_days,
                0,
                _LONGEST_GAP_DAYS,
            )
        for name in (
            "conversion_types",
            "channels_to_include",
            "channels_to_exclude",
            "direct_channels",
            "milestone_interactions",
        ):
            texts(name, getattr(self, name))
        path_transforms(self.path_transforms)
        one_of(
            "null_path_censoring",
            self.null_path_censoring,
            ("auto", "complete", "censored"),
        )
        if self.null_path_censoring != "auto" and not self._has_paths_alone:
            raise UserError(
                f"The setting null_path_censoring is {self.null_path_censoring!r}; "
                f"with dataset "
                f"{self.dataset!r} it must be auto, because only paths have no times."
            )
        whole("max_touches", self.max_touches, 1)

    def _check_models(self) -> None:
        texts("attribution_models", self.attribution_models)
        for model in self.attribution_models:
            one_of("attribution_models", model, ATTRIBUTION_MODELS)
        if len(set(self.attribution_models)) < len(self.attribution_models):
            raise UserError(
                f"The setting attribution_models is {self.attribution_models!r}; it "
                "must name each model once."
            )
        if not self.attribution_models:
            raise UserError(
                "The setting attribution_models is empty; it must name at least one "
                f"of {', '.join(ATTRIBUTION_MODELS)}."
            )
        if set(self.attribution_models) == {"lstm"}:
            raise UserError(
                "The setting attribution_models is ['lstm'], which gives no credit; it "
                "must name another model beside it."
            )
        number("half_life_days", self.half_life_days, 1e-6, _LONGEST_GAP_DAYS)
        weights(
            "position_based_weights", self.position_based_weights, ("first", "last")
        )
        weights(
            "w_shaped_weights", self.w_shaped_weights, ("first", "milestone", "last")
        )
        # 2.0 and True equal whole numbers, but can't be read as one later.
        if self.markov_order not in ("auto", 1, 2, 3, 4) or isinstance(
            self.markov_order, bool | float
        ):
            raise UserError(
                f"The setting markov_order is {self.markov_order!r}; it must be one of "
                "auto, 1, 2, 3, 4."
            )
        yes_or_no("markov_includes_nulls", self.markov_includes_nulls)
        whole("shapley_permutations", self.shapley_permutations, 2)
        number("arrival_minutes", self.arrival_minutes, 0, 1440)
        self._check_networks()

    def _check_networks(self) -> None:
        NetworkSettings.from_var(self.network)
        whole("lstm_shapley_exact_touches", self.lstm_shapley_exact_touches, 1)
        number(
            "lstm_shapley_exact_touches",
            self.lstm_shapley_exact_touches,
            1,
            MOST_EXACT_PLAYERS,
        )
        one_of(
            "shapley_by_day_output",
            self.shapley_by_day_output,
            ("overwrite", "append"),
        )
        whole("lstm_shapley_permutations", self.lstm_shapley_permutations, 4)
        if self.lstm_shapley_permutations % 2:
            raise UserError(
                "The setting lstm_shapley_permutations is "
                f"{self.lstm_shapley_permutations!r}; it must be an even number, "
                "because orders are drawn with their reverses."
            )

    def _check_splits(self) -> None:
        one_of("split_by", self.split_by, ("user", "time"))
        for name in ("test_fraction", "validation_fraction"):
            number(name, getattr(self, name), 0, 1)
        if self.test_fraction + self.validation_fraction >= 1:
            raise UserError(
                f"The settings test_fraction and validation_fraction are "
                f"{self.test_fraction!r} and {self.validation_fraction!r}; together "
                "they must be below 1, or nobody is left to learn from."
            )
        timestamp("test_from", self.test_from)
        if self.split_by == "time" and self._has_paths_alone:
            raise UserError(
                f"The setting split_by is 'time'; with dataset {self.dataset!r} it "
                "must be user, because paths have no times."
            )
        if self.split_by == "time" and self.test_from is None:
            raise UserError(
                "The setting test_from is null; with split_by time it must be a UTC "
                "date or time such as 2026-01-31 or 2026-01-31 12:00:00."
            )

    def _check_fits(self) -> None:
        one_of("refit", self.refit, REFIT)
        text("fitted_models_path", self.fitted_models_path)
        for name in ("training_limit", "hazard_limit", "evaluation_limit"):
            whole(name, getattr(self, name), 1)
