# SPDX-License-Identifier: GPL-2.0-or-later
# quick: no
# only: kernel
# programs: iperf3
#
# As t_iperf, from senders that make every packet and every checksum themselves: once the director puts packets
# together on their way in, and sends large ones; once it has each packet for itself.
. ./lib.sh
. /baton/lib_iperf.sh

iperf_rounds gathered off
