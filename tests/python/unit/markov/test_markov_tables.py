"""What the dbt models of the chain and of Shapley values get: names, types, no nan."""

import math
import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from path_tables import (
    OUTCOMES_SCHEMA,
    PATHS_SCHEMA,
    Row,
    orders_of,
    row_lists,
    scored,
    scores_of,
    tables_of,
)
from touchledger.markov import orders as orders_module
from touchledger.markov import states
from touchledger.markov.effects import markov_removal_effects
from touchledger.markov.tables import (
    NO_ORDER,
    chosen_order,
    markov_path_scores,
    markov_transitions,
)
from touchledger.shapley.tables import channel_shapley_values

EMPTY = (PATHS_SCHEMA.empty_table(), OUTCOMES_SCHEMA.empty_table())
CHANNELS_SCHEMA = pa.schema({"channel_key": pa.int64(), "channel": pa.string()})

many = settings(max_examples=40, deadline=None, derandomize=True)

SCHEMAS = {
    "scores": {
        "markov_order": pa.int64(),
        "states": pa.int64(),
        "is_chosen": pa.bool_(),
        "log_likelihood": pa.float64(),
        "subpath_key": pa.int64(),
        "conversion_probability": pa.float64(),
    },
    "transitions": {
        "from_state": pa.string(),
        "to_state": pa.string(),
        "transitions": pa.int64(),
        "probability": pa.float64(),
    },
    "effects": {
        "channel_key": pa.int64(),
        "conversion_probability": pa.float64(),
        "conversion_probability_without": pa.float64(),
        "removal_effect": pa.float64(),
        "removal_effect_lower": pa.float64(),
        "removal_effect_upper": pa.float64(),
        "revenue_removal_effect": pa.float64(),
        "share": pa.float64(),
        "attributed_conversions": pa.float64(),
        "attributed_conversions_lower": pa.float64(),
        "attributed_conversions_upper": pa.float64(),
        "attributed_revenue": pa.float64(),
    },
    "shapley": {
        "channel_key": pa.int64(),
        "shapley_value": pa.float64(),
        "standard_error": pa.float64(),
        "is_exact": pa.bool_(),
        "share": pa.float64(),
        "attributed_conversions": pa.float64(),
        "attributed_revenue": pa.float64(),
    },
}
# What may be unknown; anything else is a number in every row.
NULLABLE = {
    "log_likelihood",
    "removal_effect_lower",
    "removal_effect_upper",
    "revenue_removal_effect",
    "attributed_conversions_lower",
    "attributed_conversions_upper",
}


def named(**names: str) -> pa.Table:
    """Name channels; others go by their letter."""
    letters = {letter: letter for letter in "abcdxyz"} | names
    return pa.table(
        {"channel_key": [ord(c) for c in letters], "channel": list(letters.values())},
        schema=CHANNELS_SCHEMA,
    )


def every_table(
    tables: tuple[pa.Table, pa.Table],
    order: str = "auto",
    includes_nulls: bool = True,
    samples: int = 20,
    permutations: int = 10,
    channels: pa.Table | None = None,
) -> dict[str, pa.Table]:
    channels = named() if channels is None else channels
    orders = orders_of(tables, order)
    return {
        "scores": scored(tables, order),
        "transitions": markov_transitions(
            *tables, channels, orders, order, includes_nulls
        ),
        "effects": markov_removal_effects(
            *tables, orders, order, includes_nulls, samples, 7
        ),
        "shapley": channel_shapley_values(*tables, permutations, 7),
    }


def transitions_of(rows: list[Row], order: str, channels: pa.Table) -> list[tuple]:
    found = every_table(tables_of(rows), order, channels=channels)["transitions"]
    return [(row["from_state"], row["to_state"]) for row in found.to_pylist()]


# Names and types


@pytest.mark.parametrize("order", ["1", "4", "auto", NO_ORDER])
@pytest.mark.parametrize("includes_nulls", [True, False])
@pytest.mark.parametrize("samples", [0, 20])
def test_of_empty_tables_all_have_their_types_and_no_rows(
    order, includes_nulls, samples
):
    found = every_table(
        EMPTY, order, includes_nulls, samples, channels=CHANNELS_SCHEMA.empty_table()
    )
    assert list(found) == list(SCHEMAS)
    for name, table in found.items():
        assert table.schema == pa.schema(SCHEMAS[name]), name
        assert table.num_rows == 0, name


