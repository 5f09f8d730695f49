# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What process 1 of a debug guest does besides; see tests/kernel/init.

leaks=/sys/kernel/debug/kmemleak

before_all() {
	mount -t debugfs debug /sys/kernel/debug
	mkdir -p /mnt
	mount -t hostfs -o "$GCOV_TO" host /mnt
	rules_of_all_kinds
	echo clear >$leaks
}

# Linux 6.1 walks the lists of nf_tables under a mutex, of which RCU's checker is told at some places
# only. Each of the others complains once, whoever has come to it: they do so now, before anybody listens.
rules_of_all_kinds() {
	for _ in 1 2; do
		nft -f - <<-END
			table inet early {
				counter seen { }
				set hashed { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 } }
				set timed { type ipv4_addr; timeout 1s; elements = { 192.0.2.1 } }
				set ranges { type ipv4_addr; flags interval; elements = { 192.0.2.0/24 } }
				set pairs { type ipv4_addr . inet_service; flags interval; elements = { 192.0.2.0/24 . 1-9 } }
				chain other { }
				chain pre {
					type filter hook prerouting priority 0
					meta l4proto { tcp, udp } th dport { 1, 2, 3 } ip saddr @hashed counter name seen
					ip saddr @timed ip daddr @ranges ip saddr . tcp dport @pairs accept
					ip saddr { 192.0.2.0/25, 198.51.100.1 } tcp dport vmap { 1 : jump other, 2 : drop }
				}
			}
		END
		nft add element inet early hashed '{ 192.0.2.3 }'
		nft add rule inet early pre ip saddr @hashed counter
		nft delete element inet early hashed '{ 192.0.2.1 }'
		nft list ruleset >/dev/null
		nft delete table inet early
	done
}

# leaked: is there memory that nobody points to? The module is gone, so what was its own is leaked.
# Objects younger than 5 s are not judged, and none at the first look. Waiting costs nothing.
leaked() {
	for _ in 1 2 3; do
		sleep 6
		echo scan >$leaks
	done
	grep -q '^unreferenced object' $leaks
}

# Looking takes longer than most scripts: after one of eight, and after the last.
looked=0 ended=0
after_each() {
	local wrong=0 begun
	ended=$((ended + 1))
	counts_to_host
	if ((ended - looked == 8 || ended == $(wc -l </baton/list))); then
		if leaked; then
			begun=$(sed -n "$((looked + 1)),${ended}s/ .*//p" /baton/list)
			echo "# memory that nobody points to, since the first of:" $begun
			head -n 100 $leaks
			wrong=1
		fi
		echo clear >$leaks
		looked=$ended
	fi
	if ! grep -q 'debug_locks: *1' /proc/lockdep_stats && ! dmesg | grep -qE "$bad"; then
		echo "# lockdep has switched itself off"
		wrong=1
	fi
	return $wrong
}

# seen FAULT REGEX: the kernel complains of the fault. The last two are those after which it trusts
# its own bookkeeping less.
seen() {
	dmesg -c >/dev/null
	insmod /baton/bite.ko "what=$1" || return
	rmmod bite
	if [[ $1 == leak ]]; then leaked; else dmesg | grep -E -m 1 "$2"; fi ||
		{ echo "the kernel does not see $1"; false; }
}
bite() {
	local wrong=0
	echo '@begin bite'
	seen atomic_sleep 'sleeping function called from invalid context' || wrong=1
	seen rcu 'suspicious RCU usage' || wrong=1
	seen ubsan 'UBSAN: shift-out-of-bounds' || wrong=1
	seen object 'ODEBUG: free active' || wrong=1
	seen leak || wrong=1
	seen circular 'possible circular locking dependency' || wrong=1
	seen freed 'BUG: KASAN: .*use-after-free' || wrong=1
	echo "@end bite $wrong 0"
}

# counts_to_host: how often each line of the module has run so far; after each script, since a guest that
# dies takes with it what it has not told
counts_to_host() {
	local from
	from=$(find /sys/kernel/debug/gcov -name main.gcda)
	[[ $from ]] || return 0
	from=${from%/*}
	mkdir -p /mnt/new/core
	cp "$from"/*.gcda /mnt/new/
	cp "$from"/core/*.gcda /mnt/new/core/
	rm -rf /mnt/all
	mv /mnt/new /mnt/all
}

# at_end: do the checkers still see?
at_end() {
	bite
	umount /mnt
}
