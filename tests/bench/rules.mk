# SPDX-License-Identifier: GPL-2.0-or-later
#
# The benchmark of the packet path, and as a rung of `make check` its guard: instruction counts do not
# depend on the machine, so they are compared with figures that stand in the tree.

BENCH_NEEDS := kmod $(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS))

.PHONY: bench bench-quick
bench: $(BENCH_NEEDS)
	$(Q)tests/bench/run --full

bench-quick: $(BENCH_NEEDS)
	$(Q)tests/bench/run --quick

$(eval $(call rung,bench,tests/bench/run --guard,$(BENCH_NEEDS)))