def test_what_is_not_asked_for_has_its_types_and_no_rows():
    tables = tables_of([Row("ab", 9, 3, 6.0), Row("b", 5, 1, 2.0)])
    for name, table in every_table(tables, NO_ORDER, permutations=0).items():
        assert table.schema == pa.schema(SCHEMAS[name]), name
        assert table.num_rows == 0, name


@many
@given(
    row_lists(min_size=1),
    st.sampled_from(["1", "2", "3", "4", "auto"]),
    st.booleans(),
    st.sampled_from([0, 20]),
)
def test_all_tables_have_their_types_and_no_nan(rows, order, includes_nulls, samples):
    for name, table in every_table(
        tables_of(rows), order, includes_nulls, samples
    ).items():
        assert table.schema == pa.schema(SCHEMAS[name]), name
        for column in table.column_names:
            values = table[column]
            assert column in NULLABLE or not values.null_count, (name, column)
            if values.type == pa.float64():
                assert pc.all(pc.is_finite(values)).as_py() is not False, (name, column)


@many
@given(row_lists(min_size=1))
def test_tables_have_a_row_for_each_key(rows):
    tables = tables_of(rows)
    found = every_table(tables)
    channels = sorted({ord(letter) for row in rows for letter in row.path})
    for name in ("effects", "shapley"):
        assert found[name]["channel_key"].to_pylist() == channels
    pairs = found["transitions"].select(["from_state", "to_state"]).to_pylist()
    assert len({tuple(pair.values()) for pair in pairs}) == len(pairs)
    if any(row.split == "training" for row in rows):
        keys = found["scores"].select(["markov_order", "subpath_key"]).to_pylist()
        assert sorted(tuple(key.values()) for key in keys) == [
            (order, key)
            for order in (1, 2, 3, 4)
            for key in sorted(tables[0]["path_key"].to_pylist())
        ]


# Without conversions, without revenue


@pytest.mark.parametrize("order", ["1", "3", "auto"])
@pytest.mark.parametrize("samples", [0, 20])
@pytest.mark.parametrize("includes_nulls", [True, False])
def test_without_conversions_channels_have_zeros(order, samples, includes_nulls):
    rows = [Row("ab", 9, 0), Row("b", 5, 0, split="validation"), Row("c", 1, 0)]
    found = every_table(tables_of(rows), order, includes_nulls, samples)
    for name in ("effects", "shapley"):
        columns = found[name].drop_columns(["channel_key"]).to_pydict()
        assert columns.pop("is_exact", [True] * 3) == [True] * 3
        for column, values in columns.items():
            expected = None if column in NULLABLE else 0.0
            assert values == [expected] * 3, (name, column)
    assert set(found["scores"]["conversion_probability"].to_pylist()) == {0.0}


def test_without_conversions_only_the_chain_of_all_journeys_has_transitions():
    rows = [Row("ab", 9, 0), Row("b", 5, 0)]
    found = every_table(tables_of(rows), "1", includes_nulls=True)["transitions"]
    assert set(found["to_state"].to_pylist()) == {"a", "b", "(null)"}
    assert every_table(tables_of(rows), "1", False)["transitions"].num_rows == 0


def test_without_revenue_its_effect_is_null_and_nothing_is_attributed():
    found = every_table(tables_of([Row("ab", 9, 3), Row("b", 5, 1)]), "1")
    effects = found["effects"].to_pydict()
    assert effects["revenue_removal_effect"] == [None, None]
    assert effects["attributed_revenue"] == [0.0, 0.0]
    assert all(effect > 0 for effect in effects["removal_effect"])
    assert found["shapley"]["attributed_revenue"].to_pylist() == [0.0, 0.0]


def test_a_channel_without_revenue_has_no_effect_on_it():
    rows = [Row("a", 9, 3, 0.0), Row("b", 9, 3, 12.0)]
    effects = every_table(tables_of(rows), "1")["effects"].to_pydict()
    assert effects["revenue_removal_effect"] == [0.0, 1.0]
    assert effects["attributed_revenue"] == [0.0, 12.0]
    assert effects["attributed_conversions"] == pytest.approx([3.0, 3.0])


