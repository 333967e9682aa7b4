# Thin on purpose: make .venv, then call `course`. Every target sets up what it needs on first use.
.PHONY: lab run test build lock install doctor format clean help FORCE
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

# Options go through: make lab ARGS="--port 9000"
lab run build doctor: $(READY)
	@$(BIN)/course $@ $(ARGS)

test: $(READY)
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/course build --check
	@$(BIN)/python -m course_utils.authoring.browser
	@$(BIN)/python -m pytest -n 2 --dist loadscope

format: $(READY)
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

install: $(READY)

# `ready` is written last and holds the checkout's path. Where it is missing (an install was cut short) or its Python does
# not run, the environment is made afresh, but the old one goes only when the network has answered. Where it names another
# folder (the checkout was moved), the scripts are written again, which needs no network.
COMPLETE := $(shell [ -e $(READY) ] && $(BIN)/python -c '' 2>/dev/null && echo yes)
HERE := $(shell [ "$$(cat $(READY) 2>/dev/null)" = "$(CURDIR)" ] && echo yes)
CURRENT := $(shell [ "$(COMPLETE)" ] && [ $(READY) -nt requirements.txt ] && echo yes)
SYNC = $(BIN)/uv pip sync --python $(BIN)/python --quiet --compile-bytecode --require-hashes requirements.txt
RESTORE = [ "$(COMPLETE)" ] || [ ! -e .venv.old ] || { rm -rf .venv; mv .venv.old .venv; }

$(READY): requirements.txt $(if $(and $(COMPLETE),$(HERE)),,FORCE)
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "The course needs \
	Python 3.11, 3.12 or 3.13, and $(PYTHON) is %d.%d. Name another: make lab PYTHON=/path/to/python3.12" % v)'
	@[ "$(COMPLETE)" ] || { echo "Creating .venv with $(PYTHON)"; rm -rf .venv.old; [ ! -e .venv ] || mv .venv .venv.old; \
	  $(PYTHON) -m venv .venv || { $(RESTORE); exit 1; }; }
	@[ "$(CURRENT)" ] || { { $(BIN)/uv --version 2>/dev/null | grep -q " $(UV_VERSION) " \
	  || $(BIN)/python -m pip install -qq --retries 1 uv==$(UV_VERSION); } && $(SYNC) --dry-run; } || { $(RESTORE); \
	  echo "The packages cannot be fetched: connect to a network once and run the same command again."; exit 1; }
	@rm -rf .venv.old
	@[ "$(CURRENT)" ] || { rm -f $@; echo "Installing the packages of requirements.txt (2 GB on disk)"; $(SYNC); }
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --reinstall --editable .
	@$(BIN)/python -c 'from course_utils.authoring.kernel import ensure_kernel; ensure_kernel()'
	@echo "$(CURDIR)" > $@

FORCE:

# The lock holds for every platform and Python that pyproject.toml admits. UPGRADE=1 takes the newest versions.
lock: $(READY)
	@$(BIN)/uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --quiet $(if $(UPGRADE),--upgrade) --output-file requirements.txt

clean:
	rm -rf build .venv
