# make build            everything, on the embedded synthetic sample
# make build RAW=DIR    the same on the raw tables in DIR
# make build RAW=data/publications    the same on every month of all imported releases: docs/data.md
# make build VARS='{period_from: 2021-07, period_to: 2022-06}'    the same, on these months alone
# make build VARS='{geography: 2026-04}'    the same, on the ICBs of April 2026: docs/data.md
# make build TARGET=spark    the same on Apache Spark (needs Java); nothing is published from it: docs/scaling.md
# make rollback         publish the build before the published one again
# make test             lint and every test
# make pytest           every test, without lint
# make lint             style, types, spelling, links, house rules of models (dbt-bouncer.yml): no test
# make test-spark       Spark against DuckDB on the real tables, cell by cell, and the unit tests on Spark
# make download         the newest release from NHS England's page, into data/downloads: docs/data.md
# make download RELEASE=2025-10    that release; LIST=1 instead shows the releases there are
# make import PUBLICATION=folder    raw tables from all that a publication's page offers, into data/publications: docs/data.md
# make refresh          the warehouse of the newest release: download, import, build; nothing twice: docs/publishing.md
# make bench RAW=DIR    build times side by side with dbt's own seeds, pandas and others; query times (ten minutes)
# make bench-growth     builds of generated tables of 1, 10 and 100 times the size under a memory limit (half an hour)
# make mutate           change the SQL in some thousand places, one at a time, and see whether a test notices (a quarter of an hour)
# make docs             the docs site of the last build, with its answers and charts, as one file
# make answers          one page of answers, charts and tables of the last build, for who opens no database
# make lock             the lock files anew from pyproject.toml (needs uv)
# make clean            remove what dbt wrote: target/ and logs/, not warehouse/
# make help             this list
# PYTHON=python3.12     names the Python to make .venv with (3.11 to 3.13); without it make looks for one

TARGET := duckdb
BIN := .venv/bin
# Most modules are never imported: Python compiles those that are, once. Where it may not keep what it compiled, as in many
# Docker images, a build takes four times as long.
unexport PYTHONDONTWRITEBYTECODE
PIP := -m pip --disable-pip-version-check install --quiet --require-hashes --no-compile

ifdef RAW
export NHS_RAW_DIR := $(RAW)
endif

.PHONY: help rollback download import refresh build test pytest test-spark mutate bench bench-growth lint docs answers lock clean

.DEFAULT_GOAL := help
help:
	@sed -nE 's/^# (make|PYTHON)/\1/p' Makefile

ifeq ($(TARGET),duckdb)
build: .venv/build.stamp
	@$(BIN)/python scripts/build.py build $(if $(VARS),--vars '$(VARS)')
else
build: $(if $(filter spark,$(TARGET)),java) .venv/dev.stamp
	@$(BIN)/python scripts/build.py build --engine '$(TARGET)' $(if $(VARS),--vars '$(VARS)')
	@echo "Built and tested on $(TARGET): schemas nhs_gp_appointments_core, _marts and _quality$(if $(filter spark,$(TARGET)), below target/spark/warehouse)."
	@echo "Nothing was published: warehouse/ comes from DuckDB alone. See docs/scaling.md."
endif

rollback: .venv/build.stamp
	@$(BIN)/python scripts/build.py rollback

# This and refresh are the commands that ask the network. make puts NHS_PUBLICATIONS_URL and NHS_USER_AGENT into the
# script's environment.
download: .venv/build.stamp
	@$(BIN)/python scripts/download.py $(if $(LIST),--list) $(if $(RELEASE),--release '$(RELEASE)')

# RELEASE=yyyy-mm names the publication's month where its data end earlier. IGNORE_UNKNOWN=1, which make puts into the
# script's environment, leaves out CSVs that no layout fits.
import: .venv/build.stamp
	@$(if $(PUBLICATION),,echo "make import needs PUBLICATION=: ZIPs, or a folder that holds them. See docs/data.md." >&2; exit 2)
	@$(BIN)/python scripts/import_publication.py $(PUBLICATION) $(if $(RELEASE),--release $(RELEASE))

# 3 says that nothing is new, which is no error: docs/publishing.md.
refresh: .venv/build.stamp
	@$(BIN)/python scripts/refresh.py $(if $(VARS),--vars '$(VARS)') || [ $$? -eq 3 ]

