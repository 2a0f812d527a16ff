"""The application that spark-submit runs hands dbt its own words."""

from types import SimpleNamespace

import pytest

from touchledger.on_spark import main


@pytest.mark.parametrize(
    ("words", "added"),
    [
        (["build"], ["--target", "spark"]),
        (["build", "--target-path", "t"], ["--target", "spark"]),
        (["build", "--target", "prod"], []),
        (["build", "--target=prod"], []),
        (["build", "-t", "prod"], []),
    ],
)
@pytest.mark.parametrize(
    ("success", "exception", "exit_code"),
    [(True, None, 0), (False, None, 1), (False, RuntimeError("no"), 2)],
)
def test_target_and_exit_code(
    words: list[str],
    added: list[str],
    success: bool,
    exception: Exception | None,
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def invoke(_: object, given: list[str]) -> SimpleNamespace:
        asked.append(given)
        return SimpleNamespace(success=success, exception=exception)

    monkeypatch.setattr("dbt.cli.main.dbtRunner.invoke", invoke)
    assert main(words) == exit_code
    assert asked == [[*words, *added]]
