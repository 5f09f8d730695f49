# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kernel tests: one guest per kernel that the module is built for; see tests/kernel/run. Its
# helpers are tools: netpeer (clients and servers), ftpd (a server of FTP), sipua (an end of SIP calls), syncpipe (the
# sync commands without a daemon), syncfeed (the same with made-up tables), synconn (connections without clients), pulse
# (how long packets stand still), forge (segments in anybody's name), complain (ICMP errors, too), biglink (links that take
# large packets), sumcheck (every checksum of a capture), gatectl (the gate as the agent sets it), nlfuzz
# (damaged netlink messages), nlsay (requests attribute by attribute), batonctl-other (batonctl, to
# which the module is of another release).

KERNEL_HELPERS := tests/kernel/helpers

$(eval $(call tool,netpeer,$(patsubst %,$(KERNEL_HELPERS)/%.c,netpeer netpeer_again netpeer_serve netpeer_stream endpoint)))
$(eval $(call tool,ftpd,$(patsubst %,$(KERNEL_HELPERS)/%.c,ftpd endpoint)))
$(eval $(call tool,sipua,$(patsubst %,$(KERNEL_HELPERS)/%.c,sipua endpoint)))
$(eval $(call tool,syncpipe,$(KERNEL_HELPERS)/syncpipe.c,$(LIBBATON_PKGS),$(LIBBATON)))
$(eval $(call tool,syncfeed,$(KERNEL_HELPERS)/syncfeed.c,$(LIBBATON_PKGS),$(LIBBATON)))
$(call objects,$(KERNEL_HELPERS)/syncfeed.c): private CPPFLAGS += -I.
$(eval $(call tool,synconn,$(KERNEL_HELPERS)/synconn.c,$(LIBBATON_PKGS),$(LIBBATON)))
$(eval $(call tool,pulse,$(KERNEL_HELPERS)/pulse.c,$(LIBBATON_PKGS),$(LIBBATON)))
$(eval $(call tool,forge,$(KERNEL_HELPERS)/forge.c,$(LIBBATON_PKGS),$(LIBBATON)))
$(eval $(call tool,complain,$(KERNEL_HELPERS)/complain.c,$(LIBBATON_PKGS),$(LIBBATON)))
$(eval $(call tool,gatectl,$(KERNEL_HELPERS)/gatectl.c,$(LIBBATON_PKGS),$(LIBBATON)))
$(eval $(call tool,biglink,$(KERNEL_HELPERS)/biglink.c))
$(eval $(call tool,sumcheck,$(KERNEL_HELPERS)/sumcheck.c))
$(eval $(call tool,nlfuzz,$(KERNEL_HELPERS)/nlfuzz.c,libnl-3.0 libnl-genl-3.0))
$(eval $(call tool,nlsay,$(KERNEL_HELPERS)/nlsay.c,libnl-3.0 libnl-genl-3.0))
$(eval $(call tool,batonctl-other,$(wildcard ctl/*.c) $(KERNEL_HELPERS)/other_release.c,$(LIBBATON_PKGS),$(LIBBATON)))
$(BUILD)/bin/batonctl-other: private LDFLAGS += -Wl,--wrap=baton_nl_info

# `make check` has 25 minutes: what takes long runs on one of the two kernels there, on both in `make check-full`, where
# the table is brought to two million connections as well.
$(eval $(call rung,kernel,$(if $(FULL),env SCALE=2000000 BATON_MEMORY=2048 tests/kernel/run,tests/kernel/run --quick),kmod $(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS))))

# The same scripts under KASAN, lockdep and their kin, in User-Mode Linux (tests/debug). The kernel
# takes a while to build, once, and the scripts some minutes: not part of `check`. SCRIPTS="NAME..." runs some.
ifneq ($(FULL),)
$(eval $(call rung,debug,tests/kernel/run --debug,$(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS))))
else
.PHONY: check-debug
check-debug: $(addprefix $(BUILD)/bin/,$(PROGRAMS) $(TOOLS))
	$(Q)tests/kernel/run --debug $(SCRIPTS)
endif
