# SPDX-License-Identifier: GPL-2.0-or-later
# only: debug
# limit: 1200
#
# Memory is refused to the module, at every place in turn: what fails has changed nothing, what works
# all the same has worked, and afterwards everything does. Then it is refused at random
# while packets pass: connections fail, none is miscounted, and nothing is left over.
. ./lib.sh

inject=/run/debug		# a namespace has a /sys of its own
plenty=1000000
mkdir -p $inject
mount -t debugfs debug $inject
on_exit+=("umount $inject")
[[ -d $inject/failslab ]] || skip 'this kernel does not refuse memory on demand'
knob() { echo "$2" | tee $inject/fail{slab,_page_alloc}/"$1" >/dev/null; }

load
read -r _ size _ _ _ start _ < <(grep '^baton ' /proc/modules)
knob require-start $((start))
knob require-end $((start + size))
knob ignore-gfp-wait 0
knob verbose 0
knob times $plenty
echo 0 | tee $inject/fail_page_alloc/{min-order,ignore-gfp-highmem} >/dev/null

# refusals: how many there were
refusals() {
	local slab pages
	read -r slab <$inject/failslab/times
	read -r pages <$inject/fail_page_alloc/times
	echo $((2 * plenty - slab - pages))
}
# nth N NS COMMAND...: the N-th piece of memory that it asks the module for is refused
nth() {
	local n=$1 name=$2
	shift 2
	quiet_in "$name" bash -c "echo $n >/proc/self/fail-nth; exec \"\$@\"" - "$@"
}
# What `each` does, as a script that runs inside of NS: programs start slowly under so many checkers.
{
	echo "inject=$inject plenty=$plenty tcp='tcp $vip:7000' s1=198.51.100.21:7000 s2=198.51.100.22:7000"
	declare -f refusals
	cat <<-'END'
		name=$1 undo=$2
		shift 2
		n=0
		in_d() { if [[ $name == d ]]; then "$@"; else ip netns exec d "$@"; fi; }
		b() { batonctl "$@"; }
		state() { in_d batonctl save; }
		more() { in_d batonctl connection count; in_d batonctl tunable list; in_d gatectl show; }
		fail() { echo "FAILED: refusal $n: $*"; exit 1; }
		before=$(state) before_more=$(more)
		while :; do
			n=$((n + 1)) had=$(refusals) status=0
			(echo $n >/proc/$BASHPID/fail-nth; exec "$@") >out 2>&1 || status=$?
			(($(refusals) > had)) || break
			((status)) || eval "$undo"
			now=$(state)
			[[ $now == "$before" ]] || { diff <(echo "$before") <(echo "$now"); fail "exit status $status"; }
		done
		((status == 0)) || { cat out; fail "there was none: exit status $status"; }
		echo "$((n - 1)) refused: $*" | tee -a refused
		eval "$undo"
		now=$(more)
		[[ $now == "$before_more" ]] || { diff <(echo "$before_more") <(echo "$now"); fail 'something else changed'; }
	END
} >each.sh
# each UNDO NS COMMAND...: with the first piece refused, then the second, until it needs no more. What was done all the
# same is undone by UNDO, inside NS.
each() { quiet_in "$2" bash each.sh "$2" "$1" "${@:3}"; }
tcp=(tcp "$vip:7000")
s1=198.51.100.21:7000
s2=198.51.100.22:7000
b() { quiet_in d batonctl "$@"; }

topology
serve tcp 7000 s1 s2
serve udp 7000 s1 s2

say 'services and servers'
each 'b service del $tcp' d batonctl service add "${tcp[@]}" scheduler rr
b service add "${tcp[@]}" scheduler wlc
each 'b server del $tcp $s1' d batonctl server add "${tcp[@]}" $s1
b server add "${tcp[@]}" $s1
for s in mh lblcr; do
	each 'b service set $tcp scheduler wlc' d batonctl service set "${tcp[@]}" scheduler $s
	b service set "${tcp[@]}" scheduler $s
	each 'b server del $tcp $s2' d batonctl server add "${tcp[@]}" $s2 weight 3
	b service set "${tcp[@]}" scheduler wlc
