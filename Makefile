# `make grade` and `make test` set everything up by themselves. See README.md.
PYTHON ?= python3.11
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
ASSIGNMENTS := $(notdir $(wildcard source/*))

.PHONY: wheel hub grade test check lint nightly peers containers drift setup bwrap chromium postgresql podman docs lock release record outputs clean help

help:
	@echo "make grade    grade the bundled class and show scores, diagnoses and feedback"
	@echo "make test     all tests, two at a time (21 to 25 minutes on 2 cores)"
	@echo "make check    linters, types, the walls between the rooms, and the quick tests (about 2 minutes)"
	@echo "make nightly  what takes hours: whole laboratory, 100,000 spoiled hand-ins, full disks of all sizes, endurance"
	@echo "make peers    the tests of nbgrader, nbclient, nbconvert and jupyter_kernel_test with the kit plugged in"
	@echo "make containers  build and run the images with podman, as root on Debian: see docs/deployments.md"
	@echo "make drift    compare the references with those of the oldest supported TensorFlow and Keras"
	@echo "make release  make release/ from source/"
	@echo "make docs     the site of the docs, in build/site"
	@echo "make record   record the references again, after a change to a solution or to its cases"
	@echo "make outputs  run the solution notebooks and keep their outputs (about 6 minutes)"
	@echo "make wheel    build the package of a release, check it and install it into an empty environment"
	@echo "make lock     resolve the lists of pinned packages again, after a change to pyproject.toml"
	@echo "make clean    remove what grading the bundled class has made"

grade: setup bwrap
	$(BIN)/python -m tools.grade_class

# Two processes take file after file; a file's tests share what they have set up.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(PYTEST) -m "not slow and not nightly and not containers"

# The solution notebooks train for seconds here; `make outputs` trains them for the minutes that they say.
test: lint bwrap chromium postgresql hub
	@start=$$(date +%s); RESIDUAL_NETWORKS_MINUTES=0.02 $(PYTEST) --no-loadscope-reorder -m "not nightly and not containers" --nbval tests source; \
	status=$$?; taken=$$(($$(date +%s) - start)); echo "make test: $$((taken / 60)) min $$((taken % 60)) s"; exit $$status

nightly: setup bwrap
	$(PYTEST) -m nightly --timeout 7200
	$(BIN)/python -m tools.mutations
	$(BIN)/python -m tools.fuzz --inputs 200000
	$(BIN)/python -m benchmarks.judge_limits
	$(BIN)/python -m benchmarks.endurance

# What differs from nbgrader, and why: docs/nbgrader.md.
peers: setup bwrap
	$(BIN)/python -m tools.peers

# -s: it says how long each command took, and how large the images are.
containers: setup podman
	$(BIN)/python -m pytest -s -m containers --timeout 3600

# The alarm for drift: the references and all cases with the oldest supported versions; the newest are in .venv.
drift: setup
	test -d .venv-oldest || $(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check \
	  tensorflow-cpu==2.20.0 keras==3.10.0 nbgrader==0.9.6 ipykernel h5py matplotlib pillow pytest nbval
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	for bin in $(BIN) .venv-oldest/bin; do \
	  PATH="$(CURDIR)/$$bin:$$PATH" $$bin/python -m autograder record $(ASSIGNMENTS) --check || exit 1; \
	  PATH="$(CURDIR)/$$bin:$$PATH" $$bin/python -m pytest tests/model/test_cases.py || exit 1; done

setup: .venv/ready

.venv/ready: requirements.txt pyproject.toml setup.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

# Debian's packages: installed by root, otherwise named.
bwrap: package = bubblewrap
chromium: package = chromium
postgresql: package = postgresql
podman: package = podman runc debootstrap
bwrap chromium: there = command -v $@
postgresql: there = ls /usr/lib/postgresql/*/bin/initdb
podman: there = command -v podman && command -v runc && command -v debootstrap
bwrap chromium postgresql podman:
	@if ! { $(there); } >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(package) >/dev/null || exit 1; \
	  else echo "missing: install the package $(package), e.g. sudo apt-get install $(package)"; exit 1; fi; fi

# The proxy of JupyterHub, from npm.
hub:
	@if ! command -v npm >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs npm >/dev/null || exit 1; \
	  else echo "missing: install the packages nodejs and npm, e.g. sudo apt-get install nodejs npm"; exit 1; fi; fi
	@test -d build/hub/node_modules/configurable-http-proxy || \
	  npm install --silent --no-fund --no-audit --prefix build/hub configurable-http-proxy@5

release: setup
	for name in $(ASSIGNMENTS); do $(BIN)/nbgrader generate_assignment $$name --force || exit 1; done

docs: setup
	$(BIN)/python -m sphinx -q -W -c docs . build/site

record: setup
	$(BIN)/python -m autograder record $(ASSIGNMENTS)

outputs: setup
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.skip_cells_with_tag=never \
	  --ExecutePreprocessor.record_timing=False --ExecutePreprocessor.timeout=1200 source/*/*.ipynb

# The first step of a release: see CONTRIBUTING.md.
wheel:
	rm -rf build/lib build/wheel
	$(PYTHON) -m venv --clear build/tools
	build/tools/bin/python -m pip install --quiet --disable-pip-version-check build twine
	RELEASE=1 build/tools/bin/python -m build --wheel --outdir build/wheel .
	build/tools/bin/python -m twine check --strict build/wheel/*.whl
	$(PYTHON) -m venv --clear build/clean
	build/clean/bin/python -m pip install --quiet --disable-pip-version-check --constraint requirements.txt \
	  "$$(echo build/wheel/*.whl)[cpu,instructor]"
	build/clean/bin/python -m pip check
	cd build && clean/bin/python -c "from autograder import check, load_signs; load_signs()"
	rm -rf build/course && cd build && clean/bin/python -m autograder new course && clean/bin/python -m autograder wheel --output wheel
	@echo; ls build/wheel

lock: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --no-annotate --python-version 3.11 --extra cpu --extra instructor --extra docs --extra test \
	  --output-file requirements.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --no-annotate --python-version 3.11 --extra cpu --extra instructor --constraint requirements.txt \
	  --no-emit-package jupyterlab --no-emit-package notebook --no-emit-package libclang \
	  --output-file deploy/grader/requirements.txt pyproject.toml

clean:
	rm -rf submitted/sample_* autograded/sample_* feedback/sample_*
