"""A process that starts dbt by forking: a run pays neither for imports nor for parsing.

dbt parses the whole project anew for other vars, which takes longer than most runs of
the tests. Of all vars only those of `_PARSED` change what is parsed, beside the `meta`
of Python models, which is rendered again here. So one parse serves all runs that agree
in `_PARSED`, and it is kept in a file until the project changes.

The server reads a request a line and answers with the exit code and the CPU seconds of
the run. What goes wrong before dbt starts is told where the run would tell it.
"""

import atexit
import fcntl
import hashlib
import importlib
import json
import os
import pickle
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, NoReturn

import yaml
from dbt.cli.main import cli, dbtRunner
from dbt.clients.jinja import get_rendered
from dbt.contracts.graph.manifest import Manifest
from dbt_common.clients.jinja import template_cache
from dbt_common.events.base_types import DebugLevel, EventLevel
from dbt_common.events.event_manager import EventManager

PROJECT = Path(__file__).parents[3]
KEPT = PROJECT / "target" / "test" / "manifests"
# Vars that models and tests read while dbt parses, and what stands for their value.
_PARSED: Mapping[str, Callable[[Any], Any]] = {
    "dataset": lambda dataset: dataset,
    "datasets": lambda datasets: datasets,
    "file_format": lambda file_format: file_format,
    "path_transforms": lambda steps: ["exposure"] if steps else [],
    "shapley_by_day_output": lambda output: output,
}
# What models import, so that no run has to.
_IMPORTED_AT_ONCE = (
    *("duckdb", "lightgbm", "pandas", "pyarrow", "scipy.optimize", "sklearn.metrics"),
    *("touchledger.duckdb_plugin", "dbt.adapters.duckdb"),
)
_NETWORKS = {"lstm", "attention_lstm", "lstm_shapley"}


