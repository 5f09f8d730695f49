# SPDX-License-Identifier: GPL-2.0-or-later
# baton-ha: the failover agent. What decides is pure and is linked into its tests as well.

HA_PURE := ha/decide.c ha/view.c ha/role.c ha/handover.c ha/operator.c ha/outcome.c ha/succession.c ha/text.c ha/message.c ha/beat.c \
	ha/timeline.c ha/record.c ha/enquiry.c ha/check.c ha/lan.c
HA_PKGS := libnl-3.0 libnl-route-3.0 libsystemd json-c libcpg libquorum libcmap $(LIBBATON_PKGS)

$(eval $(call program,baton-ha,$(HA_PURE) $(filter-out $(HA_PURE),$(wildcard ha/*.c)),$(HA_PKGS),$(LIBBATON)))
