# The only command that a fresh machine needs: make demo. It wants Python 3.11 and make.
.DEFAULT_GOAL := help
.PHONY: help venv dev native demo test unit cluster bench bench-factors lint format wheel clean

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for name in python3.11 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && command -v "$$name" && break; done)

help:
	@echo "make demo    orchestrate a synthetic week on the real stack"
	@echo "make native  compile the engine to machine code, where there is a C compiler; tests and benches do it too"
	@echo "make test    lint, type check and every test but the nightly ones"
	@echo "make unit    the tests that need no Java: a minute or two"
	@echo "make cluster kills, upgrades, outages and poisoned streams on the real cluster"
	@echo "make bench   throughput and latency against two other designs"
	@echo "make bench-factors   one factor at a time: signals, relevance, customers, state backend, workers"
	@echo "make lint    format check, lint, types, layers"
	@echo "make wheel   build dist/*.whl"
	@echo "make clean   remove what was built, the virtual environment too"

# One stamp for running, one for developing; both are made anew when the dependencies change.
$(VENV)/.made: pyproject.toml
	@test -n "$(PYTHON)" || { echo "cjo needs Python 3.11; install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --clear --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.made-dev: $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

venv: $(VENV)/.made
dev: $(VENV)/.made-dev

# Without a C compiler everything goes on, and is told so.
native: dev
	@$(BIN)/cjo native || echo "going on with the engine as Python" >&2

demo: venv
	$(BIN)/cjo demo $(ARGS)

test: dev
	@$(MAKE) --no-print-directory -j2 lint native
	$(BIN)/python -m tests.side_by_side $(ARGS)

unit: dev
	$(BIN)/pytest -m "not (flink or broker or cluster or nightly)" $(ARGS)

cluster: native
	$(BIN)/pytest tests/cluster $(ARGS)

bench: native
	$(BIN)/python -m bench $(ARGS)

bench-factors: native
	$(BIN)/python -m bench.factors $(ARGS)

lint: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

wheel: dev
	$(BIN)/python -m hatchling build -t wheel

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
