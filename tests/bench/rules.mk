# SPDX-License-Identifier: GPL-2.0-or-later
#
# The benchmarks of the packet path and of the sync daemons; and as a rung of `make check` their guard: instruction
# counts do not depend on the machine, so they are compared with figures that stand in the tree. Beside them
# failover, measured by drills; RUNS= says how often.

BENCH_NEEDS := kmod $(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS))

.PHONY: bench bench-quick
bench: $(BENCH_NEEDS)
	$(Q)tests/bench/run --full

bench-quick: $(BENCH_NEEDS)
	$(Q)tests/bench/run --quick

.PHONY: bench-native
bench-native: $(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS))
	$(Q)tests/bench/native/run

.PHONY: bench-sync
bench-sync: $(BENCH_NEEDS)
	$(Q)tests/bench/sync

.PHONY: bench-load
bench-load: $(BENCH_NEEDS)
	$(Q)tests/bench/load

.PHONY: bench-failover
bench-failover: all
	$(Q)tests/bench/failover --runs $(or $(RUNS),10)

$(eval $(call rung,bench,tests/bench/run --guard,$(BENCH_NEEDS)))
