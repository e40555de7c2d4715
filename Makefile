# The commands of this project. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)

help:
	@echo "make demo          the commerce pipeline, live in this terminal, with a private PostgreSQL; Ctrl+C stops it"
	@echo "make build         build/release/millstream"
	@echo "make test          all tests: unit and .slt under asan and ubsan, threads under tsan, end to end with PostgreSQL"
	@echo "make test-clients  Kafka clients: kcat, confluent-kafka, kafka-python, the Java client and its tools"
	@echo "make test-wire     Kafka messages byte for byte against the Java client's own classes"
	@echo "make test-oracle   every .slt file and the commerce example against a real Flink (set FLINK_ORACLE and REAL_KAFKA)"
	@echo "make test-crash    power cuts, failpoints and kill -9, hundreds of them"
	@echo "make fuzz          the decoders and parsers under libFuzzer, and how much of them that reaches"
	@echo "make bench         benchmarks; bench/README.md says how to read them"
	@echo "make format        clang-format; make tidy: clang-tidy, with SINCE=main only over what differs from there"

packages-%:
	@tools/install_packages.sh $*

build: packages-build
	@cmake --preset release >build-release.log 2>&1 || { cat build-release.log; exit 1; }
	@rm -f build-release.log
	@ninja -C build/release -j $(JOBS) millstream

demo: build
	@build/release/millstream demo

test: packages-test
	@tests/run_all.sh

test-clients: packages-clients build
	@tests/clients/run.sh

test-wire: packages-clients
	@tests/wire/run.sh

test-oracle: packages-clients build
	@tests/oracle/run.sh

test-crash: packages-test build
	@tests/crash/run.sh

fuzz: packages-clients
	@tests/fuzz/run.sh

bench: packages-clients build
	@bench/run.sh

format:
	@git ls-files 'src/*.h' 'src/*.cc' 'tests/*.cc' 'bench/*.cc' | xargs clang-format-19 -i

# SINCE=<commit>: only files that differ from it; FILES="…": only these.
tidy: packages-clients
	@JOBS=$(JOBS) SINCE=$(SINCE) tools/tidy.sh $(FILES)

clean:
	@rm -rf build

.PHONY: help build demo test test-clients test-wire test-oracle test-crash fuzz bench format tidy clean
