# Two commands do everything on a machine that has nothing but Python: make demo, make test.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin

.PHONY: demo test format lint types unit docs site schemas bench bench-spark explore audit vulnerabilities licences bounds fuzz soak clean

demo: $(VENV)/.installed
	@echo '$$ opvalidate check examples/good.json'
	@$(BIN)/opvalidate check examples/good.json
	@echo
	@echo '$$ opvalidate check examples/bad.json'
	@$(BIN)/opvalidate check examples/bad.json || test $$? -eq 1

test: format lint types unit

format: $(VENV)/.developed
	$(BIN)/ruff format --check .

lint: $(VENV)/.developed
	$(BIN)/ruff check .

types: $(VENV)/.developed
	$(BIN)/mypy

unit: $(VENV)/.developed $(VENV)/node_modules/ajv/package.json
	$(BIN)/opvalidate rules test
	$(BIN)/opvalidate rules docs --check
	$(BIN)/python -m pytest -q

# A rule or a keyword changed: make the pages in docs/rules/, the tables of keywords and the pack's schema anew
docs: $(VENV)/.installed
	$(BIN)/opvalidate rules docs
	$(BIN)/python scripts/generate_language.py

# The documentation as a web site, in site/
site: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	$(BIN)/mkdocs build --strict

# AWS changed its model: make the schemas anew from the installed botocore
schemas: $(VENV)/.developed
	$(BIN)/python scripts/generate_schemas.py

# opvalidate beside its peers, which it installs under benchmarks/: writes benchmarks/RESULTS.md
bench:
	$(PYTHON) benchmarks/run.py

# opvalidate on Spark, from 10 thousand to a million documents: the last part of benchmarks/RESULTS.md
bench-spark: $(VENV)/.developed
	$(BIN)/python benchmarks/spark.py 10000 100000 1000000

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	$(BIN)/python -m compileall -q opvalidate
	@touch $@

$(VENV)/.developed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# Known vulnerabilities of what is installed (asks the package index's advisory database), and licences
audit: vulnerabilities licences

vulnerabilities: $(VENV)/.developed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip-audit --skip-editable --progress-spinner off

licences: $(VENV)/.developed
	$(BIN)/python scripts/check_licences.py

# The tests on the lowest dependencies that pyproject.toml allows, but for those about AWS's model of today: make bounds PYTHON=python3.10
bounds:
	$(PYTHON) scripts/dependency_bounds.py --ignore=tests/schema/test_schema_drift.py --ignore=tests/schema/test_schema_generate.py --ignore=tests/test_hooks.py --ignore=tests/test_wheel.py --ignore=tests/integrations/test_spark.py --ignore=tests/integrations/test_arrow.py --ignore=tests/rules/test_tables.py --deselect=tests/integrations/test_boto3_guard.py::test_whatever_the_rule_the_response_is_what_the_service_model_allows '--deselect=tests/integrations/test_offline.py::test_no_socket_is_opened[every command]'

# The properties of the tests on other, and more, examples each time
explore: $(VENV)/.developed
	$(BIN)/python -m pytest -q -m hypothesis --hypothesis-profile explore

# A fuzzer for SECONDS, guided by coverage where atheris is installed; and an hour of checking without growth
SECONDS ?= 60
fuzz: $(VENV)/.developed
	$(BIN)/python scripts/fuzz.py $(SECONDS)

soak: $(VENV)/.developed
	$(BIN)/python scripts/soak.py $(SECONDS)

# The second judge of tests/second_opinion/, where npm is; without it, or without the network, those tests are skipped
$(VENV)/node_modules/ajv/package.json: $(VENV)/.developed
	@if command -v npm >/dev/null; then \
	  npm install --silent --no-audit --no-fund --ignore-scripts --no-save --fetch-retries 0 --prefix $(VENV) ajv@8 \
	  && touch $@ || echo 'ajv cannot be installed from npm: jsonschema judges alone' >&2; fi

clean:
	rm -rf $(VENV) site benchmarks/.venv benchmarks/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
