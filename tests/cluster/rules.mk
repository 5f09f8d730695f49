# SPDX-License-Identifier: GPL-2.0-or-later
# Two real agents on two real corosyncs in network namespaces; only the kernel's gate is a double.

$(eval $(call tool,baton-ha-fakegate,tests/cluster/fake_nl.c tests/cluster/fake_lan.c $(wildcard ha/*.c),$(HA_PKGS),$(LIBBATON)))
$(eval $(call tool,survey-fakegate,tests/cluster/survey.c tests/cluster/fake_nl.c tests/cluster/fake_lan.c ctl/survey.c ctl/survey_pair.c ctl/tool.c,$(LIBBATON_PKGS),$(LIBBATON)))
$(call objects,tests/cluster/survey.c): private CPPFLAGS += -I.
$(eval $(call rung,cluster,tests/cluster/run,$(addprefix $(BUILD)/bin/,baton-ha-fakegate survey-fakegate batonctl)))
