# SPDX-License-Identifier: GPL-2.0-or-later
#
# Baton's only Makefile. `make help` lists the targets. Everything that is
# made lies under $(BUILD); the source tree stays as it was cloned.
#
# Each folder says what it builds in a rules.mk, which is included here, in
# terms of four macros (paths are from the top, PKGS are pkg-config names):
#
#   $(eval $(call library,NAME,SOURCES,PKGS))       $(BUILD)/lib/libNAME.a
#   $(eval $(call program,NAME,SOURCES,PKGS,LIBS))  $(BUILD)/bin/NAME; LIBS: archives
#   $(eval $(call tool,NAME,SOURCES,PKGS,LIBS))     the same, part of `all` but not installed
#   $(eval $(call rung,NAME,COMMAND,PREREQUISITES)) target check-NAME, part of `check`
#
# A rung's command prints as its last line "NAME: N passed, N failed[, N skipped]"
# and exits non-zero when something failed. Objects are $(BUILD)/obj/PATH.o for
# PATH.c; generated sources are $(BUILD)/... and become $(BUILD)/obj/gen/....o.

BUILD	:= build
PREFIX	:= /usr
DESTDIR	:=
CC	:= gcc
FAULT	:= poweroff

VERSION	:= $(shell sed -n 's/.*BATON_RELEASE "\(.*\)"/\1/p' kmod/version.h)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

# V=1 shows the commands instead of one word and a name.
ifeq ($(V),1)
say	=
Q	:=
else
say	= @printf '  %-7s %s\n' '$(1)' '$(2)';
Q	:= @
endif

# What a checking target needs is installed before anything else is looked at: this
# included file is remade first, and make then reads everything anew.
NEEDS_DEPS := $(filter deps check check-% drill drill-% bench bench-%,$(MAKECMDGOALS))
ifneq ($(NEEDS_DEPS),)
ifndef MAKE_RESTARTS
-include $(BUILD)/deps.mk
$(BUILD)/deps.mk: FORCE
	@mkdir -p $(@D)
	@tests/deps.sh $(NEEDS_DEPS)
	@touch $@
endif
endif

WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2
HARDEN	:= -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
CPPFLAGS := -D_GNU_SOURCE -DBATON_RELEASE='"$(VERSION)"' -Ictl/lib -Ikmod/uapi -I$(BUILD)
CFLAGS	:= -std=gnu17 -O2 -g
LDFLAGS	:= -pie -Wl,-z,relro,-z,now,-z,noexecstack

cflags_of = $(CPPFLAGS) $(CFLAGS) $(WARN) $(HARDEN) $(if $(PKGS),$(shell pkg-config --cflags $(sort $(PKGS))))
libs_of	= $(if $(PKGS),$(shell pkg-config --libs $(sort $(PKGS))))
objects	= $(patsubst %.c,$(BUILD)/obj/%.o,$(patsubst $(BUILD)/%,gen/%,$(1)))

PROGRAMS :=
TOOLS	:=
OBJECTS	:=
RUNGS	:=
LIBBATON := $(BUILD)/lib/libbaton.a

define library
OBJECTS += $(call objects,$(2))
$(call objects,$(2)): private PKGS += $(3)
$(BUILD)/lib/lib$(strip $(1)).a: $(call objects,$(2))
endef

define link
OBJECTS += $(call objects,$(2))
$(call objects,$(2)): private PKGS += $(3)
$(BUILD)/bin/$(strip $(1)): private PKGS += $(3)
$(BUILD)/bin/$(strip $(1)): $(call objects,$(2)) $(4)
endef

define program
PROGRAMS += $(strip $(1))
$(call link,$(1),$(2),$(3),$(4))
endef

define tool
TOOLS += $(strip $(1))
$(call link,$(1),$(2),$(3),$(4))
endef

define rung
RUNGS += $(strip $(1))
RUNG_$(strip $(1)) = $(2)
RUNG_NEEDS_$(strip $(1)) = $(3)
.PHONY: check-$(strip $(1))
check-$(strip $(1)): $(3)
	$$(Q)$$(RUNG_$(strip $(1)))
endef