def main() -> None:
    """Serve requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    # What dbt says in this process itself is no answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for name in _IMPORTED_AT_ONCE:
        importlib.import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        cpu_before = _cpu()
        exit_code = _served(request)
        answer = {"exit_code": exit_code, "cpu": _cpu() - cpu_before}
        print(json.dumps(answer), file=answers, flush=True)


def _served(request: Mapping[str, Any]) -> int:
    """Run dbt: its exit code."""
    settings = request["settings"]
    manifest = None
    try:
        if _NETWORKS & set(settings.get("attribution_models") or ()):
            importlib.import_module("tensorflow")
        if request["shares_parse"]:
            manifest = manifest_for(settings)
            _warm_up(manifest)
    except Exception:
        with Path(request["output"]).open("a") as output:
            traceback.print_exc(file=output)
        return 1
    return _ended(_forked(partial(_run, request, manifest), request["output"]))


def parsed(settings: Mapping[str, Any]) -> Manifest:
    """Parse the project under these vars."""
    with tempfile.TemporaryDirectory() as folder:
        # The name of the database's file is part of every relation's name.
        os.environ["TOUCHLEDGER_DB"] = f"{folder}/ledger.duckdb"
        result = dbtRunner().invoke(
            [
                *("--quiet", "parse", "--no-partial-parse", *_places(folder)),
                *("--vars", json.dumps(settings, default=str)),
            ]
        )
    if result.exception:
        raise result.exception
    assert isinstance(result.result, Manifest)
    return result.result


def manifest_for(settings: Mapping[str, Any]) -> Manifest:
    """Give what dbt would parse the project to under these vars.

    It is the parse of vars like these, with `meta` rendered for these themselves.
    """
    values = {**_defaults(), **settings}
    key = {name: stand_in(values[name]) for name, stand_in in _PARSED.items()}
    project = _hash_of_project()[:16]
    of_key = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
    file = KEPT / f"{project}-{of_key}.pickle"
    KEPT.mkdir(parents=True, exist_ok=True)
    for kept in KEPT.iterdir():
        if not kept.name.startswith(f"{project}-"):
            kept.unlink(missing_ok=True)
    # Another test process may need the same at the same time.
    with (KEPT / f"{file.stem}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _keep_parse(key, file)
    manifest: Manifest = pickle.loads(file.read_bytes())
    for name, meta in _metas().items():
        node = manifest.nodes[f"model.touchledger.{name}"]
        context = {"var": values.__getitem__, "tojson": json.dumps}
        rendered = {
            setting: get_rendered(template, context, native=True)
            for setting, template in meta.items()
        }
        for config in (node.config.meta, node.meta, node.unrendered_config["meta"]):
            config.update(rendered)
    return manifest


def _keep_parse(settings: Mapping[str, Any], file: Path) -> None:
    """Parse in a process of its own, so that this one stays as it is."""
    part = file.with_suffix(".part")

    def parse() -> int:
        part.write_bytes(pickle.dumps(parsed(settings)))
        part.rename(file)
        return 0

    with tempfile.NamedTemporaryFile("r") as said:
        if _ended(_forked(parse, said.name)):
            raise RuntimeError(f"dbt can't parse the project:\n{said.read()}")


def _run(request: Mapping[str, Any], manifest: Manifest | None) -> NoReturn:
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["cwd"])
    # Its fields are copied twice before anyone could ask what it says.
    DebugLevel.__init__ = lambda self, *_, **__: None
    EventManager.fire_event = _without_debugging(EventManager.fire_event)
    exec(request["prelude"], {})
    # The command itself, with its own exit codes and all that it says.
    cli.main(request["command"], obj={"manifest": manifest})


def _without_debugging(fire_event: Callable[..., None]) -> Callable[..., None]:
    """Leave debug messages out: they go nowhere here, and take a sixth of a run."""

    def fire(manager: EventManager, e: Any, level: Any = None, **others: Any) -> None:
        if (level or e.level_tag()) != EventLevel.DEBUG:
            fire_event(manager, e, level=level, **others)

    return fire


def _forked(work: Callable[[], int], output: str = os.devnull) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    exit_code = 1
    try:
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        # All that reaches the terminal counts, not only what dbt logs.
        os.dup2(written, 1)
        os.dup2(written, 2)
        exit_code = work()
    except SystemExit as end:
        exit_code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        # Closes the database; what the server has open stays so.
        atexit._run_exitfuncs()
        os._exit(exit_code)


def _ended(pid: int) -> int:
    """Wait for a process: its exit code, or minus the signal that ended it."""
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _cpu() -> float:
    """Give the CPU seconds of this process and of all that it has waited for."""
    return sum(os.times()[:4])


_IS_WARM: list[bool] = []


def _warm_up(manifest: Manifest) -> None:
    """Let dbt make here what it otherwise makes in each process: once is enough."""
    if _IS_WARM:
        return
    for macro in manifest.macros.values():
        template_cache.get_node_template(macro)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TOUCHLEDGER_DB"] = f"{folder}/ledger.duckdb"
        words = ["--quiet", "ls", "--select", "rejected_rows", *_places(folder)]
        listed = dbtRunner(manifest=manifest).invoke(words)
    if listed.exception:
        raise listed.exception
    _IS_WARM.append(True)


def _places(folder: str) -> list[str]:
    return [
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", folder, "--log-path", folder),
    ]


@cache
def _defaults() -> Mapping[str, Any]:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    return project["vars"]


@cache
def _metas() -> Mapping[str, Mapping[str, str]]:
    """Find the templates in `meta`, by the name of their model."""
    found = {}
    for file in (PROJECT / "models").rglob("*.yml"):
        for model in yaml.safe_load(file.read_text()).get("models", ()):
            meta = (model.get("config") or {}).get("meta") or {}
            templates = {
                name: value
                for name, value in meta.items()
                if isinstance(value, str) and "{{" in value
            }
            if templates:
                found[model["name"]] = templates
    return found


@cache
def _hash_of_project() -> str:
    """Hash all that dbt reads while it parses."""
    read = hashlib.sha256(sys.version.encode())
    for folder in ("macros", "models", "seeds", "tests/generic", "tests/singular"):
        for file in sorted((PROJECT / folder).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                read.update(f"{file.relative_to(PROJECT)}\n".encode())
                read.update(hashlib.sha256(file.read_bytes()).digest())
    # The lock file names the versions of dbt, of its adapter and of their parts.
    for name in ("dbt_project.yml", "profiles.yml", "requirements.lock"):
        read.update((PROJECT / name).read_bytes())
    return read.hexdigest()


if __name__ == "__main__":
    main()
