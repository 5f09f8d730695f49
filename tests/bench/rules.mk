# SPDX-License-Identifier: GPL-2.0-or-later
#
# The benchmark of the packet path.

BENCH_NEEDS := kmod $(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS))

.PHONY: bench bench-quick
bench: $(BENCH_NEEDS)
	$(Q)tests/bench/run --full

bench-quick: $(BENCH_NEEDS)
	$(Q)tests/bench/run --quick
