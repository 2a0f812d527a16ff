"""The application that `spark-submit` runs: dbt on the session that Spark began.

    spark-submit on_spark.py build --vars '{dataset: events, input_schema: raw}'

What follows the file's name are dbt's own words; the target is `spark`, if they name
none. It ends with dbt's exit code.
"""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(words: Sequence[str]) -> int:
    """Run dbt.

    Args:
        words: dbt's command and options.

    Returns:
        0 if all went well, 1 if a model or a test failed, 2 if dbt couldn't run.
    """
    from dbt.cli.main import dbtRunner

    named = any(
        word in ("--target", "-t") or word.startswith("--target=") for word in words
    )
    result = dbtRunner().invoke([*words, *([] if named else ["--target", "spark"])])
    # dbt has said why.
    return 2 if result.exception else 1 - result.success


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
