# Two commands do everything on a machine that has nothing but Python: make demo, make test.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin

# Everything is installed from the locks in requirements/, hashes compared: the same commit has the same result next year.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED  = $(INSTALL) --require-hashes --no-build-isolation
NPM     = npm --silent --no-audit --no-fund --ignore-scripts --fetch-retries 0

.PHONY: demo test pure quick format lint types unit docs site schemas tables lock newest vscode bench bench-spark bench-serve explore audit vulnerabilities licences bounds fuzz soak release-check clean

demo: $(VENV)/.installed
	@echo '$$ opvalidate check examples/good.json'
	@$(BIN)/opvalidate check examples/good.json
	@echo
	@echo '$$ opvalidate check examples/bad.json'
	@$(BIN)/opvalidate check examples/bad.json || test $$? -eq 1
	@echo
	@echo '$$ opvalidate check examples/deals.csv'
	@$(BIN)/opvalidate check examples/deals.csv || test $$? -eq 1

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
	$(BIN)/python -m pytest -q -n auto --dist loadfile

# The tests of the engine without orjson and jsonschema-rs: with the pure Python that replaces them where they have no build
pure: $(VENV)/.developed
	PURE=1 $(BIN)/python -m pytest -q tests/engine

# While you work: the tests that are not marked slow, the properties with a tenth of their examples. `make test` has all of them
quick: $(VENV)/.developed
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m 'not slow' --hypothesis-profile quick

# A rule or a keyword changed: make the pages in docs/rules/, the tables of keywords and the pack's schema anew
docs: $(VENV)/.installed
	$(BIN)/opvalidate rules docs
	$(BIN)/python scripts/generate_language.py

# The documentation as a web site, in site/
site: $(VENV)/.developed
	$(BIN)/mkdocs build --strict

# AWS changed its model: regenerate the schemas from the installed botocore
schemas: $(VENV)/.developed
	$(BIN)/python scripts/generate_schemas.py

# A library has newer data: regenerate the tables from the installed ones
tables: $(VENV)/.developed
	$(BIN)/python scripts/generate_tables.py

# pyproject.toml changed: resolve requirements/ for all Pythons at once. What is locked stays, unless UPGRADE=1 is given
RESOLVE = UV_CUSTOM_COMPILE_COMMAND='make lock' .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
  --no-annotate --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)
lock:
	test -x .venv-lock/bin/uv || { $(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv; }
	$(RESOLVE) pyproject.toml --group build -o requirements/runtime.txt
	$(RESOLVE) pyproject.toml --group build --all-extras -c requirements/runtime.txt -o requirements/dev.txt
	$(RESOLVE) --group audit -c requirements/dev.txt --no-emit-package pip -o requirements/audit.txt
	$(RESOLVE) pyproject.toml --group build --group release -c requirements/dev.txt -o requirements/release.txt
	$(RESOLVE) --group aws-cli -o requirements/aws-cli.txt
	$(RESOLVE) --group bench -c requirements/dev.txt -o requirements/bench.txt
	for folder in requirements benchmarks editors/vscode; do \
	  $(NPM) $(if $(UPGRADE),update,install) --package-lock-only --omit-lockfile-registry-resolved --prefix $$folder || exit; done

# The extension for VS Code, dist/opvalidate-*.vsix. It is not part of the distribution for Python
vscode:
	rm -rf build/vscode && mkdir -p build/vscode/schemas dist
	cp -r editors/vscode/. LICENSE build/vscode && cp schemas/config.json schemas/report.json build/vscode/schemas
	$(NPM) ci --prefix build/vscode
	cd build/vscode && node_modules/.bin/vsce package --allow-missing-repository --no-rewrite-relative-links --out ../../dist

# The same tests on the newest of everything, which no lock names. Reported, and no failure: newer data, new lints, deprecations
newest:
	rm -rf .venv-newest
	$(PYTHON) -m venv .venv-newest
	.venv-newest/bin/python -m pip install --quiet --disable-pip-version-check --upgrade -e '.[dev]'
	-$(NPM) install --no-save --prefix .venv-newest ajv@latest
	-.venv-newest/bin/ruff check .
	-.venv-newest/bin/mypy
	.venv-newest/bin/opvalidate rules test
	.venv-newest/bin/python -m pytest -q -n auto --dist loadfile -W default

# opvalidate compared with its peers, which it installs under benchmarks/: writes benchmarks/RESULTS.md
bench:
	$(PYTHON) benchmarks/run.py

# opvalidate on Spark, from 10 thousand to a million documents: the last part of benchmarks/RESULTS.md
bench-spark: $(VENV)/.developed
	$(BIN)/python benchmarks/spark.py 10000 100000 1000000

# The latency and the throughput of `opvalidate serve`: prints the table of docs/serve.md
bench-serve: $(VENV)/.developed
	$(BIN)/python benchmarks/serve.py

$(VENV)/.installed: pyproject.toml requirements/runtime.txt
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) -r requirements/runtime.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q opvalidate
	@touch $@

