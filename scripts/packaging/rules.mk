# SPDX-License-Identifier: MIT
# What a release takes; see scripts/packaging. Included by the Makefile.

VERSION := $(shell scripts/packaging/about version)
DIST    ?= $(BUILD)/dist
TARBALL  = $(DIST)/wrapix-$(VERSION).tar.gz

# What wx-run -V says of its build. The stamp is new when that is.
BUILT    = $(shell PKG_CONFIG='$(PKG_CONFIG)' scripts/packaging/about built $(sort $(PKGS_wx-run) libseccomp))
$(BUILD)/built.stamp: FORCE
	@mkdir -p $(@D); printf '%s' '$(BUILT)' | cmp -s - $@ || printf '%s' '$(BUILT)' >$@
$(BUILD)/cmd/wx-run/request/options.o: $(BUILD)/built.stamp
$(BUILD)/cmd/wx-run/request/options.o: private override CPPFLAGS += -DWX_BUILT='"$(BUILT)"'

# KEY: a private key of OpenSSH's, by which the tarball is signed.
KEY     ?=
dist:
	@scripts/packaging/dist $(DIST) $(KEY)

# SUITE named: in a fresh Debian, as root.
distcheck: dist
	@scripts/packaging/distcheck $(TARBALL) $(if $(filter command line,$(origin SUITE)),$(SUITE))

# The packages of Debian's, below build/deb, and what lintian says of them.
deb: dist
	@scripts/packaging/deb $(TARBALL) $(BUILD)/deb

# For another architecture, by Debian's cross compiler and packages of that architecture.
CROSS   ?= arm64
cross:
	@scripts/packaging/cross $(CROSS) $(BUILD)/$(CROSS)

# With musl in the place of glibc, as on Alpine.
musl:
	@scripts/packaging/musl $(BUILD)/musl

sbom:
	@mkdir -p $(DIST)
	@scripts/packaging/sbom >$(DIST)/wrapix-$(VERSION).spdx.json && echo $(DIST)/wrapix-$(VERSION).spdx.json

# URL: where the tarball is to be had.
URL     ?= https://example.org/wrapix-$(VERSION).tar.gz
recipes: dist
	@for r in brew aur alpine; do scripts/packaging/recipe $$r $(TARBALL) $(URL) $(DIST) || exit 1; done

.PHONY: dist distcheck deb cross musl sbom recipes
