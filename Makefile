# make up        build and run everything in one process: http://127.0.0.1:8000
# make build     the programs: fx-monitor, fx-producer, fx-consumer, fx-alert-engine and fx-api in target/release
# make test      every test, on servers of its own
# make bench     criterion's figures, the programs and the index on servers of their own, then the load on a running service
# make lint      format, clippy, and cargo-deny where it is installed
# make coverage  which lines the tests reach, as HTML
#
# ARGS goes to `fx-monitor up`: make up ARGS="--listen 127.0.0.1:9000"

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := up
.PHONY: up build test bench lint coverage

CARGO ?= cargo
ARGS ?=
PROGRAMS := fx-monitor fx-producer fx-consumer fx-alert-engine fx-api

up:
	scripts/setup.sh build
	$(CARGO) build --release --locked --package fx-monitor
	exec target/release/fx-monitor up $(ARGS)

build:
	scripts/setup.sh build
	$(CARGO) build --release --locked $(PROGRAMS:%=--package %)

test:
	scripts/setup.sh test
	# The programs too, which tests start; Kafka and Elasticsearch are fetched meanwhile.
	tests/servers/kafka/prepare.sh >/dev/null & kafka=$$!; \
	tests/servers/elasticsearch/prepare.sh >/dev/null & elasticsearch=$$!; \
	$(CARGO) build --workspace --bins --tests --locked; \
	wait $$kafka; wait $$elasticsearch
	tests/servers/with.sh $(CARGO) test --workspace --locked
	for script in $(sort $(wildcard tests/*.sh)); do echo "== $$script" >&2; "$$script"; done

bench:
	scripts/setup.sh bench
	tests/servers/kafka/prepare.sh >/dev/null & kafka=$$!; \
	tests/servers/elasticsearch/prepare.sh >/dev/null & elasticsearch=$$!; \
	$(CARGO) build --release --locked $(PROGRAMS:%=--package %); \
	wait $$kafka; wait $$elasticsearch
	$(CARGO) bench --workspace --locked --bench '*'
	for script in $(sort $(wildcard benches/*.sh)); do echo "== $$script" >&2; "$$script"; done

lint:
	scripts/setup.sh build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- --deny warnings
	if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny check; fi

coverage:
	scripts/setup.sh coverage
	tests/servers/with.sh $(CARGO) llvm-cov --workspace --locked --html
