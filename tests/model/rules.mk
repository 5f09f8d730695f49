# SPDX-License-Identifier: GPL-2.0-or-later
# The explorer: the pure files of ha/, built once more with the switches that break them on purpose.

MODEL_SRC := $(wildcard tests/model/*.c) $(filter-out ha/message.c ha/beat.c ha/timeline.c ha/record.c,$(HA_PURE))
MODEL_OBJ := $(MODEL_SRC:%.c=$(BUILD)/obj/model/%.o)

$(BUILD)/obj/model/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC [M],$<) $(CC) -I. $(CPPFLAGS) $(CFLAGS) $(WARN) -DBATON_HA_MUTATION -DBATON_HA_MISTAKE_MS=400 -MMD -MP -c -o $@ $<

$(BUILD)/model/explore: $(MODEL_OBJ)
	@mkdir -p $(@D)
	$(call say,LD [M],$@) $(CC) -o $@ $^

-include $(MODEL_OBJ:.o=.d)

$(eval $(call rung,model,tests/model/run $(BUILD)/model/explore $(if $(FULL),3),$(BUILD)/model/explore))
