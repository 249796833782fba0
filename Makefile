# aios: `make demo` shows it, `make up` runs it, `make test` and `make check` judge it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo up install install-dev test explore bench check format lock clean

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
BIN := .venv/bin
RUNTIME := .venv/.runtime
DEV := .venv/.dev

help:  ## what there is to make
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

demo: $(RUNTIME)  ## start everything and feed it the example inbox (Ctrl-C ends it)
	@exec $(BIN)/aios demo

up: $(RUNTIME)  ## start everything (Ctrl-C ends it)
	@exec $(BIN)/aios up

install: $(RUNTIME)  ## what running needs, in .venv
install-dev: $(DEV)  ## what developing needs, in .venv

test: $(DEV)  ## the tests, fast ones first; narrow them with ARGS="-k decision"
	@bash tests/setup.sh
	@$(BIN)/python -m compileall -q aios assets sensors resources tests
	@$(BIN)/pytest $(ARGS)

ROUNDS ?= 10
explore: $(DEV)  ## the property tests on new random examples, ROUNDS times (10), until one fails
	@bash tests/setup.sh
	@for round in $$(seq $(ROUNDS)); do \
		$(BIN)/pytest -m hypothesis --hypothesis-profile=explore $(ARGS) || exit 1; done

bench: $(DEV)  ## measure it beside its peers; narrow it with ARGS="reaction --quick"
	@$(BIN)/python -m bench $(ARGS)

check: $(DEV)  ## the one definition of good: format, lint, types, layers, sizes, duplicates, documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_sizes.py
	$(BIN)/pylint --recursive=y aios assets sensors resources bench
	$(BIN)/python scripts/check_docs.py
	$(BIN)/python scripts/check_locks.py

format: $(DEV)  ## lay the code out, and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-annotate --no-header --quiet $(UPGRADE) --extra build

lock: $(DEV)  ## resolve the dependencies again; UPGRADE=--upgrade takes newer ones
	$(COMPILE) -o requirements.lock
	$(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/python scripts/check_locks.py

clean:  ## remove the environment and every cache; leaves .aios alone
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "aios needs Python 3.11 or newer; install one, or say make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making .venv with $(PYTHON) …"
	@$(PYTHON) -m venv .venv || { echo "Making .venv failed; on Debian and Ubuntu, install python3-venv." >&2; rm -rf .venv; exit 1; }

$(RUNTIME): requirements.lock pyproject.toml | .venv/bin/python
	@bash scripts/install.sh requirements.lock
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml | .venv/bin/python
	@bash scripts/install.sh requirements-dev.lock
	@touch $@ $(RUNTIME)
