# SPDX-License-Identifier: GPL-2.0-or-later
#
# The seeded simulation of the sync engine, as many seeds as two processors run in about two
# minutes; `make check-sim SEEDS=400000` runs more, `SEED=n SEEDS=1` that one. The mutants are the
# same program with one deliberate defect each, which it has to find.

SEED	:= 1
SEEDS	:= $(if $(FULL),400000,100000)
SIM_MUTANTS := 1 2 3 4 5 6 7 8
SIM_SRC	:= $(wildcard tests/sim/*.c) $(SYNCD_PURE) ctl/lib/brief.c
SIM_PKGS := libprotobuf-c libsodium
SIM_BIN	:= $(BUILD)/sim/sim $(SIM_MUTANTS:%=$(BUILD)/sim/mutant%)

sim_cc	= $(CC) -I. $(CPPFLAGS) $(CFLAGS) $(WARN) $(shell pkg-config --cflags $(SIM_PKGS)) -MMD -MP
# Only the engine differs between the mutants.
SIM_ENGINE := $(filter syncd/engine%,$(SYNCD_PURE))
sim_objects = $(patsubst %.c,$(BUILD)/obj/sim0/%.o,$(patsubst $(BUILD)/%,gen/%,$(filter-out $(SIM_ENGINE),$(SIM_SRC)))) \
	$(patsubst %.c,$(BUILD)/obj/sim$(1)/%.o,$(SIM_ENGINE))

# $(1): program, $(2): number of the defect; 0 is the engine as it ships
define sim_program
$(1): $(call sim_objects,$(2))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@) $(CC) -o $$@ $$^ $(shell pkg-config --libs $(SIM_PKGS))

$(BUILD)/obj/sim$(2)/%.o: %.c | $(PROTO_C)
	@mkdir -p $$(@D)
	$$(call say,CC,$$<) $$(sim_cc) $(if $(filter-out 0,$(2)),-DBATON_SIM_MUTATION=$(2)) -c -o $$@ $$<

-include $(sort $(patsubst %.o,%.d,$(call sim_objects,$(2))))
endef

$(BUILD)/obj/sim0/gen/%.o: $(BUILD)/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(sim_cc) -c -o $@ $<

$(eval $(call sim_program,$(BUILD)/sim/sim,0))
$(foreach m,$(SIM_MUTANTS),$(eval $(call sim_program,$(BUILD)/sim/mutant$(m),$(m))))

$(eval $(call rung,sim,tests/sim/run $(BUILD)/sim/sim $(SEED) $(SEEDS) $(SIM_MUTANTS:%=$(BUILD)/sim/mutant%),$(SIM_BIN)))
