# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kernel tests: one guest per kernel that the module is built for; see tests/kernel/run.

$(eval $(call rung,kernel,tests/kernel/run,kmod $(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS))))
