"""Runs that share a parse are as if each had parsed the project by itself."""

import json
import subprocess
import sys
from pathlib import Path

from dbt_build import PROJECT, dbt

# As many as possible differ from the defaults, in the ways in which they can.
SETTINGS = {
    "dataset": "stream",
    # Without spend.
    "datasets": {
        "stream": {"folder": "stream", "tables": ["touchpoints", "conversions"]}
    },
    "data_path": "/nowhere",
    "path_transforms": ["unique", {"remove_if_not_all": ["a"]}],
    "attribution_models": ["linear", "shapley", "lstm"],
    "network": {"preset": "dnamta", "units": 3},
    "seed": 11,
    "markov_order": 2,
    "markov_includes_nulls": False,
    "bootstrap_samples": 3,
    "refit": "always",
    "fitted_models_path": "/a folder/fits",
    "arrival_minutes": 1.5,
    "max_touches": 4,
    "lookback_days": None,
    "as_of": "2024-03-01",
    "shapley_by_day_output": "append",
    "file_format": "orc",
}
COMPARE = """
import json, sys
from dbt_server import manifest_for, parsed

settings = json.loads(sys.argv[1])

def nodes(manifest):
    kept = {}
    for node in [*manifest.nodes.values(), *manifest.unit_tests.values()]:
        config = node.config.to_dict()
        parents = sorted(set(getattr(node.depends_on, "nodes", ())))
        kept[node.unique_id] = [config, parents, getattr(node, "meta", None)]
    disabled = sorted(manifest.disabled)
    return kept, disabled

ours, off = nodes(manifest_for(settings))
theirs, theirs_off = nodes(parsed(settings))
names = {**ours, **theirs}
different = [name for name in names if ours.get(name) != theirs.get(name)]
print(json.dumps([len(theirs), different, off == theirs_off]), file=sys.stderr)
"""


def test_a_shared_parse_equals_a_parse_of_its_own() -> None:
    compared = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COMPARE, json.dumps(SETTINGS)],
        cwd=PROJECT / "tests" / "python" / "support",
        env={"PYTHONPATH": f"{PROJECT / 'python'}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert compared.returncode == 0, compared.stderr
    found, different, are_the_same_off = json.loads(compared.stderr.splitlines()[-1])
    assert found > 200
    assert different == []
    assert are_the_same_off


def test_what_goes_wrong_before_dbt_starts_is_told_and_the_next_run_works(
    tmp_path: Path,
) -> None:
    seed = ("seed", "--select", "channel_rules")
    unparsed = dbt(tmp_path, {"dataset": "event"}, seed)
    assert unparsed.exit_code == 1
    assert "The setting dataset is 'event'; it must be one of demo" in unparsed.output
    loaded = dbt(tmp_path, command=seed)
    assert loaded.exit_code == 0, loaded.output
    assert "OK loaded seed file" in loaded.output


def test_an_option_that_dbt_lacks_ends_as_at_the_command_line(tmp_path: Path) -> None:
    run = dbt(tmp_path, command=("run", "--sellect", "fct_paths"))
    assert run.exit_code == 2
    assert "No such option '--sellect'" in run.output