FRAGMENTS := $(wildcard proto/rules.mk ctl/lib/rules.mk ctl/rules.mk syncd/rules.mk ha/rules.mk \
	kmod/rules.mk tests/static/rules.mk tests/unit/rules.mk $(filter-out tests/static/rules.mk \
	tests/unit/rules.mk tests/bench/rules.mk tests/kernel/rules.mk,$(wildcard tests/*/rules.mk)) \
	tests/kernel/rules.mk tests/bench/rules.mk)

.PHONY: all
all:

# Fragments may use kernel versions: these are the ones that the module is built for.
KDIRS	:= $(patsubst /lib/modules/%/build,%,$(wildcard /lib/modules/*/build))
newest	= $(lastword $(shell printf '%s\n' $(filter $(1),$(KDIRS)) | sort -V))
KVERS	:= $(sort $(call newest,6.1.%-cloud-amd64) $(call newest,6.12.%-cloud-amd64) \
	$(filter $(shell uname -r),$(KDIRS)))
KVER	?=
ifneq ($(KVER),)
KVERS	:= $(KVER)
endif

include $(FRAGMENTS)

all: $(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS)) kmod

$(BUILD)/lib/%.a:
	@mkdir -p $(@D)
	$(call say,AR,$@) rm -f $@; ar rcs $@ $(filter %.o,$^)

