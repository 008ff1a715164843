# Two commands: `make lab` opens the notebooks, `make test` runs the tests. Each sets up what it needs by itself.

VENV  ?= .venv
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11 python
ARGS  ?=
# Each test file goes to one of as many processes as there are cores. Notebooks need that: their cells belong together.
WORKERS ?= --numprocesses auto --maxprocesses 4 --dist loadfile
SEQUENCES ?= 20000
SIZES ?= 1000 10000 100000 1000000
ROWS  ?= 1000000

BIN   := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
RUN   := $(BIN)/python
READY := $(VENV)/.ready
# JupyterLab refuses to run as root, as in a container, unless told that it may.
ROOT  := $(if $(filter 0,$(shell id -u 2>/dev/null)),--allow-root)

# Compiled modules and rewritten assertions are kept, also where the environment says otherwise: it saves seconds a run.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help lab test test-all browser-test check notebooks docs bench oracle trial-table migration

help:
	@echo "make lab           open the notebooks in JupyterLab (ARGS=\"--no-browser --port 8899\" for its options)"
	@echo "make test          run all notebooks, and all tests that are not long (ARGS=\"-k seeds\" for pytest's options)"
	@echo "make test-all      the same with the long tests: kills, threads, many random sequences, large schools"
	@echo "make browser-test  run all notebooks in JupyterLab in a browser, and look at what it shows (needs Chromium)"
	@echo "make check         lint and type-check Python and SQL"
	@echo "make notebooks     run all notebooks and keep their outputs"
	@echo "make migration     write the scripts of a new migration to fill in (NAME=what_it_does)"
	@echo "make trial-table   add a table, a column, a rule and a view in a copy, and see that only the right tests fail"
	@echo "make docs          write the generated pages of docs/, and application_types"
	@echo "make bench         run the benchmarks (SIZES=\"1000 10000\" ROWS=100000 for smaller ones)"
	@echo "make oracle        compare 20,000 random sequences of changes with SQLite (SEQUENCES=100000 for more)"

lab: $(READY)
	$(RUN) -m jupyterlab $(ROOT) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ARGS)

test: $(READY)
	$(RUN) -m pytest $(or $(ARGS),$(WORKERS))

test-all:
	$(MAKE) --no-print-directory test ARGS="-m '' $(WORKERS) --no-loadscope-reorder $(ARGS)"

browser-test: $(READY)
	$(RUN) -m pip install --quiet --no-compile --disable-pip-version-check --editable '.[browser]'
	$(RUN) -m pytest tests/in_browser.py $(ARGS)

check: $(READY)
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(BIN)/lint-imports
	$(RUN) -m sqlfluff lint sql

notebooks: $(READY)
	$(RUN) -m nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False notebooks/*.ipynb

migration: $(READY)
	$(BIN)/clerkbench new-migration $(NAME)

trial-table: $(READY)
	$(RUN) tests/trial_table.py $(or $(ARGS),$(WORKERS))

docs: $(READY)
	$(BIN)/clerkbench docs docs/schema.md
	$(RUN) docs/write_reference.py docs/reference.md
	$(RUN) -m typer clerkbench.interfaces.cli.commands utils docs --name clerkbench --output docs/command_line.md
	$(BIN)/clerkbench types application_types/rows.py --language python
	$(BIN)/clerkbench types application_types/postgres.ts --language typescript --dialect postgres
	$(BIN)/clerkbench types application_types/sqlite.ts --language typescript --dialect sqlite

bench: $(READY)
	$(RUN) -m pip install --quiet --no-compile --disable-pip-version-check --editable '.[bench]'
	$(RUN) benchmarks/opening.py
	$(RUN) benchmarks/indexes.py
	$(RUN) benchmarks/violations.py $(ROWS)
	$(RUN) benchmarks/changes.py $(SIZES)
	$(RUN) benchmarks/prototyping.py
	$(RUN) benchmarks/export.py $(ROWS)

oracle: $(READY)
	CLERKBENCH_SEQUENCES=$(SEQUENCES) $(RUN) -m pytest -m '' tests/test_oracle.py

# Takes the first of PYTHON that is new enough, and says plainly when none is. Modules are compiled when they are first
# imported: most of what is installed never is.
$(READY): pyproject.toml
	@for python in $(PYTHON); do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$($$python --version) ($$python) cannot make virtual environments: its venv module is missing." >&2; \
	    echo "On Debian and Ubuntu: apt install python3-venv. Elsewhere: install Python from python.org." >&2; \
	    exit 1; \
	  fi; \
	  echo "Setting up $(VENV) with $$($$python --version): once, about a minute."; \
	  $(RUN) -c '' 2>/dev/null || $$python -m venv --clear $(VENV) || exit 1; \
	  $(RUN) -m pip install --no-compile --disable-pip-version-check --editable '.[lab,ship,server,test,check]' || exit 1; \
	  touch $(READY); \
	  exit 0; \
	done; \
	echo "clerkbench needs Python 3.11 or newer, and none was found." >&2; \
	for python in $(PYTHON); do \
	  found=$$($$python --version 2>&1) && echo "  $$python is $$found" >&2; \
	done; \
	echo "Install one from python.org, or name it: make lab PYTHON=/path/to/python3.12" >&2; \
	exit 1
