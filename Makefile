# SPDX-License-Identifier: MIT
# wrapix. GNU make. A tool is a folder cmd/NAME/, a page man/NAME.N, a test
# tests/NAME.bats: all are found by wildcard, nothing here names one.

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
DESTDIR    ?=
PKG_CONFIG ?= pkg-config
SAN        ?=
# V=1 prints whole commands; DEBUG=1 builds for a debugger, in a folder of its own.
V          ?=
DEBUG      ?=
# STATIC=1: programs without shared libraries, of tools that have a PKGS.static. At a fixed
# address: to move all of libcrypto to another takes a fifth of the time of a key.
STATIC     ?=
BUILD      ?= build$(if $(SAN),/san)$(if $(STATIC),/static)$(if $(DEBUG),/debug)

CFLAGS     ?= $(if $(DEBUG),-O0 -g3 -fno-omit-frame-pointer,-O2)
WARN       := -Wall -Wextra -Wshadow -Wundef -Wvla -Wformat=2 -Wwrite-strings \
              -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
              -Wimplicit-fallthrough
ifdef SAN
HARDEN     := -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
HARDEN     ?= $(if $(DEBUG),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong
endif
# $(call say,WORD) before a command: "WORD file" in its place.
say         = $(if $(V),,@printf '  %-4s %s\n' $(1) $@;)
TOOLS   ?= $(notdir $(patsubst %/,%,$(if $(STATIC),$(dir $(wildcard cmd/*/PKGS.static)),$(wildcard cmd/*/))))
GENS    := $(patsubst %.c,$(BUILD)/%.h,$(wildcard $(TOOLS:%=cmd/%/*.gen.c) $(TOOLS:%=cmd/%/*/*.gen.c)))
SMALLS   := $(patsubst %.c,$(BUILD)/%.h,$(wildcard $(TOOLS:%=cmd/%/*.small.c) $(TOOLS:%=cmd/%/*/*.small.c)))
override CPPFLAGS += -D_GNU_SOURCE -I. $(addprefix -I,$(sort $(dir $(GENS) $(SMALLS)))) -include libcommon/banned.h
override CFLAGS   += -std=c11 $(WARN) $(HARDEN) -fPIE -MMD -MP
# Empty where the linker is not ELF's.
RELRO      ?= -Wl,-z,relro,-z,now
override LDFLAGS  += $(if $(STATIC),-static,-pie) $(RELRO)

SCRIPTS := $(notdir $(filter-out scripts/packaging,$(wildcard scripts/*)))
# Scripts of the tree itself; the others are installed.
OWN     := install-deps quickstart
PAGES   := $(wildcard man/*.[1578])
PROFILES := $(wildcard nix/profiles/*.json)
ROUTES  := $(wildcard nix/routes/*.json)
NETWORKS := $(wildcard nix/networks/*)
BATS    ?= $(wildcard tests/*.bats)
LIBOBJ  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard libcommon/*.c libcommon/tool/*.c))
STANDIN := $(if $(STATIC),$(patsubst %.c,$(BUILD)/%.o,$(wildcard libcommon/static/*.c))) $(if $(SAN),$(BUILD)/tests/san.o)
BINS    := $(addprefix $(BUILD)/,$(TOOLS))
UNITS   := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
AIDS    := $(patsubst tests/lib/%.c,$(BUILD)/lib/%,$(wildcard tests/lib/*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 60
USE_PAGES  := $(filter-out $(OWN:%=man/%.1),$(PAGES))
COMPLETED := $(patsubst man/%.1,%,$(filter %.1,$(USE_PAGES)))
USE_SCRIPTS := $(filter-out $(OWN),$(SCRIPTS))

# What only Linux can do: the files of a directory that has a file LINUX, or those which that names. All others are to compile anywhere.
LINUX   := $(foreach l,$(wildcard cmd/*/LINUX cmd/*/*/LINUX),$(or $(addprefix $(dir $l),$(shell cat $l)),$(wildcard $(dir $l)*.c)))
PORTABLE := $(filter-out $(LINUX),$(wildcard libcommon/*.c libcommon/tool/*.c cmd/*/*.c cmd/*/*/*.c))

all: $(BINS)

# One rule a tool: its own sources, also those in rooms (cmd/NAME/ROOM/), libcommon, and
# the packages that it declares.
define tool
PKGS_$(1) := $$(shell cat cmd/$(1)/PKGS$(if $(STATIC),.static) 2>/dev/null)
$(BUILD)/$(1): $$(patsubst %.c,$$(BUILD)/%.o,$$(filter-out %.gen.c %.small.c,$$(wildcard cmd/$(1)/*.c cmd/$(1)/*/*.c))) $$(STANDIN) $$(BUILD)/libcommon.a
	$$(call say,LD)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(if $$(PKGS_$(1)),$$(shell $$(PKG_CONFIG) $(if $(STATIC),--static) --libs $$(PKGS_$(1)))) $$(LDLIBS)
$(BUILD)/cmd/$(1)/%.o $(BUILD)/cmd/$(1)/%.h: override CPPFLAGS += -Icmd/$(1) $$(if $$(PKGS_$(1)),$$(shell $$(PKG_CONFIG) --cflags $$(PKGS_$(1))))
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$(t))))

