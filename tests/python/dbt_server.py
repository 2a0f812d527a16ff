"""A process that starts dbt by forking: a run pays neither for imports nor for parsing.

dbt parses the whole project anew for other vars, which takes longer than most runs of
the tests. Of all vars only those of `_PARSED` change what is parsed, beside the `meta`
of Python models, which is rendered again here. So one parse serves all runs that agree
in `_PARSED`, and it is kept in a file until the project changes.

The server reads a request a line and answers with the pid of the run, and with its exit
code and CPU seconds once it has ended.
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
from typing import Any

import yaml
from dbt.cli.main import dbtRunner
from dbt.clients.jinja import get_rendered
from dbt.contracts.graph.manifest import Manifest
from dbt.version import __version__ as dbt_version
from dbt_common.clients.jinja import template_cache
from dbt_common.events.base_types import DebugLevel, EventLevel
from dbt_common.events.event_manager import EventManager

PROJECT = Path(__file__).parents[2]
KEPT = PROJECT / "target" / "test" / "manifests"
# Vars that models and tests read while dbt parses, and what stands for their value.
_PARSED: Mapping[str, Callable[[Any], Any]] = {
    "dataset": lambda dataset: dataset,
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
        settings = request["settings"]
        if _NETWORKS & set(settings.get("attribution_models") or ()):
            importlib.import_module("tensorflow")
        cpu_before = _cpu()
        manifest = manifest_for(settings) if request["shares_parse"] else None
        if manifest:
            _warm_up(manifest)
        pid = _forked(partial(_run, request, manifest), request["output"])
        print(json.dumps({"pid": pid}), file=answers, flush=True)
        exit_code = _ended(pid)
        answer = {"exit_code": exit_code, "cpu": _cpu() - cpu_before}
        print(json.dumps(answer), file=answers, flush=True)


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
    text = json.dumps([_hash_of_project(), key])
    file = KEPT / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.pickle"
    KEPT.mkdir(parents=True, exist_ok=True)
    # Another test process may need the same at the same time.
    with (KEPT / f"{file.stem}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            exit_code = _ended(_forked(partial(_keep_parse, key, file)))
            assert exit_code == 0, f"dbt can't parse the project with {key}"
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


def _keep_parse(settings: Mapping[str, Any], file: Path) -> int:
    part = file.with_suffix(".part")
    part.write_bytes(pickle.dumps(parsed(settings)))
    part.rename(file)
    return 0


def _run(request: Mapping[str, Any], manifest: Manifest | None) -> int:
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["cwd"])
    # Its fields are copied twice before anyone could ask what it says.
    DebugLevel.__init__ = lambda self, *_, **__: None
    EventManager.fire_event = _without_debugging(EventManager.fire_event)
    exec(request["prelude"], {})
    return 1 - dbtRunner(manifest=manifest).invoke(request["command"]).success


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
    _IS_WARM.append(True)
    for macro in manifest.macros.values():
        template_cache.get_node_template(macro)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TOUCHLEDGER_DB"] = f"{folder}/ledger.duckdb"
        words = ["--quiet", "ls", "--select", "rejected_rows", *_places(folder)]
        assert dbtRunner(manifest=manifest).invoke(words).success


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
    read = hashlib.sha256(f"{dbt_version} {sys.version}".encode())
    for folder in ("macros", "models", "seeds", "tests/generic", "tests/singular"):
        for file in sorted((PROJECT / folder).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                read.update(f"{file.relative_to(PROJECT)}\n".encode())
                read.update(hashlib.sha256(file.read_bytes()).digest())
    for name in ("dbt_project.yml", "profiles.yml"):
        read.update((PROJECT / name).read_bytes())
    return read.hexdigest()


if __name__ == "__main__":
    main()
