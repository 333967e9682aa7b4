# Thin on purpose: make .venv, then call `course`. Every target sets up what it needs on first use.
.PHONY: lab run test build lock install doctor format clean help FORCE
.DEFAULT_GOAL := help

PYTHON ?= $(shell for v in 3.12 3.13 3.11; do p=$$(command -v python$$v) && $$p -c '' 2>/dev/null && echo $$p && exit; done; command -v python3 || echo python)
BIN := .venv/bin
READY := .venv/ready
UV_VERSION := 0.13.8

# Settings of the user's that would lead Python, pip or uv elsewhere; those for an index, a proxy or a certificate stay,
# and uv, which reads none of pip's, is told of them.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONOPTIMIZE PYTEST_DISABLE_PLUGIN_AUTOLOAD PYTEST_PLUGINS
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_NO_BINARY PIP_CONSTRAINT PIP_REQUIREMENT PIP_DRY_RUN PIP_ONLY_BINARY
unexport UV_REQUIRE_HASHES UV_SYSTEM_PYTHON UV_PYTHON UV_NO_BINARY UV_NO_BUILD UV_CONSTRAINT UV_OVERRIDE UV_EXCLUDE_NEWER
unexport UV_TARGET UV_PREFIX UV_NO_VERIFY_HASHES UV_BUILD_CONSTRAINT UV_ONLY_BINARY UV_NO_BUILD_PACKAGE UV_NO_BINARY_PACKAGE
export PIP_USER := 0
export PIP_REQUIRE_HASHES := 0
ifneq ($(PIP_CERT)$(REQUESTS_CA_BUNDLE),)
export SSL_CERT_FILE ?= $(or $(PIP_CERT),$(REQUESTS_CA_BUNDLE))
endif
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

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
# Said when a step fails: the tool's own last words, and a cure where they tell the cause.
EXPLAIN = { echo "The packages cannot be installed:"; printf '%s\n' "$$said" | tail -n 5; case "$$said" in \
  *ertificate*|*CERTIFICATE*) echo "A proxy with its own certificate? Name the file of that in SSL_CERT_FILE, or set \
	UV_SYSTEM_CERTS=1 where the system knows it, and run the same command again.";; \
  *"No space left"*|*uota*) echo "Make room, 2.5 GB in all, and run the same command again.";; \
  *roxy*) echo "Is the proxy there that HTTPS_PROXY names? Then run the same command again.";; \
  *onnect*|*resolve*|*dns*|*"timed out"*|*nreachable*) echo "Connect to a network once and run the same command again.";; \
  *) echo "Mend that and run the same command again.";; esac; exit 1; }
RESTORE = [ "$(COMPLETE)" ] || [ ! -e .venv.old ] || { rm -rf .venv; mv .venv.old .venv; }

$(READY): requirements.txt $(if $(and $(COMPLETE),$(HERE)),,FORCE)
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "The course needs \
	Python 3.11, 3.12 or 3.13, and $(PYTHON) is %d.%d. Name another: make lab PYTHON=/path/to/python3.12" % v)'
	@[ "$(COMPLETE)" ] || { echo "Creating .venv with $(PYTHON)"; rm -rf .venv.old; [ ! -e .venv ] || mv .venv .venv.old; \
	  $(PYTHON) -m venv .venv || { $(RESTORE); exit 1; }; }
	@[ "$(CURRENT)" ] || $(BIN)/uv --version 2>/dev/null | grep -q " $(UV_VERSION) " \
	  || said=$$($(BIN)/python -m pip install -q --retries 1 uv==$(UV_VERSION) 2>&1) || { $(RESTORE); $(EXPLAIN); }
	@[ "$(CURRENT)" ] || said=$$($(SYNC) --dry-run 2>&1) || { $(RESTORE); $(EXPLAIN); }
	@rm -rf .venv.old
	@[ "$(CURRENT)" ] || { rm -f $@; echo "Installing the packages of requirements.txt (2 GB on disk)"; \
	  said=$$($(SYNC) 2>&1) || $(EXPLAIN); }
	@said=$$($(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --reinstall --editable . 2>&1) \
	  || $(EXPLAIN)
	@$(BIN)/python -c 'from course_utils.authoring.kernel import ensure_kernel; ensure_kernel()'
	@echo "$(CURDIR)" > $@

FORCE:

# The lock holds for every platform and Python that pyproject.toml admits. UPGRADE=1 takes the newest versions.
lock: $(READY)
	@$(BIN)/uv pip compile pyproject.toml --extra test --extra grading --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --quiet $(if $(UPGRADE),--upgrade) --output-file requirements.txt

clean:
	rm -rf build .venv
