# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzers: fuzz_NAME.c, built by clang with libFuzzer and both sanitizers, run side by side for T seconds each
# from seeds (tests/fuzz/run). `make check-fuzz T=600` runs longer. What was found stays in
# $(BUILD)/fuzz/NAME, and goes into tests/fuzz/regress once it is mended.

T	:= 20
FUZZ_CC	:= clang
FUZZ_CFLAGS := -I. $(CPPFLAGS) -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_NAMES := sync record control syncd ha files rules ftp sip
FUZZERS	:= $(addprefix $(BUILD)/fuzz/fuzz_,$(FUZZ_NAMES))

FUZZ_SRC_sync := $(SYNCD_PURE)
FUZZ_SRC_record := $(filter-out syncd/engine%,$(SYNCD_PURE)) ctl/lib/brief.c
FUZZ_SRC_control := ctl/lib/control.c ctl/lib/err.c
FUZZ_CONFIG := $(wildcard ctl/lib/config*.c) ctl/lib/addr.c ctl/lib/err.c ctl/lib/key.c
FUZZ_SRC_syncd := $(SYNCD_PURE) syncd/control.c syncd/status.c syncd/keys.c syncd/journal.c ctl/lib/control.c $(FUZZ_CONFIG)
FUZZ_SRC_ha := tests/fuzz/ha_world.c $(HA_PURE) ha/control.c ha/inputs.c ha/recorder.c ha/enquirer.c ha/membership.c ha/syncd_link.c ctl/lib/control.c ctl/lib/sample.c $(FUZZ_CONFIG)
FUZZ_SRC_files := ha/timeline.c ha/scribe.c $(FUZZ_CONFIG)
FUZZ_SRC_rules := ctl/rules.c ctl/rules_diff.c ctl/args.c ctl/args_service.c ctl/names.c ctl/lib/addr.c ctl/lib/err.c
FUZZ_SRC_ftp :=
FUZZ_SRC_sip :=
FUZZ_INCLUDED := $(wildcard tests/fuzz/*.h syncd/*.h ha/*.h ctl/*.h ctl/lib/*.h kmod/core/*.[ch]) syncd/daemon.c ha/epoch.c
FUZZ_PKGS := libprotobuf-c libsodium $(LIBBATON_PKGS)

# $(1): name. Sources that it includes itself are not compiled beside it.
define fuzzer
$(BUILD)/fuzz/fuzz_$(1): tests/fuzz/fuzz_$(1).c $(FUZZ_SRC_$(1)) $(FUZZ_INCLUDED) | $(PROTO_C)
	@mkdir -p $$(@D)
	$$(call say,FUZZ,$$@) $(FUZZ_CC) $(FUZZ_CFLAGS) -Itests/unit/shim $(shell pkg-config --cflags $(FUZZ_PKGS)) -o $$@ tests/fuzz/fuzz_$(1).c $(FUZZ_SRC_$(1)) $(shell pkg-config --libs $(FUZZ_PKGS))
endef
$(foreach f,$(FUZZ_NAMES),$(eval $(call fuzzer,$(f))))

$(eval $(call tool,seed_sync,tests/fuzz/seed_sync.c syncd/frame.c,libsodium))
$(call objects,tests/fuzz/seed_sync.c): private CPPFLAGS += -I.

$(eval $(call rung,fuzz,tests/fuzz/run $(T) $(BUILD)/bin/seed_sync $(FUZZERS),$(FUZZERS) $(BUILD)/bin/seed_sync))
