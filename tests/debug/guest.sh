# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The guest of the debug tests: User-Mode Linux in place of QEMU. Sourced by tests/kernel/run after
# tests/kernel/guest.sh, whose functions it replaces. The kernel is an ordinary process; it needs
# neither privileges nor KVM.

export GUEST_KMOD=$BUILD/debug/kmod GUEST_HOOKS=tests/debug/hooks.sh SOAK=${SOAK:-15}
smp=1

# guest_kvers [SERIES...]: builds what there is not yet: the kernels (once) and the module for them
guest_kvers() {
	local s tree
	(($#)) || set -- 6.1
	for s; do
		# What cannot be built fails as a kernel that there is not.
		{ tree=$(tests/debug/kernel.sh "$s") && tests/debug/module.sh "$tree"; } || echo "$s"
	done
}

# guest_tree KVER: the kernel that kernel.sh made
guest_tree() { cat "$GUEST_KMOD/$1/tree"; }
guest_root() { echo "$(guest_tree "$1")/root"; }
guest_prepare() {
	rm -rf "$out/gcov"
	mkdir -p "$out/gcov"
	guest_base=$(tests/kernel/image.sh base "$1" "$(guest_root "$1")")
}
guest_accel() { echo 'User-Mode Linux, time-travel'; }

# guest_start KVER CPUS INITRD CONSOLE REPORT SCRIPTS: as in QEMU; descriptor 9 is REPORT.
#
# Time travels: when there is nothing to do the clock jumps to the next timer, so that a timeout of
# minutes is over at once. The guest's memory is a sparse file. Its C library is told to leave
# AVX-512 alone, whose registers a signal would not save. Kernel and processes of the guest hand over to
# each other with each system call, which is quickest on one processor. The two minutes that a script
# may last are the guest's, eight times as long for the host.
guest_start() {
	# while the clock runs slowly grace periods are far apart: what t_soak frees by RCU until the next one took 1.1 GB
	local status dir tree cpu counts_to memory=3072 avx=-AVX512F,-AVX512VL,-AVX512BW,-AVX512CD,-AVX512DQ
	tree=$(guest_tree "$1")
	cpu=$(taskset -cp "$BASHPID" | sed 's/.*[ ,-]//')
	dir=$(mktemp -d)
	[[ ! -w /dev/shm || $(df --output=avail -m /dev/shm | tail -n 1) -lt $memory ]] || ln -s /dev/shm "$dir/memory"
	[[ -e $dir/memory ]] || mkdir "$dir/memory"
	counts_to=$(mktemp -d "$(realpath "$(dirname "$4")")/gcov/guest.XXXX")
	TMPDIR=$dir/memory timeout -k 5 $((300 + $6 * 960)) taskset -c "$cpu" \
		"$tree/linux" "mem=${memory}M" "initrd=$3" \
		con0=null,fd:1 con=null ssl=null ssl1=null,fd:9 "uml_dir=$dir/" umid=guest time-travel \
		quiet panic=-1 panic_on_oops=1 kasan_multi_shot random.trust_cpu=on printk.time=1 \
		"GCOV_TO=$counts_to" "GLIBC_TUNABLES=glibc.cpu.hwcaps=$avx" \
		</dev/null > >(cat >"$4") 2>&1 &
	echo "$!" >"$5.pid"
	wait "$!"
	status=$?
	((status == 0)) || echo "linux: exit status $status" >>"$4"
	rm -rf "$5.pid" "$dir"
	return "$status"
}

# guest_summary: how much of the module the scripts of this run have gone through
guest_summary() {
	local kver
	for kver in "${kvers[@]}"; do
		tests/debug/coverage.sh "$GUEST_KMOD/$kver" "$(cat "$counts/$kver.out")/gcov"
	done
}
