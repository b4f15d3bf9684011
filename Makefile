.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PREFIX ?= /usr/local
DESTDIR ?=
# Installed programs are a third of their size without symbols.
STRIP ?= -s

# What the build links, and what the engine calls.
PACKAGES := libcrypt-dev libyaml-dev libcap-dev libseccomp-dev libzstd-dev zlib1g-dev pkg-config mmdebstrap
# What demonstration and tests use besides.
PACKAGES_DEMO := $(PACKAGES) busybox-static
PACKAGES_DOOZER := $(PACKAGES) binutils
PACKAGES_TEST := $(PACKAGES_DEMO) $(PACKAGES_DOOZER) iproute2 nftables skopeo podman zstd passt bind9-dnsutils python3 uidmap docker-registry openssl zsh fish wrk
# A virtual machine with a kernel of its own.
PACKAGES_VM := qemu-system-x86 linux-image-cloud-amd64 kmod cpio e2fsprogs binutils
PACKAGES_LINT := shellcheck
PACKAGES_BENCH := $(PACKAGES_DEMO) uidmap gcc libc6-dev python3 wrk nginx-light postgresql-15 docker-registry

RELEASE := swift build -c release -Xswiftc -static-executable --product harness
HARNESS := .build/release/harness
# What speaks to registries: a program of its own beside the other, so that only it links an HTTP stack.
RELEASE_REGISTRY := swift build -c release -Xswiftc -static-executable --product harness-registry
HARNESS_REGISTRY := .build/release/harness-registry
# The Doozer fixture and its client: of no concern to the harness itself, which links no network library.
RELEASE_DOOZER := swift build -c release -Xswiftc -static-executable --product doozerd \
	&& swift build -c release -Xswiftc -static-executable --product doozer
# Where bash, zsh and fish look for completions.
COMPLETIONS = $(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions/harness \
	zsh/site-functions/_harness fish/vendor_completions.d/harness.fish)
SOURCES := Package.swift Sources Tests

# The tests' own store: kept from run to run, since images of packages take minutes, and never the user's.
HARNESS_TEST_HOME ?= $(CURDIR)/.build/harness-home

# In a process of their own: servers and clients share its few threads with the tests, and those that wait for containers hold theirs.
REGISTRY_TESTS := (ImageRegistry|RegistryServer|ImageTransfer)Tests

.PHONY: help packages build doozer install install-completion install-doozer uninstall demo demo-doozer test test-rootless test-vm lint format check bench bench-peers endurance clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages: ## Install every package that building, testing and checking need
	@Scripts/install-packages $(PACKAGES_TEST) $(PACKAGES_LINT)

build: ## Build the release binaries: static files, .build/release/harness and harness-registry beside it
	@Scripts/require-swift
	@Scripts/install-packages $(PACKAGES)
	$(RELEASE)
	$(RELEASE_REGISTRY)

install: build ## Install both binaries into $(DESTDIR)$(PREFIX)/bin (STRIP= keeps their symbols), and completions of shells
	install -D -m 755 $(STRIP) $(HARNESS) $(DESTDIR)$(PREFIX)/bin/harness
	install -D -m 755 $(STRIP) $(HARNESS_REGISTRY) $(DESTDIR)$(PREFIX)/bin/harness-registry
	@$(MAKE) --no-print-directory install-completion

install-completion:
	install -d $(dir $(COMPLETIONS))
	$(HARNESS) completion bash >'$(word 1,$(COMPLETIONS))'
	$(HARNESS) completion zsh >'$(word 2,$(COMPLETIONS))'
	$(HARNESS) completion fish >'$(word 3,$(COMPLETIONS))'
	chmod 644 $(COMPLETIONS)

doozer: ## Build the Doozer server and its client: .build/release/doozerd, .build/release/doozer
	@Scripts/require-swift
	@Scripts/install-packages $(PACKAGES_DOOZER)
	$(RELEASE_DOOZER)

