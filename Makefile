# Two commands from a fresh checkout: `make quickstart` and `make test`. The work is done by scripts/bootstrap, CMake presets
# and ctest; nothing here is needed by them.
PRESET ?= release
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
BUILD := build/$(PRESET)

.PHONY: help bootstrap configure build quickstart test quick bench format lint install clean

help:
	@echo 'make quickstart   build, then train a small reasoning model from nothing (result: runs/quickstart/report.html)'
	@echo 'make test         build, then run every test'
	@echo 'make quick        build, then run the tests that take less than two minutes together'
	@echo 'make bench        build, then run the benchmarks'
	@echo 'make build        install the packages, configure and build into $(BUILD)'
	@echo 'make format       reformat the sources            make lint   check formatting, floors and clang-tidy'
	@echo 'make install      into PREFIX (now $(PREFIX))     make clean  remove build/'
	@echo 'PRESET=debug|asan|tsan|cuda chooses another build, JOBS=N the compilers at once.'

bootstrap:
	@scripts/bootstrap

configure: bootstrap
	@cmake --preset $(PRESET)

build: configure
	@cmake --build --preset $(PRESET) -j $(JOBS)

quickstart: build
	@$(BUILD)/bin/fathom quickstart --out runs/quickstart

test: build
	@ctest --preset $(PRESET)

quick: build
	@ctest --preset $(PRESET) -L quick

bench: build
	@set -e; for program in $(BUILD)/bench/*_bench; do echo "== $$program"; $$program; done

format:
	@scripts/bootstrap --lint
	@scripts/format

lint:
	@scripts/bootstrap --lint
	@cmake --preset $(PRESET)
	@scripts/lint --build $(BUILD)

install: build
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf build
