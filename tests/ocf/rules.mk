# SPDX-License-Identifier: GPL-2.0-or-later
# The resource agent for Pacemaker, in front of a batonctl that answers what the test wants.

$(eval $(call rung,ocf,tests/ocf/run))
