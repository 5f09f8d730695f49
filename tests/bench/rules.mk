# SPDX-License-Identifier: GPL-2.0-or-later
#
# The benchmarks of the packet path and of the sync daemons; and as a rung of `make check` their guard: instruction
# counts do not depend on the machine, so they are compared with figures that stand in the tree.

BENCH_NEEDS := kmod $(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS))

.PHONY: bench bench-quick
bench: $(BENCH_NEEDS)
	$(Q)tests/bench/run --full

bench-quick: $(BENCH_NEEDS)
	$(Q)tests/bench/run --quick

.PHONY: bench-sync
bench-sync: $(BENCH_NEEDS)
	$(Q)tests/bench/sync

$(eval $(call rung,bench,tests/bench/run --guard,$(BENCH_NEEDS)))
