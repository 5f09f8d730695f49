# SPDX-License-Identifier: GPL-2.0-or-later
#
# Servers come and go under connections: weight 0 drains (what is open stays, nothing new),
# removal ends its connections and no others, a removed server that is added again starts
# anew; the same for the whole service.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
nat_service d tcp 7000 rr

hold c tcp $vip:7000 10
baton d server set tcp $vip:7000 198.51.100.21:7000 weight 0
held ask 's1=5 s2=5'
expect 's2=4' in_ns c netpeer many tcp $vip:7000 4

baton d server del tcp $vip:7000 198.51.100.21:7000
held ask 'reset=5 s2=5'
expect 0 conns d server 198.51.100.21:7000

baton d server add tcp $vip:7000 198.51.100.21:7000 nat weight 1
expect 's1=3 s2=3' in_ns c netpeer many tcp $vip:7000 6

baton d service del tcp $vip:7000
expect 0 conns d
# The address is the director's own and nobody listens there.
expect 'refused=1' in_ns c netpeer many tcp $vip:7000 1
nat_service d tcp 7000 rr
expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:7000 4
unload