done
b server add "${tcp[@]}" $s2
each 'b server set $tcp $s1 weight 1' d batonctl server set "${tcp[@]}" $s1 weight 5
each 'b server add $tcp $s1' d batonctl server del "${tcp[@]}" $s1 drain 60
each 'b server add $tcp $s2' d batonctl server del "${tcp[@]}" $s2
b save >services
each 'b apply services >applied' d batonctl service del "${tcp[@]}"
each 'b apply services >applied' d batonctl service flush

say 'what a namespace and its gate consist of'
each 'gatectl guard' d gatectl guard $vip $vip_dr 2001:db8::1
in_ns d gatectl guard $vip
each : d gatectl announce lan $vip
each 'b tunable set opening_max 65536' d batonctl tunable set opening_max 5
each 'ip netns del new' c ip netns add new
spaces+=(new)
ip netns add new
each 'b service flush' new batonctl service add tcp '[::1]:7000'
each 'gatectl guard' new gatectl guard ::1 127.0.0.1
ip netns del new

say 'connections that are opened, listed and killed'
hold c "${tcp[@]}" 10
each : d batonctl connection list
each : d batonctl connection count
each : d batonctl stats
each : d batonctl status
each : d batonctl connection kill client 192.0.2.99
held ask 's1=5 s2=5'
b service add udp $vip:7000 scheduler wlc
b server add udp $vip:7000 $s1
gone() { b connection kill service udp $vip:7000 >killed; }
# a processor fetches memory for sixteen of them
gone_too="b connection kill service udp $vip:7000 >killed"
each "$gone_too" d netpeer many udp $vip:7000 17
b service set udp $vip:7000 persistent 60
each "$gone_too" d netpeer many udp $vip:7000 17
b service del udp $vip:7000

say 'records of a peer'
in_ns d gatectl set standby 2
feed() { quiet_in d syncfeed "$@"; }
before=$(feed digest)
# Of a batch the rest is applied: what is there counts, and the whole is there when it came again.
version=1
for n in $(seq 1 40); do
	had=$(refusals)
	nth $n d syncfeed apply 2 0 20 $version >out 2>&1 || true
	version=$((version + 1000000))
	(($(refusals) > had)) || break
done
((n > 1 && n < 40)) || fail "memory for records was refused $n times"
expect 'applied=20 stale=0 rejected=0' cat out
expect 30 conns d
for n in $(seq 1 40); do
	had=$(refusals)
	nth $n d syncfeed delete 2 0 20 $version >out 2>&1 || true
	version=$((version + 1000000))
	(($(refusals) > had)) || break
done
expect 10 conns d
expect "$before" feed digest
in_ns d gatectl set active 3
# What a drain that failed had taken is there for the next one.
for n in $(seq 1 40); do
	had=$(refusals)
	nth $n d syncfeed drain 600 >out 2>&1 || true
	(($(refusals) > had)) || break
done
expect 10 synced d
each : d syncfeed drain 600
each : d syncfeed read 600 0

# Also where no command waits for an answer: packets that come from elsewhere, the table that grows and shrinks.
say 'one piece in seven, under traffic'
b service add udp $vip:7000 scheduler lblcr
b server add udp $vip:7000 $s1
b server add udp $vip:7000 $s2
knob interval 7
knob probability 100
for i in 1 2 3; do
	in_ns c netpeer spray udp $vip:7000 3000 || true
	in_ns c timeout 5 netpeer many tcp $vip:7000 20 || true
	in_ns d timeout 5 netpeer many tcp $vip:7000 5 || true
	gone || true
done
knob probability 0
b connection count
b stats | sed -n 1,40p
in_ns c netpeer spray udp $vip:7000 3000
wait_for 20 agree d
held ask 's1=5 s2=5'
held close
b connection kill service "${tcp[@]}" >killed
gone
wait_for 20 is 0 conns d
expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:7000 4
all=$(awk '{ n += $1 } END { print n }' refused)
say "$all pieces of memory were refused one by one"
((all >= 50)) || fail 'that is not what the module asks for'
in_ns d gatectl guard
unload
