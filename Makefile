# Gatepost. `make help` lists the words; docs/reference/setup.md tells what each of them does.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
# Some hundred programs are started by the tests: where Python may keep no bytecode, each compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

bin := .venv/bin
ready := .venv/ready
# no branch of these may be untried
core := src/cardcore/**,src/scanner/door/**,src/scanner/pipeline.py,src/scanner/pipeline/**

.PHONY: help setup demo test test-postgres check lint types contracts locks coverage fix bench soak fixtures fixtures-check screens-check lock

help: ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' Makefile

setup: $(ready) ## make .venv and fill it from the locks; the other words do this by themselves

demo: $(ready) ## run a whole evening at the door: central, cards, admits, refusals, an outage
	@$(bin)/python -m tools.demo

test: $(ready) ## run the tests and write the coverage that check reads; ARGS= goes to pytest
	@$(bin)/coverage erase
	@$(bin)/coverage run -m pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not soak and not camera" $(ARGS); code=$$?; $(bin)/coverage combine --quiet; exit $$code

test-postgres: $(ready) ## run the tests that need PostgreSQL 15, on a private server that they start and stop
	@$(bin)/python -m tests.fakes.postgres
	@$(bin)/python -m pytest -m "postgres and not soak" $(ARGS)

check: lint types contracts locks coverage fixtures-check screens-check ## lint, types, import contracts, locks, coverage, fixtures, screens

fix: $(ready) ## mend what the linter can mend, and format
	@$(bin)/ruff check --fix .
	@$(bin)/ruff format .

bench: $(ready) ## measure, each figure beside its yardstick from the same run
	@$(bin)/python -m pytest benchmarks -p no:cacheprovider -o python_files="bench_*.py" --benchmark-enable --benchmark-columns=min,median,max,rounds $(ARGS)

soak: $(ready) ## run the long form of the fault tests
	@$(bin)/python -m pytest -m soak $(ARGS)

fixtures: $(ready) ## make fixtures/qr anew
	@$(bin)/python -m tools.make_qr_fixtures

fixtures-check: $(ready) ## every picture in fixtures/qr gives the decision its manifest names
	@$(bin)/python -m tools.make_qr_fixtures --check

lock: $(ready) ## compile requirements/*.txt anew; UPGRADE=1 raises the pins
	@UPGRADE=$(UPGRADE) sh tools/lock.sh

# ── the parts of check ──────────────────────────────────────────────────────
lint: $(ready)
	@$(bin)/ruff check .
	@$(bin)/ruff format --check .

types: $(ready)
	@$(bin)/mypy

contracts: $(ready)
	@$(bin)/lint-imports --no-logo

locks: $(ready)
	@$(bin)/python -m tools.check_locks

# texts, sounds and pictures of the screens are made from the code, and committed
screens-check: $(ready)
	@$(bin)/python -m tools.translations --check
	@$(bin)/python -m tools.make_sounds --check
	@$(bin)/python -m tools.make_screens --check

coverage: $(ready)
	@test -f .coverage || { echo 'coverage: there is none to judge; run `make test` first' >&2; exit 1; }
	@$(bin)/coverage report
	@$(bin)/coverage report --include='$(core)' --fail-under=100

# The one place that sets up. Make's look at the dates is all that a later run costs.
$(ready): requirements/dev.txt requirements/uv.txt pyproject.toml tools/setup.sh
	@sh tools/setup.sh
	@touch $@
