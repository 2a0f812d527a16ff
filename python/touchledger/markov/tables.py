"""What the dbt models of the Markov chain return."""

from typing import Any

import numpy as np
import pyarrow as pa

from touchledger.evaluation import MEASURES, evaluate
from touchledger.markov.chain import Chain
from touchledger.markov.orders import OrderScores, chosen, score_orders
from touchledger.markov.states import States, states_of_order
from touchledger.paths import SPLITS, Outcomes, Paths, totals

__all__ = [
    "NO_ORDER",
    "chosen_order",
    "counted_chain",
    "markov_orders",
    "markov_path_scores",
    "markov_transitions",
]

# The setting where the model isn't asked for: all tables are empty.
NO_ORDER = "none"

# Where journeys begin and end.
_ENDS = ("(start)", "(conversion)", "(null)")

_ORDERS = pa.schema(
    {
        "markov_order": pa.int64(),
        "states": pa.int64(),
        "is_chosen": pa.bool_(),
        "log_likelihood": pa.float64(),
        "split": pa.string(),
        "journeys": pa.int64(),
        "conversions": pa.int64(),
        **dict.fromkeys(MEASURES, pa.float64()),
    }
)
_SCORES = pa.schema({"path_key": pa.int64(), "conversion_probability": pa.float64()})
_TRANSITIONS = pa.schema(
    {
        "from_state": pa.string(),
        "to_state": pa.string(),
        "transitions": pa.int64(),
        "probability": pa.float64(),
    }
)


def markov_orders(paths: pa.Table, outcomes: pa.Table, order: str) -> pa.Table:
    """Judge the orders of the chain on each split, and choose one.

    Args:
        paths: As `Paths.from_arrow` takes them.
        outcomes: As `Paths.from_arrow` takes them.
        order: `1` to `4`, `auto`, or `NO_ORDER`.

    Returns:
        `markov_order, states, is_chosen, log_likelihood, split, journeys, conversions`
        and the measures of `touchledger.evaluation`, a row for each order and split.
    """
    rows: list[dict[str, Any]] = []
    if order != NO_ORDER:
        table = Paths.from_arrow(paths, outcomes)
        scored = list(score_orders(table))
        choice = chosen(scored, len(table.channel_keys))
        if order != "auto":
            choice = int(order)
        rows = [
            _judged(scores, choice, split, table.outcomes(split))
            for scores in scored
            for split in SPLITS
        ]
    rows = [row for row in rows if row["journeys"]]
    return pa.Table.from_pylist(rows, schema=_ORDERS)


def _judged(
    scores: OrderScores, choice: int, split: str, found: Outcomes
) -> dict[str, Any]:
    """Judge by states: paths that end in the same one have the same chance."""
    last, states = scores.states.last, len(scores.states)
    journeys = totals(last, found.journeys, states)
    conversions = totals(last, found.conversions, states)
    return {
        "markov_order": scores.states.order,
        "states": states,
        "is_chosen": scores.states.order == choice,
        "log_likelihood": scores.log_likelihood,
        "split": split,
        "journeys": int(journeys.sum()),
        "conversions": int(conversions.sum()),
        **evaluate(scores.chances, journeys, conversions),
    }


def markov_path_scores(
    paths: pa.Table, outcomes: pa.Table, orders: pa.Table, order: str
) -> pa.Table:
    """Give each path the chance of conversion that training users teach.

    Args:
        paths: As `Paths.from_arrow` takes them.
        outcomes: As `Paths.from_arrow` takes them.
        orders: What `markov_orders` returned.
        order: As `markov_orders` takes it.

    Returns:
        `path_key, conversion_probability`, a row for each path.
    """
    if not orders.num_rows:
        return _SCORES.empty_table()
    table = Paths.from_arrow(paths, outcomes)
    *_, scored = score_orders(table, chosen_order(orders, order))
    return pa.table(
        {"path_key": table.keys, "conversion_probability": scored.of_paths},
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
        orders: What `markov_orders` returned.
        order: As `markov_orders` takes it.
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
