# `make demo` to see it, `make test` to check it. Everything is installed into this folder.
PYTHON ?= python3
VENV := .venv
TRAIN := .venv-train
TORCH := torch==2.13.0
LOCK := uv pip compile pyproject.toml requirements/build.in --universal --python-version 3.11 \
        --generate-hashes --no-header --quiet --upgrade

.PHONY: help install demo test check lint install-train test-train lock docs clean

help:  ## Show this list.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(VENV)/.installed  ## Install Flagpost into .venv, with pinned versions.

$(VENV)/.installed: requirements/default.txt pyproject.toml
	@echo "Installing Flagpost into $(VENV) ..."
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] <= (3, 13); \
	  sys.exit(0 if ok else "Flagpost needs Python 3.11 to 3.13, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/default.txt
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed
	@echo "Installing the test tools into $(VENV) ..."
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: install  ## Score the sample posts and open the console; Ctrl-C stops everything.
	@$(VENV)/bin/flagpost demo

test: check  ## Run all checks and the whole test suite.
	$(VENV)/bin/pytest

check: $(VENV)/.installed-dev  ## Run the linters and the type checker.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(VENV)/bin/mypy

install-train: $(TRAIN)/.installed  ## Install the training frameworks into .venv-train.

$(TRAIN)/.installed: requirements/train.txt pyproject.toml
	@echo "Installing the training frameworks into $(TRAIN) (a few minutes) ..."
	@$(PYTHON) -m venv $(TRAIN)
	@$(TRAIN)/bin/pip install --quiet --disable-pip-version-check "$(TORCH)"
	@$(TRAIN)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/train.txt
	@$(TRAIN)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

test-train: install-train  ## Smoke-test the training code on tiny made data.
	$(TRAIN)/bin/pytest -m train

lock:  ## Pin the newest allowed versions of everything (needs uv).
	$(LOCK) -o requirements/default.txt
	$(LOCK) --extra gpu --no-emit-package onnxruntime -c requirements/default.txt -o requirements/gpu.txt
	$(LOCK) --extra ocr -c requirements/default.txt -o requirements/ocr.txt
	$(LOCK) --extra dev --extra ocr --extra s3 -c requirements/default.txt -o requirements/dev.txt
	$(LOCK) --extra dev --extra ocr --extra train -c requirements/default.txt -o requirements/train.txt

docs: install  ## Write the pages that are made from code.
	$(VENV)/bin/python tools/settings_page.py

clean:  ## Remove what was installed here. State under FLAGPOST_HOME stays.
	rm -rf $(VENV) $(TRAIN)
