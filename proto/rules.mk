# SPDX-License-Identifier: GPL-2.0-or-later
# The wire's messages: generated into $(BUILD)/proto, never committed.

PROTO_C	:= $(BUILD)/proto/sync.pb-c.c

$(BUILD)/proto/%.pb-c.c $(BUILD)/proto/%.pb-c.h &: proto/%.proto
	@mkdir -p $(@D)
	$(call say,PROTOC,$<) protoc-c --proto_path=proto --c_out=$(BUILD)/proto $<
