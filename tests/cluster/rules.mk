# SPDX-License-Identifier: GPL-2.0-or-later
# Two real agents on two real corosyncs in network namespaces; only the kernel's gate is a double.

$(eval $(call tool,baton-ha-fakegate,tests/cluster/fake_nl.c tests/cluster/fake_lan.c $(wildcard ha/*.c),$(HA_PKGS),$(LIBBATON)))
$(eval $(call rung,cluster,tests/cluster/run,$(addprefix $(BUILD)/bin/,baton-ha-fakegate batonctl)))
