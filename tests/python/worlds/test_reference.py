"""Channel totals of a build equal the exact reference, computed elsewhere."""

import pandas as pd
import pytest

from dbt_build import Build
from real_data import reference_path

# 1e-9 relative is the agreed tolerance; the rest is rounding of doubles.
TOLERANCE = 1e-9
RULES = {
    "first_touch": "first",
    "last_touch": "last",
    "linear": "linear_touch",
    "linear_unique": "linear_unique",
    "position_based": "position_40_20_40",
    "shapley_simplified": "shapley_simplified",
}


@pytest.mark.parametrize("name", ["july_2018", "path_data"])
@pytest.mark.parametrize("rule", RULES)
def test_channel_totals_equal_the_reference(
    name: str, rule: str, request: pytest.FixtureRequest
) -> None:
    build: Build = request.getfixturevalue(name)
    expected = pd.read_csv(reference_path(f"{name}/heuristics.csv"))
    expected = expected.set_index("channel_name").sort_index()
    actual = build.query(
        "select channel, attributed_conversions, attributed_revenue "
        f"from marts.fct_channel_performance where attribution_model = '{rule}'"
    ).set_index("channel")
    assert set(actual.index) == set(expected.index)
    actual = actual.sort_index()
    for column, reference in (
        ("attributed_conversions", RULES[rule]),
        ("attributed_revenue", f"{RULES[rule]}_value"),
    ):
        assert actual[column].to_numpy() == pytest.approx(
            expected[reference].to_numpy(), rel=TOLERANCE
        )


@pytest.mark.parametrize(("name", "order"), [("july_2018", 3), ("path_data", 1)])
def test_removal_effects_and_their_totals_equal_the_reference(
    name: str, order: int, request: pytest.FixtureRequest
) -> None:
    build: Build = request.getfixturevalue(name)
    expected = pd.read_csv(reference_path(f"{name}/markov_o{order}_null.csv"))
    expected = expected.set_index("channel_name").sort_index()
    actual = build.query("from marts.fct_markov_removal_effects").set_index("channel")
    assert set(actual.index) == set(expected.index)
    actual = actual.sort_index()
    for column, reference in {
        "removal_effect": "removal_effect_conv",
        "revenue_removal_effect": "removal_effect_value",
        "attributed_conversions": "conversions",
        "attributed_revenue": "value",
    }.items():
        assert actual[column].to_numpy() == pytest.approx(
            expected[reference].to_numpy(), rel=TOLERANCE
        )


def test_conversion_probability_of_path_data_is_the_known_one(path_data: Build) -> None:
    found = path_data.query(
        "select distinct conversion_probability from marts.fct_markov_removal_effects"
    )
    # The reference gives six digits.
    assert found["conversion_probability"].tolist() == [
        pytest.approx(0.223845, abs=5e-7)
    ]


def test_scores_of_july_2018_are_no_better_than_the_majority(july_2018: Build) -> None:
    found = july_2018.query(
        "select fitted_model, verdict from marts.fct_model_evaluation "
        "where split = 'test' and auc is not null"
    )
    assert {"markov", "lightgbm", "lstm", "attention_lstm"} <= set(
        found["fitted_model"]
    )
    assert set(found["verdict"]) == {"no better than the majority"}
