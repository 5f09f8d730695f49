# SPDX-License-Identifier: GPL-2.0-or-later
# The load generator, its echo server and the plotter: tools of the drills, never installed.

LOADGEN := tests/loadgen

$(eval $(call tool,loadgen,$(patsubst %,$(LOADGEN)/%.c,loadgen options endpoint payload \
	record conn traffic run control report),json-c))
$(eval $(call tool,echo-server,$(patsubst %,$(LOADGEN)/%.c,echo_server echo endpoint)))
$(eval $(call tool,plot,$(patsubst %,$(LOADGEN)/%.c,plot series svg term dist),json-c))
$(BUILD)/bin/plot: libs_of += -lm

$(eval $(call rung,loadgen,$(LOADGEN)/selftest $(BUILD)/bin,$(addprefix $(BUILD)/bin/,loadgen \
	echo-server plot)))
