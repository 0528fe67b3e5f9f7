# Every target sets itself up; `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OUT ?= demo-output
# Matrices here are small: BLAS threads would wait for each other (20x on two busy cores).
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup demo test check benchmark notebook environment constraints clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## make the virtual environment in .venv

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, as '$(PYTHON)'; name another with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all]'
	@touch $@

demo: $(READY) ## a simulated mission: scenes calibrated, report, dashboard
	@rm -rf $(OUT)
	@echo "== 1. a SIMULATED mission 2018-2024: ledger, official parameters, events, two Moon scenes"
	$(BIN)/venus-analysis simulate mission $(OUT) --scenes 2
	@echo "== 2. its Moon scenes calibrated against the ROLO lunar model, through dask"
	$(BIN)/venus-analysis moon $(OUT)/scenes/*.zarr --parameters $(OUT)/parameters \
	  --ledger $(OUT)/ledger --statistics $(OUT)/statistics.csv --products $(OUT)/products
	@echo "== 3. is the camera drifting, and did the parameter updates work?"
	$(BIN)/venus-analysis drift $(OUT)/ledger --parameters $(OUT)/parameters \
	  --events $(OUT)/events.toml --method moon --band B2 --band B11
	@echo "== 4. the report a meeting takes home"
	$(BIN)/venus-analysis report $(OUT) --output $(OUT)/report.html --since 2024-01-31
	@echo "== 5. the dashboard (needs no network; Ctrl-C ends it)"
	@$(BIN)/python tools/show_dashboard.py $(OUT)

test: check ## lint, types, contracts, doctests and tests
	@$(BIN)/python -m compileall -q src # once, also where PYTHONDONTWRITEBYTECODE is set
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile \
	  --no-loadscope-reorder --max-worker-restart 0

check: $(READY) ## lint, types and import contracts only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: $(READY) ## measure speed beside peers, the table goes into README.md
	$(BIN)/python -m benchmarks --readme README.md

notebook: $(READY) ## open JupyterLab in notebooks/
	$(BIN)/jupyter lab notebooks

environment: $(READY) ## write environment.yml from pyproject.toml
	$(BIN)/python tools/environment.py

constraints: $(READY) ## pin what CI runs, names and versions only
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --all-extras --python-version 3.11 \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  pyproject.toml -o constraints.txt

clean: ## remove what the targets made
	rm -rf $(VENV) $(OUT) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
