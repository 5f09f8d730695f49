# SPDX-License-Identifier: GPL-2.0-or-later
# Checks that read the tree and run none of it. Generated sources are read too, and the kernels
# that the module was built for are those it is checked for, so both are made first.

$(eval $(call rung,static,BUILD=$(BUILD) tests/static/run,kmod $(addprefix $(BUILD)/bin/,$(PROGRAMS))))