demo-doozer: build doozer ## Build, then run the Doozer environment and its tests
	Scripts/import-doozerd $(HARNESS)
	PATH="$(CURDIR)/.build/release:$$PATH" $(HARNESS) run Environments/doozerd

install-doozer: doozer ## Install the Doozer server and its client into $(DESTDIR)$(PREFIX)/bin
	install -D -m 755 $(STRIP) .build/release/doozerd $(DESTDIR)$(PREFIX)/bin/doozerd
	install -D -m 755 $(STRIP) .build/release/doozer $(DESTDIR)$(PREFIX)/bin/doozer

uninstall: ## Remove the installed binaries and completions (images and volumes stay in the store)
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,harness harness-registry doozerd doozer) $(COMPLETIONS)

demo: ## Install what is missing, build, run the main job
	@Scripts/require-swift
	@Scripts/install-packages $(PACKAGES_DEMO)
	@$(RELEASE)
	@Scripts/demo $(HARNESS)

test: ## Install what is missing, build, run every test (HARNESS_TEST_REQUIRE=all: a skip is a failure)
	@Scripts/require-swift
	@Scripts/install-packages $(PACKAGES_TEST)
	swift build --build-tests
	$(RELEASE_DOOZER)
	HARNESS_TEST_HOME='$(HARNESS_TEST_HOME)' Scripts/prepare-test-images .build/debug/harness
	HARNESS_TEST_HOME='$(HARNESS_TEST_HOME)' swift test --skip '$(REGISTRY_TESTS)'
	swift test --skip-build --filter '$(REGISTRY_TESTS)'
	HARNESS_TEST_HOME='$(HARNESS_TEST_HOME)' Scripts/test-rootless

test-rootless: ## Run the suites of the engine as a user without root (as root, who becomes that user)
	@Scripts/require-swift
	@Scripts/install-packages $(PACKAGES_TEST)
	swift build --build-tests
	HARNESS_TEST_HOME='$(HARNESS_TEST_HOME)' Scripts/test-rootless

test-vm: ## Run the tests of control groups, devices and limits in a virtual machine with version 2 (a minute or two)
	@Scripts/require-swift
	@Scripts/install-packages $(PACKAGES_TEST)
	@Scripts/install-packages $(PACKAGES_VM) || echo 'note: no virtual machine without these packages' >&2
	swift build --build-tests
	$(RELEASE)
	HARNESS_BINARY=$(HARNESS) Scripts/test-vm

lint: ## Check formatting and scripts
	@Scripts/require-swift
	@Scripts/install-packages $(PACKAGES_LINT)
	swift format lint --strict --recursive $(SOURCES)
	Scripts/lint-scripts

format: ## Format the Swift sources
	@Scripts/require-swift
	swift format --in-place --recursive $(SOURCES)

check: ## What the continuous integration does
	.ci/run

bench: ## Compare with the floor and, where installed, Docker Compose; fails where a budget is missed
	@Scripts/require-swift
	@Scripts/install-packages $(PACKAGES_BENCH)
	@$(RELEASE)
	@$(RELEASE_REGISTRY)
	Benchmarks/run --harness $(HARNESS) $(BENCH_OPTIONS)

endurance: ## Run an environment 2,000 times in a row and look for what grows, and 300 times as a user (ENDURANCE_OPTIONS='--runs 100')
	@Scripts/require-swift
	@Scripts/install-packages $(PACKAGES_BENCH)
	@$(RELEASE)
	Benchmarks/endurance --harness $(HARNESS) --home '$(HARNESS_TEST_HOME)' $(ENDURANCE_OPTIONS)
	Benchmarks/endurance --harness $(HARNESS) --user --runs 300 $(ENDURANCE_OPTIONS)

bench-peers: ## Install Docker Engine and Compose for `make bench` (packages; no daemon is left running)
	@Scripts/install-packages docker.io python3 python3-pip
	Benchmarks/peers/install .build/peers

clean: ## Remove all that was built, the tests' image store included
	rm -rf .build
