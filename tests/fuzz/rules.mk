# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzzers: fuzz_NAME.c, built by clang with libFuzzer and both sanitizers, run for T seconds each
# from seeds (the recorded inputs in tests/golden). `make check-fuzz T=600` runs longer. What
# was found stays in $(BUILD)/fuzz/NAME, and goes into tests/fuzz/regress once it is mended.

T	:= 20
FUZZ_CC	:= clang
FUZZ_CFLAGS := -I. $(CPPFLAGS) -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_SYNC := tests/fuzz/fuzz_sync.c $(SYNCD_PURE)
FUZZ_PKGS := libprotobuf-c libsodium

$(BUILD)/fuzz/fuzz_sync: $(FUZZ_SYNC) $(wildcard syncd/*.h) | $(PROTO_C)
	@mkdir -p $(@D)
	$(call say,FUZZ,$@) $(FUZZ_CC) $(FUZZ_CFLAGS) $(shell pkg-config --cflags $(FUZZ_PKGS)) -o $@ $(FUZZ_SYNC) $(shell pkg-config --libs $(FUZZ_PKGS))

FUZZ_FTP := tests/fuzz/fuzz_ftp.c kmod/core/ftp.c

$(BUILD)/fuzz/fuzz_ftp: $(FUZZ_FTP) kmod/core/ftp.h kmod/core/addr.h
	@mkdir -p $(@D)
	$(call say,FUZZ,$@) $(FUZZ_CC) -Itests/unit/shim $(FUZZ_CFLAGS) -o $@ tests/fuzz/fuzz_ftp.c

$(eval $(call tool,seed_sync,tests/fuzz/seed_sync.c syncd/frame.c,libsodium))
$(call objects,tests/fuzz/seed_sync.c): private CPPFLAGS += -I.

$(eval $(call rung,fuzz,tests/fuzz/run $(T) $(BUILD)/bin/seed_sync $(BUILD)/fuzz/fuzz_sync $(BUILD)/fuzz/fuzz_ftp,$(BUILD)/fuzz/fuzz_sync $(BUILD)/fuzz/fuzz_ftp $(BUILD)/bin/seed_sync))