# The names of states


def test_states_are_written_as_paths_from_the_oldest_channel_on():
    found = transitions_of([Row("abc", 2, 1)], "2", named(a="Video", b="it's", c="é"))
    assert found == [
        ("(start)", "Video"),
        ("Video", "Video > it's"),
        ("Video > it's", "it's > é"),
        ("it's > é", "(conversion)"),
        ("it's > é", "(null)"),
    ]


def test_a_mark_within_a_name_is_escaped():
    channels = named(a="a > b", b=r"back\slash", c=r"\>")
    found = transitions_of([Row("abc", 1, 1)], "1", channels)
    assert [state for _, state in found] == [
        r"a \> b",
        r"back\\slash",
        r"\\\>",
        "(conversion)",
    ]


@pytest.mark.parametrize("end", ["(start)", "(conversion)", "(null)"])
def test_a_channel_named_like_an_end_is_told_from_it(end):
    found = transitions_of([Row("ab", 2, 1)], "1", named(a=end))
    assert found == [
        ("(start)", "\\" + end),
        ("\\" + end, "b"),
        ("b", "(conversion)"),
        ("b", "(null)"),
    ]
    # Within a longer state it can't be mistaken.
    assert (f"\\{end}", f"{end} > b") in transitions_of(
        [Row("ab", 2, 1)], "2", named(a=end)
    )


awkward = st.text(st.sampled_from(r"\> ()ab"), min_size=1, max_size=6)
ends = st.sampled_from(["(start)", r"\(start)", r"\\(start)", "(null)", "(conversion)"])


@many
@given(
    st.lists(st.one_of(awkward, ends), min_size=3, max_size=3, unique=True),
    st.integers(1, 3),
)
def test_states_of_different_channels_never_share_a_name(names, order):
    rows = [Row(path, 1, 1) for path in ("a", "b", "c", "abcacba", "aabbcc")]
    channels = named(**dict(zip("abc", names, strict=True)))
    plain = transitions_of(rows, str(order), named())
    found = transitions_of(rows, str(order), channels)
    assert len(set(found)) == len(set(plain))
    states = {state for pair in found for state in pair}
    assert len(states) == len({state for pair in plain for state in pair})


def test_names_of_channels_may_come_in_any_order_and_more_than_once():
    # As int_campaigns gives them: a row for each campaign.
    rows = [Row("ab", 2, 1)]
    again = pa.concat_tables([named(), named()]).sort_by([("channel", "descending")])
    assert transitions_of(rows, "1", again) == transitions_of(rows, "1", named())


# The order in force


@pytest.mark.parametrize("order", ["1", "2", "3", "4"])
def test_an_order_that_is_set_is_the_one_in_force(order):
    rows = [Row("abcda", 5, 2), Row("cab", 5, 4, split="validation")]
    tables = tables_of(rows)
    orders = orders_of(tables, order)
    assert chosen_order(orders, order) == int(order)
    chosen = orders.filter(orders["is_chosen"])["markov_order"].to_pylist()
    assert chosen == [int(order)]
    longest = max(
        len(re.split(" > ", row["from_state"]))
        for row in every_table(tables, order)["transitions"].to_pylist()
    )
    assert longest == int(order)


def test_without_scored_orders_auto_is_the_first():
    assert chosen_order(orders_of(EMPTY, "auto"), "auto") == 1


def test_auto_scores_paths_by_the_order_that_it_chooses():
    rows = [Row("ab", 90, 80), Row("cb", 90, 9), Row("ac", 30, 3)]
    rows += [row._replace(split="validation") for row in rows]
    tables = tables_of(rows)
    assert chosen_order(orders_of(tables, "auto"), "auto") == 2
    by_two = scores_of(tables, "2")
    assert scores_of(tables, "auto").equals(by_two)
    assert not scores_of(tables, "1").equals(by_two)