$(BUILD)/libcommon.a: $(LIBOBJ)
	$(call say,AR)rm -f $@ && $(AR) rc $@ $^

$(BUILD)/%.o: %.c $(GENS) $(SMALLS) Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# X.gen.c is a program of the build, of the machine that builds: what it prints, told the
# architecture, is X.gen.h for the tool's other files.
HOSTCC  ?= $(CC)
HOST_PKG_CONFIG ?= $(PKG_CONFIG)
ARCH ?= $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
$(BUILD)/%.gen.h: %.gen.c Makefile
	@mkdir -p $(@D)
	$(call say,GEN)$(HOSTCC) $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS)) $(LDFLAGS) -o $(@:.h=) $< $(if $(call pkgs_of,$<),$(shell $(HOST_PKG_CONFIG) --cflags --libs $(call pkgs_of,$<))) && \
	  $(@:.h=) $(ARCH) >$@.tmp && mv $@.tmp $@
.PRECIOUS: $(BUILD)/%.gen.h

# X.small.c is a program without shared libraries, which musl makes small: X.small.h is its
# bytes for the tool's other files, and a 0. That alone where there is no musl-gcc, where it
# does not run (without an argument it is to refuse), and with sanitizers, which want their
# own libc: the tool then does without.
SMALL_CC ?= musl-gcc
SMALL_RUN ?=
SMALL_INCLUDES ?= -idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -print-multiarch)
SMALL_CFLAGS ?= -Os -static -s -ffunction-sections -fdata-sections -Wl,--gc-sections,-z,noseparate-code $(SMALL_INCLUDES)
$(BUILD)/%.small.h: %.small.c Makefile
	@mkdir -p $(@D)
	$(if $(V),,@)rm -f $(@:.h=)
	$(call say,GEN)$(if $(SAN),:,{ command -v $(SMALL_CC) >/dev/null && \
	  $(SMALL_CC) $(CPPFLAGS) -std=c11 $(WARN) $(SMALL_CFLAGS) -MMD -MP -MF $(@:.h=.d) -MT $@ -o $(@:.h=) $< && \
	  { $(SMALL_RUN) $(@:.h=) 2>/dev/null; [ $$? -eq 125 ]; }; } || rm -f $(@:.h=))
	$(if $(V),,@){ ! test -e $(@:.h=) || od -An -v -tu1 $(@:.h=) | sed 's/ *\([0-9][0-9]*\)/\1,/g'; echo 0; } >$@.tmp && mv $@.tmp $@
.PRECIOUS: $(BUILD)/%.small.h

