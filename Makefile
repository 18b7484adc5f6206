# make test    everything that CI runs
# make demo    a real WordPress, a sandbox Keap and the bridge; one HTTP Post through all of it
# make bench   the measurements, one line of JSON each (about six minutes; see docs/performance.md)
# make check   style, types and the directions of imports; make pytest   the tests alone
# make soak    minutes (MINUTES=10) of random Posts, troubles, kills and restarts; every row of every table
# make site    the documentation as a web site, in build/site
# make format  put the code into the one style
# make schema  write config.schema.json anew, after a change of the keys of config.yaml
# make requirements   pin the dependencies of pyproject.toml anew
#
# Root on Debian or Ubuntu with Python 3.11 or later is enough: the rest is installed.

PYTHON ?= $(shell command -v python3 || command -v python3.11)

BIN := .venv/bin
VENV := .venv/.made
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
UV := .cache/uv/bin/uv

# Two side by side, each with a WordPress of its own: most of a test's time is waiting.
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-config --upgrade pyproject.toml

.PHONY: test check style types imports pytest format soak site demo bench venv python3-venv requirements schema

test: check
	@$(PYTEST)

check: style types imports

style: $(VENV)
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check

types: $(VENV)
	@$(BIN)/mypy --no-error-summary

imports: $(VENV)
	@$(BIN)/lint-imports --no-logo >.venv/imports.log || { cat .venv/imports.log; exit 1; }

pytest: $(VENV)
	@$(PYTEST)

MINUTES ?= 10

soak: $(VENV)
	@KEAP_BRIDGE_SOAK_MINUTES=$(MINUTES) $(BIN)/pytest -s tests/bridge/kill/soak.py tests/bridge/faults tests/bridge/properties

format: $(VENV)
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet

schema: $(VENV)
	@$(BIN)/python -m bridge.config.json_schema

site: $(VENV)
	@$(BIN)/python docs/make_site.py

demo: $(VENV)
	@$(BIN)/keap-bridge demo

bench: $(VENV)
	@$(BIN)/python -m tests.bench

venv: $(VENV)

$(VENV): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed: make PYTHON=python3.12 …")'
	@echo "Installing Python packages into .venv …"
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory python3-venv
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Debian keeps a part of Python's venv module in a package of its own.
python3-venv:
	@mkdir -p .cache
	@{ apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $@; } \
		>.cache/apt.log 2>&1 || { cat .cache/apt.log; exit 1; }

requirements: $(UV)
	$(COMPILE) --output-file requirements/run.txt
	$(COMPILE) --extra postgresql --output-file requirements/postgresql.txt
	$(COMPILE) --group dev --output-file requirements/dev.txt

$(UV): | $(VENV)
	@$(PYTHON) -m venv .cache/uv
	@.cache/uv/bin/pip -qq install uv
