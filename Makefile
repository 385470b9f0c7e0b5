# `make run` and `make test` set up all that they need in an environment of their own.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run demo test check bench hazards trials tools attack matrix screenshots clean

run: $(VENV)/run.done
	$(BIN)/mockcrm serve $(ARGS)

demo: $(VENV)/run.done
	$(BIN)/mockcrm demo $(ARGS)

# Many tests wait for a server or a browser: two processes more than there are cores keep the cores busy. Each begins with a
# part of the tests as they follow one another, so that what a module or the browser's tests share is made seldom.
WORKERS = $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 2)')

test: $(VENV)/dev.done $(VENV)/browser.done $(VENV)/proxy.done $(VENV)/node.done
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/dev.done $(VENV)/node.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.page.types

bench: $(VENV)/dev.done
	$(BIN)/python -m benchmarks $(ARGS)

hazards: $(VENV)/dev.done
	$(BIN)/python -m tests.hazards.table

trials: $(VENV)/dev.done
	$(BIN)/python -m tests.trials.table

tools: $(VENV)/dev.done
	$(BIN)/python -m tests.tools $(ARGS)
	$(BIN)/python -m tests.docs.adapters dlt

attack: $(VENV)/dev.done
	$(BIN)/python -m tests.attack $(ARGS)

matrix: $(VENV)/dev.done
	$(BIN)/python -m tests.packaging.matrix $(ARGS)

screenshots: $(VENV)/dev.done $(VENV)/browser.done
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf $(VENV) .peers .types node_modules mockcrm/web/console/libraries

# What the page in the browser needs of others; see hatch_build.py.
LOCK := package.json package-lock.json .npmrc

$(VENV)/run.done: pyproject.toml constraints.txt hatch_build.py $(LOCK)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mockcrm needs Python 3.11 or newer.")'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable .
	touch $@

$(VENV)/dev.done: $(VENV)/run.done
	$(INSTALL) --editable '.[dev]'
	touch $@

# What checks the page's code, and axe-core for tests in a browser. It goes into node_modules, where editors look for it.
$(VENV)/node.done: $(VENV)/dev.done $(LOCK)
	$(BIN)/python -m tests.page.node
	touch $@

# So is HAProxy, which comes from apt for root, and from elsewhere for others. Without it the tests of `deploy/` are left out.
$(VENV)/proxy.done: $(VENV)/dev.done
	PATH="$$PATH:/usr/sbin" command -v haproxy || { apt-get update -q && apt-get install -qy haproxy; } || true
	touch $@

# A browser is the system's: whoever is not root, or has no apt, installs Chromium or Chrome as they do. All other tests
# run without it.
$(VENV)/browser.done: $(VENV)/dev.done
	$(BIN)/python -m tests.browser.chromium || apt-get update -q || true
	$(BIN)/python -m tests.browser.chromium || apt-get install -qy chromium-headless-shell || apt-get install -qy chromium || true
	touch $@
