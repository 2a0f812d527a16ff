"""Channel totals of the rules equal the exact reference, computed elsewhere."""

import pandas as pd
import pytest

from dbt_build import Build
from real_data import reference_path

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
        # 1e-9 relative is the agreed tolerance; the rest is rounding of doubles.
        assert actual[column].to_numpy() == pytest.approx(
            expected[reference].to_numpy(), rel=1e-9
        )
