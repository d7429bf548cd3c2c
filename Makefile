# make run: HiWelink on this machine.  make test: everything, as CI runs it.
# make bench: every part but the longest; make bench PART="sync quality": those named.
# make screenshots: docs/screenshots/ anew, from a HiWelink of their own.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-fast lint bench screenshots

run: $(VENV)/.run
	@exec $(BIN)/python -m hiwelink.launcher

test: lint
	@sh tests/prepare.sh
	@$(BIN)/python -m pytest

test-fast: lint
	@$(BIN)/python -m pytest -m "not slow"

lint: $(VENV)/.test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary .
	@DATA_DIR=var/test $(BIN)/python manage.py makemigrations --check --dry-run
	@HIWELINK_ENV=production PUBLIC_BASE_URL=https://app.example.com \
		ALLOWED_HOSTS=app.example.com DATABASE_URL=postgres://localhost/unused \
		FERNET_KEYS=only-checked SECRET_KEY=$$($(BIN)/python -c \
		'import secrets; print(secrets.token_urlsafe(50))') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(VENV)/.test
	@$(BIN)/python -m benchmarks $(PART)

screenshots: $(VENV)/.test
	@$(BIN)/python -m tests.screenshots

$(VENV)/.run: requirements.txt
	@PYTHON=$(PYTHON) sh install.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/.test: requirements.txt requirements-dev.txt
	@PYTHON=$(PYTHON) sh install.sh $(VENV) requirements-dev.txt
	@touch $@ $(VENV)/.run
