# make up        build and run everything in one process: http://127.0.0.1:8000
# make test      every test
# make bench     criterion's figures, then the load on a running service
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

up: build
	exec target/release/fx-monitor up $(ARGS)

build:
	scripts/setup.sh build
	$(CARGO) build --release --locked --package fx-monitor

test:
	scripts/setup.sh test
	$(CARGO) test --workspace --locked
	for script in $(sort $(wildcard tests/*.sh)); do echo "== $$script" >&2; "$$script"; done

bench:
	scripts/setup.sh bench
	$(CARGO) bench --workspace --locked --bench '*'
	for script in $(sort $(wildcard benches/*.sh)); do echo "== $$script" >&2; "$$script"; done

lint:
	scripts/setup.sh build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- --deny warnings
	if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny check; fi

coverage:
	scripts/setup.sh coverage
	$(CARGO) llvm-cov --workspace --locked --html
