# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzers: fuzz_NAME.c, built by clang with libFuzzer and both sanitizers, run side by side for T seconds each
# from seeds (tests/fuzz/run). `make check-fuzz T=600` runs longer. What was found stays in
# $(BUILD)/fuzz/NAME, and goes into tests/fuzz/regress once it is mended.

T	:= 20
FUZZ_CC	:= clang
FUZZ_CFLAGS := -I. $(CPPFLAGS) -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZERS	:= $(addprefix $(BUILD)/fuzz/fuzz_,sync record control rules ftp sip)

FUZZ_SRC_sync := $(SYNCD_PURE)
FUZZ_SRC_record := $(filter-out syncd/engine%,$(SYNCD_PURE)) ctl/lib/brief.c
FUZZ_SRC_control := ctl/lib/control.c ctl/lib/err.c
FUZZ_SRC_rules := ctl/rules.c ctl/rules_diff.c ctl/args.c ctl/args_service.c ctl/names.c ctl/lib/addr.c ctl/lib/err.c
FUZZ_SRC_ftp :=
FUZZ_SRC_sip :=
FUZZ_PKGS := libprotobuf-c libsodium $(LIBBATON_PKGS)

# $(1): name
define fuzzer
$(BUILD)/fuzz/fuzz_$(1): tests/fuzz/fuzz_$(1).c $(FUZZ_SRC_$(1)) $(wildcard syncd/*.h ctl/*.h ctl/lib/*.h kmod/core/*.h) | $(PROTO_C)
	@mkdir -p $$(@D)
	$$(call say,FUZZ,$$@) $(FUZZ_CC) $(FUZZ_CFLAGS) -Itests/unit/shim $(shell pkg-config --cflags $(FUZZ_PKGS)) -o $$@ $$(filter %.c,$$^) $(shell pkg-config --libs $(FUZZ_PKGS))
endef
$(foreach f,sync record control rules ftp sip,$(eval $(call fuzzer,$(f))))

$(eval $(call tool,seed_sync,tests/fuzz/seed_sync.c syncd/frame.c,libsodium))
$(call objects,tests/fuzz/seed_sync.c): private CPPFLAGS += -I.

$(eval $(call rung,fuzz,tests/fuzz/run $(T) $(BUILD)/bin/seed_sync $(FUZZERS),$(FUZZERS) $(BUILD)/bin/seed_sync))
