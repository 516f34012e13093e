# orthocover: everything a user or developer types. `make help` lists it.

BUILD   ?= build
PRESET  ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
JOBS    ?= $(shell nproc)

PROGRAM := $(BUILD)/bin/orthocover
DEPS    := build-essential cmake ninja-build ccache pkg-config git ca-certificates \
           libgdal-dev gdal-bin libproj-dev libtorch-dev libopenblas0-pthread \
           libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev \
           nlohmann-json3-dev libcli11-dev libfmt-dev libtbb-dev \
           libgtest-dev libgmock-dev libbenchmark-dev
LINT_DEPS := clang-format clang-tidy
SUDO    := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# One compilation needs about 1 GB with LibTorch's headers; the cache makes a second build short.
export CCACHE_SLOPPINESS := pch_defines,time_macros
export CCACHE_BASEDIR    := $(CURDIR)

.PHONY: help deps build demo test golden bench lint format package install generated clean

help:
	@echo "make deps      install the Debian packages that the build needs (apt, as root or with sudo)"
	@echo "make build     build everything, tests included, into $(BUILD)/; the program is $(PROGRAM)"
	@echo "make demo      map the sample orthophoto: $(BUILD)/demo/map.tif, map.gpkg and map.png"
	@echo "make test      build and run all tests"
	@echo "make bench     build and run the benchmarks"
	@echo "make lint      check the format and run clang-tidy"
	@echo "make format    bring the sources into format"
	@echo "make install   install below \$$(DESTDIR)\$$(PREFIX), PREFIX=$(PREFIX)"
	@echo "make package   make a .deb and a .tar.gz below $(BUILD)/package"
	@echo "make generated rewrite schemas and reference pages from the operations' declarations"

# Asks dpkg first, so that a machine that has everything needs neither root nor a network.
deps:
	@missing=""; for p in $(DEPS) $(if $(LINT),$(LINT_DEPS)); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  echo "installing:$$missing"; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi

$(BUILD)/build.ninja: | deps
	cmake --preset $(PRESET) -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX)

build: deps $(BUILD)/build.ninja
	cmake --build $(BUILD) -j $(JOBS)

demo: build
	sh examples/demo.sh $(PROGRAM) $(BUILD)/demo

test: build
	ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

golden: build
	ctest --test-dir $(BUILD) --output-on-failure -L golden

bench: build
	sh tests/benchmarks/run.sh $(BUILD)

lint:
	@$(MAKE) --no-print-directory deps LINT=1
	git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run --Werror
	cmake --preset tidy
	git ls-files 'core/*.cpp' 'georef/*.cpp' 'cli/*.cpp' | xargs -P $(JOBS) -n 4 clang-tidy -p build-tidy --quiet

format:
	git ls-files '*.cpp' '*.h' | xargs clang-format -i

install:
	DESTDIR="$(DESTDIR)" cmake --install $(BUILD) --prefix "$(PREFIX)"

package: build
	cd $(BUILD) && cpack -B package

generated: build
	cmake --build $(BUILD) --target update-generated

clean:
	rm -rf $(BUILD) build-tidy
