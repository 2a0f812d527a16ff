"""How far attribution lies from what simulated touchpoints really caused."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.stats import rankdata

from hazard_shops import Shop, Tables
from touchledger.hazard.credit import Causes, spread, strengths
from touchledger.hazard.design import Design
from touchledger.hazard.observations import Observations
from touchledger.simulation import simulate, world

__all__ = [
    "Journeys",
    "distance",
    "journeys_of",
    "least_distance",
    "ledger_credit",
    "rank_correlation",
    "rule_credits",
    "shop_of_world",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

_LOOKBACK_DAYS = 30.0
_HALF_LIFE_DAYS = 7.0


def shop_of_world(name: str, users: int, seed: int) -> Shop:
    """Simulate one of the package's worlds; campaigns of channels are told apart."""
    tables: dict[str, list[pa.Table]] = {}
    for piece in simulate(world(name), users, seed):
        for table, rows in piece.items():
            tables.setdefault(table, []).append(rows)
    shop = {table: pa.concat_tables(parts) for table, parts in tables.items()}
    touches = shop["touchpoints"]
    conversions = shop["conversions"].join(shop["truth"], "conversion_id")
    users_known = pc.unique(shop["user_profiles"]["user_id"])
    channels = pc.unique(touches["channel"]).sort()
    named = pc.binary_join_element_wise(touches["channel"], touches["campaign"], "\n")
    campaigns = pc.unique(named).sort()

    def keys(values: pa.ChunkedArray, known: pa.Array) -> pa.ChunkedArray:
        return pc.index_in(values, known).cast(pa.int64())

    return Shop.of(
        Tables(
            pa.table(
                {
                    "user_key": keys(touches["user_id"], users_known),
                    "channel_key": keys(touches["channel"], channels),
                    "campaign_key": keys(named, campaigns),
                    "occurred_at": touches["occurred_at"],
                }
            ),
            pa.table(
                {
                    "conversion_key": np.arange(conversions.num_rows),
                    "user_key": keys(conversions["user_id"], users_known),
                    "converted_at": conversions["converted_at"],
                }
            ),
            pa.table({"user_key": np.arange(len(users_known))}),
            pa.table({"channel_key": np.arange(len(channels))}),
        ),
        touches["touchpoint_id"].to_numpy(),
        conversions["touchpoint_id"].fill_null("").to_numpy(),
    )


@dataclass(frozen=True, eq=False)
class Journeys:
    """Touchpoints on the way to conversions, in order; arrays `(touchpoints,)`.

    Attributes:
        journey: Journey of each touchpoint, numbered from 0 without gaps.
        conversion: Conversion of each touchpoint, as numbered by the observations.
        touch: Touchpoint, as numbered by the observations.
        lag: Days to the conversion.
    """

    journey: _Ints
    conversion: _Ints
    touch: _Ints
    lag: _Floats

    def lengths(self) -> _Ints:
        """Count the touchpoints of each journey."""
        return np.bincount(self.journey)


def journeys_of(seen: Observations) -> Journeys:
    """Take the touchpoints of 30 days that no earlier conversion has used up."""
    width = seen.horizon + _LOOKBACK_DAYS + 1
    line = seen.user * width + seen.moment
    event = seen.event_user * width + seen.event_moment
    earlier = np.append(-np.inf, event[:-1])
    begin = np.maximum(
        np.searchsorted(line, event - _LOOKBACK_DAYS),
        np.searchsorted(line, earlier, side="right"),
    )
    begin = np.maximum(begin, np.searchsorted(seen.user, seen.event_user))
    count = np.maximum(np.searchsorted(line, event, side="right") - begin, 0)
    conversion = np.repeat(np.arange(len(event)), count)
    touch = np.arange(len(conversion)) + np.repeat(
        begin - np.cumsum(count) + count, count
    )
    journey = np.unique(conversion, return_inverse=True)[1]
    lag = np.maximum(seen.event_moment[conversion] - seen.moment[touch], 0.0)
    return Journeys(journey, conversion, touch, lag)