def test_an_order_whose_removals_take_long_is_warned_of(monkeypatch, caplog):
    tables = tables_of([Row("ab", 9, 3), Row("ba", 5, 1)])
    every_table(tables, "2")
    assert not caplog.messages
    monkeypatch.setattr(orders_module, "_EASY", 7)
    every_table(tables, "2")
    assert caplog.messages == [
        "The Markov chain of markov_order 2 has 4 states and 2 channels: removing each "
        "channel from it may take many minutes."
    ]


# What is known of journeys


def test_weights_count_as_journeys():
    whole = [Row("ab", 4, 2), Row("b", 6, 1), Row("ab", 2, 1, split="validation")]
    parts = [
        part
        for row in whole
        for part in (
            row._replace(journeys=row.journeys - row.conversions - 0.75, conversions=0),
            row._replace(journeys=row.conversions + 0.75),
        )
    ]
    paths, outcomes = tables_of(whole)
    weighted = pa.Table.from_pylist(
        [
            {**part._asdict(), "path_key": ["ab", "b"].index(part.path)}
            for part in parts
        ],
        schema=OUTCOMES_SCHEMA.set(
            OUTCOMES_SCHEMA.get_field_index("journeys"),
            pa.field("journeys", pa.float64()),
        ),
    )
    assert scored((paths, weighted), "auto").equals(scored((paths, outcomes), "auto"))


def test_subpaths_may_come_in_any_order():
    paths, outcomes = tables_of([Row("abc", 9, 3), Row("bc", 9, 8)])
    found = scored((paths, outcomes), "1")
    assert found["subpath_key"].to_pylist() == [0, 1] * 4
    assert found.equals(scored((paths.take([1, 0]), outcomes), "1"))


def test_an_order_that_is_too_large_for_the_ledger_is_not_chosen(monkeypatch):
    # What is known of journeys has far fewer states than the journeys.
    rows = [Row("ab", 90, 80), Row("cb", 90, 9), Row("ac", 30, 3)]
    rows += [row._replace(split="validation") for row in rows]
    subpaths, outcomes = (
        table.rename_columns({"path_key": "subpath_key"}) for table in tables_of(rows)
    )
    few, many = tables_of(rows)[0], tables_of([Row("abcabbacca", 1, 0)])[0]
    monkeypatch.setattr(states, "MAX_STATES", 6)
    for paths, order in ((few, 2), (many, 1)):
        found = markov_path_scores(subpaths, outcomes, paths, "auto")
        assert set(found.filter(found["is_chosen"])["markov_order"].to_pylist()) == {
            order
        }


# Shapley values


def test_shapley_values_have_their_share_of_conversions_and_revenue():
    # v(a) = .1, v(b) = .2, v(ab) = .3: both orders gain .1 and .2.
    rows = [Row("a", 10, 1, 5.0), Row("b", 10, 2, 5.0), Row("ab", 10, 6, 50.0)]
    found = channel_shapley_values(*tables_of(rows), 10, 7).to_pydict()
    assert found["shapley_value"] == pytest.approx([0.1, 0.2])
    assert found["share"] == pytest.approx([1 / 3, 2 / 3])
    assert found["attributed_conversions"] == pytest.approx([3, 6])
    assert found["attributed_revenue"] == pytest.approx([20, 40])
    assert found["standard_error"] == [0.0, 0.0]
    assert found["is_exact"] == [True, True]


def test_negative_shapley_values_keep_their_sign_in_their_share():
    # v(a) = .5, v(b) = 0, v(ab) = .125.
    rows = [Row("a", 10, 5, 5.0), Row("b", 20, 0), Row("ab", 10, 0)]
    found = channel_shapley_values(*tables_of(rows), 10, 7).to_pydict()
    assert found["shapley_value"] == pytest.approx([0.3125, -0.1875])
    assert found["attributed_conversions"] == pytest.approx([12.5, -7.5])


@many
@given(row_lists(min_size=1))
def test_shapley_shares_add_up_to_all_conversions_and_revenue(rows):
    found = channel_shapley_values(*tables_of(rows), 10, 7).to_pydict()
    conversions = sum(row.conversions for row in rows)
    assert math.fsum(found["share"]) == pytest.approx(1 if conversions else 0)
    assert math.fsum(found["attributed_conversions"]) == pytest.approx(conversions)
    assert math.fsum(found["attributed_revenue"]) == pytest.approx(
        sum(row.revenue for row in rows)
    )
