# SPDX-License-Identifier: GPL-2.0-or-later
#
# limit: 240
#
# baton-syncd when things change around it: after the roles have changed the other direction works at
# once and connections live on; one of two links may be cut; who has another key is not heard.
. ./lib.sh
. /baton/lib_syncd.sh

hold c tcp $vip:7000 200
start a
start b
wait_for 30 warm
same 200

say 'the other direction, at once'
in_ns a gatectl set standby 2
flushed a
in_ns b gatectl set active 3
leave a
take b
held ask 's1=100 s2=100'
hold c tcp $vip:7000 100
wait_for 30 warm
flushed b
same 300
held ask 's1=50 s2=50'

say 'one of two links is cut'
ip -n a link set sync0 down
hold c tcp $vip:7000 100
flushed b
same 400
ip -n a link set sync0 up

say 'another key'
stop a
start a conf2
wait_for 10 status a '.rejects.auth > 0'
expect false ask_bool a .peer.present
stop a
stop b
cat "$work/a.log" "$work/b.log"