def rule_credits(journeys: Journeys) -> dict[str, _Floats]:
    """Give the credit of each touchpoint by the rules that learn nothing."""
    journey = journeys.journey
    length = journeys.lengths()[journey]
    first = np.diff(journey, prepend=-1) > 0
    last = np.diff(journey, append=len(journey)) > 0
    decayed = 2 ** (-journeys.lag / _HALF_LIFE_DAYS)
    middle = 0.2 / np.maximum(length - 2, 1)
    ends = np.where(length == 1, 1.0, np.where(length == 2, 0.5, 0.4))
    return {
        "first touch": first.astype(np.float64),
        "last touch": last.astype(np.float64),
        "linear": 1.0 / length,
        "time decay": decayed / np.bincount(journey, decayed)[journey],
        "40/20/40": np.where(first | last, ends, middle),
    }


def ledger_credit(design: Design, causes: Causes, journeys: Journeys) -> _Floats:
    """Give the credit of each touchpoint as the ledger has it."""
    seen = design.seen
    campaign = np.searchsorted(causes.campaigns.keys, seen.campaign_key)
    own = strengths(design, causes.hazard, journeys.lag, seen.channel[journeys.touch])
    of = campaign[journeys.touch]
    parts = causes.part(journeys.conversion, own * causes.factors[of])
    caused = np.bincount(
        campaign[causes.pairs.touch], causes.parts, len(causes.campaigns.keys)
    )
    return spread(journeys.journey, of, parts, caused)


def distance(one: _Floats, other: _Floats) -> float:
    """Give the total variation between two ways to share conversions out.

    >>> distance(np.array([1.0, 1.0]), np.array([3.0, 1.0]))
    0.25
    """
    return float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)


def rank_correlation(one: _Floats, other: _Floats) -> float:
    """Give Spearman's correlation; 0 where all ranks are the same.

    >>> rank_correlation(np.array([1.0, 5.0, 9.0]), np.array([0.0, 2.0, 3.0]))
    1.0
    """
    ranks = rankdata([one, other], axis=1)
    if (np.ptp(ranks, axis=1) == 0).any():
        return 0.0
    return round(float(np.corrcoef(ranks)[0, 1]), 12)


def least_distance(journey: _Ints, key: _Ints, truth: _Floats) -> float:
    """Give the least distance of any ledger that gives conversions away whole.

    Journeys that hold only channels which caused nothing are a lower bound: wherever
    their credit goes, it's wrong. So is, for any set of channels, the share of journeys
    that hold no other, less what the set caused. The greatest of these bounds can be
    had (Ford & Fulkerson 1956): what is right is a flow of conversions from journeys to
    their channels, none getting more than it caused.

    >>> journeys, channels = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1])
    >>> round(least_distance(journeys, channels, np.array([3.0, 1.0])), 9)
    0.416666667
    """
    count, keys = int(journey.max()) + 1, len(truth)
    held = np.zeros((count, keys), bool)
    held[journey, key] = True
    sets, times = np.unique(held, axis=0, return_counts=True)
    whole = int(truth.sum())
    source, sink = len(sets) + keys, len(sets) + keys + 1
    row, column = np.nonzero(sets)
    # Shares of conversions and of what was caused, in units that make both whole.
    heads = [np.full(len(sets), source), row, len(sets) + np.arange(keys)]
    tails = [np.arange(len(sets)), len(sets) + column, np.full(keys, sink)]
    capacity = [times * whole, times[row] * whole, truth.astype(np.int64) * count]
    graph = sparse.csr_array(
        (
            np.concatenate(capacity).astype(np.int32),
            (np.concatenate(heads), np.concatenate(tails)),
        ),
        shape=(sink + 1, sink + 1),
    )
    return 1 - int(csgraph.maximum_flow(graph, source, sink).flow_value) / count / whole
