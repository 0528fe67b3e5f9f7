# Every target sets itself up; `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OUT ?= demo-output

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

demo: $(READY) ## make a synthetic Moon image, calibrate it, draw it
	@echo "== 1. a SIMULATED Moon image in the 12 bands, with planted ratios"
	$(BIN)/venus-analysis simulate disk $(OUT)/synthetic_moon.nc
	@echo "== 2. calibrated against the ROLO lunar model"
	$(BIN)/venus-analysis moon $(OUT)/synthetic_moon.nc --response venus --figure $(OUT) --ledger $(OUT)/ledger
	@echo "== 3. what the ledger keeps"
	$(BIN)/venus-analysis ledger show $(OUT)/ledger --limit 3
	@echo "== 4. open the figure above in a browser (no network needed), then try real images:"
	@echo "   $(BIN)/venus-analysis moon YOUR_GLOD_FILE.nc --response YOUR_RESPONSES.nc --figure figures"
	@echo "   make notebook"

test: check ## lint, types, contracts, doctests and tests
	$(BIN)/python -m pytest

check: $(READY) ## lint, types and import contracts only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: $(READY) ## measure speed beside peers
	$(BIN)/python -m benchmarks

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
