# orthocover: everything a user or developer types. `make help` lists it.

BUILD   ?= build
PRESET  ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
JOBS    ?= $(shell nproc)

PROGRAM := $(BUILD)/bin/orthocover
DEPS    := build-essential cmake ninja-build ccache pkg-config git ca-certificates \
           libgdal-dev gdal-bin libproj-dev libtiff-dev libtorch-dev libgloo-dev libopenblas0-pthread \
           libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev \
           nlohmann-json3-dev libcli11-dev libfmt-dev libdnnl-dev \
           libgtest-dev libgmock-dev libbenchmark-dev zsh
# The QGIS plugin and its tests, which start the real QGIS; `make QGIS=no ...` leaves them out.
QGIS      ?= yes
QGIS_DEPS := libqgis-dev qtbase5-dev qgis xvfb
LINT_DEPS := clang-format clang-tidy
PACKAGE_DEPS := dpkg-dev file lintian
PACKAGE_TEST_DEPS := debootstrap
SUDO    := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# This makes a second build short.
export CCACHE_SLOPPINESS := pch_defines,time_macros
export CCACHE_BASEDIR    := $(CURDIR)

# QGIS takes plugins from its own folder only, whatever PREFIX is.
QGIS_PREFIX  ?= $(or $(shell sed -n 's/^ORTHOCOVER_QGIS_PREFIX:PATH=//p' $(BUILD)/CMakeCache.txt 2>/dev/null),/usr)
USER_PREFIX  ?= $(HOME)/.local
SYSTEM_LIST  := $(BUILD)/installed/system.txt
USER_LIST    := $(BUILD)/installed/user.txt
profile       = for plugin in "$(USER_PREFIX)"/lib*/qgis/plugins/liborthocover_plugin.so; do \
                [ ! -f "$$plugin" ] || $(BUILD)/bin/qgis_profile $(1) --plugin "$$plugin"; done

# Of 'make fuzz', for each reader.
SECONDS      ?= 60
FUZZ_DEPS    := clang
FUZZ_BUILD   ?= build-fuzz
# What runs with sanitizers: programs without LibTorch and the readers of weights. More can be named (hours to build):
# `make test-asan ASAN_TESTS=core_tests`, `make test-tsan TSAN_TESTS=engine_tests TSAN_FILTER='PatchFeed*'`.
READER_TESTS ?= reader_tests weights_reader_tests
ASAN_TESTS   ?=
TSAN_TESTS   ?= core_tests rank_link_tests
TSAN_FILTER  ?= *

.PHONY: help deps build demo check-format test test-long test-asan test-tsan fuzz test-packages test-debian13 golden bench lint format package install uninstall \
        install-user uninstall-user generated clean

define HELP
make deps      install the Debian packages that the build needs (apt, as root or with sudo)
               QGIS=no: without QGIS; its plugin is built only where QGIS is installed
make build     build everything, tests included, into $(BUILD)/; the program is $(PROGRAM)
make demo      map the sample orthophoto: $(BUILD)/demo/map.tif, map.gpkg and map.png
make test      build and run all tests
make test-long also run the tests that take minutes (label long)
make test-asan run the tests of what reads foreign files with address and UB sanitizers
make test-tsan run the tests of what works in several threads with the thread sanitizer
make fuzz      fuzz the readers of foreign files with clang's libFuzzer, SECONDS=60 each
make bench     build and run the benchmarks
make lint      check the format and run clang-tidy
make format    bring the sources into format
make install   install for everybody: $$(DESTDIR)$(PREFIX), and the plugin where QGIS looks for it (as root)
make install-user     install for yourself, without root: $(USER_PREFIX) and your QGIS profiles
make uninstall        take back what make install did; make uninstall-user likewise
make package   make .deb files and a .tar.gz below $(BUILD)/package
make test-packages    install the .deb files in a clean root and use them there (as root)
make test-debian13    build everything in a Debian 13 root and run all tests there (as root; hours, later minutes)
make golden    only the tests against the reference models
make clean     remove all builds
make generated rewrite schemas and reference pages from the operations' declarations
endef
export HELP

help:
	@echo "$$HELP"

# Asks dpkg first, so that a machine that has everything needs neither root nor a network.
deps:
	@missing=""; for p in $(DEPS) $(if $(filter-out no,$(QGIS)),$(QGIS_DEPS)) $(EXTRA_DEPS); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  echo "installing:$$missing"; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi

$(BUILD)/build.ninja: | deps
	cmake --preset $(PRESET) -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX) $(if $(filter no,$(QGIS)),-DORTHOCOVER_QGIS=OFF)

build: deps $(BUILD)/build.ninja
	cmake --build $(BUILD) -j $(JOBS)

demo: build
	sh examples/demo.sh $(PROGRAM) $(BUILD)/demo

check-format:
	@if ! clang-format --version 2>/dev/null | grep -q ' 14\.'; then echo "format: not checked, there is no clang-format 14"; \
	else git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run --Werror; fi

