# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
# only: kernel
# programs: iperf3
#
# iperf3 by every method, in both families (lib_iperf.sh says what has to hold); the senders leave segments and
# checksums to devices. Packets leave the director as large as they came.
. ./lib.sh
. /baton/lib_iperf.sh

iperf_rounds on
