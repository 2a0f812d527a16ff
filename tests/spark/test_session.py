"""What makes a session impossible is one sentence, at once."""

import pytest
from dbt_common.exceptions import DbtRuntimeError

from conftest import BothEngines
from dbt.adapters.sparksession.session import session


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"spark.master": "spark://localhost:1"},
            "Spark can't be reached at spark://localhost:1 (",
        ),
        (
            {"spark.remote": "sc://localhost:1"},
            "Spark can't be reached at sc://localhost:1 (",
        ),
    ],
)
def test_a_server_that_does_not_run(settings: dict[str, str], expected: str) -> None:
    with pytest.raises(DbtRuntimeError) as caught:
        session(settings)
    [sentence] = str(caught.value).strip().splitlines()[-1:]
    assert sentence.strip().startswith(expected)
    assert sentence.endswith("must name a server that runs.")


def test_no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(DbtRuntimeError, match=r"There is no Java at /nowhere/bin/java"):
        session({"spark.master": "local[1]"})


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "text_files": "/touchpoints.csv can't be read on this engine; the input must "
        "be .parquet, or a table of the setting input_schema.",
        "file_format": "The setting file_format is 'csv'; it must be one of parquet, ",
        "no_schema": "There is no table nowhere.conversions; ",
    }.items(),
)
def test_an_impossible_run(name: str, expected: str, both: BothEngines) -> None:
    run = both.on_spark(name)
    assert run.exit_code == 1
    assert expected in " ".join(run.output.split())
    assert "Traceback" not in run.output
    assert "sql table model" not in run.output