$(BUILD)/bin/%:
	@mkdir -p $(@D)
	$(call say,LD,$@) $(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(libs_of)

define compile
@mkdir -p $(@D)
$(call say,CC,$<) $(CC) $(cflags_of) -MMD -MP -c -o $@ $<
endef

$(BUILD)/obj/gen/%.o: $(BUILD)/%.c
	$(compile)

$(BUILD)/obj/%.o: %.c
	$(compile)

-include $(sort $(OBJECTS:.o=.d))

# The module: kbuild writes beside its sources, so each kernel gets a tree of links. A source
# that went takes the tree with it, since kbuild goes on looking for it.
KMOD_SRC := $(filter-out %.mod.c,$(wildcard kmod/*.[ch] kmod/Kbuild kmod/core/*.[ch] kmod/uapi/linux/*.h \
	kmod/compat/*/*.h kmod/compat/*.h))
KMODS	= $(foreach v,$(KVERS),$(BUILD)/kmod/$(v)/baton.ko)
kbuild	= $(MAKE) -C /lib/modules/$(1)/build M=$(abspath $(BUILD)/kmod/$(1)) CONFIG_DEBUG_INFO_BTF_MODULES= \
	$(if $(Q),-s) --no-print-directory

define kmod_links
@if [ -n "$$(find $(BUILD)/kmod/$(1) -xtype l 2>/dev/null)" ]; then rm -rf $(BUILD)/kmod/$(1); fi
@mkdir -p $(sort $(dir $(KMOD_SRC:kmod/%=$(BUILD)/kmod/$(1)/%)))
@$(foreach f,$(KMOD_SRC),ln -sfn $(abspath $(f)) $(BUILD)/kmod/$(1)/$(f:kmod/%=%) &&) :
endef

.PHONY: kmod
ifeq ($(wildcard kmod/Kbuild),)
kmod:
else
kmod: $(KMODS)
	$(if $(KMODS),,@echo 'kmod: no kernel headers under /lib/modules/*/build; `make deps` installs some' >&2; exit 1)
endif

$(BUILD)/kmod/%/baton.ko: $(KMOD_SRC)
	$(call say,KMOD,$*)
	$(call kmod_links,$*)
	$(Q)+$(call kbuild,$*) KCFLAGS='$(KCFLAGS)' modules
	@touch $@

# install: exactly what a node needs; see README.md for the paths.
SBINDIR	:= $(PREFIX)/sbin
LIBDIR	:= $(PREFIX)/lib
UNITDIR	:= $(LIBDIR)/systemd/system
DOCDIR	:= $(PREFIX)/share/doc/baton
MANDIR	:= $(PREFIX)/share/man

.PHONY: install install-kmod install-programs install-systemd
install: install-kmod install-programs install-systemd install-ocf

install-programs: $(addprefix $(BUILD)/bin/,$(PROGRAMS))
	$(call say,INSTALL,$(SBINDIR)) install -D -t $(DESTDIR)$(SBINDIR) -m 755 $^
	$(Q)$(foreach m,$(wildcard */man/*.[1-8]),install -D -m 644 -t $(DESTDIR)$(MANDIR)/man$(lastword $(subst ., ,$(m))) $(m) &&) :
	$(Q)install -D -m 644 ctl/completion/batonctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/batonctl

install-kmod: kmod
	$(call say,INSTALL,baton.ko for $(KVERS)) for v in $(KVERS); do \
		install -D -m 644 $(BUILD)/kmod/$$v/baton.ko $(DESTDIR)/lib/modules/$$v/updates/baton.ko || exit 1; \
		strip --strip-debug $(DESTDIR)/lib/modules/$$v/updates/baton.ko || exit 1; \
		[ -n "$(DESTDIR)" ] || depmod $$v || exit 1; \
	done

install-systemd:
	$(call say,INSTALL,$(UNITDIR)) install -D -m 644 -t $(DESTDIR)$(UNITDIR) systemd/*.target
	$(Q)for u in systemd/*.service; do sed 's,@sbindir@,$(SBINDIR),' $$u >$(DESTDIR)$(UNITDIR)/$${u#systemd/} && \
		chmod 644 $(DESTDIR)$(UNITDIR)/$${u#systemd/} || exit 1; done
	$(Q)install -D -m 644 systemd/baton.sysusers $(DESTDIR)$(LIBDIR)/sysusers.d/baton.conf
	$(Q)install -D -m 644 systemd/baton.tmpfiles $(DESTDIR)$(LIBDIR)/tmpfiles.d/baton.conf
	$(Q)install -D -m 644 systemd/baton.modules-load $(DESTDIR)$(LIBDIR)/modules-load.d/baton.conf
	$(Q)install -D -m 644 systemd/baton.preset $(DESTDIR)$(LIBDIR)/systemd/system-preset/90-baton.preset
	$(Q)install -D -m 644 systemd/baton.uidgid $(DESTDIR)/etc/corosync/uidgid.d/baton
	$(Q)install -d -m 755 $(DESTDIR)/etc/baton
	$(Q)install -D -m 644 -t $(DESTDIR)$(DOCDIR)/examples systemd/examples/*
	$(Q)install -D -m 644 systemd/sync-key.conf.example $(DESTDIR)$(DOCDIR)/examples/sync-key.conf
	$(Q)install -D -m 755 ha/fence.example $(DESTDIR)$(DOCDIR)/examples/fence-peer

# For pairs that Pacemaker runs: it finds agents in one place only, whatever the prefix.
OCFDIR	:= /usr/lib/ocf/resource.d/baton
.PHONY: install-ocf
install-ocf:
	$(call say,INSTALL,$(OCFDIR)) install -D -m 755 ha/ocf/director $(DESTDIR)$(OCFDIR)/director
	$(Q)install -D -m 644 ha/ocf/pacemaker.xml.example $(DESTDIR)$(DOCDIR)/examples/pacemaker.xml

# check: all rungs, one after the other, whatever the others say; then one total. The benchmark's guard counts
# instructions, and the cluster waits for timers: these two go beside each other.
.PHONY: check
check: $(foreach r,$(RUNGS),$(RUNG_NEEDS_$(r)))
	@$(foreach r,$(RUNGS),export RUNG_$(r)='$(RUNG_$(r))';) tests/check.sh \
		$(patsubst cluster,cluster+bench,$(filter-out bench,$(RUNGS)))

# check-full: the same rungs with FULL=1, which those that know it take as leave to be thorough.
.PHONY: check-full
check-full:
	$(Q)$(MAKE) check FULL=1

.PHONY: deps
deps: ;

.PHONY: drill
drill: all
	$(Q)tests/drills/run $(FAULT)

.PHONY: clean clean-cache
clean:
	rm -rf $(BUILD)

clean-cache:
	rm -rf '$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/baton'

.PHONY: FORCE
FORCE:

.PHONY: help
help:
	@printf '%s\n' \
	'make                  everything: module, daemons, tool' \
	'make kmod             baton.ko for each of KVERS="$(KVERS)"' \
	'make install          [DESTDIR=] [PREFIX=/usr] [KVERS="a b"]' \
	'make deps             install the Debian packages that are missing' \
	'make check            all tests: $(addprefix check-,$(RUNGS))' \
	'make check-debug      the kernel scripts under KASAN, lockdep and their kin, in User-Mode Linux' \
	'make check-full       all of that, thoroughly: everything on both kernels, more seeds; hours' \
	'make check-RUNG       one of them' \
	'make drill            the two-node failover drill; FAULT=$(FAULT) (or all, see tests/README.md)' \
	'make bench            instructions per packet, beside ip_vs and a flowtable; bench-quick: 3 minutes' \
	'make bench-native     nanoseconds per packet at the speed of this machine, beside ip_vs, in User-Mode Linux' \
	'make bench-sync       bytes, lag and instructions of sync, beside ip_vs' \
	'make bench-load       idle connections, two processors, TCP throughput, beside ip_vs' \
	'make bench-failover   gaps and losses of drills, beside keepalived; RUNS=10 of each, 2 hours' \
	'make clean            remove $(BUILD)/' \
	'make clean-cache      remove guest images and kernels kept in the cache' \
	'' \
	'V=1 shows commands; BUILD=DIR builds elsewhere; KVER=VERSION builds the module for one kernel.'
