"""What the dbt models of the Markov chain return."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from touchledger.markov.chain import Chain
from touchledger.markov.orders import (
    HIGHEST_ORDER,
    OrderScores,
    chosen,
    score_orders,
)
from touchledger.markov.states import States, states_of_order, states_up_to
from touchledger.paths import Paths

__all__ = [
    "NO_ORDER",
    "chosen_order",
    "counted_chain",
    "markov_path_scores",
    "markov_transitions",
]

# The setting where the model isn't asked for: all tables are empty.
NO_ORDER = "none"

# Where journeys begin and end.
_ENDS = ("(start)", "(conversion)", "(null)")

_SCORES = pa.schema(
    {
        "markov_order": pa.int64(),
        "states": pa.int64(),
        "is_chosen": pa.bool_(),
        "log_likelihood": pa.float64(),
        "subpath_key": pa.int64(),
        "conversion_probability": pa.float64(),
    }
)
_TRANSITIONS = pa.schema(
    {
        "from_state": pa.string(),
        "to_state": pa.string(),
        "transitions": pa.int64(),
        "probability": pa.float64(),
    }
)


def markov_path_scores(
    subpaths: pa.Table, outcomes: pa.Table, paths: pa.Table, order: str
) -> pa.Table:
    """Give what the chains of order 1 to 4 say of what is known of journeys.

    Args:
        subpaths: `subpath_key, channel_keys`, a row for each subpath: what is known of
            journeys, as paths of their own.
        outcomes: `subpath_key, split, bucket, journeys, conversions, revenue` of the
            examples; journeys are sums of weights.
        paths: As `Paths.from_arrow` takes them, the paths of the ledger's chain.
        order: `1` to `4`, `auto`, or `NO_ORDER`.

    Returns:
        `markov_order, states, is_chosen, log_likelihood, subpath_key,
        conversion_probability`, a row for each order and subpath; the first four speak
        of the order.
    """
    if order == NO_ORDER:
        return _SCORES.empty_table()
    table = Paths.from_arrow(subpaths, outcomes, key="subpath_key")
    scored = list(score_orders(table))
    choice = _choice(scored, paths) if order == "auto" else int(order)
    parts = [_scores_of_order(table, scores, choice) for scores in scored]
    return pa.concat_tables([_SCORES.empty_table(), *parts])


def _choice(scored: Sequence[OrderScores], paths: pa.Table) -> int:
    table = Paths.from_arrow(paths, outcomes=None)
    sizes = [len(states) for states in states_up_to(table, HIGHEST_ORDER)]
    return chosen(scored, sizes, len(table.channel_keys))


def _scores_of_order(paths: Paths, scores: OrderScores, choice: int) -> pa.Table:
    return pa.table(
        [
            pa.repeat(pa.scalar(value, kind), len(paths.keys))
            for value, kind in (
                (scores.order, pa.int64()),
                (scores.states, pa.int64()),
                (scores.order == choice, pa.bool_()),
                (scores.log_likelihood, pa.float64()),
            )
        ]
        + [pa.array(paths.keys), pa.array(scores.probabilities)],
        schema=_SCORES,
    )


def markov_transitions(
    paths: pa.Table,
    outcomes: pa.Table,
    channels: pa.Table,
    orders: pa.Table,
    order: str,
    includes_nulls: bool,
) -> pa.Table:
    """Give the chain of all journeys as a list of transitions.

    Args:
        paths: As `Paths.from_arrow` takes them.
        outcomes: As `Paths.from_arrow` takes them.
        channels: `channel_key, channel`.
        orders: `markov_order, is_chosen`, a row for each order.
        order: As `markov_path_scores` takes it.
        includes_nulls: Whether journeys that don't convert take part.

    Returns:
        `from_state, to_state, transitions, probability`, a row for each transition that
        occurs. A state is written as a path; `(start)`, `(conversion)` and `(null)` are
        where journeys begin and end.

    Raises:
        UserError: If the chain has too many states.
    """
    if order == NO_ORDER:
        return _TRANSITIONS.empty_table()
    chain = counted_chain(
        Paths.from_arrow(paths, outcomes), chosen_order(orders, order), includes_nulls
    )
    steps, n = chain.states.steps, len(chain.states)
    start, conversion, null = n, n + 1, n + 2
    every = np.arange(n)
    origin = np.concatenate([np.full(n, start), steps.origin, every, every])
    target = np.concatenate(
        [every, steps.target, np.full(n, conversion), np.full(n, null)]
    )
    counts = np.concatenate(
        [chain.starts, chain.transitions, chain.conversions, chain.nulls]
    )
    totals = np.append(chain.visits, chain.journeys)
    occurs = counts > 0
    names = pa.array([*_names(chain.states, channels), *_ENDS])
    return pa.table(
        {
            "from_state": names.take(pa.array(origin[occurs])),
            "to_state": names.take(pa.array(target[occurs])),
            "transitions": counts[occurs].astype(np.int64),
            "probability": counts[occurs] / totals[origin[occurs]],
        },
        schema=_TRANSITIONS,
    )


def chosen_order(orders: pa.Table, order: str) -> int:
    """Give the order that is set or, where that is `auto`, the one that was chosen."""
    if order != "auto":
        return int(order)
    return next(
        (
            row["markov_order"]
            for row in orders.select(["markov_order", "is_chosen"]).to_pylist()
            if row["is_chosen"]
        ),
        1,
    )


def counted_chain(table: Paths, order: int, includes_nulls: bool) -> Chain:
    """Count the chain of all journeys, or of those that convert.

    Raises:
        UserError: If it has too many states.
    """
    found = table.outcomes()
    return Chain.count(
        states_of_order(table, order), found if includes_nulls else found.converting()
    )


def _names(states: States, channels: pa.Table) -> list[str]:
    """Write states as paths; a channel's name can't pass for a start or an end."""
    by_key = dict(
        zip(
            channels["channel_key"].to_pylist(),
            channels["channel"].to_pylist(),
            strict=True,
        )
    )
    names = [
        by_key[key].replace("\\", "\\\\").replace(">", "\\>")
        for key in states.paths.channel_keys.tolist()
    ]
    texts = [
        " > ".join(names[channel] for channel in reversed(state) if channel >= 0)
        for state in states.channels.tolist()
    ]
    return ["\\" + text if text in _ENDS else text for text in texts]