# Programs of the tests: units and aids. One that needs a package or a file of a
# tool says so in a comment: "PKGS: names", and includes the .c file, which finds that tool's rooms.
pkgs_of = $(shell sed -n 's/^.*PKGS: \(.*\) \*\/$$/\1/p' $(1))
rooms_of = $(shell sed -n 's/^#include "[./]*\(cmd\/[^/]*\).*/-I\1/p' $(1) | sort -u)
$(BUILD)/unit/%: tests/unit/%.c $(GENS) $(SMALLS) $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(call rooms_of,$<) $(CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/libcommon.a $(if $(call pkgs_of,$<),$(shell $(PKG_CONFIG) --cflags --libs $(call pkgs_of,$<)))

$(BUILD)/lib/%: tests/lib/%.c $(GENS) $(SMALLS) $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(call rooms_of,$<) $(CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/libcommon.a $(if $(call pkgs_of,$<),$(shell $(PKG_CONFIG) --cflags --libs $(call pkgs_of,$<)))

# Goes into sandboxes, where the sanitizers' libraries and needs are not at home.
$(BUILD)/lib/probe $(BUILD)/lib/syscalls $(BUILD)/lib/onpodman: private HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong

FUZZLIB := $(patsubst %.c,$(BUILD)/fuzz/%.o,$(wildcard libcommon/*.c libcommon/tool/*.c))
$(BUILD)/fuzz/libcommon/%.o: libcommon/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)clang $(CPPFLAGS) -std=c11 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<

.SECONDARY: $(FUZZLIB)
$(BUILD)/fuzz/libcommon.a: $(FUZZLIB)
	$(call say,AR)rm -f $@ && $(AR) rc $@ $^

$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz/libcommon.a $(GENS) Makefile
	@mkdir -p $(@D)
	$(call say,CC)clang $(CPPFLAGS) $(call rooms_of,$<) -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -MMD -MP -MF $@.d -MT $@ -o $@ $< $(BUILD)/fuzz/libcommon.a $(if $(call pkgs_of,$<),$(shell $(PKG_CONFIG) --cflags --libs $(call pkgs_of,$<)))

# Installs what is missing; a second call finds nothing to do.
deps:
	@scripts/install-deps --check >/dev/null 2>&1 || scripts/install-deps

check: deps
	$(MAKE) -j "$$(nproc)" units aids
	$(MAKE) check-only

units: $(UNITS)
fuzzers: $(FUZZERS)
aids: all $(AIDS)

# The fuzzers too, where their test is among those and there is what they want.
check-only: all $(UNITS) $(AIDS)
	$(if $(SAN),,$(if $(filter tests/fuzz.bats,$(BATS)),! command -v clang >/dev/null || $(MAKE) -s -j "$$(nproc)" fuzzers))
	BUILD=$(abspath $(BUILD)) WX_SAN=$(SAN) tests/run $(BATS)

# What was written for bwrap, on podman: minutes. make check does a part of it.
engines: deps
	$(MAKE) all $(AIDS)
	BUILD=$(abspath $(BUILD)) WX_ENGINES=podman-whole tests/run tests/*.bats

# The suite on a newer Debian, from nothing, as root: half an hour. make other-debian BATS=tests/podman.bats
SUITE ?= trixie
other-debian:
	tests/lib/other-debian $(SUITE) $(BATS)

# The limits that a login under systemd brings, in a machine of qemu's: ten minutes.
vm-check: deps
	tests/lib/vm $(SUITE) $(if $(filter command line,$(origin BATS)),$(BATS))

# The images that Nix builds, in podman: a minute.
nix-check: deps
	$(MAKE) check-only BATS="$(wildcard tests/nix/*.bats)"

quickstart: deps
	$(MAKE) all
	@scripts/quickstart $(abspath $(BUILD))

# For editors and checkers.
compdb: compile_commands.json
compile_commands.json: Makefile FORCE
	@{ echo '['; $(foreach f,$(filter-out %.gen.c %.small.c,$(wildcard libcommon/*.c libcommon/tool/*.c cmd/*/*.c cmd/*/*/*.c)),printf '%s{"directory":"%s","file":"%s","command":"%s"}' "$$c" '$(CURDIR)' '$f' 'cc $(CPPFLAGS) -Icmd/$(word 2,$(subst /, ,$f)) -std=c11 $(WARN) -c $f'; c=",\
	"; )echo; echo ']'; } >$@.tmp && mv $@.tmp $@

