"""What the dbt models of the additive hazard return, but for its fit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchledger.by_key import summed
from touchledger.classifiers.linear_odds import LinearOddsModel
from touchledger.classifiers.tables import scores
from touchledger.features.tables import SnapshotTables
from touchledger.fits.store import Fit
from touchledger.fits.tables import (
    CREDITS,
    IMPORTANCES,
    SCORES,
    credits_table,
    equal_credits,
    importances_table,
    reported_fit,
)
from touchledger.hazard.credit import (
    Campaigns,
    Causes,
    causes_given,
    find_causes,
    learn_weights,
    share_out,
    strengths,
)
from touchledger.hazard.design import Design, half_lives
from touchledger.hazard.relations import HazardRelations
from touchledger.hazard.serialization import HazardTables, restore
from touchledger.turns import CAUSES

__all__ = [
    "additive_hazard_credits",
    "additive_hazard_effects",
    "additive_hazard_importances",
    "additive_hazard_scores",
]

_Floats = NDArray[np.float64]

_MODEL = "additive_hazard"
# Logarithms of weights that can't be told by the sample run away.
_FURTHEST = 30.0
_Ints = NDArray[np.int64]

# What users add to it; a row without a key is what came by itself.
_CAUSED = pa.schema(
    {
        "campaign_key": pa.int64(),
        "incremental_conversions": pa.float64(),
        "incremental_revenue": pa.float64(),
    }
)
_EFFECTS = pa.schema(
    {
        "channel_key": pa.int64(),
        "campaign_key": pa.int64(),
        "form": pa.string(),
        "touchpoints": pa.int64(),
        "half_life_days": pa.float64(),
        "incremental_conversions": pa.float64(),
        "incremental_revenue": pa.float64(),
        "baseline_share": pa.float64(),
    }
)


def additive_hazard_effects(fits: pa.Table, relations: HazardRelations) -> pa.Table:
    """Tell what the touchpoints of each campaign caused.

    Args:
        fits: What `fit_additive_hazard` returned.
        relations: Touchpoints and conversions.

    Returns:
        `channel_key, campaign_key, form, touchpoints, half_life_days,
        incremental_conversions, incremental_revenue, baseline_share`, a row for each
        campaign with touchpoints, sorted by key. The half-life is its channel's, null
        where the channel does nothing; the share of the baseline is that of all
        conversions.
    """
    fit = reported_fit(fits)
    if fit is None:
        return _EFFECTS.empty_table()
    with CAUSES:
        return _effects(fit, relations)


def _effects(fit: Fit, relations: HazardRelations) -> pa.Table:
    model, *_ = _Model.learned(fit, relations.sample())

    def caused(users: HazardTables, _: pa.Table | None) -> Iterator[pa.Table]:
        yield model.caused(users)

    # The last row has no key: what came by itself.
    found = summed(relations.over_converting(caused, _CAUSED), "campaign_key")
    conversions = found["incremental_conversions"].to_numpy()
    campaigns = model.rows
    keys = campaigns["campaign_key"]
    place = pc.index_in(keys, found["campaign_key"])
    half_life = model.half_lives[model.campaigns.channel]
    table = pa.table(
        {
            "channel_key": campaigns["channel_key"],
            "campaign_key": keys,
            "form": pa.repeat(model.payload["form"], len(keys)),
            "touchpoints": campaigns["touchpoints"],
            "half_life_days": pa.array(half_life, mask=np.isnan(half_life)),
            "incremental_conversions": pc.fill_null(
                found["incremental_conversions"].take(place), 0
            ),
            "incremental_revenue": pc.fill_null(
                found["incremental_revenue"].take(place), 0
            ),
            "baseline_share": np.full(len(keys), conversions[-1] / conversions.sum()),
        },
        schema=_EFFECTS,
    )
    return table.filter(pc.greater(table["touchpoints"], 0))


def additive_hazard_credits(
    is_asked_for: bool, fits: pa.Table, relations: HazardRelations
) -> Any:
    """Share conversions out among the touchpoints of their journeys.

    Args:
        is_asked_for: Whether `attribution_models` names the model.
        fits: What `fit_additive_hazard` returned; without a fit touchpoints share
            equally.
        relations: Touchpoints, conversions and the ledger.

    Returns:
        `journey_key, position, attribution_model, credit`, a row for each touchpoint of
        a converting journey: an Arrow table, or a Spark DataFrame. Credit is at least 0
        and sums to 1 for each journey.
    """
    if not is_asked_for:
        return CREDITS.empty_table()
    fit = reported_fit(fits)
    if fit is None:
        return equal_credits(_MODEL, relations.ledger)
    with CAUSES:
        return _credits(fit, relations)


def _credits(fit: Fit, relations: HazardRelations) -> Any:
    model, weights = _weighed(fit, relations)

    def shares(users: HazardTables, ledger: pa.Table | None) -> Iterator[pa.Table]:
        if not ledger:
            return
        rows = _in_order(ledger)
        credit = share_out(*model.parts(*model.causes(users), rows), weights)
        yield credits_table(_MODEL, rows, credit)

    return relations.over_converting(shares, CREDITS, has_ledger=True)


def additive_hazard_scores(
    fits: pa.Table, snapshots: Any, features: SnapshotTables
) -> Any:
    """Give each snapshot the probability that its journey converts.

    Args:
        fits: What `fit_additive_hazard` returned.
        snapshots: The relation `int_journey_snapshots`.
        features: What is known at the snapshots.

    Returns:
        `snapshot_key, conversion_probability`; no rows where nothing could be learned.
    """
    fit = reported_fit(fits)
    odds = None if fit is None else fit.read(_odds)
    if fit is None or odds is None:
        return SCORES.empty_table()
    return scores(fit.name, odds, snapshots, features)


def additive_hazard_importances(fits: pa.Table) -> pa.Table:
    """Give what a touchpoint of each channel brings in all.

    Args:
        fits: What `fit_additive_hazard` returned.

    Returns:
        `fitted_model, feature, importance_type, importance`; no rows where there is no
        fit.
    """
    fit = reported_fit(fits)
    if fit is None:
        return IMPORTANCES.empty_table()
    return importances_table(fit.name, fit.read(_importances))


def _odds(payload: Mapping[str, Any]) -> LinearOddsModel | None:
    odds = payload["odds"]
    return None if odds is None else LinearOddsModel.from_dict(odds)


def _importances(payload: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    saved = payload["hazard"]
    kind = f"{saved['form']}_effect"
    brought = np.array(saved["effects"]).sum(axis=0)
    return [
        (f"channel: {channel}", kind, effect)
        for channel, effect in zip(saved["channels"], brought.tolist(), strict=True)
    ]


@dataclass(frozen=True, eq=False)
class _Model:
    """A fit with what today's campaigns do, learned from the sample of users.

    Attributes:
        payload: The fitted hazard.
        rows: Today's campaigns, sorted by key.
        campaigns: The same, as the hazard numbers them.
        factors: What they do beside their channel's mean, `(campaigns,)`.
        half_lives: Days, `(channels,)`.
        caused_of_sample: Conversions of the sample that they caused, `(campaigns,)`.
        is_whole: Whether the sample has all touchpoints.
    """

    payload: Mapping[str, Any]
    rows: pa.Table
    campaigns: Campaigns
    factors: _Floats
    half_lives: _Floats
    caused_of_sample: _Floats
    is_whole: bool

    @classmethod
    def learned(cls, fit: Fit, sample: HazardTables) -> tuple["_Model", Design, Causes]:
        """Learn what campaigns do, and give what was seen and caused in the sample."""
        payload = fit.read(lambda saved: saved["hazard"])
        rows = sample.campaigns.sort_by("campaign_key")
        design, hazard = fit.read(lambda _: restore(payload, sample))
        campaigns = Campaigns(
            keys=rows["campaign_key"].to_numpy(),
            channel=np.searchsorted(
                design.seen.channel_keys, rows["channel_key"].to_numpy()
            ),
        )
        causes = find_causes(design, hazard, campaigns)
        model = cls(
            payload=payload,
            rows=rows,
            campaigns=campaigns,
            factors=causes.factors,
            half_lives=half_lives(design.seen, hazard.effects),
            caused_of_sample=causes.by_campaign(design.seen),
            is_whole=sample.touchpoints.num_rows == pc.sum(rows["touchpoints"]).as_py(),
        )
        return model, design, causes

    def caused(self, users: HazardTables) -> pa.Table:
        """Sum up what was caused of the conversions of users."""
        design, causes = self.causes(users)
        worth = _revenue(users.conversions, design.seen.event_key)
        by_itself = causes.baseline_parts
        return pa.table(
            {
                "campaign_key": pa.array([*self.campaigns.keys.tolist(), None]),
                "incremental_conversions": np.append(
                    causes.by_campaign(design.seen), by_itself.sum()
                ),
                "incremental_revenue": np.append(
                    causes.by_campaign(design.seen, worth), by_itself @ worth
                ),
            },
            schema=_CAUSED,
        )

    def parts(
        self, design: Design, causes: Causes, ledger: pa.Table
    ) -> tuple[_Ints, _Ints, _Floats]:
        """Give journey, campaign and part of the conversion of touchpoints.

        Args:
            design: What was seen of their users.
            causes: What was caused of the users' conversions.
            ledger: The touchpoints, sorted by journey.
        """
        seen = design.seen
        order = np.argsort(seen.event_key)
        keys = ledger["conversion_key"].to_numpy()
        event = order[np.searchsorted(seen.event_key[order], keys)]
        channel = np.searchsorted(seen.channel_keys, ledger["channel_key"].to_numpy())
        campaign = self.campaigns.numbered(ledger["campaign_key"].to_numpy())
        lag = seen.event_moment[event] - seen.days(ledger["occurred_at"])
        strength = strengths(design, causes.hazard, lag, channel)
        parts = causes.part(event, strength * self.factors[campaign])
        return _numbered(ledger["journey_key"]), campaign, parts

    def weights(self, design: Design, causes: Causes, ledger: pa.Table) -> _Floats:
        """Learn the weights of campaigns by the sample's rows of the ledger.

        Where others than the sample are to be credited, the weights must hold for
        journeys that the sample lacks: they are kept within e^30 of the middle one, and
        a campaign without a row has the middle weight of its channel.
        """
        journey, campaign, parts = self.parts(design, causes, ledger)
        weights = learn_weights(journey, campaign, parts, self.caused_of_sample)
        if self.is_whole:
            return weights
        is_there = np.bincount(campaign, minlength=len(weights)) > 0
        return _bounded(weights, is_there, self.campaigns.channel)

    def causes(self, users: HazardTables) -> tuple[Design, Causes]:
        """Say what was caused of the conversions of some users."""
        design, hazard = restore(self.payload, users)
        return design, causes_given(design, hazard, self.campaigns, self.factors)


def _weighed(fit: Fit, relations: HazardRelations) -> tuple[_Model, _Floats]:
    """Learn a model and its weights; what was seen of the sample ends here."""
    model, design, causes = _Model.learned(fit, relations.sample())
    ledger = _in_order(relations.sampled_ledger())
    return model, model.weights(design, causes, ledger)


def _in_order(ledger: pa.Table) -> pa.Table:
    return ledger.sort_by([("journey_key", "ascending"), ("position", "ascending")])


def _bounded(weights: _Floats, is_there: NDArray[np.bool_], channel: _Ints) -> _Floats:
    """Bound logarithms of weights, and give campaigns without one a usual weight.

    Example:
        >>> _bounded(
        ...     np.array([900.0, 0.0, 1.0, -np.inf]),
        ...     np.array([True, True, True, False]), np.array([0, 1, 1, 1]),
        ... ).tolist()
        [31.0, 0.0, 1.0, 0.5]
    """
    known = is_there & np.isfinite(weights)
    middle = float(np.median(weights[known])) if known.any() else 0.0
    # What is due nothing in the sample is due little elsewhere.
    found = np.clip(weights, middle - _FURTHEST, middle + _FURTHEST)
    for place in np.flatnonzero(~is_there):
        alike = found[is_there & (channel == channel[place])]
        found[place] = np.median(alike) if len(alike) else middle
    return found


def _numbered(keys: pa.ChunkedArray) -> _Ints:
    numbers: _Ints = np.unique(keys.to_numpy(), return_inverse=True)[1]
    return numbers


def _revenue(conversions: pa.Table, keys: _Ints) -> _Floats:
    known = conversions["conversion_key"].to_numpy()
    order = np.argsort(known)
    revenue: _Floats = conversions["revenue"].to_numpy().astype(float)
    return revenue[order[np.searchsorted(known[order], keys)]]
