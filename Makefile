# Two commands on a fresh machine: `make demo` and `make test`. Both call `make setup` by themselves.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
WORKERS ?= 5
UV := 0.13.9
PIP_AUDIT := 2.10.1
ATHERIS := 3.0.0
SECONDS_EACH ?= 60

.DEFAULT_GOAL := help
# Where it is set, every process that the tests start compiles all that it imports once more.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo serve test one check bench fuzz recorded sbom audit fuzz-input faults image-check lock clean

help:
	@echo "make demo    try it on localhost: a small GitHub, a sample repository, the bot"
	@echo "make test    run every test; some: make test ARGS=\"-k kills\""
	@echo "make one     run one test in one process: make one T=tests/plan/test_plan_reading.py"
	@echo "make check   run ruff and mypy --strict"
	@echo "make bench   measure, and write bench/results"
	@echo "make fuzz    rewrite 10,000 generated programs, mutations of the standard library among them, and run each before and after"
	@echo "make recorded  read what GitHub publishes of its answers and payloads (needs npm and a network)"
	@echo "make faults  play whole migrations under faults"
	@echo "make sbom    print the bill of materials (CycloneDX) of the lock file"
	@echo "make audit   look the pinned packages up for known vulnerabilities (needs a network)"
	@echo "make fuzz-input  fuzz what strangers send: deliveries, plans, comments (needs an index)"
	@echo "make image-check  run the steps of the Dockerfile without an engine (as root; needs debootstrap, bubblewrap, a network)"
	@echo "make lock    write the lock files from pyproject.toml (needs uv)"
	@echo "make clean   delete .venv and the caches"

setup: $(VENV)/.ready

$(VENV)/.ready: requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Drover needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV) \
	  && $(VENV)/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements-dev.txt \
	  || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: setup
	$(PY) app.py demo

serve: setup
	$(PY) app.py serve

test: setup
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

one: setup
	$(PY) -m pytest $(T) $(ARGS)

check: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

bench: setup
	$(PY) -m bench $(ARGS)

fuzz: setup
	$(PY) -m tests.fuzz $(ARGS)

recorded: setup
	$(PY) -m tests.recorded

sbom:
	@$(PYTHON) deploy/bill_of_materials.py requirements.txt

audit: setup
	@$(VENV)/bin/uvx --quiet pip-audit==$(PIP_AUDIT) --strict --require-hashes --disable-pip -r requirements.txt || \
		{ echo "A package is vulnerable, or could not be looked up: pip-audit asks https://pypi.org, whatever index is set." >&2; exit 1; }

fuzz-input: setup
	$(VENV)/bin/uv pip install --quiet --python $(PY) --target .fuzz atheris==$(ATHERIS)
	for target in delivery plan comment; do PYTHONPATH=.fuzz $(PY) -m tests.input_fuzz $$target --seconds $(SECONDS_EACH) || exit 1; done

faults: setup
	$(PY) -m tests.faults $(ARGS)

image-check: setup
	$(PY) -m tests.image $(ARGS)

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -o requirements.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --extra dev --extra types --extra otel -o requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
