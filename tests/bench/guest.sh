# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What benchmarks in guests have in common. Sourced at the top of the tree; $programs come along into the guest.

BUILD=${BUILD:-build}
out=$BUILD/bench
mkdir -p "$out"

# The clock that counts instructions is the emulator's, so there is no KVM here: the same figures everywhere. The processor is the
# one that has everything, since the kernel chooses its code by it.
export BUILD BATON_ACCEL=tcg BATON_CPU=max BATON_PROGRAMS="ipvsadm ${programs:-}"
. tests/kernel/guest.sh

# A guest that runs when this ends, by Ctrl-C say, ends with it: that of $guest_raw, with its files in $guest_dir.
guest_raw='' guest_dir=''
bench_stop() {
	[[ ! -r $guest_raw.pid ]] || kill "$(<"$guest_raw.pid")"
	rm -rf "${guest_dir:?}"
}
trap '[[ -z $guest_dir ]] || bench_stop' EXIT
trap 'exit 130' INT TERM

# bench_kernel [SERIES]: the newest one that the module is built for, in $kver
bench_kernel() {
	local kvers
	mapfile -t kvers < <(guest_kvers "$@")
	if ((${#kvers[@]} == 0)); then
		echo "bench: no $BUILD/kmod/*/baton.ko for ${1:-any kernel}; run: make kmod" >&2
		return 1
	fi
	kver=${kvers[-1]}
}

# bench_boot NAME CPUS MEMORY [KERNEL-ARGUMENT...]: run tests/bench/NAME.sh in a guest; its report is $out/NAME.raw
bench_boot() {
	local name=$1 cpus=$2 memory=$3 raw=$out/$1.raw dir
	shift 3
	dir=$(mktemp -d "$out/guest.XXXXXX")
	guest_raw=$raw guest_dir=$dir
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
