# Everything here needs Python 3.11 or newer (with its venv module), make and git.
# VENV and PYTHON can be set: make test VENV=/tmp/venv PYTHON=python3.12

VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
STRATEGIES := $(wildcard examples/*.rlm stdlib/*.rlm)

.DEFAULT_GOAL := help
.PHONY: help demo test long check bench site

help:
	@echo 'make demo    install into $(VENV), fetch a local model, run the first example'
	@echo 'make test    the tests (under 5 minutes)'
	@echo 'make long    soaks, the wheel, real models'
	@echo 'make check   style, types and docs, as CI does'
	@echo 'make bench   the benchmarks, as ratios'
	@echo 'make site    the documentation, as a site in build/site'

demo: $(VENV)/.for-use
	$(BIN)/rlmflow models pull --yes
	$(BIN)/rlmflow run examples/reviews.rlm examples/data/reviews.txt --sub local

test: $(VENV)/.for-work
	$(BIN)/python -m pytest -n auto

long: $(VENV)/.for-work
	$(BIN)/python -m pytest -m long

check: $(VENV)/.for-work
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/docs tests/test_architecture.py
	$(BIN)/rlmflow fmt --check $(STRATEGIES)
	$(BIN)/rlmflow check $(STRATEGIES)

bench: $(VENV)/.for-work
	set -e; for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script; done

site: $(VENV)/.for-work
	$(BIN)/sphinx-build -q -n -W --keep-going docs build/site

# A stamp says that an environment is as pyproject.toml wants it.
$(VENV)/.for-use: pyproject.toml | $(BIN)/python
	@echo 'Installing rlmflow and its packages into $(VENV) (about 600 MB on disk).'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[local]'
	@touch $@

$(VENV)/.for-work: pyproject.toml | $(BIN)/python
	@echo 'Installing rlmflow and what its tests need into $(VENV) (about 700 MB on disk).'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[local,dev]'
	@touch $@ $(VENV)/.for-use

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed: https://www.python.org/downloads/'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -f $(BIN)/python*; echo 'Python lacks its venv module; on Debian and Ubuntu: apt install python3-venv'; exit 1; }
