# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The guest of the kernel tests: finds its kernel, packs its initramfs, decides between
# KVM and TCG, starts and ends QEMU. Sourced by tests/kernel/run, at the top of the tree.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/baton
qemu=qemu-system-x86_64

# guest_kvers [SERIES...]: versions that baton.ko was built for, one a line
guest_kvers() {
	local f v s
	for f in "$BUILD"/kmod/*/baton.ko; do
		[[ -e $f ]] || continue
		v=$(basename "$(dirname "$f")")
		[[ $v == *-cloud-amd64 ]] || continue
		if (($# == 0)); then
			echo "$v"
		fi
		for s; do
			[[ $v == "$s".* ]] && echo "$v"
		done
	done | sort -V
}

# guest_root KVER: the folder under which boot/vmlinuz-KVER and lib/modules/KVER lie
guest_root() {
	if [[ -r /boot/vmlinuz-$1 && -d /lib/modules/$1/kernel ]]; then
		echo /
	else
		echo "$cache/linux/$1"
	fi
}

# guest_fetch KVER: unpack the kernel's package into the cache; it is not installed
guest_fetch() {
	local dir=$cache/linux/$1 tmp
	[[ -r $dir/boot/vmlinuz-$1 ]] && return 0
	echo "-- fetching linux-image-$1 into $cache (once)"
	mkdir -p "$cache/linux"
	tmp=$(mktemp -d "$cache/linux/tmp.XXXXXX")
	if ! (cd "$tmp" && apt-get -qq download "linux-image-$1" 2>apt.log) &&
	   ! (cd "$tmp" && apt-get -qq download "linux-image-$1-unsigned" 2>>apt.log); then
		echo "run: cannot download linux-image-$1: $(tail -n 1 "$tmp/apt.log")" >&2
		rm -rf "$tmp"
		return 1
	fi
	dpkg-deb -x "$tmp"/*.deb "$tmp/root" || return 1
	[[ -d $tmp/root/usr/lib/modules && ! -e $tmp/root/lib ]] && ln -s usr/lib "$tmp/root/lib"
	depmod -b "$tmp/root" "$1" || return 1
	rm -rf "$dir"
	mv "$tmp/root" "$dir"
	rm -rf "$tmp"
}

# guest_prepare KVER: kernel, base image, decision on KVM
guest_prepare() {
	[[ $(guest_root "$1") == / ]] || guest_fetch "$1" || return 1
	guest_base=$(tests/kernel/image.sh base "$1" "$(guest_root "$1")") || return 1
	guest_accel "$1" >/dev/null
}

# guest_accel KVER: prints kvm or tcg. A /dev/kvm may be there and still hang a stock kernel, so
# it has to boot ours to the initramfs within 10 s; the verdict is kept until the next reboot.
guest_accel() {
	local mark verdict=tcg
	mark=$cache/kvm-$1-$(cat /proc/sys/kernel/random/boot_id)
	if [[ -n ${BATON_ACCEL:-} ]]; then
		echo "$BATON_ACCEL"
		return
	fi
	if [[ ! -e $mark ]]; then
		if [[ -w /dev/kvm ]] && timeout -k 1 10 "$qemu" -accel kvm -cpu host -m 512 -nodefaults \
			-display none -no-reboot -kernel "$(guest_root "$1")/boot/vmlinuz-$1" \
			-initrd "$guest_base" -append 'console=ttyS0 quiet panic=-1 baton.probe=1' \
			-serial stdio </dev/null 2>/dev/null | grep -q baton-probe-ok; then
			verdict=kvm
		fi
		rm -f "$cache/kvm-$1-"*
		echo "$verdict" >"$mark"
	fi
	cat "$mark"
}

# guest_initrd KVER OUT LIMIT SCRIPT...: base image + our build + scripts
guest_initrd() {
	local kver=$1 dest=$2 limit=$3
	shift 3
	# a run in another tree may have put its own in its place
	[[ -e $guest_base ]] || guest_base=$(tests/kernel/image.sh base "$kver" "$(guest_root "$kver")") || return 1
	cp "$guest_base" "$dest.tmp" &&
		tests/kernel/image.sh overlay "$kver" "$limit" "$@" >>"$dest.tmp" &&
		mv "$dest.tmp" "$dest"
}

# guest_start KVER CPUS INITRD CONSOLE REPORT SCRIPTS: QEMU until the guest powers off. The time
# limit, five minutes for each of so many scripts, is only there for a guest that hangs: each script has its own inside.
#
# Without KVM the guest's clock counts instructions, one a nanosecond, and jumps when there is
# nothing to do. So time limits and timeouts inside mean the same on a fast, a slow and
# a busy host, and waiting costs nothing.
#
# Several processors need the real clock: counting instructions runs them in turns, which hides
# the races that these tests look for, and 6.1 does not get its second processor up that way.
#
# BATON_MEMORY (MiB), BATON_APPEND (kernel arguments) and, emulated, BATON_CPU replace the defaults.
guest_start() {
	local status how=(-accel kvm -cpu host)
	if [[ $(guest_accel "$1") == tcg ]]; then
		how=(-accel 'tcg,thread=single,tb-size=256' -icount 'shift=0,sleep=off' -cpu "${BATON_CPU:-Westmere}")
		(($2 == 1)) || how=(-accel 'tcg,thread=multi,tb-size=256' -cpu "${BATON_CPU:-Westmere}")
	fi
	timeout -k 5 $((300 + $6 * 300)) "$qemu" "${how[@]}" -smp "$2" -m "${BATON_MEMORY:-1024}" \
		-nodefaults -display none -no-reboot -kernel "$(guest_root "$1")/boot/vmlinuz-$1" \
		-initrd "$3" -serial "file:$4" -chardev "file,id=report,path=$5" -serial chardev:report \
		-append "console=ttyS0 quiet panic=-1 panic_on_oops=1 mitigations=off random.trust_cpu=on no_timer_check printk.time=1 ${BATON_APPEND:-}" \
		</dev/null >"$4.qemu" 2>&1 &
	echo "$!" >"$5.pid"
	wait "$!"
	status=$?
	((status == 0)) || { cat "$4.qemu"; echo "qemu: exit status $status"; } >>"$4"
	rm -f "$5.pid"
	return "$status"
}

# guest_stop FOLDER: end the guest that reports there, if there is one
guest_stop() {
	[[ -r $1/report.pid ]] || return 0
	kill "$(cat "$1/report.pid")" 2>/dev/null
	rm -f "$1/report.pid"
}

# guest_summary: what else there is to say when all scripts have run
guest_summary() { :; }
