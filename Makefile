# `make build` and `make test` are the two commands. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPARK_VENV := .venv-spark
SPARK_STAMP := $(SPARK_VENV)/.installed
BENCH_VENV := .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.installed
BENCH_LOG := target/bench/install.log
TORCH_STAMP := $(BENCH_VENV)/.torch
TORCH_LOG := target/bench/install_torch.log

# What `make test-fast` builds, beside the ledger and the fits of the user.
FAST := target/test/fast
FAST_STAMP := $(FAST)/.built
FAST_DBT := TOUCHLEDGER_DB=$(FAST)/ledger.duckdb DBT_TARGET_PATH=$(FAST) $(BIN)/dbt --quiet
FAST_VARS := --vars '{fitted_models_path: $(FAST)/fitted_models}'

PYTHON_CODE := python models tests
SQL_CODE := models tests/generic tests/singular

# dbt reads these; they keep it silent about itself and let it run from any folder.
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

# Two processes of tests; those that share a build stay together, the longest go first.
PYTEST := $(BIN)/pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder

.PHONY: help build test test-fast test-full test-spark lint bench format lock clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

# Every pin carries its hashes, so nothing has to be resolved: --no-deps. What dbt parses
# here, no build has to.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Python {v[0]}.{v[1]} found; Touchledger needs 3.11, 3.12 or 3.13 (set PYTHON=python3.x).")'
	@echo "Installing the locked environment into $(VENV) (a few minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@$(BIN)/dbt --quiet parse
	@touch $@

build: $(STAMP)  ## build the demo ledger into target/touchledger.duckdb
	@echo "Building the demo ledger (about half a minute)"
	@$(BIN)/dbt --quiet --log-level-file info build --exclude-resource-type unit_test

test: lint  ## check everything: style, types, structure, pytest, and the demo with all dbt tests
	@echo "Tests (pytest), with the demo and all its dbt tests among them"
	@$(PYTEST)
	@echo "All checks passed"

test-full: lint  ## the same at full size: more seeds, larger worlds, whole builds of every shape
	@echo "Tests at full size (pytest, half an hour and more)"
	@TOUCHLEDGER_TEST_SIZE=full $(PYTEST)
	@echo "All checks passed"

# It sees the packages of the first environment and adds Spark's.
$(SPARK_STAMP): requirements-spark.lock $(STAMP)
	@echo "Installing Spark into $(SPARK_VENV) (half a minute, once)"
	@$(BIN)/python -m venv --clear $(SPARK_VENV)
	@$(SPARK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes --requirement requirements-spark.lock
	@$(SPARK_VENV)/bin/python -c 'import sysconfig, pathlib; site = sysconfig.get_path("purelib"); \
		pathlib.Path(site, "touchledger.pth").write_text("import site; site.addsitedir(%r)" % site.replace("$(SPARK_VENV)", "$(VENV)"))'
	@touch $@

test-spark: $(SPARK_STAMP)  ## build on Spark what is built on DuckDB, and compare all tables (needs Java)
	@echo "The project on Spark (pytest, some minutes)"
	@$(SPARK_VENV)/bin/python -m pytest --override-ini=addopts= \
		--override-ini="pythonpath=tests/spark tests/python/support" --quiet tests/spark

# The subject's models are built over a demo of their own. It has all tables, so that a
# model finds what it reads; what was edited since makes it old.
$(FAST_STAMP): $(STAMP) dbt_project.yml profiles.yml $(shell find models seeds macros -type f -not -name '*.pyc')
	@echo "Building a demo to check subjects on (half a minute, after a change to models)"
	@$(FAST_DBT) build $(FAST_VARS) --exclude-resource-type test --exclude-resource-type unit_test
	@touch $@

test-fast: $(STAMP)  ## check one subject: make test-fast ONLY=markov
	@test -n "$(ONLY)" || { echo "Name a subject, such as: make test-fast ONLY=markov"; exit 2; }
	@tests="$$(find tests/python python/touchledger -path '*$(ONLY)*' -name '*.py' \
			-exec grep -lE '^ *(def test_|>>> )' {} +)"; \
		nodes="$$($(FAST_DBT) ls $(FAST_VARS) --select '*$(ONLY)*')" || { echo "$$nodes"; exit 1; }; \
		test -n "$$tests$$nodes" || { echo "No test and no model has '$(ONLY)' in its name"; exit 2; }; \
		if test -n "$$tests"; then $(PYTEST) $$tests || exit; fi; \
		if test -n "$$nodes"; then \
			$(MAKE) --silent $(FAST_STAMP) \
			&& echo "Models, data tests and unit tests of dbt with '$(ONLY)' in their name" \
			&& $(FAST_DBT) build $(FAST_VARS) --select '*$(ONLY)*' || exit; fi
	@echo "All checks of $(ONLY) passed"

lint: $(STAMP)
	@echo "Python style (ruff)"
	@$(BIN)/ruff format --quiet --check $(PYTHON_CODE)
	@$(BIN)/ruff check --quiet $(PYTHON_CODE)
	@echo "Python types (mypy)"
	@$(BIN)/mypy --no-error-summary
	@echo "YAML style (yamllint)"
	@$(BIN)/yamllint .
	@echo "SQL style (sqlfluff)"
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 $(SQL_CODE)
	@echo "Structure of the project (dbt-bouncer)"
	@$(BIN)/dbt --quiet parse
	@$(BIN)/dbt-bouncer run

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

lock:  ## renew the lock files from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes \
		--no-header --no-strip-extras --no-emit-index-url --upgrade \
		--output-file requirements.lock
	@# The extra alone: with the package's own dependencies it would be six times as long.
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"], sep="\n")' \
		| uv pip compile - --python-version 3.11 --universal --generate-hashes \
		--no-header --no-strip-extras --no-emit-index-url --upgrade \
		--constraint requirements.lock --output-file requirements-bench.lock
	@# Spark's environment sees the first one: what that has isn't locked twice.
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"], sep="\n")' \
		| uv pip compile - --python-version 3.11 --universal --generate-hashes \
		--no-header --no-strip-extras --no-emit-index-url --no-annotate --upgrade \
		--constraint requirements.lock --output-file target/spark.lock
	awk 'NR == FNR {if (/^[a-z]/) {split($$1, name, "=="); has[name[1]] = 1}; next} \
		/^[a-z]/ {split($$1, name, "=="); is_new = !(name[1] in has)} is_new' \
		requirements.lock target/spark.lock > requirements-spark.lock

clean:  ## delete what the commands made, the environments excepted
	rm -rf target logs
