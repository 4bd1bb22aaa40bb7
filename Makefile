# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo $(HOME)/.local/share/onefold-uv/bin/uv)
CUSTOMERS ?= 10000

.PHONY: help setup demo test check fmt lock bench bench-braze crash soak

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

setup: $(VENV)/.ready $(VENV)/.browser  ## prepare .venv (installs uv when absent); then .venv/bin/onefold works

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@if ! [ -x "$(UV)" ]; then \
	  echo "installing uv from PyPI"; \
	  python3 -m venv $(HOME)/.local/share/onefold-uv && $(HOME)/.local/share/onefold-uv/bin/pip install -q uv; \
	fi
	[ -x $(BIN)/python ] || "$(UV)" venv -q --python '>=3.11' $(VENV)
	"$(UV)" pip sync -q --python $(BIN)/python --require-hashes requirements-dev.lock
	"$(UV)" pip install -q --python $(BIN)/python --no-deps --editable .
	touch $@

# For the tests of pages alone: without it they are skipped, and say so. It is tried once.
$(VENV)/.browser: | $(VENV)/.ready
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing chromium, for the tests of pages"; \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1 \
	    || echo "chromium can't be installed here: the tests of pages will be skipped"; \
	fi
	touch $@

demo: $(VENV)/.ready  ## the whole shop, here: day 1, an unchanged run, day 2, into the Braze sandbox
	$(BIN)/onefold demo --customers $(CUSTOMERS)

test: setup check  ## every test
	$(BIN)/pytest -n 2 --dist worksteal

check: setup  ## what CI checks: ruff, mypy, the law of doors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: setup  ## format, and mend what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup  ## write the hashed requirement locks again
	"$(UV)" pip compile -q --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	"$(UV)" pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.lock

bench: setup  ## speed and memory, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.braze

bench-braze: setup  ## the part of bench that sends to Braze: speed, limits, receipts, memory
	$(BIN)/python -m benchmarks.braze

crash: setup  ## kill -9 a run KILLS times (200), everywhere, and look what was lost
	$(BIN)/python -m benchmarks.crash.trial --kills $(or $(KILLS),200)

soak: setup  ## EXAMPLES (300) random sequences of wishes and faults: does Braze end with what is wanted?
	SOAK_EXAMPLES=$(or $(EXAMPLES),300) $(BIN)/pytest -q --timeout 7200 tests/properties/test_sending_converges.py
