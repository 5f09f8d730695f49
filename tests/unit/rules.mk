# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests: tests/unit/PATH/test_X.c becomes $(BUILD)/unit/PATH/test_X, linked with
# cmocka under the address and undefined-behaviour sanitizers. A test names what
# else it is made of in comments within its first lines:
#
#	/* links: ctl/lib/addr.c ctl/lib/err.c */	sources, from the top ($(BUILD)/... if generated)
#	/* libs: json-c libsodium */			pkg-config names
#
# Tests of kmod/core find tests/unit/shim/env.h in place of kmod/core/env.h.

UNIT_SRC	:= $(sort $(shell find tests/unit -name 'test_*.c'))
UNIT_BIN	:= $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
UNIT_SAN	:= -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_CFLAGS	:= -Itests/unit/shim -Itests/unit -I. $(CPPFLAGS) -std=gnu17 -O1 -g $(WARN) $(UNIT_SAN)

unit_note	= $(shell sed -nE '1,30s|^.*/\*+ *$(2): *([^*]*).*|\1|p' $(1))
unit_links	= $(patsubst build/%,$(BUILD)/%,$(call unit_note,$(1),links))
unit_objects	= $(patsubst %.c,$(BUILD)/obj/san/%.o,$(patsubst $(BUILD)/%,gen/%,$(1)))

# $(1): test source, $(2): what it links, $(3): its libs
define unit_test
$(1:tests/unit/%.c=$(BUILD)/unit/%): $(call unit_objects,$(1) $(2))
$(1:tests/unit/%.c=$(BUILD)/unit/%) $(call unit_objects,$(1) $(2)): private PKGS += cmocka $(3)
UNIT_OBJECTS += $(call unit_objects,$(1) $(2))
endef
UNIT_OBJECTS	:=
$(foreach t,$(UNIT_SRC),$(eval $(call unit_test,$(t),$(call unit_links,$(t)),$(call unit_note,$(t),libs))))

unit_pkg	= $(shell pkg-config --$(1) $(sort $(PKGS)))

define unit_compile
@mkdir -p $(@D)
$(call say,CC [S],$<) $(CC) $(UNIT_CFLAGS) $(call unit_pkg,cflags) -MMD -MP -c -o $@ $<
endef

$(BUILD)/obj/san/gen/%.o: $(BUILD)/%.c
	$(unit_compile)

$(BUILD)/obj/san/%.o: %.c
	$(unit_compile)

$(BUILD)/unit/%:
	@mkdir -p $(@D)
	$(call say,LD [S],$@) $(CC) $(UNIT_SAN) -o $@ $(filter %.o,$^) $(call unit_pkg,libs)

-include $(sort $(UNIT_OBJECTS:.o=.d))

$(eval $(call rung,unit,tests/unit/run $(UNIT_BIN),$(UNIT_BIN)))