include scripts/packaging/rules.mk

lint: deps
	@tests/lint

portable: deps
	@tests/portable $(PORTABLE)

bench: deps
	$(MAKE) all $(AIDS)
	@$(MAKE) -s STATIC=1 SAN= BUILD=$(BUILD)/static >/dev/null 2>&1 || :
	@BUILD=$(abspath $(BUILD)) tests/bench $(BENCH)

# Kills each tool at every system call: minutes. make check does a part of it.
campaign: deps
	$(MAKE) all $(AIDS)
	@for c in tests/campaign.d/*; do BUILD=$(abspath $(BUILD)) "$$c" || exit 1; done

fuzz: deps
	$(MAKE) $(FUZZERS)
	@for f in $(FUZZERS); do \
	  n=$${f##*/}; mkdir -p $(BUILD)/corpus/$$n; echo "fuzz $$n $(FUZZ_SECONDS) s"; \
	  "$$f" -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
	    -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/corpus/$$n $$(ls -d tests/fuzz/corpus/$$n 2>/dev/null) || exit 1; done

install: all
	install -d $(DESTDIR)$(BINDIR)
	install -m 0755 $(BINS) $(addprefix scripts/,$(USE_SCRIPTS)) $(DESTDIR)$(BINDIR)
	install -d $(DESTDIR)$(DATADIR)/wrapix/profiles
	install -m 0644 $(PROFILES) $(DESTDIR)$(DATADIR)/wrapix/profiles
	install -d $(DESTDIR)$(DATADIR)/wrapix/routes
	install -m 0644 $(ROUTES) $(DESTDIR)$(DATADIR)/wrapix/routes
	install -d $(DESTDIR)$(DATADIR)/wrapix/networks
	install -m 0644 $(NETWORKS) $(DESTDIR)$(DATADIR)/wrapix/networks
	for n in $(COMPLETED); do for s in bash zsh fish; do \
	  case $$s in bash) f=bash-completion/completions/$$n ;; zsh) f=zsh/site-functions/_$$n ;; fish) f=fish/vendor_completions.d/$$n.fish ;; esac; \
	  install -d $(DESTDIR)$(DATADIR)/$${f%/*} && \
	  o=$$(sed -n 's,^\.\\" completes as well: \(.*\),man/\1,p' man/$$n.1); \
	  awk -v shell=$$s -v name=$$n -f man/completions.awk man/$$n.1 $$o >$(DESTDIR)$(DATADIR)/$$f || exit 1; done; done
	for p in $(USE_PAGES); do \
	  install -D -m 0644 $$p $(DESTDIR)$(MANDIR)/man$${p##*.}/$${p##*/} || exit 1; done

uninstall:
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,$(TOOLS) $(USE_SCRIPTS))
	rm -f $(addprefix $(DESTDIR)$(DATADIR)/wrapix/profiles/,$(notdir $(PROFILES)))
	rm -f $(addprefix $(DESTDIR)$(DATADIR)/wrapix/routes/,$(notdir $(ROUTES)))
	rm -f $(addprefix $(DESTDIR)$(DATADIR)/wrapix/networks/,$(notdir $(NETWORKS)))
	for n in $(COMPLETED); do rm -f $(DESTDIR)$(DATADIR)/bash-completion/completions/$$n \
	  $(DESTDIR)$(DATADIR)/zsh/site-functions/_$$n $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/$$n.fish; done
	for p in $(USE_PAGES); do rm -f $(DESTDIR)$(MANDIR)/man$${p##*.}/$${p##*/}; done

clean:
	rm -rf $(BUILD) compile_commands.json

.PHONY: all compdb FORCE units fuzzers aids deps check check-only engines other-debian vm-check nix-check quickstart lint portable bench campaign fuzz install uninstall clean
-include $(shell find $(BUILD) -name '*.d' -type f ! -path '$(BUILD)/deb/*' 2>/dev/null)
