# `make grade` and `make test` set everything up by themselves. See README.md.
PYTHON ?= python3.11
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: grade test check drift setup bwrap chromium postgresql docs lock release record outputs clean help

help:
	@echo "make grade    grade the bundled class and show scores, diagnoses and feedback"
	@echo "make test     all tests (about 55 minutes)"
	@echo "make check    the quick tests (under 3 minutes)"
	@echo "make drift    compare the references with those of the oldest supported TensorFlow and Keras"
	@echo "make release  make release/ from source/"
	@echo "make docs     the site of the docs, in build/site"
	@echo "make record   record the references again, after a change to a solution or to its cases"
	@echo "make outputs  run the solution notebooks and keep their outputs (about 6 minutes)"
	@echo "make lock     resolve requirements.txt again, after a change to pyproject.toml"
	@echo "make clean    remove what grading the bundled class has made"

grade: setup bwrap
	$(BIN)/python -m tools.grade_class

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not slow"

test: setup bwrap chromium postgresql
	$(BIN)/python -m pytest --nbval tests source

# The alarm for drift: the references and all cases with the oldest supported versions; the newest are in .venv.
drift: setup
	test -d .venv-oldest || $(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check \
	  tensorflow-cpu==2.20.0 keras==3.10.0 nbgrader==0.9.6 ipykernel h5py matplotlib pillow pytest nbval
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	for bin in $(BIN) .venv-oldest/bin; do \
	  PATH="$(CURDIR)/$$bin:$$PATH" $$bin/python -m autograder record residual_networks preactivation_block --check || exit 1; \
	  PATH="$(CURDIR)/$$bin:$$PATH" $$bin/python -m pytest tests/model/test_cases.py || exit 1; done

setup: .venv/ready

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

# Debian's packages: installed by root, otherwise named.
bwrap: package = bubblewrap
chromium: package = chromium
postgresql: package = postgresql
bwrap chromium: there = command -v $@
postgresql: there = ls /usr/lib/postgresql/*/bin/initdb
bwrap chromium postgresql:
	@if ! $(there) >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(package) >/dev/null || exit 1; \
	  else echo "missing: install the package $(package), e.g. sudo apt-get install $(package)"; exit 1; fi; fi

release: setup
	$(BIN)/nbgrader generate_assignment residual_networks --force
	$(BIN)/nbgrader generate_assignment preactivation_block --force

docs: setup
	$(BIN)/python -m sphinx -q -W -c docs . build/site

record: setup
	$(BIN)/python -m autograder record residual_networks preactivation_block

outputs: setup
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.skip_cells_with_tag=never \
	  --ExecutePreprocessor.timeout=1200 source/*/*.ipynb

lock:
	uv pip compile --quiet --universal --no-annotate --python-version 3.11 --extra cpu --extra instructor --extra docs --extra test \
	  --output-file requirements.txt pyproject.toml

clean:
	rm -rf submitted/sample_* autograded/sample_* feedback/sample_*
