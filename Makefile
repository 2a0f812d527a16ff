# `make build` and `make test` are the two commands. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_VENV := .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.installed
BENCH_LOG := target/bench/install.log
TORCH_STAMP := $(BENCH_VENV)/.torch
TORCH_LOG := target/bench/install_torch.log

PYTHON_CODE := python models tests
SQL_CODE := models tests/generic tests/singular

# dbt reads these; they keep it silent about itself and let it run from any folder.
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: help build test bench format lock clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

# Every pin carries its hashes, so nothing has to be resolved: --no-deps.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Python {v[0]}.{v[1]} found; Touchledger needs 3.11, 3.12 or 3.13 (set PYTHON=python3.x).")'
	@echo "Installing the locked environment into $(VENV) (a few minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@

build: $(STAMP)  ## build the demo ledger into target/touchledger.duckdb
	@echo "Building the demo ledger (about a minute)"
	@$(BIN)/dbt --quiet build --exclude-resource-type unit_test

test: $(STAMP)  ## check style, types and structure, and run every test
	@echo "Python style (ruff)"
	@$(BIN)/ruff format --quiet --check $(PYTHON_CODE)
	@$(BIN)/ruff check --quiet $(PYTHON_CODE)
	@echo "Python types (mypy)"
	@$(BIN)/mypy --no-error-summary
	@echo "YAML style (yamllint)"
	@$(BIN)/yamllint .
	@echo "SQL style (sqlfluff)"
	@$(BIN)/sqlfluff lint --disable-progress-bar $(SQL_CODE)
	@echo "Structure of the project (dbt-bouncer)"
	@$(BIN)/dbt --quiet parse
	@$(BIN)/dbt-bouncer run
	@echo "Python tests (pytest), some of which run dbt builds"
	@$(BIN)/pytest --numprocesses 2 --dist loadfile
	@echo "The demo with all dbt tests (dbt build)"
	@rm -rf target/test && mkdir -p target/test
	@TOUCHLEDGER_DB=target/test/touchledger.duckdb $(BIN)/dbt --quiet build --target-path target/test
	@echo "All checks passed"

# ChannelAttribution is compiled with tools of the same lock, so these come first.
# It is for one comparison: a failure is told, and the rest of the bench goes on.
$(BENCH_STAMP): requirements-bench.lock | $(STAMP)
	@echo "Installing ChannelAttribution into $(BENCH_VENV) (compiles for half a minute, once)"
	@rm -f $@ && mkdir -p $(dir $(BENCH_LOG))
	@{ $(BIN)/python -m venv --clear $(BENCH_VENV) \
		&& awk '/^[a-z]/ {is_tool = !/^channelattribution==/} is_tool' $< > $(BENCH_VENV)/tools.lock \
		&& $(BENCH_VENV)/bin/python -m pip install --disable-pip-version-check --no-deps \
			--require-hashes --only-binary :all: --requirement $(BENCH_VENV)/tools.lock \
		&& $(BENCH_VENV)/bin/python -m pip install --disable-pip-version-check --no-deps \
			--require-hashes --no-build-isolation --requirement $< \
		&& $(BENCH_VENV)/bin/python -c 'import ChannelAttribution' \
		&& touch $@; } > $(BENCH_LOG) 2>&1 \
		|| echo "ChannelAttribution can't be installed here, so the bench leaves it out; $(BENCH_LOG) says why."

# It needs the numpy of ChannelAttribution's step, and goes with that environment.
$(TORCH_STAMP): requirements-torch.lock $(BENCH_STAMP)
	@echo "Installing PyTorch into $(BENCH_VENV) (half a minute, once)"
	@rm -f $@ && mkdir -p $(dir $(TORCH_LOG))
	@{ $(BENCH_VENV)/bin/python -m pip install --disable-pip-version-check --no-deps \
			--require-hashes --only-binary :all: --requirement $< \
		&& $(BENCH_VENV)/bin/python -c 'import torch' \
		&& touch $@; } > $(TORCH_LOG) 2>&1 \
		|| echo "PyTorch can't be installed here, so the bench leaves it out; $(TORCH_LOG) says why."

bench: $(STAMP) $(BENCH_STAMP) $(TORCH_STAMP)  ## time the build at up to 16.5 million touchpoints, and the networks
	@$(BIN)/python tests/bench/ledger_bench.py
	@$(BIN)/python tests/bench/network_bench.py

format: $(STAMP)  ## put Python and SQL into the house style
	@$(BIN)/ruff format $(PYTHON_CODE)
	@$(BIN)/ruff check --fix $(PYTHON_CODE)
	@$(BIN)/sqlfluff fix --disable-progress-bar $(SQL_CODE)

lock:  ## renew both lock files from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes \
		--no-header --no-strip-extras --no-emit-index-url --upgrade \
		--output-file requirements.lock
	@# The extra alone: with the package's own dependencies it would be six times as long.
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"], sep="\n")' \
		| uv pip compile - --python-version 3.11 --universal --generate-hashes \
		--no-header --no-strip-extras --no-emit-index-url --upgrade \
		--constraint requirements.lock --output-file requirements-bench.lock

clean:  ## delete what the commands made, the environments excepted
	rm -rf target logs
