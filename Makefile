# Everything a newcomer runs. Needs Python 3.11 or newer and make; nothing else.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8080
DATA ?= demo
# Tests wait as much as they work, so three processes fill two cores. A busy machine may set JOBS=1.
JOBS ?= 3
OUT ?= screens
SEED ?= 1
CLIENTS ?= 2000
DAYS ?= 120
CASES ?= 10000

.DEFAULT_GOAL := help
.PHONY: help demo test check browser screens bench simulate reliability lock openapi format clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

.venv/runtime: requirements/runtime.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Installing what Handrail runs on ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/test: requirements/test.txt .venv/runtime
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

demo: .venv/runtime ## Load a demonstration programme and serve it (PORT=8080 DATA=demo)
	@HANDRAIL_DATA="$(DATA)" HANDRAIL_PORT="$(PORT)" HANDRAIL_CONSOLE_CHANNEL=true $(BIN)/handrail demo

test: .venv/test browser ## Run every test on SQLite and on a real PostgreSQL, the phone app in a real Chromium
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

browser: .venv/test ## Install Debian's Chromium where it is missing and this can be done
	@$(BIN)/python -m tests.browser

check: .venv/test ## Format, lint, types, layers, schema drift, OpenAPI file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/oxlint --deny-warnings server/phone/static server/console/static tests/phone
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m tests.drift
	$(BIN)/handrail openapi | diff -u docs/openapi.json - || { echo "docs/openapi.json is old: make openapi"; exit 1; }

screens: .venv/test browser ## Write a picture of every screen of phone and console, light and dark (OUT=screens)
	HANDRAIL_SCREENS="$(abspath $(OUT))" $(BIN)/python -m pytest -n $(JOBS) --dist loadfile tests/phone/test_every_screen.py tests/phone/test_every_screen_in_spanish.py tests/phone/test_rare_screens.py tests/phone/test_rare_moments.py tests/console/test_every_page.py

bench: .venv/test ## Measure answers, openings and delivery against floors on this machine
	$(BIN)/python -m bench

simulate: .venv/test ## Live 120 days with 2,000 clients, every kind of fault, and laws that must hold (SEED=1 CLIENTS=2000 DAYS=120)
	$(BIN)/python -m tests.simulation --seed $(SEED) --clients $(CLIENTS) --days $(DAYS)

reliability: .venv/test ## Kill, freeze, restart, fail over, fill disks and step clocks of real processes under load (CASES=10000)
	EVERY_CALL=1 $(BIN)/python -m pytest tests/reliability/test_each_call_fails.py
	$(BIN)/python -W ignore -m tests.reliability --cases $(CASES)

openapi: .venv/runtime ## Write docs/openapi.json anew
	$(BIN)/handrail openapi > docs/openapi.json

format: .venv/test ## Format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## Resolve the locks anew (needs uv in .venv)
	$(BIN)/python -m pip install --quiet uv
	for name in runtime test; do $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header -q requirements/$$name.in -o requirements/$$name.txt; done

clean: ## Remove the virtual environment and caches
	rm -rf .venv build .pytest_cache .ruff_cache .hypothesis *.egg-info
