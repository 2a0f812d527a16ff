"""The settings of a run: the vars of `dbt_project.yml`, validated when built.

dbt hands its vars over as plain values; a wrong one stops the run before the first
model, with one sentence that names the value, the rule and the allowed values.
"""

import datetime
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from touchledger.errors import UserError

__all__ = ["ATTRIBUTION_MODELS", "CRITEO_CHANNELS", "PATH_TRANSFORMS", "Settings"]

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
)
PATH_TRANSFORMS = (
    "exposure",
    "unique",
    "first",
    "frequency",
    "remove_if_not_all",
    "remove_if_last_and_not_all",
)
CRITEO_CHANNELS = ("campaign", *(f"cat{i}" for i in range(1, 10)))

_STREAM_COLUMNS = (
    "user_id",
    "occurred_at",
    "channel",
    "conversion",
    "campaign",
    "interaction",
    "conversion_value",
    "cost",
)
_SPEND_COLUMNS = (
    "spend_date",
    "channel",
    "spend",
    "campaign",
    "impressions",
    "clicks",
)
_LONGEST_GAP_DAYS = 36_500
# Python reads more spellings than the database, which passes over an offset.
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)?)?")


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
    datasets: Mapping[str, str]
    data_path: str | None = None
    stream_columns: Mapping[str, str]
    spend_path: str | None = None
    spend_columns: Mapping[str, str]
    criteo_channel: str = "campaign"
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
    direct_channels: Collection[str] = ()
    max_touches: int = 15
    attribution_models: Collection[str] = ATTRIBUTION_MODELS
    half_life_days: float = 7
    position_based_weights: Mapping[str, float]
    w_shaped_weights: Mapping[str, float]
    milestone_interactions: Collection[str] = ()
    bootstrap_samples: int = 500
    seed: int = 7

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
        for name in values:
            if name not in known:
                raise UserError(
                    f"There is no setting {name!r}; the settings are "
                    f"{', '.join(sorted(known))}."
                )
        if partial:
            values = {
                "datasets": {"demo": "events"},
                "stream_columns": {},
                "spend_columns": {},
                "position_based_weights": {"first": 0.4, "last": 0.4},
                "w_shaped_weights": {"first": 0.3, "milestone": 0.3, "last": 0.3},
                **values,
            }
        return cls(**values)

    def __post_init__(self) -> None:
        """Check each setting, in the order of `dbt_project.yml`."""
        self._check_inputs()
        self._check_journeys()
        self._check_models()

    def _check_inputs(self) -> None:
        _one_of("dataset", self.dataset, tuple(self.datasets))
        if self.dataset != "demo" and not isinstance(self.data_path, str):
            raise UserError(
                f"The setting data_path is {self.data_path!r}; the dataset "
                f"{self.dataset!r} needs the path of a folder, a file or a glob "
                "(only the dataset 'demo' needs none)."
            )
        for setting, columns in (
            ("stream_columns", _STREAM_COLUMNS),
            ("spend_columns", _SPEND_COLUMNS),
        ):
            _mapping(setting, getattr(self, setting), str, "column names")
            for name in getattr(self, setting):
                _one_of(setting, name, columns)
        _text_or_null("spend_path", self.spend_path)
        _one_of("criteo_channel", self.criteo_channel, CRITEO_CHANNELS)
        _timestamp("as_of", self.as_of)
        _text_or_null("reporting_currency", self.reporting_currency)

    def _check_journeys(self) -> None:
        _one_of("lookback_unit", self.lookback_unit, ("elapsed", "calendar_day"))
        _one_of(
            "touch_reuse",
            self.touch_reuse,
            ("until_next_conversion", "every_conversion"),
        )
        if self.lookback_days is not None:
            _number("lookback_days", self.lookback_days, 0, _LONGEST_GAP_DAYS)
            if self.lookback_unit == "calendar_day" and self.lookback_days % 1:
                raise UserError(
                    f"The setting lookback_days is {self.lookback_days!r}; with "
                    "lookback_unit calendar_day it must be a whole number."
                )
        if self.null_journey_gap_days is not None:
            _number(
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
            _texts(name, getattr(self, name))
        _path_transforms(self.path_transforms)
        _whole("max_touches", self.max_touches, 1)

    def _check_models(self) -> None:
        _texts("attribution_models", self.attribution_models)
        for model in self.attribution_models:
            _one_of("attribution_models", model, ATTRIBUTION_MODELS)
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
        _number("half_life_days", self.half_life_days, 1e-6, _LONGEST_GAP_DAYS)
        _weights(
            "position_based_weights", self.position_based_weights, ("first", "last")
        )
        _weights(
            "w_shaped_weights", self.w_shaped_weights, ("first", "milestone", "last")
        )
        _whole("bootstrap_samples", self.bootstrap_samples, 0)
        _whole("seed", self.seed, 0)


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UserError(
            f"The setting {name} is {value!r}; it must be one of {', '.join(allowed)}."
        )


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _number(name: str, value: Any, lowest: float, highest: float) -> None:
    if not _is_number(value) or not lowest <= value <= highest:
        raise UserError(
            f"The setting {name} is {value!r}; it must be a number from {lowest:g} to "
            f"{highest:g}."
        )


def _whole(name: str, value: object, lowest: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < lowest:
        raise UserError(
            f"The setting {name} is {value!r}; it must be a whole number of at least "
            f"{lowest}."
        )


def _text_or_null(name: str, value: object) -> None:
    if value is not None and (not isinstance(value, str) or not value):
        raise UserError(f"The setting {name} is {value!r}; it must be text or null.")


def _texts(name: str, value: object) -> None:
    if not isinstance(value, list | tuple) or not all(
        isinstance(text, str) and text for text in value
    ):
        raise UserError(f"The setting {name} is {value!r}; it must be a list of texts.")


def _mapping(name: str, value: object, kind: type, what: str) -> None:
    if not isinstance(value, Mapping) or not all(
        isinstance(item, kind) for item in value.values()
    ):
        raise UserError(
            f"The setting {name} is {value!r}; it must map names to {what}."
        )


def _timestamp(name: str, value: object) -> None:
    if value is None or isinstance(value, datetime.date):
        return
    try:
        if not _TIMESTAMP.fullmatch(str(value)):
            raise ValueError
        datetime.datetime.fromisoformat(str(value))
    except ValueError:
        raise UserError(
            f"The setting {name} is {value!r}; it must be a UTC date or time such as "
            "2026-01-31 or 2026-01-31 12:00:00, or null."
        ) from None


def _weights(name: str, value: object, keys: tuple[str, ...]) -> None:
    if (
        not isinstance(value, Mapping)
        or set(value) != set(keys)
        or not all(_is_number(weight) and weight >= 0 for weight in value.values())
        or not 0 < sum(value.values()) <= 1 + 1e-12
    ):
        raise UserError(
            f"The setting {name} is {value!r}; it must give a weight of at least 0 to "
            f"each of {', '.join(keys)}, with a sum above 0 and at most 1."
        )


def _path_transforms(steps: object) -> None:
    if not isinstance(steps, list | tuple):
        raise UserError(
            f"The setting path_transforms is {steps!r}; it must be a list of steps."
        )
    for step in steps:
        name, channels = step, None
        if isinstance(step, Mapping) and len(step) == 1:
            name, channels = next(iter(step.items()))
        _one_of("path_transforms", name, PATH_TRANSFORMS)
        takes_channels = str(name).startswith("remove_")
        is_list = isinstance(channels, list) and all(
            isinstance(channel, str) and channel for channel in channels
        )
        if takes_channels != bool(channels) or (takes_channels and not is_list):
            rule = "takes a list of channels" if takes_channels else "takes no value"
            raise UserError(
                f"The setting path_transforms has the step {step!r}; {name} {rule}."
            )
