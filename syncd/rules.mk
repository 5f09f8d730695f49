# SPDX-License-Identifier: GPL-2.0-or-later
# baton-syncd. What is pure is linked into its tests, the simulation and the fuzzers as well.

SYNCD_PURE := syncd/frame.c syncd/replay.c syncd/rice.c syncd/dict.c syncd/codec.c \
	syncd/codec_columns.c syncd/codec_fill.c syncd/codec_read.c syncd/codec_write.c syncd/window.c syncd/window_put.c syncd/gaps.c syncd/recset.c \
	$(sort $(wildcard syncd/engine*.c)) $(BUILD)/proto/sync.pb-c.c
SYNCD_PKGS := libprotobuf-c libsodium $(LIBBATON_PKGS)

# The language of services.conf, which a standby that adopts is told in.
SYNCD_RULES := ctl/rules.c ctl/rules_diff.c ctl/rules_apply.c ctl/args.c ctl/args_service.c ctl/names.c

$(eval $(call program,baton-syncd,$(SYNCD_PURE) $(SYNCD_RULES) $(filter-out $(SYNCD_PURE),$(wildcard syncd/*.c)),$(SYNCD_PKGS),$(LIBBATON)))

$(call objects,syncd/services.c): private CPPFLAGS += -I.

# The messages' header has to be there before anything includes it.
$(call objects,$(wildcard syncd/*.c)): | $(PROTO_C)
$(patsubst %.c,$(BUILD)/obj/san/%.o,$(wildcard syncd/*.c tests/unit/syncd/*.c)): | $(PROTO_C)