$(VENV)/.developed: $(VENV)/.installed requirements/dev.txt
	$(LOCKED) -r requirements/dev.txt
	@touch $@

# Known vulnerabilities of what is locked (from the package index's advisory database), and licences
audit: vulnerabilities licences

vulnerabilities: $(VENV)/.developed
	$(LOCKED) -r requirements/audit.txt
	$(BIN)/pip-audit --disable-pip --require-hashes --progress-spinner off -r requirements/runtime.txt -r requirements/dev.txt -r requirements/audit.txt

licences: $(VENV)/.developed
	$(BIN)/python scripts/check_licences.py

# The tests on the lowest dependencies that pyproject.toml allows, but for those about AWS's model of today: make bounds PYTHON=python3.10
bounds:
	$(PYTHON) scripts/dependency_bounds.py --ignore=tests/schema/test_schema_drift.py --ignore=tests/schema/test_schema_generate.py --ignore=tests/test_hooks.py --ignore=tests/test_wheel.py --ignore=tests/integrations/test_spark.py --ignore=tests/integrations/test_arrow.py --ignore=tests/rules/test_tables.py --deselect=tests/integrations/test_boto3.py::test_whatever_the_rule_the_response_is_what_the_service_model_allows '--deselect=tests/integrations/test_offline.py::test_no_socket_is_opened[every command]'

# The properties of the tests on other, and more, examples each time
explore: $(VENV)/.developed
	$(BIN)/python -m pytest -q -m hypothesis --hypothesis-profile explore

# A fuzzer for SECONDS, guided by coverage where atheris is installed; and an hour of checking without growth
SECONDS ?= 60
fuzz: $(VENV)/.developed
	$(BIN)/python scripts/fuzz.py $(SECONDS)

soak: $(VENV)/.developed
	$(BIN)/python scripts/soak.py $(SECONDS)

# The second validator of tests/second_opinion/ and the driver of Chromium, if npm is available; without it or the network, those tests are skipped
$(VENV)/node_modules/ajv/package.json: $(VENV)/.developed requirements/package-lock.json
	@if command -v npm >/dev/null; then \
	  cp requirements/package.json requirements/package-lock.json $(VENV) && $(NPM) ci --prefix $(VENV) \
	  && touch $@ || echo 'the packages from npm cannot be installed: the second validator and the tests of the page are skipped' >&2; fi

# Rehearse a release of the last commit, without an account; what would be published is in dist/. STEPS="build metadata" for some of the steps
release-check: .venv-release/.installed
	.venv-release/bin/python scripts/release_check.py $(STEPS)

# runtime.txt first: it has the setuptools that builds a package of release.txt
.venv-release/.installed: requirements/runtime.txt requirements/release.txt
	$(PYTHON) -m venv .venv-release
	for lock in runtime release; do \
	  .venv-release/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements/$$lock.txt || exit; done
	@touch $@

clean:
	rm -rf $(VENV) .venv-lock .venv-newest .venv-release site benchmarks/.venv benchmarks/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
