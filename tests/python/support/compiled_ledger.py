"""The models of the project on worlds of a few rows, without a dbt run for each.

dbt compiles the project once per set of settings. The compiled models then run in
their order in an in-memory database, with the world's tables in place of the files.
Contracts hold as in a build, and the invariants of tests/singular can be asked.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dbt_build import PROJECT, Run, dbt_runs

__all__ = ["SCHEMAS", "CompiledLedger", "World", "compile_ledgers"]

SCHEMAS = {
    "touchpoints": pa.schema(
        {
            "touchpoint_id": pa.string(),
            "user_id": pa.string(),
            "occurred_at": pa.timestamp("us"),
            "channel": pa.string(),
            "campaign": pa.string(),
            "interaction": pa.string(),
            "cost": pa.float64(),
        }
    ),
    "conversions": pa.schema(
        {
            "conversion_id": pa.string(),
            "user_id": pa.string(),
            "converted_at": pa.timestamp("us"),
            "conversion_type": pa.string(),
            "revenue": pa.float64(),
        }
    ),
    "spend": pa.schema(
        {
            "spend_date": pa.date32(),
            "channel": pa.string(),
            "campaign": pa.string(),
            "spend": pa.float64(),
        }
    ),
}

# What the tests look at; these and what they need are built.
_LOOKED_AT = (
    "fct_conversions",
    "fct_journeys",
    "fct_journey_touchpoints",
    "fct_attribution_credits",
    "fct_channel_performance",
    "fct_campaign_performance",
    "fct_daily_performance",
    "fct_paths",
    "fct_channel_sequences",
    "fct_journey_lengths",
    "fct_markov_transitions",
    "fct_markov_removal_effects",
    "fct_shapley_values",
    "fct_journey_scores",
    "fct_model_evaluation",
    "fct_calibration",
    "fct_roc_points",
    "fct_user_propensity",
    "fct_critical_paths",
    "fct_fitted_models",
    "fct_feature_importances",
    "dim_channels",
    "dim_campaigns",
    "rejected_rows",
)


_COMPILED = (*(f"+{name}" for name in _LOOKED_AT), "+test_type:singular")


@dataclass(frozen=True)
class World:
    """The input tables, each a list of tuples in the order of `SCHEMAS`."""

    touchpoints: Sequence[tuple[Any, ...]] = ()
    conversions: Sequence[tuple[Any, ...]] = ()
    spend: Sequence[tuple[Any, ...]] = ()

    def table(self, name: str) -> pa.Table:
        schema = SCHEMAS[name]
        rows = getattr(self, name)
        columns = list(zip(*rows, strict=True)) or [[]] * len(schema)
        return pa.table(
            [pa.array(c, t) for c, t in zip(columns, schema.types, strict=True)],
            schema=schema,
        )


@dataclass(frozen=True)
class _Model:
    relation: str
    kind: str
    code: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    # Column definitions and constraints, where a contract asks for them.
    contract: tuple[str, ...] = ()

    def sql(self) -> str:
        """Give what creates the relation, as dbt does."""
        if not self.contract or self.kind == "view":
            return f"create {self.kind} {self.relation} as {self.code}"
        return (
            f"create table {self.relation} ({', '.join(self.contract)}); "
            f"insert into {self.relation} by name {self.code}"
        )


@dataclass(frozen=True)
class CompiledLedger:
    """The models of the project under one set of settings, in the order to run."""

    settings: Mapping[str, Any]
    models: tuple[_Model, ...] = field(repr=False)
    # Name to SQL that gives the rows which break it.
    invariants: Mapping[str, str] = field(repr=False)

    def run(self, world: World, threads: int = 1) -> duckdb.DuckDBPyConnection:
        """Build every model from the world, as the profile sets the database up."""
        connection = duckdb.connect(
            config={"threads": threads, "preserve_insertion_order": False}
        )
        connection.execute("set TimeZone = 'UTC'; attach ':memory:' as ledger")
        for name in SCHEMAS:
            connection.register("rows", world.table(name))
            connection.execute(f"create table memory.{name} as from rows")
            connection.unregister("rows")
        connection.execute(
            "use ledger; create schema staging; create schema journeys; "
            "create schema features; create schema attribution; create schema marts"
        )
        for model in self.models:
            if model.kind == "python":
                self._run_python(connection, model)
            else:
                connection.execute(model.sql())
        return connection

    def broken_invariants(self, built: duckdb.DuckDBPyConnection) -> list[str]:
        """Name the tests of tests/singular that fail."""
        return [
            name
            for name, sql in self.invariants.items()
            if built.execute(sql).fetchone()
        ]

    def _run_python(self, connection: duckdb.DuckDBPyConnection, model: _Model) -> None:
        def ref(name: str) -> duckdb.DuckDBPyRelation:
            relation = next(
                m.relation for m in self.models if m.relation.endswith(f'"{name}"')
            )
            return connection.query(f"select * from {relation}")

        def config(**_: object) -> None:
            """Take what dbt reads before the run."""

        config.meta_get = model.meta.get  # type: ignore[attr-defined]
        module: dict[str, Callable[..., pa.Table]] = {}
        exec(compile(model.code, model.relation, "exec"), module)
        result = module["model"](SimpleNamespace(ref=ref, config=config), connection)
        connection.register("result", result)
        connection.execute(f"create table {model.relation} as from result")
        connection.unregister("result")


def compile_ledgers(
    folder: Path, settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, CompiledLedger]:
    """Compile the project once for each set of settings, in one process.

    Args:
        folder: Takes the files that dbt sees, and its targets.
        settings: Name of a set to its vars.
    """
    data = folder / "data"
    data.mkdir()
    for name, schema in SCHEMAS.items():
        pq.write_table(schema.empty_table(), data / f"{name}.parquet")
    runs = dbt_runs(
        folder,
        {
            name: Run(
                {"dataset": "events", "data_path": str(data), **values},
                ("compile", "--select", *_COMPILED),
                writes_artifacts=True,
            )
            for name, values in settings.items()
        },
    )
    for run in runs.values():
        assert run.exit_code == 0, run.output
    return {
        name: _compiled_ledger(vars_, folder / name / "target/manifest.json", data)
        for name, vars_ in settings.items()
    }


def _compiled_ledger(
    settings: Mapping[str, Any], manifest: Path, data: Path
) -> CompiledLedger:
    """Take what the tests look at, and what that needs, parents first."""
    nodes = json.loads(manifest.read_text())["nodes"]
    ordered: dict[str, _Model] = {}

    def add(key: str) -> None:
        if key in ordered or key not in nodes:
            return
        node = nodes[key]
        for parent in node["depends_on"]["nodes"]:
            add(parent)
        ordered[key] = _model(node, data)

    for name in _LOOKED_AT:
        add(f"model.touchledger.{name}")
    invariants = {}
    for node in nodes.values():
        # It counts the rows of files, and a world has none.
        if node["name"] == "input_files_are_read_to_their_end":
            continue
        if node["original_file_path"].startswith("tests/singular/"):
            for parent in node["depends_on"]["nodes"]:
                add(parent)
            invariants[node["name"]] = _on_tables(node["compiled_code"], data)
    return CompiledLedger(settings, tuple(ordered.values()), invariants)


def _model(node: Mapping[str, Any], data: Path) -> _Model:
    relation, meta = node["relation_name"], node["config"]["meta"]
    if node["language"] == "python":
        code = (PROJECT / node["original_file_path"]).read_text()
        return _Model(relation, "python", code, meta)
    return _Model(
        relation,
        node["config"]["materialized"],
        _on_tables(node["compiled_code"], data),
        contract=tuple(_contract(node)) if node["contract"]["enforced"] else (),
    )


def _on_tables(sql: str, data: Path) -> str:
    """Read the world's tables in place of the files."""
    for name in SCHEMAS:
        sql = sql.replace(
            f"read_parquet(['{data / name}.parquet'], hive_partitioning = false)",
            f"memory.{name}",
        )
    assert "read_parquet(" not in sql, sql
    return sql


def _contract(node: Mapping[str, Any]) -> Iterator[str]:
    """Write the columns and constraints of a contract as DuckDB reads them."""
    constraints = list(node["constraints"])
    for name, column in node["columns"].items():
        yield f"{name} {column['data_type']}"
        constraints += [{"columns": [name], **c} for c in column["constraints"]]
    for constraint in constraints:
        columns = ", ".join(constraint.get("columns", ()))
        yield {
            "check": f"check ({constraint['expression']})",
            "not_null": f"check ({columns} is not null)",
            "primary_key": f"primary key ({columns})",
        }[constraint["type"]]
