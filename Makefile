# Thin on purpose: make .venv, then call `course`. Every target sets up what it needs on first use.
.PHONY: lab run test build lock install doctor format clean
.DEFAULT_GOAL := help

PYTHON ?= $(shell for v in 3.12 3.13 3.11; do p=$$(command -v python$$v) && $$p -c '' 2>/dev/null && echo $$p && exit; done; command -v python3 || echo python)
BIN := .venv/bin
READY := .venv/ready
UV_VERSION := 0.13.8

help:
	@echo "make lab      open the course in JupyterLab"
	@echo "make run      execute every lesson, report seconds and memory"
	@echo "make test     prove everything: style, units, notebooks re-executed and compared"
	@echo "make build    regenerate the notebooks from notebooks/src"
	@echo "make doctor   check the installation"

lab run build doctor: $(READY)
	@$(BIN)/course $@

test: $(READY)
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/course build --check
	@$(BIN)/python -m pytest -n 2 --dist loadscope

format: $(READY)
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

install: $(READY)

# `ready` holds the checkout's path and is written last. Where it is missing (an install was cut short) or names another
# folder (the checkout was moved), or Python itself is gone, the environment is made afresh.
SOUND := $(shell [ "$$(cat $(READY) 2>/dev/null)" = "$(CURDIR)" ] && $(BIN)/python -c '' 2>/dev/null && echo yes || rm -f $(READY))

SYNC = $(BIN)/uv pip sync --python $(BIN)/python --quiet --compile-bytecode --require-hashes requirements.txt
IN_PLACE = $(if $(SOUND), Until then, .venv/bin/course lab works with the packages that are here.)

$(READY): requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "The course needs \
	Python 3.11, 3.12 or 3.13, and $(PYTHON) is %d.%d. Name another: make lab PYTHON=/path/to/python3.12" % v)'
	@[ "$(SOUND)" ] || { echo "Creating .venv with $(PYTHON)"; $(PYTHON) -m venv --clear .venv; }
	@$(BIN)/uv --version 2>/dev/null | grep -q " $(UV_VERSION) " || $(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@$(SYNC) --dry-run || { echo "The packages cannot be fetched: connect to a network once and run the same command again.$(IN_PLACE)"; exit 1; }
	@rm -f $@
	@echo "Installing the packages of requirements.txt (2 GB on disk)"
	@$(SYNC)
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'from course_utils.authoring.kernel import ensure_kernel; ensure_kernel()'
	@echo "$(CURDIR)" > $@

# The lock holds for every platform and Python that pyproject.toml admits. UPGRADE=1 takes the newest versions.
lock: $(READY)
	@$(BIN)/uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --quiet $(if $(UPGRADE),--upgrade) --output-file requirements.txt

clean:
	rm -rf build .venv