test: build check-format
	@rm -rf $(BUILD)/tests/results/*.json $(BUILD)/tests/results.xml
	@ctest --test-dir $(BUILD) -LE long --output-on-failure -j $(JOBS) --output-junit tests/results.xml; status=$$?; \
	cmake -DBUILD=$(BUILD) -P cmake/TestTotals.cmake; exit $$status

test-long: test
	ctest --test-dir $(BUILD) -L long --output-on-failure

# The readers with clang's, from the build of the fuzz programs; what ASAN_TESTS names with gcc's.
test-asan:
	@$(MAKE) --no-print-directory deps EXTRA_DEPS="$(FUZZ_DEPS)"
	cmake --preset fuzz -B $(FUZZ_BUILD)
	cmake --build $(FUZZ_BUILD) -j $(JOBS) --target $(READER_TESTS)
	sh tests/sanitizers/run.sh $(FUZZ_BUILD) '*' $(READER_TESTS)
ifneq ($(strip $(ASAN_TESTS)),)
	cmake --preset asan -DORTHOCOVER_QGIS=OFF
	cmake --build build-asan -j $(JOBS) --target $(ASAN_TESTS)
	sh tests/sanitizers/run.sh build-asan '*' $(ASAN_TESTS)
endif

test-tsan: deps
	cmake --preset tsan -DORTHOCOVER_QGIS=OFF
	cmake --build build-tsan -j $(JOBS) --target $(TSAN_TESTS) vectorize_tests
	sh tests/sanitizers/run.sh build-tsan '$(TSAN_FILTER)' $(TSAN_TESTS)
	sh tests/sanitizers/run.sh build-tsan '*StripsAndThreads*' vectorize_tests

fuzz:
	@$(MAKE) --no-print-directory deps EXTRA_DEPS="$(FUZZ_DEPS)"
	cmake --preset fuzz -B $(FUZZ_BUILD)
	cmake --build $(FUZZ_BUILD) -j $(JOBS)
	sh tests/fuzz/run.sh $(FUZZ_BUILD) $(SECONDS)

golden: build
	ctest --test-dir $(BUILD) --output-on-failure -L golden

bench: build
	sh tests/benchmarks/run.sh $(BUILD)

lint:
	@$(MAKE) --no-print-directory deps EXTRA_DEPS="$(LINT_DEPS)"
	@$(MAKE) --no-print-directory check-format
	cmake --preset tidy
	git ls-files 'core/*.cpp' 'georef/*.cpp' 'cli/*.cpp' | xargs -P $(JOBS) -n 4 clang-tidy -p build-tidy --quiet

format:
	git ls-files '*.cpp' '*.h' | xargs clang-format -i

install:
	cmake -DBUILD=$(BUILD) "-DPREFIX=$(PREFIX)" "-DCOMPONENTS=program;development" -DLIST=$(SYSTEM_LIST) -P cmake/InstallTree.cmake
	cmake -DBUILD=$(BUILD) "-DPREFIX=$(QGIS_PREFIX)" -DCOMPONENTS=qgis -DLIST=$(SYSTEM_LIST) -P cmake/InstallTree.cmake

uninstall:
	cmake -DLIST=$(SYSTEM_LIST) -P cmake/Uninstall.cmake

install-user:
	cmake -DBUILD=$(BUILD) "-DPREFIX=$(USER_PREFIX)" "-DCOMPONENTS=program;qgis;profile" -DLIST=$(USER_LIST) -P cmake/InstallTree.cmake
	@$(call profile,enable)
	@case ":$$PATH:" in *":$(USER_PREFIX)/bin:"*) ;; *) echo "add $(USER_PREFIX)/bin to your PATH to type just orthocover" ;; esac

uninstall-user:
	@$(call profile,disable)
	cmake -DLIST=$(USER_LIST) -P cmake/Uninstall.cmake

package: build
	@$(MAKE) --no-print-directory deps EXTRA_DEPS="$(PACKAGE_DEPS)"
	rm -rf $(BUILD)/package
	cd $(BUILD) && cpack -B package
	lintian --fail-on error $(BUILD)/package/*.deb

# The bare root stays in $(BUILD)/roots.
test-packages:
	@$(MAKE) --no-print-directory deps EXTRA_DEPS="$(PACKAGE_TEST_DEPS)"
	sh tests/packaging/clean_root.sh $(BUILD)/package $(BUILD)/roots examples/banepa.tif

# The root stays in $(BUILD)/roots, compiler cache included: only the first time is long.
test-debian13:
	@$(MAKE) --no-print-directory deps EXTRA_DEPS="$(PACKAGE_TEST_DEPS)"
	sh tests/packaging/build_in_root.sh trixie $(BUILD)/roots JOBS=$(JOBS) test

generated: build
	cmake --build $(BUILD) --target update-generated

clean:
	rm -rf $(BUILD) $(FUZZ_BUILD) build-tidy build-asan build-tsan
