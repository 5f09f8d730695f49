# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module loads into a stock kernel, shows its generic netlink family and leaves
# without a trace.
. ./lib.sh

load
is_loaded
expect 0 awk '$1 == "baton" { print $3 }' /proc/modules
unload
fails is_loaded
fails grep '^baton' /proc/slabinfo
