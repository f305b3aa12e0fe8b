# Every target says what it does: `make help`. PYTHON is any Python from 3.11 on; ARGS goes to the command behind.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
# Twice quiet: errors only.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet

.DEFAULT_GOAL := help
.PHONY: help setup dev run demo test lint format types check lock migrate bench chaos fuzz screenshots texts clean front_end

help: ## Show this list
	@grep -hE '^[a-z_]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: .venv/.runtime front_end ## Install what running needs, into .venv and node_modules

dev: .venv/.dev front_end ## Install what checking and testing need, too

run: setup ## Start the inbox, on SQLite, and print its address
	@exec $(BIN)/inbox serve $(ARGS)

demo: setup ## Start an inbox full of invented conversations, apart from yours
	@INBOX_DATA_DIR=.demo INBOX_DATABASE_URL= exec $(BIN)/inbox demo $(ARGS)

test: dev ## Run the tests; ARGS='tests/rules -k rota' narrows them
	@if [ "$$CI" = true ]; then scripts/system_packages.sh; fi
	@$(BIN)/python scripts/run_tests.py $(ARGS)

lint: .venv/.dev ## Check style and who imports whom
	@$(BIN)/ruff format --check --quiet . || { echo 'Run `make format`.'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo 

format: .venv/.dev ## Lay the code out, and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

types: .venv/.dev ## Check types
	@$(BIN)/mypy --no-error-summary

check: lint types ## What CI checks before it tests

lock: .venv/.runtime ## Write the locks anew after a change of requirements; ARGS=--upgrade for new versions
	@scripts/lock.sh $(ARGS)

migrate: setup ## Bring the database up to date (serve does it by itself)
	@$(BIN)/inbox migrate $(ARGS)

bench: dev ## Measure, and compare with the limits
	@$(BIN)/python -m bench $(ARGS)

chaos: dev ## Kill the process 500 times and look for anything lost or doubled
	@CHAOS_KILLS=$${CHAOS_KILLS:-500} $(BIN)/python -m pytest tests/chaos -m chaos --timeout=0 $(ARGS)

fuzz: dev ## Feed the parsers nonsense for longer than the tests do
	@HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -m fuzz --timeout=0 $(ARGS)

texts: .venv/.dev ## Collect the texts of the screens, and say which are not in French yet
	@$(BIN)/python scripts/texts.py

screenshots: dev ## Take a picture of every screen
	@$(BIN)/python scripts/screenshots.py $(ARGS)

clean: ## Remove what set-up and tests made; never your data
	@rm -rf .venv node_modules inbox/web/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .coverage .coverage.* htmlcov dist
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# What follows are steps, not targets to call. A stamp file is as old as the last time its step was done.

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Under24 needs Python 3.11 or newer: name one, as in `make setup PYTHON=python3.12`.' >&2; exit 1; }
	@echo 'Making .venv.'
	@$(PYTHON) -m venv .venv
	@touch $@

# Only what the locks name, with its hash, is installed; the project itself is built without downloading anything.
.venv/.runtime: .venv/.made requirements/runtime.txt requirements/build.txt pyproject.toml hatch_build.py
	@echo 'Installing what running needs.'
	@$(PIP) --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(PIP) --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	@echo 'Installing what checks and tests need.'
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

# npm comes from the machine, or from a wheel where the machine has none.
front_end: .venv/.made
	@command -v npm >/dev/null || [ -x $(BIN)/npm ] || $(PIP) --require-hashes -r requirements/node.txt
	@$(BIN)/python scripts/front_end.py
