# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What benchmarks with a guest for each script have in common. Sourced at the top of the tree.

BUILD=${BUILD:-build}
out=$BUILD/bench

# Emulated also where there is KVM: the same figures everywhere.
export BUILD BATON_ACCEL=tcg BATON_CPU=max BATON_PROGRAMS='ipvsadm iperf3'
. tests/kernel/guest.sh

# bench_kernel [SERIES]: the newest one that the module is built for, in $kver
bench_kernel() {
	local kvers
	mapfile -t kvers < <(guest_kvers "$@")
	if ((${#kvers[@]} == 0)); then
		echo "bench: no $BUILD/kmod/*/baton.ko for ${1:-any kernel}; run: make kmod" >&2
		return 1
	fi
	kver=${kvers[-1]}
	mkdir -p "$out"
}

# bench_boot NAME CPUS MEMORY [KERNEL-ARGUMENT...]: run tests/bench/NAME.sh in a guest; its report is $out/NAME.raw
bench_boot() {
	local name=$1 cpus=$2 memory=$3 raw=$out/$1.raw dir
	shift 3
	dir=$(mktemp -d "$out/guest.XXXXXX")
	echo "-- Linux $kver, $name"
	guest_prepare "$kver" && guest_initrd "$kver" "$dir/initrd" '' "tests/bench/$name" || return 1
	BATON_MEMORY=$memory BATON_APPEND="slab_nomerge $*" guest_start "$kver" "$cpus" "$dir/initrd" "$dir/console" "$raw" 6
	tr -d '\r' <"$raw" >"$raw.tmp" && mv "$raw.tmp" "$raw"
	if ! grep -q "^@end $name 0 " "$raw"; then
		echo "bench: the guest's script failed; the end of $raw and of its console:" >&2
		tail -n 25 "$raw" "$dir/console" >&2
		return 1
	fi
	rm -rf "$dir"
}
