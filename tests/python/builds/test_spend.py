"""Spend files reach the marts whole, whatever their columns are called."""

from pathlib import Path

import pandas as pd
import pytest

from dbt_build import dbt
from real_data import real_data_path
from sizes import sized
from touchledger.settings import ATTRIBUTION_MODELS

MODELS = ["linear", "markov", "shapley"]
MARTS = ("run", "--select", "+fct_channel_performance")
# Unit tests take longer than all models, and the input is nothing to them.
BUILD = ("build", "--exclude-resource-type", "unit_test")


def test_spend_file_with_other_names_reaches_the_models(tmp_path: Path) -> None:
    # The plain LSTM gives no credit.
    models = sized(MODELS, [name for name in ATTRIBUTION_MODELS if name != "lstm"])
    spend = real_data_path("touchpoint_stream/july_2018_spend.csv")
    build = dbt(
        tmp_path,
        {
            "dataset": "stream",
            "data_path": str(real_data_path("touchpoint_stream/july_2018.csv")),
            "columns": {
                "stream": {"user_id": "customer_id", "occurred_at": "time"},
                "spend": {"spend_date": "day", "spend": "cost"},
            },
            "spend_path": str(spend),
            "attribution_models": models,
        },
        sized(MARTS, BUILD),
    )
    assert build.exit_code == 0, build.output
    spent = build.query(
        "select attribution_model, sum(spend) as spend, count(roas) as roas "
        "from marts.fct_channel_performance group by attribution_model"
    )
    assert set(spent["attribution_model"]) == set(models)
    # Sums of decimals and of doubles differ in the last digits only.
    total = pd.read_csv(spend)["cost"].sum()
    assert spent["spend"].to_list() == pytest.approx([total] * len(models), rel=1e-9)
    assert (spent["roas"] == 5).all()


def test_spend_of_a_stream_is_found_in_its_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "stream.csv").write_text(
        "user_id,occurred_at,channel,conversion\nu,2024-01-01,a,1\n"
    )
    (data / "spend.csv").write_text("spend_date,channel,spend\n2024-01-01,a,12.5\n")
    settings = {"dataset": "stream", "data_path": str(data)}
    build = dbt(tmp_path, {**settings, "attribution_models": MODELS}, MARTS)
    assert build.exit_code == 0, build.output
    cpa = build.query("select distinct cpa from marts.fct_channel_performance")
    assert cpa["cpa"].to_list() == [12.5]