.PHONY: java
java:
	@version=$$("$(if $(JAVA_HOME),$(JAVA_HOME)/bin/)java" --version 2>&1 | grep -v "Picked up" | head -n 1); \
	echo "$$version" | grep -Eq ' (1[7-9]|[2-9][0-9])([. ]|$$)' || { \
	    echo "Spark needs Java 17 or later, by JAVA_HOME or on the path; found: $$version." \
	        "On Debian: apt-get install openjdk-17-jre-headless. DuckDB needs no Java: make build." >&2; exit 2; }

test: lint pytest

# One process more than cores: dbt and Spark are often waiting. Four at most, for their memory.
pytest: .venv/dev.stamp .venv/lineage.stamp
	@$(BIN)/python -m pytest tests/python --dist loadfile --no-loadscope-reorder \
	    --numprocesses $$($(BIN)/python -c 'import os; print(min(4, os.cpu_count() + 1))')

test-spark: .venv/dev.stamp
	@$(BIN)/python -m pytest tests/python/test_spark.py -m by_hand -rP

# MODELS='fct_* mart_top_locations' tries these alone. A run that was interrupted goes on where it was.
mutate: .venv/dev.stamp
	@PYTHONPATH=tests/python $(BIN)/python scripts/mutate.py --write docs/mutation.md $(MODELS)

# Without RAW=, on generated tables of the real ones' size. Both rewrite what benchmarks/ holds.
bench: .venv/dev.stamp
	@$(BIN)/python scripts/benchmark.py build $(if $(RAW),--raw "$(RAW)")

bench-growth: .venv/dev.stamp
	@$(BIN)/python scripts/benchmark.py growth

# sqlfluff remembers nothing and takes most of a minute for all: what changed since it last passed is enough, unless
# that is what every file's SQL or rules come from. The analyses are always among them: a single file would be read in
# sqlfluff's own process, where DuckDB complains at the end of what the Rust parser still holds.
SQL := $(shell find models tests analyses -name '*.sql')
RULES := $(shell find macros -name '*.sql') pyproject.toml dbt_project.yml .venv/dev.stamp
target/sqlfluff.stamp: $(SQL) $(RULES)
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar analyses $(if $(filter $(RULES),$?),models tests,$?)
	@touch $@

# The sample's SQL is run as it stands, so it has no templates.
target/sqlfluff_sample.stamp: $(wildcard scripts/sample/*.sql) pyproject.toml .venv/dev.stamp
	@$(BIN)/sqlfluff lint --templater raw --disable-progress-bar scripts/sample
	@touch $@

# mypy, on one core, beside all the others.
lint: .venv/dev.stamp
	@$(BIN)/mypy & types=$$!; ( set -e; \
	    $(BIN)/ruff format --check .; \
	    $(BIN)/ruff check .; \
	    $(BIN)/yamllint --strict .; \
	    $(BIN)/rumdl check --quiet .; \
	    $(BIN)/typos; \
	    $(BIN)/dbt --quiet parse; \
	    $(BIN)/dbt-bouncer run --config-file dbt-bouncer.yml; \
	    $(MAKE) --silent target/sqlfluff.stamp target/sqlfluff_sample.stamp ); others=$$?; wait $$types && exit $$others

docs: .venv/dev.stamp .venv/lineage.stamp
	@$(BIN)/python scripts/docs_site.py

answers: .venv/dev.stamp
	@$(BIN)/python scripts/answers.py

# Both environments are .venv: the build lock is the smaller part of the development lock.
.venv/bin/python:
	@sh scripts/make_venv.sh '$(PYTHON)'

.venv/build.stamp: requirements-build.lock | .venv/bin/python
	@$(BIN)/python $(PIP) -r requirements-build.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock | .venv/bin/python
	@$(BIN)/python $(PIP) -r requirements-dev.lock
	@touch $@ .venv/build.stamp

# dbt-colibri, for the page of column lineage: apart, because it needs an older sqlglot.
.venv/lineage.stamp: requirements-lineage.lock | .venv/bin/python
	@$(BIN)/python -m venv .venv/lineage
	@.venv/lineage/bin/python $(PIP) -r requirements-lineage.lock
	@touch $@

# Needs uv. Universal: one lock for every supported Python and system.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes \
    --no-strip-extras --no-header --quiet
lock:
	@$(LOCK) pyproject.toml --group dev --output-file requirements-dev.lock
	@$(LOCK) pyproject.toml --constraints requirements-dev.lock --output-file requirements-build.lock
	@$(LOCK) --group lineage --output-file requirements-lineage.lock

clean:
	@rm -rf target logs
