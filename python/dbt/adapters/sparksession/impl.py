"""What dbt asks of Spark beyond SQL: Python models, seeds, and questions to Python."""

import json
from typing import Any

import agate
import pyarrow as pa
from dbt.adapters.base import PythonJobHelper, available
from dbt.adapters.base.relation import BaseRelation
from dbt.adapters.spark import SparkAdapter
from dbt_common.exceptions import DbtRuntimeError

from dbt.adapters.sparksession.connections import (
    SparksessionConnectionManager,
    SparksessionCredentials,
)
from dbt.adapters.sparksession.session import session, told
from touchledger.asked import ANSWERS
from touchledger.dbt_log import say_in_dbt_log
from touchledger.errors import UserError
from touchledger.frames import from_arrow

__all__ = ["SparksessionAdapter"]


class _InProcess(PythonJobHelper):
    """Runs a Python model in this process, which is the driver's."""

    def __init__(
        self, parsed_model: dict[str, Any], credentials: SparksessionCredentials
    ) -> None:
        self._model = parsed_model
        self._settings = credentials.server_side_parameters

    def submit(self, compiled_code: str) -> None:
        """Run the model and write what it returns as its table.

        Raises:
            DbtRuntimeError: In the sentence of a UserError, or in Spark's words.
        """
        spark = session(self._settings)
        say_in_dbt_log()
        module: dict[str, Any] = {"__name__": "model"}
        # The macros around it may have indented its first line.
        exec(compiled_code.strip(), module)
        try:
            with told():
                rows = module["model"](module["dbtObj"](spark.table), spark)
                writer = from_arrow(rows, spark).write.mode("overwrite")
                file_format = self._model["config"].get("file_format") or "parquet"
                writer.format(file_format).saveAsTable(
                    f"`{self._model['schema']}`.`{self._model['alias']}`"
                )
        except UserError as error:
            raise DbtRuntimeError(str(error)) from None


class SparksessionAdapter(SparkAdapter):
    """dbt-spark's adapter on a session of this process."""

    ConnectionManager = SparksessionConnectionManager

    @classmethod
    def type(cls) -> str:
        """Name the adapter."""
        return "sparksession"

    @property
    def default_python_submission_method(self) -> str:
        """Name how Python models run."""
        return "in_process"

    @property
    def python_submission_helpers(self) -> dict[str, Any]:
        """Give what runs Python models, by name."""
        return {"in_process": _InProcess}

    @available
    def load_rows(
        self, relation: BaseRelation, rows: agate.Table, types: dict[str, str]
    ) -> None:
        """Write a seed's rows as one frame: as literals, ten thousand take minutes.

        Args:
            relation: The seed's table, which is there and empty.
            rows: Its rows.
            types: Column name to type; text where there is none.
        """
        spark = session(self.config.credentials.server_side_parameters)
        texts = pa.table(
            {
                name: pa.array(
                    [
                        None if value is None else str(value)
                        for value in rows.columns[name].values()
                    ],
                    pa.string(),
                )
                for name in rows.column_names
            }
        )
        columns = [
            f"cast(`{name}` as {types.get(name, 'string')}) as `{name}`"
            for name in rows.column_names
        ]
        with told():
            frame = spark.createDataFrame(texts).selectExpr(*columns)
            frame.write.mode("overwrite").insertInto(str(relation))

    @available.parse(lambda *_, **__: None)
    def ask_python(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
        """Ask a function of `touchledger.asked`.

        Args:
            function: Its name there.
            request: What it takes.

        Returns:
            `problem`, a sentence or None, and `result`.
        """
        answer: dict[str, Any] = json.loads(ANSWERS[function](json.dumps(request)))
        return answer
